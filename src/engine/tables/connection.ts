// Connections whose bytes are counted, from the handshake to the end: sets of four 12-byte entries.
import {
  CONNECTION_BYTES,
  CONNECTION_SETS,
  CONNECTION_WAYS,
  CONNECTIONS_AT,
  CONNECTIONS_BYTES,
} from '../constants/memory';
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

  /** The connection of a contact from the client's port (as it lies in a frame); null if it is not followed. */
  static find(key: u32, portRaw: u32): Connection | null {
    const tag = Connection.tagOf(key, portRaw);
    let entry = Connection.setOf(tag);
    for (let i: u32 = 0; i < CONNECTION_WAYS; i++) {
      if ((entry.tag & ~HAS_TALKED) == tag) return entry;
      entry = entry.next;
    }
    return null;
  }

  /** The same; without one, takes a free entry of the set, or one at random. */
  static enter(key: u32, portRaw: u32): Connection {
    const known = Connection.find(key, portRaw);
    if (known) return known;
    const tag = Connection.tagOf(key, portRaw);
    const head = Connection.setOf(tag);
    let entry = head;
    for (let i: u32 = 0; i < CONNECTION_WAYS; i++) {
      if (entry.tag == 0) return entry;
      entry = entry.next;
    }
    return changetype<Connection>(
      changetype<usize>(head) + ((Hash.of(tag) >>> 7) & (CONNECTION_WAYS - 1)) * CONNECTION_BYTES,
    );
  }

  @inline
  private static setOf(tag: u32): Connection {
    const set = Hash.slot(Hash.of(tag), CONNECTION_SETS);
    return changetype<Connection>(<usize>(CONNECTIONS_AT + set * (CONNECTION_WAYS * CONNECTION_BYTES)));
  }

  @inline
  private get next(): Connection {
    return changetype<Connection>(changetype<usize>(this) + CONNECTION_BYTES);
  }

  @inline
  private static tagOf(key: u32, portRaw: u32): u32 {
    return (key ^ (portRaw * 0x9e3779b1)) & ~HAS_TALKED;
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
if (CONNECTIONS_BYTES != CONNECTION_SETS * CONNECTION_WAYS * CONNECTION_BYTES) ERROR('CONNECTIONS_BYTES of memory.ts');
if (offsetof<Connection>('clientSequence') != 4) ERROR('clientSequence stands at +4');
if (offsetof<Connection>('serverSequence') != 8) ERROR('serverSequence stands at +8');
