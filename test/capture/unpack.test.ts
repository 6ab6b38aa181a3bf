import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { FrameOrder } from '../../host/capture/order.js';
import { readCapture, readCaptureFile, readCaptureStream } from '../../host/capture/read.js';
import { UserError } from '../../host/common/errors.js';
import { pcap } from './files.js';

const frames = Array.from({ length: 300 }, (_, i) => ({ seconds: 1_700_000_000 + i, fraction: 0, data: `frame ${i}` }));
const plain = pcap(frames);
/** `zstd -19` of `plain`. */
const zstd = Buffer.from(
  'KLUv/WT2G60YAFY0qy4QwKw1888MyVwCZpQwA50GpaPGwLGUUkoppWnEA/9A27Zt27Zt27Zt27ZtW5MBqACgAJ0AIPQH7MF2oBzk' +
    'GdzgNDDP4DHwC9oCrmAp0AlSAozgILB+4B3wBpoBXmAV0AQSATzgDDAu4AnwAfrZt5VzUS9t8c+tBeAAFgA1k2WQzI0xFfNhHEx/' +
    'YS+7pVqZhVh3ZWn1VU7VUyy1UQqVT+h0TYZMv+RKncRIe6RGWYREN2QHJPRBDtQ/7LM9ypM7qHM5hsWlBs2aND8vrjNwXjmvV1fX' +
    'i+elw6aNmzcBbIzH+BXDN4xeMHi/2PVCt4tcLnC3uNXCNotXLFyvaLWCtYpVKlSnSJUCNYpTKEyf+HTCs4lOJjiX2FRCM4lMJDCP' +
    'uDTCsohHIhyHaBSCMYhFIBR/SPQBsYdDHgx3+NPBL4c+HPhu2LNBb01eDXg03M1gJ8ObGrcY2mBge2HNBbUW0lhAS3PGZXZBK7wK' +
    'nkKjYRT2BDUhS0ASbgR7ET4ED5alPJLiOEqjKIyhLIKi+EmiJ4idHHJiuMmfJn6Z9GHCd8meJXqV5FGC9+ZuEjtJ3iJxg6TtETZH' +
    '1hpRYyRtETRFzhIxQ0T+D/E3pL8QfkL23egPki8IfiD3gNj/8e6Hex/tfLDvsa6Heh7peKDfcW6HeR3fdHi36Z6DW47tOLThyH4D' +
    '243rNqzZeF7DWY3mNJjRWD5D2YzkMpDJOA7/ZfzJ9I/hF7MfRh9M/hd8L/db9lrvWe5Y7VfsVutV6lTpU+hS51HmUN9P3k7dTdxM' +
    '20vaStlJ2EjXR9ZGz0XORM1DzELLQcpAyT/IPsc9xjy/O746vTkc57XbpbtLri64udziYnvLqy2utbTSwjrLqiyqsaTCghrnFI7p' +
    'K5+ueLbSyQrnKpuqaKaSiQrmKZemBIEzqCEIFG8YA/GzBiEECYIQfosfgABRgAhqNQFCAhEgCRBlACIChAIiQBEggghBd/DzYxZw' +
    '/QOJWBA0C0HMIQRjQdBZCDGHEIwNgmYhxLjTjFmAdfteh3Me5zhXq6tircAPqIFdBT+kkmc=',
  'base64',
);
/** A part that readers skip, as parallel compressors write it. */
const skippable = Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);

/** Reads the bytes in pieces of `piece`; the frames before an error count too. */
async function read(bytes: Buffer, piece = bytes.length): Promise<{ taken: string[]; error?: unknown }> {
  const taken: string[] = [];
  const order = new FrameOrder((_time, _link, buffer, offset, captured) => {
    taken.push(buffer.toString('latin1', offset, offset + captured));
  });
  const pieces = Array.from({ length: Math.ceil(bytes.length / piece) }, (_, i) =>
    bytes.subarray(i * piece, (i + 1) * piece),
  );
  try {
    await readCaptureStream(Readable.from(pieces), 'standard input', order);
  } catch (error) {
    return { taken, error };
  }
  return { taken };
}

const all = frames.map(({ data }) => data);

describe('a packed capture', () => {
  const folder = mkdtempSync(join(tmpdir(), 'blockwatch-capture-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  const kinds: [string, Buffer][] = [
    ['not packed', plain],
    ['gzip', gzipSync(plain)],
    ['gzip in two parts', Buffer.concat([gzipSync(plain.subarray(0, 1000)), gzipSync(plain.subarray(1000))])],
    ['Zstandard', zstd],
    ['Zstandard with parts to skip', Buffer.concat([skippable, zstd, skippable])],
  ];
  for (const [name, bytes] of kinds) {
    it(`is read as it is known by its first bytes: ${name}`, async () => {
      for (const piece of [1, 3, 100, bytes.length])
        assert.deepEqual(await read(bytes, piece), { taken: all }, `${piece} bytes`);
      const path = join(folder, 'name-that-says-nothing');
      writeFileSync(path, bytes);
      const order = new FrameOrder(() => undefined);
      const done: [number, number][] = [];
      await readCaptureFile(path, order, { progress: (...at) => done.push(at) });
      assert.equal(order.frames, 300);
      assert.deepEqual(done.at(-1), [bytes.length, bytes.length]);
    });
  }

  it('that is cut off gives its whole frames, then one sentence', async () => {
    for (const bytes of [gzipSync(plain, { level: 0 }), gzipSync(plain), zstd]) {
      for (const cut of [8, 20, bytes.length >> 1, bytes.length - 1]) {
        const { taken, error } = await read(bytes.subarray(0, cut));
        assert.deepEqual(taken, all.slice(0, taken.length));
        assert.ok(error instanceof UserError, String(error));
        assert.match(error.message, /^standard input is damaged after frame \d+: [^\n]*\. [^\n]*\.$/);
      }
    }
    const { taken } = await read(gzipSync(plain, { level: 0 }).subarray(0, plain.length >> 1));
    assert.ok(taken.length > 100);
  });

  it('by any flipped byte never gives a stack trace', async () => {
    for (const original of [gzipSync(plain), zstd]) {
      for (let at = 0; at < original.length; at += 7) {
        const bytes = Buffer.from(original);
        bytes[at] = (bytes[at] as number) ^ 0x55;
        const { error } = await read(bytes);
        if (error !== undefined) assert.ok(error instanceof UserError, `byte ${at}: ${(error as Error).stack}`);
      }
    }
  });

  it('is refused in one sentence where nothing here unpacks it', async () => {
    const { error } = await read(Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 4]));
    assert.match(String(error), /it is compressed with xz; decompress it first/);
    const path = join(folder, 'x.pcap');
    writeFileSync(path, gzipSync(plain));
    assert.throws(() => readCapture(path, () => undefined), /it is compressed; decompress it first/);
  });

  it('within a packed one is not unpacked twice', async () => {
    const { error } = await read(gzipSync(gzipSync(plain)));
    assert.match(String(error), /it is compressed; decompress it first/);
  });
});
