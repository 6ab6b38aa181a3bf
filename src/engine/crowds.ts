// Crowds: targets that ever new sources contact, be it a popular server or a victim of a spoofed flood. Contacts of
// newcomers with such a target tell nothing about the newcomer and would wash everything else out of the tables.
//
//   +0 u32 hash of target and service   +4 u16 contacts by newcomers   +6 u16 start of counting, units of 2^8 ms
import { CROWD_SLOTS, CROWDS_AT } from './memory';
import { frame } from './frame';
import { slotOf } from './hash';
import { CROWD_CONTACTS, CROWD_MS } from './weights';

/** Counts a newcomer's contact with a service of the frame's target; true where that is crowded. Others of the host are not. */
export function isCrowded(service: u32): bool {
  // The target is hashed with a key; the service only sets its services apart.
  const key = frame.targetHash ^ (service * 0x9e3779b1);
  const at = CROWDS_AT + slotOf(key, CROWD_SLOTS) * 8;
  const time = frame.now >>> 8;
  const age = (time - <u32>load<u16>(at, 6)) & 0xffff;
  const contacts = <u32>load<u16>(at, 4);
  if (load<u32>(at) != key) {
    // A crowd keeps its place while it lasts.
    if (contacts >= CROWD_CONTACTS && age <= CROWD_MS >>> 8) return false;
    store<u32>(at, key);
    store<u32>(at, 1 | ((time & 0xffff) << 16), 4);
    return false;
  }
  if (age > CROWD_MS >>> 8) {
    store<u32>(at, ((contacts >>> 2) + 1) | ((time & 0xffff) << 16), 4);
    return contacts >>> 2 >= CROWD_CONTACTS;
  }
  if (contacts < 0xffff) store<u16>(at, <u16>(contacts + 1), 4);
  return contacts >= CROWD_CONTACTS;
}
