import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { UserError } from '../../host/common/errors.js';
import { openInput, StreamInput, TapInput } from '../../host/sensor/input.js';
import type { FrameInput } from '../../host/sensor/sensor.js';
import { explainTap, isInterface, openTap, readLosses, tapProgram } from '../../host/sensor/tap.js';

/** A pcap file of Ethernet frames, a second apart; each frame's bytes hold its number. */
function pcap(count: number, length = 300): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(65535, 16);
  header.writeUInt32LE(1, 20);
  const frames = Array.from({ length: count }, (_, i) => {
    const frame = Buffer.alloc(16 + length, i & 0xff);
    frame.writeUInt32LE(1000 + i, 0);
    frame.writeUInt32LE(500_000, 4);
    frame.writeUInt32LE(length, 8);
    frame.writeUInt32LE(length + 7, 12);
    return frame;
  });
  return Buffer.concat([header, ...frames]);
}

interface Seen {
  timeMs: number;
  first: number;
  captured: number;
  original: number;
}

/** Reads to the end; returns what was seen, and the error if there was one. */
async function readAll(input: FrameInput): Promise<{ seen: Seen[]; error: unknown }> {
  const seen: Seen[] = [];
  try {
    for await (const batch of input.frames()) {
      for (const { timeMs, bytes, offset, captured, original } of batch) {
        assert.ok(bytes.subarray(offset, offset + captured).every((byte) => byte === bytes[offset]));
        seen.push({ timeMs, first: bytes[offset] as number, captured, original });
      }
    }
  } catch (error) {
    return { seen, error };
  }
  return { seen, error: undefined };
}
const code = (error: unknown): string =>
  error instanceof UserError ? error.code : `not a UserError: ${String(error)}`;

