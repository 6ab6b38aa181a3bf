/**
 * The outbox in flash: a ring of sectors, written front to back and erased one at a time.
 *
 * NOR flash clears bits byte by byte and sets them only sector by sector, and the power may fail during either. So no
 * data is changed in place. Messages are appended, each with a checksum that is valid only if all of it was written; to
 * remove a message, one byte of its header is cleared. The sector behind the front is always blank. When the front is
 * full, the blank sector becomes the front; the live messages of the sector behind it, the oldest, are copied to the
 * new front, a mark records that all are copied, and only then is the oldest sector erased. Sectors wear evenly, one
 * erase each per round, and every message exists somewhere at all times.
 *
 * A power cut loses at most the message being written. A message being removed may reappear and is sent twice, which
 * the collector expects.
 *
 *   sector   u32 magic, u32 generation, u32 CRC-32 of these 8 bytes, u32 mark (all ones: not yet all copied)
 *   message  u8 0xa5, u8 state (0xff live, 0 removed), u8 class, u8 payload bytes, u32 place, u32 boot, u32 sequence,
 *            payload, u32 CRC-32 of all but the state, padding with 0xff to a multiple of four
 */
import { crc32 } from './crc32.js';
import type { Message, OutboxStorage } from './outbox.js';
import { messageClasses } from './outbox.js';

/** A partition of NOR flash. Addresses and lengths are multiples of four; erased bytes are 0xff. */
export interface Flash {
  readonly size: number;
  readonly sectorSize: number;
  read(at: number, length: number): Uint8Array;
  write(at: number, bytes: Uint8Array): void;
  /** Erases the sector that starts at `at`: sets it to ones. */
  erase(at: number): void;
}

const SECTOR_MAGIC = 0x3158424f;
const SECTOR_HEADER = 16;
const MESSAGE_MARK = 0xa5;
const MESSAGE_HEADER = 16;
const LIVES = 0xff;
const UNMARKED = 0xffffffff;
/** Bytes read at a time when a whole sector is scanned: a board has little memory. */
const CHUNK = 256;

/** Size of a message in bytes. */
const sizeOf = (payload: number): number => (MESSAGE_HEADER + payload + 4 + 3) & ~3;

export class FlashOutbox implements OutboxStorage {
  /** Damaged spots found when the flash was read. */
  damaged = 0;
  readonly #flash: Flash;
  readonly #sectors: number;
  /** Address of each live message. */
  readonly #at = new Map<number, number>();
  #generation = 0;
  /** The sector being filled, and the offset of the next message in it. */
  #front = 0;
  #next = 0;

  /** Reads the flash. Damage does not throw: it is counted and skipped. */
  constructor(flash: Flash) {
    this.#flash = flash;
    this.#sectors = Math.floor(flash.size / flash.sectorSize);
    let newest = this.#scan();
    if (newest && !newest.whole) {
      // It holds only copies, and the originals are still in place.
      flash.erase(newest.sector * flash.sectorSize);
      newest = this.#scan();
    }
    if (newest) this.#resume(newest.sector, newest.generation);
    else {
      flash.erase(0);
      this.#open(0);
      this.#mark();
    }
    this.#blank(this.#after(this.#front));
  }

  load(): Message[] {
    return [...this.#at.keys()].sort((a, b) => a - b).map((place) => this.#read(place) as Message);
  }

  /** @throws RangeError if a message is too long, or the flash is full of live messages */
  put(message: Message): void {
    if (message.payload.length > 255) throw new RangeError('The message is longer than 255 bytes.');
    this.#reserve(sizeOf(message.payload.length));
    this.#append(message);
  }

  remove(place: number): void {
    const at = this.#at.get(place);
    if (at === undefined) return;
    this.#at.delete(place);
    // A word with a zero in the state's byte; ones leave the other bytes unchanged.
    this.#flash.write(at, Uint8Array.of(0xff, 0, 0xff, 0xff));
  }

  /** Makes room in the front sector; moves on to the next one if it has none. */
  #reserve(bytes: number): void {
    const { sectorSize } = this.#flash;
    for (let moved = 0; this.#next + bytes > sectorSize; moved++) {
      if (moved === this.#sectors) throw new RangeError("The outbox's flash is full.");
      this.#advance();
    }
  }

  /** Continues in the blank sector and erases the one behind it. */
  #advance(): void {
    const front = this.#after(this.#front);
    const oldest = this.#after(front);
    const from = oldest * this.#flash.sectorSize;
    const living = [...this.#at].filter(([, at]) => at >= from && at < from + this.#flash.sectorSize);
    this.#open(front);
    for (const [place] of living) {
      const message = this.#read(place);
      if (message) this.#append(message);
    }
    this.#mark();
    this.#blank(oldest);
  }

  #after(sector: number): number {
    return (sector + 1) % this.#sectors;
  }

  #blank(sector: number): void {
    const { sectorSize } = this.#flash;
    const at = sector * sectorSize;
    for (let done = 0; done < sectorSize; done += CHUNK) {
      if (this.#flash.read(at + done, Math.min(CHUNK, sectorSize - done)).every((byte) => byte === 0xff)) continue;
      this.#flash.erase(at);
      return;
    }
  }

