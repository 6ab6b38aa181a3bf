// Crowds: targets that ever new sources contact, be it a popular server or a victim of a spoofed flood. Contacts of
// newcomers with such a target tell nothing about the newcomer and would wash everything else out of the tables.
//
//   +0 u32 hash of target and service   +4 u16 contacts by newcomers   +6 u16 start of counting, units of 2^8 ms
import { HOT_TARGET_SLOTS, HOT_TARGETS_AT } from './memory';
import { frame } from './frame';
import { slotOf } from './hash';
import { HOT_TARGET_CONTACTS, HOT_TARGET_MS } from './weights';

/** Counts a newcomer's contact with a service of the frame's target; true where that is crowded. Others of the host are not. */
export function isHotTarget(service: u32): bool {
  // The target is hashed with a key; the service only sets its services apart.
  const key = frame.targetHash ^ (service * 0x9e3779b1);
  const at = HOT_TARGETS_AT + slotOf(key, HOT_TARGET_SLOTS) * 8;
  const time = frame.now >>> 8;
  const age = (time - <u32>load<u16>(at, 6)) & 0xffff;
  const contacts = <u32>load<u16>(at, 4);
  if (load<u32>(at) != key) {
    // A crowd keeps its place while it lasts.
    if (contacts >= HOT_TARGET_CONTACTS && age <= HOT_TARGET_MS >>> 8) return false;
    store<u32>(at, key);
    store<u32>(at, 1 | ((time & 0xffff) << 16), 4);
    return false;
  }
  if (age > HOT_TARGET_MS >>> 8) {
    store<u32>(at, ((contacts >>> 2) + 1) | ((time & 0xffff) << 16), 4);
    return contacts >>> 2 >= HOT_TARGET_CONTACTS;
  }
  if (contacts < 0xffff) store<u16>(at, <u16>(contacts + 1), 4);
  return contacts >= HOT_TARGET_CONTACTS;
}
