/**
 * Puts frames in order of time, as far as bounded memory allows: captures of several interfaces, merged files and
 * multi-queue network cards give them out of order.
 *
 * `orderWindow` frames wait; when one more comes, the earliest leaves. Those that come in order stand in a ring; the
 * others in a heap, so that a capture in order costs a copy of each head and nothing else. Frames of the same time keep
 * their order.
 */
import { HEAD_BYTES } from '../../src/engine/constants/memory.js';
import type { TakeFrame } from './frames.js';

/** Frames that wait to be put in order; some 15 MB with their heads. */
export const orderWindow = 65_536;
/**
 * After so many frames in a row that are earlier than what has left, the clock was set back, or another capture begins:
 * ordering starts again with them.
 */
const lateRun = 64;
const firstSlots = 256;

export class FrameOrder {
  /** Frames that came in. */
  frames = 0;
  /** Frames earlier than the one in front of them. */
  outOfOrder = 0;
  /** Frames earlier than one that had left already: they are passed on where they stand. */
  tooLate = 0;
  private readonly out: TakeFrame;
  private readonly window: number;
  /** By slot; they grow as frames wait, because most captures are small. */
  private heads = Buffer.alloc(0);
  private time = new Float64Array();
  private arrival = new Float64Array();
  private link = new Uint8Array();
  private captured = new Uint8Array();
  private original = new Uint32Array();
  /** Slots without a frame. */
  private readonly free: number[] = [];
  private readonly ring: Uint32Array;
  private ringStart = 0;
  private ringCount = 0;
  private readonly heap: Uint32Array;
  private heapCount = 0;
  /** Slots of the frames that came too late, one right after the other. */
  private late: number[] = [];
  private before = -Infinity;
  private left = -Infinity;

  /** @param take receives the frames; it gets at most the first HEAD_BYTES of each */
  constructor(take: TakeFrame, window = orderWindow) {
    this.out = take;
    this.window = window;
    this.ring = new Uint32Array(window + lateRun + 1);
    this.heap = new Uint32Array(window + lateRun + 1);
  }

  readonly take: TakeFrame = (timeMs, link, bytes, offset, captured, original) => {
    if (this.free.length === 0) this.grow();
    const slot = this.free.pop() as number;
    const length = Math.min(captured, HEAD_BYTES);
    bytes.copy(this.heads, slot * HEAD_BYTES, offset, offset + length);
    this.time[slot] = timeMs;
    this.arrival[slot] = this.frames++;
    this.link[slot] = link;
    this.captured[slot] = length;
    this.original[slot] = original;
    if (timeMs < this.before) this.outOfOrder++;
    this.before = timeMs;
    if (timeMs < this.left) {
      this.late.push(slot);
      if (this.late.length === lateRun) this.startAgain();
      return;
    }
    if (this.late.length > 0) this.passLate();
    this.enter(slot);
    if (this.ringCount + this.heapCount > this.window) this.passEarliest();
  };

  /** Passes on all that waits. */
  finish(): void {
    this.passLate();
    this.passAll();
  }

  private grow(): void {
    const before = this.time.length;
    const slots = Math.min(this.ring.length, Math.max(firstSlots, before * 2));
    const enlarged = <T extends Float64Array | Uint32Array | Uint8Array>(array: T, larger: T): T => {
      larger.set(array);
      return larger;
    };
    this.heads = enlarged(this.heads, Buffer.allocUnsafe(slots * HEAD_BYTES));
    this.time = enlarged(this.time, new Float64Array(slots));
    this.arrival = enlarged(this.arrival, new Float64Array(slots));
    this.link = enlarged(this.link, new Uint8Array(slots));
    this.captured = enlarged(this.captured, new Uint8Array(slots));
    this.original = enlarged(this.original, new Uint32Array(slots));
    for (let slot = slots - 1; slot >= before; slot--) this.free.push(slot);
  }

  private enter(slot: number): void {
    const { ring } = this;
    if (this.ringCount > 0) {
      const last = ring[(this.ringStart + this.ringCount - 1) % ring.length] as number;
      if ((this.time[slot] as number) < (this.time[last] as number)) {
        this.sink(slot);
        return;
      }
    }
    ring[(this.ringStart + this.ringCount++) % ring.length] = slot;
  }

  private passAll(): void {
    while (this.ringCount + this.heapCount > 0) this.passEarliest();
  }

  private passEarliest(): void {
    const first = this.ring[this.ringStart] as number;
    let slot: number;
    if (this.heapCount === 0 || (this.ringCount > 0 && this.isEarlier(first, this.heap[0] as number))) {
      slot = first;
      this.ringStart = (this.ringStart + 1) % this.ring.length;
      this.ringCount--;
    } else {
      slot = this.rise();
    }
    this.left = this.time[slot] as number;
    this.pass(slot);
  }

  private pass(slot: number): void {
    this.out(
      this.time[slot] as number,
      this.link[slot] as number,
      this.heads,
      slot * HEAD_BYTES,
      this.captured[slot] as number,
      this.original[slot] as number,
    );
    this.free.push(slot);
  }

  private passLate(): void {
    this.tooLate += this.late.length;
    for (const slot of this.late) this.pass(slot);
    this.late = [];
  }

  private startAgain(): void {
    this.passAll();
    this.left = -Infinity;
    const begin = this.late;
    this.late = [];
    for (const slot of begin) this.enter(slot);
  }

  private isEarlier(a: number, b: number): boolean {
    const difference = (this.time[a] as number) - (this.time[b] as number);
    return difference < 0 || (difference === 0 && (this.arrival[a] as number) < (this.arrival[b] as number));
  }

  /** Puts a slot into the heap. */
  private sink(slot: number): void {
    const { heap } = this;
    let at = this.heapCount++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.isEarlier(slot, heap[parent] as number)) break;
      heap[at] = heap[parent] as number;
      at = parent;
    }
    heap[at] = slot;
  }

  /** Takes the earliest slot out of the heap. */
  private rise(): number {
    const { heap } = this;
    const top = heap[0] as number;
    const last = heap[--this.heapCount] as number;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.heapCount) break;
      if (child + 1 < this.heapCount && this.isEarlier(heap[child + 1] as number, heap[child] as number)) child++;
      if (!this.isEarlier(heap[child] as number, last)) break;
      heap[at] = heap[child] as number;
      at = child;
    }
    heap[at] = last;
    return top;
  }
}
