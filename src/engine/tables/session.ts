// Followed sessions: 48-byte entries.
import { SESSION_BYTES, SESSION_SLOTS, SESSIONS_AT, SESSIONS_BYTES } from '../constants/memory';

export const SESSION_IS_AGGREGATE: u8 = 1;
/** Brute force was reported; progress follows at each fourfold of connections. */
export const SESSION_IS_FORCING: u8 = 2;
/** The client was alerted as a scanner: the amount of its data counts. */
export const SESSION_IS_SCANNERS: u8 = 4;
export const SESSION_HAS_FOOTHOLD: u8 = 8;
/** The two ends have exchanged data: a banner was read. */
export const SESSION_HAS_DATA: u8 = 16;

@unmanaged
export class Session {
  /** Key of the contact; 0: free. */
  key: u32;
  /** The client's sequence number when the conversation began. */
  clientSequence: u32;
  /** Address of the client. */
  addressHigh: u64;
  addressLow: u64;
  /** ms */
  first: u32;
  /** Time up to which the level is drained, ms. */
  drained: u32;
  connections: u16;
  /** Low half of its episode's number. */
  number: u16;
  /** Level of the leaky bucket, 1/16 connection. */
  level: u16;
  /** The service's port. */
  port: u16;
  /** The server's sequence number when the conversation began. */
  serverSequence: u32;
  family: u8;
  /** SESSION_*, and the direction in bits 5-7. */
  flags: u8;
  /** The client's port, folded to one byte. */
  clientPort: u8;
  reserved: u8;

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
  get direction(): u32 {
    return this.flags >>> 5;
  }

  @inline
  clear(): void {
    memory.fill(changetype<usize>(this), 0, SESSION_BYTES);
  }
}

if (offsetof<Session>() != SESSION_BYTES) ERROR('SESSION_BYTES of memory.ts');
if (SESSIONS_BYTES != SESSION_SLOTS * SESSION_BYTES) ERROR('SESSIONS_BYTES of memory.ts');
if (offsetof<Session>('clientSequence') != 4) ERROR('clientSequence stands at +4');
if (offsetof<Session>('addressHigh') != 8) ERROR('addressHigh stands at +8');
if (offsetof<Session>('first') != 24) ERROR('first stands at +24');
if (offsetof<Session>('drained') != 28) ERROR('drained stands at +28');
if (offsetof<Session>('connections') != 32) ERROR('connections stands at +32');
if (offsetof<Session>('number') != 34) ERROR('number stands at +34');
if (offsetof<Session>('level') != 36) ERROR('level stands at +36');
if (offsetof<Session>('port') != 38) ERROR('port stands at +38');
if (offsetof<Session>('serverSequence') != 40) ERROR('serverSequence stands at +40');
if (offsetof<Session>('family') != 44) ERROR('family stands at +44');
if (offsetof<Session>('flags') != 45) ERROR('flags stands at +45');
if (offsetof<Session>('clientPort') != 46) ERROR('clientPort stands at +46');
