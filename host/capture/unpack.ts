/** Compressed captures: gzip by Node's zlib, Zstandard by fzstd (Node has it from 22.15 on). */
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Decompress, type ZstdError, ZstdErrorCode } from 'fzstd';
import { DamagedCapture, NotACapture } from './frames.js';

const cutOff = 'its compressed data is cut off';
const spoiled = 'its compressed data is damaged';

type Bytes = AsyncIterable<Uint8Array>;

/** Bytes that go into fzstd at once: it returns all that comes out of them, and a block of four may become 128 KiB. */
const zstdPiece = 4096;
const zstdMagic = 0xfd2fb528;
/** Frames that a reader skips: 16 magics, which parallel compressors write in front of each part. */
const zstdSkippable = 0x184d2a50;

/** Names of what else captures come in, by their first bytes. */
const others: readonly (readonly [string, readonly number[]])[] = [
  ['xz', [0xfd, 0x37, 0x7a, 0x58]],
  ['bzip2', [0x42, 0x5a, 0x68]],
  ['LZ4', [0x04, 0x22, 0x4d, 0x18]],
  ['zip', [0x50, 0x4b, 0x03, 0x04]],
  ['7-Zip', [0x37, 0x7a, 0xbc, 0xaf]],
];

const isZstd = (head: Buffer): boolean => {
  const magic = head.readUInt32LE(0);
  return magic === zstdMagic || (magic & 0xfffffff0) >>> 0 === zstdSkippable;
};

/** Throws a sentence for captures that are packed in a way that nothing here unpacks. */
export function refusePacked(head: Buffer): void {
  if (head.length < 4) return;
  if (isGzip(head) || isZstd(head)) throw new NotACapture('it is compressed; decompress it first');
  const [name] = others.find(([, magic]) => magic.every((byte, i) => head[i] === byte)) ?? [];
  if (name) throw new NotACapture(`it is compressed with ${name}; decompress it first`);
}

const isGzip = (head: Buffer): boolean => head[0] === 0x1f && head[1] === 0x8b;

/** The bytes of a capture, unpacked if they are packed, which their first bytes tell and not their name. */
export async function* unpacked(input: Bytes): Bytes {
  const chunks = input[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  while (head.length < 4) {
    const next = await chunks.next();
    if (next.done) break;
    head = Buffer.concat([head, next.value]);
  }
  const rest: Bytes = {
    async *[Symbol.asyncIterator]() {
      yield head;
      for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
    },
  };
  try {
    if (head.length >= 4 && isGzip(head)) yield* gunzipped(rest);
    else if (head.length >= 4 && isZstd(head)) yield* unzstd(rest);
    else yield* rest;
  } finally {
    await chunks.return?.();
  }
}

async function* gunzipped(input: Bytes): Bytes {
  const source = Readable.from(input, { objectMode: false });
  const gunzip = createGunzip({ chunkSize: 1 << 18 });
  source.on('error', (error) => gunzip.destroy(error));
  try {
    yield* source.pipe(gunzip) as AsyncIterable<Buffer>;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'Z_BUF_ERROR') throw new DamagedCapture(cutOff);
    if (code?.startsWith('Z_')) throw new DamagedCapture(spoiled);
    throw error;
  } finally {
    source.destroy();
    gunzip.destroy();
  }
}

async function* unzstd(input: Bytes): Bytes {
  let out: Uint8Array[] = [];
  const stream = new Decompress((chunk) => {
    if (chunk.length > 0) out.push(chunk);
  });
  const push = (bytes: Uint8Array, last = false): void => {
    try {
      stream.push(bytes, last);
    } catch (error) {
      const { code } = error as ZstdError;
      if (code === ZstdErrorCode.WindowSizeTooLarge)
        throw new NotACapture('it is compressed with a window of more than 32 MiB; decompress it first');
      const isCut = last && code === ZstdErrorCode.UnexpectedEOF;
      throw new DamagedCapture(isCut ? cutOff : spoiled);
    }
  };
  for await (const chunk of input) {
    for (let at = 0; at < chunk.length; at += zstdPiece) {
      let damage: unknown;
      try {
        push(chunk.subarray(at, at + zstdPiece));
      } catch (error) {
        damage = error;
      }
      yield* out;
      out = [];
      if (damage) throw damage;
    }
  }
  push(new Uint8Array(), true);
  yield* out;
}
