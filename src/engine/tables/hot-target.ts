// Hot targets: 8-byte entries, each at the slot of its hash.

import { HOT_TARGET_SLOTS, HOT_TARGETS_AT, HOT_TARGETS_BYTES } from '../constants/memory';
import { Hash } from './hash';

@unmanaged
export class HotTarget {
  /** Hash of target and service. */
  key: u32;
  /** Contacts by first-time sources in the lower 16 bits; start of counting, in units of 2^8 ms, in the upper. */
  contactsAndStart: u32;

  @inline
  static of(key: u32): HotTarget {
    return changetype<HotTarget>(<usize>(HOT_TARGETS_AT + Hash.slot(key, HOT_TARGET_SLOTS) * offsetof<HotTarget>()));
  }

  @inline
  get contacts(): u32 {
    return load<u16>(changetype<usize>(this), offsetof<HotTarget>('contactsAndStart'));
  }

  @inline
  set contacts(n: u32) {
    store<u16>(changetype<usize>(this), <u16>n, offsetof<HotTarget>('contactsAndStart'));
  }

  @inline
  get start(): u32 {
    return load<u16>(changetype<usize>(this), offsetof<HotTarget>('contactsAndStart') + 2);
  }

  @inline
  restart(contacts: u32, time: u32): void {
    this.contactsAndStart = contacts | ((time & 0xffff) << 16);
  }
}

if (offsetof<HotTarget>() * HOT_TARGET_SLOTS != HOT_TARGETS_BYTES) ERROR('HOT_TARGETS_BYTES of memory.ts');
if (offsetof<HotTarget>('contactsAndStart') != 4) ERROR('contactsAndStart stands at +4');