  #open(sector: number): void {
    const header = new DataView(new ArrayBuffer(SECTOR_HEADER));
    header.setUint32(0, SECTOR_MAGIC, true);
    header.setUint32(4, ++this.#generation, true);
    header.setUint32(8, crc32(new Uint8Array(header.buffer, 0, 8)), true);
    header.setUint32(12, UNMARKED, true);
    this.#flash.write(sector * this.#flash.sectorSize, new Uint8Array(header.buffer));
    this.#front = sector;
    this.#next = SECTOR_HEADER;
  }

  /** Every message to be copied is in the front sector. */
  #mark(): void {
    this.#flash.write(this.#front * this.#flash.sectorSize + 12, new Uint8Array(4));
  }

  #append(message: Message): void {
    const bytes = new Uint8Array(sizeOf(message.payload.length)).fill(0xff);
    const view = new DataView(bytes.buffer);
    bytes[0] = MESSAGE_MARK;
    bytes[1] = LIVES;
    bytes[2] = messageClasses.indexOf(message.class);
    bytes[3] = message.payload.length;
    view.setUint32(4, message.place, true);
    view.setUint32(8, message.boot, true);
    view.setUint32(12, message.sequence, true);
    bytes.set(message.payload, MESSAGE_HEADER);
    view.setUint32(MESSAGE_HEADER + message.payload.length, checksum(bytes, message.payload.length), true);
    const at = this.#front * this.#flash.sectorSize + this.#next;
    // The space is used even if the write fails: half a message may be there.
    this.#next += bytes.length;
    this.#flash.write(at, bytes);
    this.#at.set(message.place, at);
  }

  #read(place: number): Message | undefined {
    const at = this.#at.get(place);
    return at === undefined ? undefined : this.#messageAt(at, this.#flash.sectorSize - (at % this.#flash.sectorSize));
  }

  /** The message at `at`; undefined if there is none, or only part of it. */
  #messageAt(at: number, limit: number): Message | undefined {
    if (limit < sizeOf(0)) return undefined;
    const head = this.#flash.read(at, MESSAGE_HEADER);
    const length = head[3] as number;
    const messageClass = messageClasses[head[2] as number];
    if (head[0] !== MESSAGE_MARK || !messageClass || sizeOf(length) > limit) return undefined;
    const bytes = this.#flash.read(at, sizeOf(length));
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    if (view.getUint32(MESSAGE_HEADER + length, true) !== checksum(bytes, length)) return undefined;
    return {
      place: view.getUint32(4, true),
      boot: view.getUint32(8, true),
      sequence: view.getUint32(12, true),
      class: messageClass,
      payload: bytes.slice(MESSAGE_HEADER, MESSAGE_HEADER + length),
    };
  }

  /** Reads all sectors, oldest first, so that the last copy of a message counts; returns the newest sector. */
  #scan(): { sector: number; generation: number; whole: boolean } | undefined {
    this.#at.clear();
    this.damaged = 0;
    const sectors: Array<{ sector: number; generation: number; whole: boolean }> = [];
    for (let sector = 0; sector < this.#sectors; sector++) {
      const header = this.#flash.read(sector * this.#flash.sectorSize, SECTOR_HEADER);
      const view = new DataView(header.buffer, header.byteOffset);
      if (view.getUint32(0, true) !== SECTOR_MAGIC || view.getUint32(8, true) !== crc32(header.subarray(0, 8)))
        continue;
      sectors.push({ sector, generation: view.getUint32(4, true), whole: view.getUint32(12, true) !== UNMARKED });
    }
    sectors.sort((a, b) => a.generation - b.generation);
    const gone = new Set<number>();
    for (const { sector } of sectors) this.#scanSector(sector, gone);
    for (const place of gone) this.#at.delete(place);
    return sectors[sectors.length - 1];
  }

  /** Finds the messages of a sector. A removed message is removed everywhere: its copies were made earlier. */
  #scanSector(sector: number, gone: Set<number>): void {
    const { sectorSize } = this.#flash;
    const from = sector * sectorSize;
    let at = SECTOR_HEADER;
    while (at + sizeOf(0) <= sectorSize) {
      const [mark, state] = this.#flash.read(from + at, 4);
      const message = mark === MESSAGE_MARK ? this.#messageAt(from + at, sectorSize - at) : undefined;
      if (!message) {
        if (mark !== 0xff) this.damaged++;
        at += 4;
        continue;
      }
      if (state === LIVES) {
        this.#at.set(message.place, from + at);
        gone.delete(message.place);
      } else if (this.#at.has(message.place)) gone.add(message.place);
      at += sizeOf(message.payload.length);
    }
  }

  /** Continues behind the last byte ever written to the front sector. */
  #resume(front: number, generation: number): void {
    const { sectorSize } = this.#flash;
    this.#front = front;
    this.#generation = generation;
    let end = sectorSize;
    for (let bytes: Uint8Array = new Uint8Array(0); end > SECTOR_HEADER; end--) {
      const at = (end - 1) % CHUNK;
      if (bytes.length === 0 || at === CHUNK - 1) bytes = this.#flash.read(front * sectorSize + end - 1 - at, CHUNK);
      if (bytes[at] !== 0xff) break;
    }
    // A message's padding is ones too: the next offset is a multiple of four behind any message.
    this.#next = Math.min(sectorSize, (end + 7) & ~3);
  }
}

function checksum(bytes: Uint8Array, payload: number): number {
  const state = bytes[1] as number;
  bytes[1] = LIVES;
  const sum = crc32(bytes.subarray(0, MESSAGE_HEADER + payload));
  bytes[1] = state;
  return sum;
}
