// Hot targets: services that ever new sources contact, be it a popular server or a victim of a spoofed flood. A contact
// with one says nothing about a first-time source, and would wash everything else out of the tables.

import { HOT_TARGET_CONTACTS, HOT_TARGET_MS } from '../constants/weights';
import { frame } from '../frame/frame';
import { HotTarget } from '../tables/hot-target';

/** Counts a first-time source's contact with a service of the frame's target; true where that service is hot. */
export function isHotTarget(service: u32): bool {
  // The target is hashed with a key; the service only sets its services apart.
  const key = frame.targetHash ^ (service * 0x9e3779b1);
  const entry = HotTarget.of(key);
  const time = frame.now >>> 8;
  const age = (time - entry.start) & 0xffff;
  const contacts = entry.contacts;
  if (entry.key != key) {
    // A hot target keeps its slot while it is hot.
    if (contacts >= HOT_TARGET_CONTACTS && age <= HOT_TARGET_MS >>> 8) return false;
    entry.key = key;
    entry.restart(1, time);
    return false;
  }
  if (age > HOT_TARGET_MS >>> 8) {
    entry.restart((contacts >>> 2) + 1, time);
    return contacts >>> 2 >= HOT_TARGET_CONTACTS;
  }
  if (contacts < 0xffff) entry.contacts = contacts + 1;
  return contacts >= HOT_TARGET_CONTACTS;
}
