/** Reads a capture from a file or a stream in large chunks, and puts its frames in order of time. */
import { closeSync, openSync, readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { UserError } from '../common/errors.js';
import { type CaptureParser, DamagedCapture, NotACapture, type TakeFrame, UnknownLink } from './frames.js';
import { FrameOrder } from './order.js';
import { PcapParser } from './pcap.js';
import { PcapngParser } from './pcapng.js';
import { refusePacked, unpacked } from './unpack.js';

const chunkBytes = 1 << 20;

/** Splits a byte stream into frames. Buffers unfinished frames until more bytes arrive. */
export class CaptureStream {
  frames = 0;
  private parser: CaptureParser | undefined;
  private buffer = Buffer.allocUnsafe(chunkBytes * 2);
  private start = 0;
  private end = 0;
  private readonly take: TakeFrame;

  constructor(take: TakeFrame) {
    this.take = (timeMs, link, bytes, offset, captured, original) => {
      this.frames++;
      take(timeMs, link, bytes, offset, captured, original);
    };
  }

  /** Buffer for the next bytes; call `filled` with the number written. */
  get freeSpace(): Buffer {
    if (this.start > 0) {
      this.buffer.copyWithin(0, this.start, this.end);
      this.end -= this.start;
      this.start = 0;
    }
    if (this.buffer.length - this.end < chunkBytes) {
      const larger = Buffer.allocUnsafe(this.buffer.length * 2);
      this.buffer.copy(larger, 0, 0, this.end);
      this.buffer = larger;
    }
    return this.buffer.subarray(this.end, this.end + chunkBytes);
  }

  filled(bytes: number): void {
    this.end += bytes;
    if (!this.parser) {
      if (this.end - this.start < 4) return;
      const head = this.buffer.subarray(this.start, this.start + 4);
      if (PcapParser.starts(head)) this.parser = new PcapParser();
      else if (PcapngParser.starts(head)) this.parser = new PcapngParser();
      else {
        refusePacked(head);
        throw new NotACapture('it is neither pcap nor pcapng');
      }
    }
    this.start = this.parser.parse(this.buffer, this.start, this.end, this.take);
  }

  write(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; at += chunkBytes) {
      const part = chunk.subarray(at, at + chunkBytes);
      this.freeSpace.set(part);
      this.filled(part.length);
    }
  }

  /** Signals the end of input. Throws if a frame is unfinished. */
  finish(): void {
    if (!this.parser) throw new NotACapture(this.end === 0 ? 'it is empty' : 'it is too short');
    if (this.end > this.start) throw new DamagedCapture('it ends in the middle of a frame');
  }
}

/** Turns a parser's error into a UserError about the capture `path`; returns any other error unchanged. */
export function captureError(error: unknown, path: string, frames: number): unknown {
  if (error instanceof NotACapture) return new UserError('BW_CAPTURE_FORMAT', { path, reason: error.message });
  if (error instanceof DamagedCapture)
    return new UserError('BW_CAPTURE_DAMAGED', { path, frames, reason: error.message });
  if (error instanceof UnknownLink) return new UserError('BW_CAPTURE_LINK', { path, link: error.message });
  return error;
}

const reasons: Record<string, string> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
};

function missing(error: unknown, path: string): UserError {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
  return new UserError('BW_CAPTURE_MISSING', { path, reason: reasons[code] ?? code });
}

/**
 * Reads an unpacked capture file to its end, without a pause, and calls `take` for each frame, in order of time as far
 * as `FrameOrder` reaches; `take` gets at most the first HEAD_BYTES of each. Before it throws for a damaged file, it has
 * passed on every whole frame before the damage.
 *
 * @returns the number of frames
 * @throws UserError if the file is missing, damaged or not a capture
 */
export function readCapture(path: string, take: TakeFrame): number {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    throw missing(error, path);
  }
  const order = new FrameOrder(take);
  const stream = new CaptureStream(order.take);
  try {
    for (;;) {
      const space = stream.freeSpace;
      let bytes: number;
      try {
        bytes = readSync(file, space, 0, space.length, null);
      } catch (error) {
        throw missing(error, path);
      }
      if (bytes === 0) break;
      stream.filled(bytes);
    }
    stream.finish();
  } catch (error) {
    throw captureError(error, path, stream.frames);
  } finally {
    closeSync(file);
    order.finish();
  }
  return stream.frames;
}

/** Called after each chunk with the bytes read and the size of the file; 0 if it is not known. */
export type ReadProgress = (done: number, total: number) => void;

/**
 * Like `readCapture`, but leaves time for other work between chunks, unpacks gzip and Zstandard, and can be stopped:
 * then it passes on what waits and returns.
 */
export async function readCaptureFile(
  path: string,
  order: FrameOrder,
  options: { progress?: ReadProgress; stop?: AbortSignal } = {},
): Promise<void> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    throw missing(error, path);
  }
  try {
    const stat = await file.stat();
    // A pipe has no size.
    const total = stat.isFile() ? stat.size : 0;
    await readCaptureStream(chunksOf(file, path, total, options.progress), path, order, options.stop);
  } finally {
    await file.close();
  }
}

async function* chunksOf(
  file: FileHandle,
  path: string,
  total: number,
  progress?: ReadProgress,
): AsyncIterable<Uint8Array> {
  let done = 0;
  for (;;) {
    const buffer = Buffer.allocUnsafe(chunkBytes);
    let bytes: number;
    try {
      bytes = (await file.read(buffer, 0, chunkBytes, null)).bytesRead;
    } catch (error) {
      throw missing(error, path);
    }
    if (bytes === 0) return;
    yield buffer.subarray(0, bytes);
    done += bytes;
    progress?.(done, total);
  }
}

/**
 * Like `readCaptureFile`, for a byte stream such as standard input. `name` appears in error messages. A stream that
 * waits for bytes ends for `stop` only when it is destroyed.
 */
export async function readCaptureStream(
  input: AsyncIterable<Uint8Array>,
  name: string,
  order: FrameOrder,
  stop?: AbortSignal,
): Promise<void> {
  const stream = new CaptureStream(order.take);
  try {
    for await (const chunk of unpacked(input)) {
      stream.write(chunk);
      if (stop?.aborted) break;
    }
    if (!stop?.aborted) stream.finish();
  } catch (error) {
    if (!stop?.aborted) throw captureError(error, name, stream.frames);
  } finally {
    order.finish();
  }
}
