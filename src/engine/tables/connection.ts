// Connections whose bytes are counted, from the handshake to the end: 12-byte entries. The newer one takes the slot.
import { CONNECTION_BYTES, CONNECTION_SLOTS, CONNECTIONS_AT, CONNECTIONS_BYTES } from '../constants/memory';
import { Hash } from './hash';

/** Bit 0 of the tag: the two ends have exchanged data. */
const HAS_TALKED: u32 = 1;

@unmanaged
export class Connection {
  /** Key of the contact and the client's port; 0: free. */
  tag: u32;
  /** The two sequence numbers after the handshake. */
  clientSequence: u32;
  serverSequence: u32;

  /** The slot for a contact's connection from the client's port (as it lies in a frame); it may hold another one. */
  static slotOf(key: u32, portRaw: u32): Connection {
    const slot = Hash.slot(Hash.of(key ^ (portRaw << 8)), CONNECTION_SLOTS);
    return changetype<Connection>(<usize>(CONNECTIONS_AT + slot * CONNECTION_BYTES));
  }

  @inline
  private static tagOf(key: u32, portRaw: u32): u32 {
    return (key ^ (portRaw * 0x9e3779b1)) & ~HAS_TALKED;
  }

  @inline
  is(key: u32, portRaw: u32): bool {
    return (this.tag & ~HAS_TALKED) == Connection.tagOf(key, portRaw);
  }

  @inline
  fill(key: u32, portRaw: u32, clientSequence: u32, serverSequence: u32): void {
    this.tag = Connection.tagOf(key, portRaw);
    this.clientSequence = clientSequence;
    this.serverSequence = serverSequence;
  }

  @inline
  get hasTalked(): bool {
    return (this.tag & HAS_TALKED) != 0;
  }

  @inline
  noteTalk(): void {
    this.tag |= HAS_TALKED;
  }

  @inline
  free(): void {
    this.tag = 0;
  }
}

if (offsetof<Connection>() != CONNECTION_BYTES) ERROR('CONNECTION_BYTES of memory.ts');
if (CONNECTIONS_BYTES != CONNECTION_SLOTS * CONNECTION_BYTES) ERROR('CONNECTIONS_BYTES of memory.ts');
if (offsetof<Connection>('clientSequence') != 4) ERROR('clientSequence stands at +4');
if (offsetof<Connection>('serverSequence') != 8) ERROR('serverSequence stands at +8');
