// First contacts: a ring of 16-byte entries, ordered by time, and the buckets where the hash chains start.
import {
  BUCKETS_AT,
  BUCKETS_BYTES,
  CONTACT_BYTES,
  CONTACT_SLOTS,
  CONTACTS_AT,
  CONTACTS_BYTES,
} from '../constants/memory';
import { CHECKED } from './checked';
import { State } from './state';

export const CONTACT_IS_TCP: u8 = 1;
/** The target lies outside home: a longer timeout, and a cursor of its own. */
export const CONTACT_IS_OUTSIDE: u8 = 2;
/** The target was not known to exist when it was contacted. */
export const CONTACT_IS_UNKNOWN: u8 = 4;
/** `time` holds the acknowledgement number that completes the handshake. */
export const CONTACT_HAS_PROOF: u8 = 8;
/** Bits 4-6: the direction, which decides whether the tap sees answers. */
const DIRECTION_SHIFT: u32 = 4;
/** Its session is followed (sessions.ts). */
export const CONTACT_IS_FOLLOWED: u8 = 0x80;

/** A link of a chain: a bucket, or the `next` of a contact. */
@unmanaged
class Link {
  next: u16;
}

@unmanaged
export class Contact {
  key: u32;
  /** Key of the source. */
  sourceKey: u32;
  /** ms; with CONTACT_HAS_PROOF: the acknowledgement number that proves the source (TCP). */
  time: u32;
  /** The next contact of the same bucket, 0 at the end. */
  next: u16;
  /** Bits 5-7: STATE_*, bits 0-4: SITUATION_*. */
  stateAndSituation: u8;
  /** CONTACT_*, and the direction in bits 4-6. */
  flags: u8;

  @inline
  static at(address: u32): Contact {
    return changetype<Contact>(<usize>address);
  }

  /** The ring's slot for the contact with this sequence number. */
  @inline
  static numbered(sequence: u32): Contact {
    return Contact.at(CONTACTS_AT + (sequence & (CONTACT_SLOTS - 1)) * CONTACT_BYTES);
  }

  @inline
  static get head(): Contact {
    return Contact.at(CONTACTS_AT);
  }

  @inline
  get following(): Contact {
    return changetype<Contact>(changetype<usize>(this) + CONTACT_BYTES);
  }

  @inline
  get isInTable(): bool {
    return changetype<usize>(this) < CONTACTS_AT + CONTACTS_BYTES;
  }

  @inline
  static keyOf(sourceKey: u32, targetHash: u32, service: u32): u32 {
    let k = (sourceKey * 0x9e3779b1) ^ (targetHash * 0x85ebca77) ^ (service * 0xc2b2ae3d);
    k = (k ^ (k >>> 15)) * 0x2c1b3c6d;
    return k ^ (k >>> 13);
  }

  @inline
  private static bucketOf(key: u32): Link {
    return changetype<Link>(<usize>(BUCKETS_AT + ((key & (CONTACT_SLOTS - 1)) << 1)));
  }

  /** The contact with this key; null if there is none. */
  static find(key: u32): Contact | null {
    let at = <u32>Contact.bucketOf(key).next;
    // Bounded, so that the loop always ends. Chains are short: a keyed hash, and as many buckets as entries.
    for (let i = 0; at != 0 && i < 32; i++) {
      const contact = Contact.at(at);
      if (CHECKED) assert(at >= CONTACTS_AT && contact.isInTable && (at - CONTACTS_AT) % CONTACT_BYTES == 0);
      // The farther field first: its bounds check covers the nearer.
      const next = <u32>contact.next;
      if (contact.key == key) return contact;
      at = next;
    }
    return null;
  }

  /** Enters the contact into the chain of its key. */
  @inline
  link(): void {
    const bucket = Contact.bucketOf(this.key);
    this.next = bucket.next;
    bucket.next = <u16>changetype<usize>(this);
  }

  /** Takes the contact out of the chain of its key. */
  unlink(): void {
    let link = Contact.bucketOf(this.key);
    for (let i: u32 = 0; i < CONTACT_SLOTS; i++) {
      const next = <u32>link.next;
      if (next == 0) return;
      if (next == <u32>changetype<usize>(this)) {
        link.next = this.next;
        return;
      }
      link = changetype<Link>(<usize>(next + <u32>offsetof<Contact>('next')));
    }
  }

  @inline
  get state(): u32 {
    return this.stateAndSituation >>> 5;
  }

  @inline
  get situation(): u32 {
    return this.stateAndSituation & 31;
  }

  @inline
  judge(state: u32, situation: u32): void {
    if (CHECKED) assert(state < 8 && situation < 32);
    this.stateAndSituation = <u8>((state << 5) | situation);
  }

  /** No outcome yet. */
  @inline
  get isOpen(): bool {
    return State.isOpen(this.state);
  }

  /** Refused, silent or dark. */
  @inline
  get isFailure(): bool {
    return State.isFailure(this.state);
  }

  /** Answered, or by TCP at least accepted. */
  @inline
  get isAnswered(): bool {
    return State.isAnswered(this.state);
  }

  @inline
  get direction(): u32 {
    return (<u32>this.flags >>> DIRECTION_SHIFT) & 7;
  }

  @inline
  setFlags(flags: u32, direction: u32): void {
    if (CHECKED) assert(direction < 8);
    this.flags = <u8>(flags | (direction << DIRECTION_SHIFT));
  }
}

if (offsetof<Contact>() != CONTACT_BYTES) ERROR('CONTACT_BYTES of memory.ts');
if (offsetof<Contact>('sourceKey') != 4) ERROR('sourceKey stands at +4');
if (offsetof<Contact>('time') != 8) ERROR('time stands at +8');
if (offsetof<Contact>('next') != 12) ERROR('next stands at +12');
if (offsetof<Contact>('stateAndSituation') != 14) ERROR('stateAndSituation stands at +14');
if (offsetof<Contact>('flags') != 15) ERROR('flags stands at +15');
if (BUCKETS_BYTES != CONTACT_SLOTS * offsetof<Link>()) ERROR('BUCKETS_BYTES of memory.ts');
if (CONTACT_SLOTS & (CONTACT_SLOTS - 1)) ERROR('CONTACT_SLOTS is a power of two');
