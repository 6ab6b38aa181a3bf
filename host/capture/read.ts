/** Reads a capture from a file or a stream in large chunks. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { UserError } from '../common/errors.js';
import { type CaptureParser, DamagedCapture, NotACapture, type TakeFrame, UnknownLink } from './frames.js';
import { PcapParser } from './pcap.js';
import { PcapngParser } from './pcapng.js';

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
      else throw new NotACapture('it is neither pcap nor pcapng');
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
 * Reads a capture file to its end and calls `take` for each frame. Before it throws for a damaged file, it has passed
 * on every whole frame before the damage.
 *
 * @param progress called after each chunk with the bytes read and the file's size
 * @returns the number of frames
 * @throws UserError if the file is missing, damaged or not a capture
 */
export function readCapture(path: string, take: TakeFrame, progress?: (done: number, total: number) => void): number {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    throw missing(error, path);
  }
  const stream = new CaptureStream(take);
  const total = progress ? fstatSync(file).size : 0;
  let done = 0;
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
      done += bytes;
      progress?.(done, total);
    }
    stream.finish();
  } catch (error) {
    throw captureError(error, path, stream.frames);
  } finally {
    closeSync(file);
  }
  return stream.frames;
}

/** Like `readCapture`, for a byte stream such as standard input. `name` appears in error messages. */
export async function readCaptureStream(
  input: AsyncIterable<Uint8Array>,
  name: string,
  take: TakeFrame,
): Promise<number> {
  const stream = new CaptureStream(take);
  try {
    for await (const chunk of input) stream.write(chunk);
    stream.finish();
  } catch (error) {
    throw captureError(error, name, stream.frames);
  }
  return stream.frames;
}
