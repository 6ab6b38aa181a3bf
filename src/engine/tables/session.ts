// Sessions with an open report: repeated logins and footholds, 40-byte entries.
import { SESSION_BYTES, SESSION_SLOTS, SESSIONS_AT, SESSIONS_BYTES } from '../constants/memory';

export const SESSION_IS_AGGREGATE: u8 = 1;
/** Brute force was reported; progress follows at each fourfold of connections. */
export const SESSION_IS_FORCING: u8 = 2;
/** Progress is due: the next frame of a client reports it. */
export const SESSION_HAS_PROGRESS: u8 = 4;
export const SESSION_HAS_FOOTHOLD: u8 = 8;
/** `bits` are of the sources: no single one is named. */
export const SESSION_IS_SHARED: u8 = 16;

export const SESSION_UDP: u8 = 0x80;

@unmanaged
export class Session {
  /** Key of the contact, or of the sum that was reported; 0: free. */
  key: u32;
  /** First and last connection, ms. */
  first: u32;
  /** Address of the client. */
  addressHigh: u64;
  addressLow: u64;
  last: u32;
  /** Bitmap of the targets, or with SESSION_IS_SHARED of the sources. */
  bits: u32;
  connections: u16;
  /** Low half of its episode's number. */
  number: u16;
  /** The service's port. */
  port: u16;
  /** The upper bit: by UDP, whose source may be forged. */
  familyAndUdp: u8;
  /** SESSION_*, and the direction in bits 5-7. */
  flags: u8;

  @inline
  static get head(): Session {
    return changetype<Session>(<usize>SESSIONS_AT);
  }

  @inline
  get next(): Session {
    return changetype<Session>(changetype<usize>(this) + SESSION_BYTES);
  }

  @inline
  get isInTable(): bool {
    return changetype<usize>(this) < SESSIONS_AT + SESSIONS_BYTES;
  }

  @inline
  get isUdp(): bool {
    return this.familyAndUdp >= SESSION_UDP;
  }

  @inline
  get direction(): u32 {
    return this.flags >>> 5;
  }

  /** Distinct elements of the bitmap by linear counting: 32/32 + 32/31 + ... */
  get distinct(): u32 {
    let sum: u32 = 4;
    for (let i: u32 = 0; i < popcnt<u32>(this.bits); i++) sum += 256 / (32 - i);
    return max<u32>(sum >>> 3, 1);
  }

  @inline
  clear(): void {
    memory.fill(changetype<usize>(this), 0, SESSION_BYTES);
  }
}

if (offsetof<Session>() != SESSION_BYTES) ERROR('SESSION_BYTES of memory.ts');
if (SESSIONS_BYTES != SESSION_SLOTS * SESSION_BYTES) ERROR('SESSIONS_BYTES of memory.ts');
if (offsetof<Session>('first') != 4) ERROR('first stands at +4');
if (offsetof<Session>('addressHigh') != 8) ERROR('addressHigh stands at +8');
if (offsetof<Session>('last') != 24) ERROR('last stands at +24');
if (offsetof<Session>('bits') != 28) ERROR('bits stands at +28');
if (offsetof<Session>('connections') != 32) ERROR('connections stands at +32');
if (offsetof<Session>('number') != 34) ERROR('number stands at +34');
if (offsetof<Session>('port') != 36) ERROR('port stands at +36');
if (offsetof<Session>('familyAndUdp') != 38) ERROR('familyAndUdp stands at +38');
if (offsetof<Session>('flags') != 39) ERROR('flags stands at +39');
