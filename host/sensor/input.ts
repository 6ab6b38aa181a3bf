/** Inputs of `blockwatch sensor INPUT`: a capture file, a pcap stream on standard input, a network interface. */
import { createReadStream, statSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { HEAD_BYTES } from '../../src/engine/constants/memory.js';
import type { TakeFrame } from '../capture/frames.js';
import { FrameOrder } from '../capture/order.js';
import { CaptureStream, captureError } from '../capture/read.js';
import { unpacked } from '../capture/unpack.js';
import { UserError } from '../common/errors.js';
import type { Frame } from './engine-runner.js';
import type { FrameInput } from './sensor.js';
import type { Tap } from './tap.js';
import { isInterface, openTap } from './tap.js';

/** Bytes per read: a few hundred frames, after which other work can run. */
const CHUNK_BYTES = 1 << 18;
/** Milliseconds between polls of the tap's losses. */
const POLL_INTERVAL = 10_000;

/** Name of standard input in messages. */
const STANDARD_INPUT = 'standard input';

/** Opens the input that `text` names. Throws a UserError if there is none. */
export function openInput(text: string, standardInput: Readable = process.stdin): FrameInput {
  if (text === '-') return new StreamInput(standardInput, STANDARD_INPUT, true);
  const stat = statSync(text, { throwIfNoEntry: false });
  if (stat) {
    const stream = createReadStream(text, { highWaterMark: CHUNK_BYTES });
    // A named pipe may be live: its frames must not wait for later ones.
    return new StreamInput(stream, text, false, stat.isFile());
  }
  if (isInterface(text)) return new TapInput(text, openTap(text));
  if (/[/.]/.test(text)) throw new UserError('BW_CAPTURE_MISSING', { path: text, reason: 'there is no such file' });
  throw new UserError('BW_TAP', {
    interface: text,
    reason: 'there is neither a file nor a network interface of that name',
  });
}

/** Frames of a pcap or pcapng byte stream. */
export class StreamInput implements FrameInput {
  readonly live: boolean;
  readonly #stream: Readable;
  readonly #name: string;
  readonly #ordered: boolean;
  #closed = false;

  /**
   * @param name the stream's name in messages
   * @param ordered whether frames wait to be put in order of time
   */
  constructor(stream: Readable, name: string, live: boolean, ordered = false) {
    this.#stream = stream;
    this.#name = name;
    this.live = live;
    this.#ordered = ordered;
  }

  async *frames(): AsyncIterable<Frame[]> {
    const batch = new Batch();
    let failure: unknown;
    const order = this.#ordered ? new FrameOrder(batch.add) : undefined;
    const capture = new CaptureStream(order?.take ?? batch.add);
    try {
      for await (const chunk of unpacked(this.#stream as AsyncIterable<Buffer>)) {
        let damage: unknown;
        try {
          capture.write(chunk);
        } catch (error) {
          damage = error;
        }
        // Frames before the damage are still processed.
        if (batch.frames.length > 0) yield batch.take();
        if (damage) throw damage;
      }
      if (!this.#closed) capture.finish();
    } catch (error) {
      failure = error;
    }
    if (this.#closed) return;
    order?.finish();
    if (batch.frames.length > 0) yield batch.take();
    if (failure) throw this.#explain(failure, capture.frames);
  }

  lost(): number {
    return 0;
  }

  close(): void {
    this.#closed = true;
    this.#stream.destroy();
  }

  #explain(error: unknown, frames: number): unknown {
    const { code } = error as NodeJS.ErrnoException;
    if (typeof code !== 'string' || error instanceof UserError) return captureError(error, this.#name, frames);
    const reason = code === 'EISDIR' ? 'it is a folder' : code === 'EACCES' ? 'permission denied' : code;
    return new UserError('BW_CAPTURE_MISSING', { path: this.#name, reason });
  }
}

/**
 * Frames of a network interface. A tap that ends by itself is an error; otherwise a blind sensor would go unnoticed.
 */
export class TapInput implements FrameInput {
  readonly live = true;
  readonly #name: string;
  readonly #tap: Tap;
  readonly #stream: StreamInput;
  readonly #polling: NodeJS.Timeout;
  #closed = false;

  constructor(name: string, tap: Tap) {
    this.#name = name;
    this.#tap = tap;
    this.#stream = new StreamInput(tap.stream, `the tap on ${name}`, true);
    this.#polling = setInterval(() => tap.poll(), POLL_INTERVAL);
    this.#polling.unref();
  }

  async *frames(): AsyncIterable<Frame[]> {
    let failure: unknown;
    try {
      yield* this.#stream.frames();
    } catch (error) {
      failure = error;
    } finally {
      clearInterval(this.#polling);
    }
    if (this.#closed) return;
    // The child's exit reason is more informative than its broken stream.
    await this.#tap.ended;
    throw failure ?? new UserError('BW_TAP', { interface: this.#name, reason: 'the capture program ended' });
  }

  lost(): number {
    return this.#tap.lost();
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#polling);
    this.#stream.close();
    this.#tap.close();
  }
}

/** Frame heads, copied because the reader reuses its buffer. */
class Batch {
  frames: Frame[] = [];
  #bytes = Buffer.allocUnsafe(CHUNK_BYTES);
  #used = 0;

  readonly add: TakeFrame = (timeMs, link, bytes, offset, captured, original) => {
    const length = Math.min(captured, HEAD_BYTES);
    if (this.#used + length > this.#bytes.length) {
      // Earlier frames keep the buffer they point into.
      this.#bytes = Buffer.allocUnsafe(CHUNK_BYTES);
      this.#used = 0;
    }
    bytes.copy(this.#bytes, this.#used, offset, offset + length);
    this.frames.push({ timeMs, link, bytes: this.#bytes, offset: this.#used, captured: length, original });
    this.#used += length;
  };

  /** The frames since the last call; valid until the next frame is added. */
  take(): Frame[] {
    const { frames } = this;
    this.frames = [];
    this.#used = 0;
    return frames;
  }
}