describe('The input of a sensor', () => {
  let directory: string;
  beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'blockwatch-'))));
  afterEach(() => rmSync(directory, { recursive: true }));
  const file = (bytes: Buffer | string): string => {
    const path = join(directory, 'x.pcap');
    writeFileSync(path, bytes);
    return path;
  };

  it("reads the heads of a file's frames", async () => {
    const input = openInput(file(pcap(3)));
    assert.equal(input.live, false);
    const { seen, error } = await readAll(input);
    assert.equal(error, undefined);
    assert.deepEqual(
      seen.map((frame) => frame.timeMs),
      [1_000_500, 1_001_500, 1_002_500],
    );
    assert.deepEqual(seen[2], { timeMs: 1_002_500, first: 2, captured: 192, original: 307 });
  });

  it("keeps every frame's bytes apart in a file of many chunks", async () => {
    const { seen } = await readAll(openInput(file(pcap(20_000))));
    assert.equal(seen.length, 20_000);
    assert.ok(seen.every((frame, i) => frame.first === (i & 0xff)));
  });

  it("puts a file's frames in order, and unpacks it", async () => {
    const bytes = pcap(3);
    const frames = [0, 1, 2].map((i) => bytes.subarray(24 + 316 * i, 24 + 316 * (i + 1)));
    const backwards = Buffer.concat([bytes.subarray(0, 24), ...frames.reverse()]);
    for (const content of [bytes, backwards, gzipSync(backwards)]) {
      const { seen, error } = await readAll(openInput(file(content)));
      assert.equal(error, undefined);
      assert.deepEqual(
        seen.map((frame) => [frame.timeMs, frame.first]),
        [
          [1_000_500, 0],
          [1_001_500, 1],
          [1_002_500, 2],
        ],
      );
    }
  });

  it('does not let the frames of a live stream wait for later ones', async () => {
    const stream = new PassThrough();
    const input = openInput('-', stream);
    stream.write(pcap(3));
    let seen = 0;
    for await (const batch of input.frames()) {
      seen += [...batch].length;
      if (seen === 3) input.close();
    }
    assert.equal(seen, 3);
  });

  it('a stream is read the same however it is cut', async () => {
    const stream = new PassThrough();
    const reading = readAll(openInput('-', stream));
    const bytes = pcap(5, 60);
    for (let at = 0; at < bytes.length; at += 7) stream.write(bytes.subarray(at, at + 7));
    stream.end();
    const { seen, error } = await reading;
    assert.deepEqual([seen.length, error], [5, undefined]);
  });

  it('standard input is taken for live', () => assert.equal(openInput('-', new PassThrough()).live, true));

  it('gives what stands before the damage, then says what is damaged', async () => {
    const { seen, error } = await readAll(openInput(file(pcap(3).subarray(0, -10))));
    assert.equal(seen.length, 2);
    assert.equal(code(error), 'BW_CAPTURE_DAMAGED');
  });

  it('an input that is no capture is refused', async () => {
    assert.equal(code((await readAll(openInput(file('not a capture at all')))).error), 'BW_CAPTURE_FORMAT');
  });

  it('an input that is an empty file is refused', async () => {
    assert.equal(code((await readAll(openInput(file('')))).error), 'BW_CAPTURE_FORMAT');
  });

  it('an input that is a folder is refused', async () => {
    assert.equal(code((await readAll(openInput(directory))).error), 'BW_CAPTURE_MISSING');
  });

  it("says that a file is missing where the name looks like a file's", () => {
    assert.throws(
      () => openInput('./nowhere.pcap'),
      (error: unknown) => code(error) === 'BW_CAPTURE_MISSING',
    );
  });

  it('says that there is neither file nor interface otherwise', () => {
    assert.throws(
      () => openInput('nowhere0'),
      (error: unknown) => code(error) === 'BW_TAP' && /neither/.test(String(error)),
    );
  });

  it('ends without complaint when it is closed in the middle of a frame', async () => {
    const stream = new PassThrough();
    const input = new StreamInput(stream, 'a stream', true);
    const reading = readAll(input);
    stream.write(pcap(2).subarray(0, -10));
    await new Promise((resolve) => setTimeout(resolve, 20));
    input.close();
    const { seen, error } = await reading;
    assert.deepEqual([seen.length, error], [1, undefined]);
  });

  describe('that is an interface', () => {
    /** A program that replaces tcpdump. */
    const tap = (script: string): TapInput => {
      const path = join(directory, 'tcpdump');
      writeFileSync(path, `#!/bin/sh\n${script}\n`);
      chmodSync(path, 0o755);
      return new TapInput('eth9', openTap('eth9', { path, arguments: [], reports: true }));
    };

    it('yields the frames of the child, and fails when the child ends, because the sensor would be blind', async () => {
      writeFileSync(join(directory, 'data'), pcap(4));
      const { seen, error } = await readAll(tap(`cat ${join(directory, 'data')}`));
      assert.equal(seen.length, 4);
      assert.match(String(error), /Cannot capture on eth9: the capture program ended/);
    });

    it('says what to do when the child may not capture', async () => {
      const { error } = await readAll(
        tap('echo "tcpdump: eth9: You don\'t have permission to perform this capture" >&2; exit 1'),
      );
      assert.match(String(error), /Cannot capture on eth9: .*setcap/);
    });

    it('passes on what the child says, where it is nothing known', async () => {
      const { error } = await readAll(tap('echo "tcpdump: the moon is full." >&2; exit 3'));
      assert.match(String(error), /the moon is full\.$/);
    });

    it('says that the child cannot be run', async () => {
      const program = { path: join(directory, 'absent'), arguments: [], reports: false };
      const { error } = await readAll(new TapInput('eth9', openTap('eth9', program)));
      assert.match(String(error), /cannot be run/);
    });

    it('closing an interface input ends its child process', async () => {
      const input = tap('exec sleep 1000');
      const reading = readAll(input);
      await new Promise((resolve) => setTimeout(resolve, 20));
      input.close();
      assert.deepEqual(await reading, { seen: [], error: undefined });
    });

    it('is distinguished from a file name or an option', () => {
      assert.ok(isInterface('any'));
      for (const name of ['', '-w', '../x', 'a b', 'nowhere0', 'constructor/x'])
        assert.equal(isInterface(name), false, name);
    });

    it('reads losses from the last report', () => {
      const report = (n: number): string =>
        `9 packets captured\n10 packets received by filter\n${n} packets dropped by kernel\n`;
      assert.equal(readLosses(report(1) + report(5)), 5);
      assert.equal(readLosses(`${report(5)}2 packets dropped by interface\n`), 7);
      assert.equal(readLosses('listening on eth9'), 0);
    });

    it('prefers tcpdump, takes dumpcap, and names both when there is neither', () => {
      const program = (name: string): void => writeFileSync(join(directory, name), '');
      program('dumpcap');
      program('tcpdump');
      assert.match(tapProgram('eth9', directory).path, /tcpdump$/);
      assert.ok(tapProgram('eth9', directory).arguments.includes('eth9'));
    });

    const complaints: [string, RegExp][] = [
      ['tcpdump: eth9: Operation not permitted', /setcap/],
      ['tcpdump: eth9: No such device exists\n(No such device exists)', /no such interface/],
      ['tcpdump: eth9: That device is not up', /down/],
      ['', /tcpdump ended/],
    ];
    for (const [complaint, sentence] of complaints) {
      it(`explains what tcpdump means by ${JSON.stringify(complaint)}`, () =>
        assert.match(explainTap('tcpdump', complaint), sentence));
    }
  });
});
