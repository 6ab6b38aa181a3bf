import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { FrameOrder } from '../../host/capture/order.js';
import { CaptureStream, readCapture, readCaptureStream } from '../../host/capture/read.js';
import { UserError } from '../../host/common/errors.js';
import { projectRoot } from '../../host/common/paths.js';
import { LINK_ETHERNET, LINK_NULL, LINK_RAW_IP, LINK_SLL2 } from '../../src/engine/constants/codes.js';
import { block, description, enhanced, pcap, section, simple } from './files.js';

interface Taken {
  time: number;
  link: number;
  bytes: string;
  original: number;
}

/** All frames of the bytes, fed in pieces of `piece` bytes. */
function takeAll(bytes: Buffer, piece = bytes.length): Taken[] {
  const taken: Taken[] = [];
  const stream = new CaptureStream((time, link, buffer, offset, captured, original) => {
    taken.push({ time, link, bytes: buffer.toString('latin1', offset, offset + captured), original });
  });
  for (let at = 0; at < bytes.length; at += piece) stream.write(bytes.subarray(at, at + piece));
  stream.finish();
  return taken;
}

describe('a pcap file', () => {
  const frames = [
    { seconds: 1700000000, fraction: 250000, data: 'one' },
    { seconds: 1700000001, fraction: 999999, data: 'three3', original: 1500 },
  ];

  it('is read in both byte orders, with microseconds and with nanoseconds', () => {
    for (const little of [true, false]) {
      for (const nano of [true, false]) {
        const scaled = frames.map((frame) => ({ ...frame, fraction: nano ? frame.fraction * 1000 : frame.fraction }));
        const taken = takeAll(pcap(scaled, { little, nano }));
        assert.deepEqual(
          taken.map((frame) => [frame.bytes, frame.original, frame.link]),
          [
            ['one', 3, LINK_ETHERNET],
            ['three3', 1500, LINK_ETHERNET],
          ],
        );
        assert.ok(Math.abs((taken[0]?.time ?? 0) - 1700000000250) < 0.01);
        assert.ok(Math.abs((taken[1]?.time ?? 0) - 1700000001999.999) < 0.01);
      }
    }
  });

  it('may come in pieces of any size', () => {
    const bytes = pcap(frames);
    for (const piece of [1, 2, 3, 7, 16, 24, 25, 100]) assert.equal(takeAll(bytes, piece).length, 2, `${piece} bytes`);
  });

  it('may be of the modified kind, with eight bytes more in front of each frame', () => {
    for (const little of [true, false]) {
      const bytes = pcap(frames, { little, modified: true });
      for (const piece of [1, 17, bytes.length])
        assert.deepEqual(
          takeAll(bytes, piece).map((frame) => frame.bytes),
          ['one', 'three3'],
        );
    }
  });

  it('a pcap file names its link type', () => {
    assert.equal(takeAll(pcap(frames, { linkType: 101 }))[0]?.link, LINK_RAW_IP);
    assert.equal(takeAll(pcap(frames, { linkType: 276 }))[0]?.link, LINK_SLL2);
    assert.equal(takeAll(pcap(frames, { linkType: 0 }))[0]?.link, LINK_NULL);
  });

  it('without frames is empty, not wrong', () => {
    assert.deepEqual(takeAll(pcap([])), []);
  });
});

describe('a pcapng file', () => {
  it('a pcapng file is read in both byte orders', () => {
    for (const little of [true, false]) {
      const bytes = Buffer.concat([
        section(little),
        description(little, 1),
        enhanced(little, 0, 1_700_000_000_250_000n, 'hello', 90),
      ]);
      assert.deepEqual(takeAll(bytes), [
        { time: 1_700_000_000_250, link: LINK_ETHERNET, bytes: 'hello', original: 90 },
      ]);
    }
  });

  it('may have interfaces with link types and clocks of their own', () => {
    const nanoseconds = Buffer.from([9, 0, 1, 0, 9, 0, 0, 0, 0, 0, 0, 0]);
    const binary = Buffer.from([9, 0, 1, 0, 0x8a, 0, 0, 0, 0, 0, 0, 0]);
    const bytes = Buffer.concat([
      section(),
      description(true, 1),
      description(true, 101, nanoseconds),
      description(true, 1, binary),
      enhanced(true, 0, 1_000_000n, 'a'),
      enhanced(true, 1, 2_000_000_000n, 'b'),
      enhanced(true, 2, 3072n, 'c'),
    ]);
    assert.deepEqual(
      takeAll(bytes).map((frame) => [frame.bytes, frame.time, frame.link]),
      [
        ['a', 1000, LINK_ETHERNET],
        ['b', 2000, LINK_RAW_IP],
        ['c', 3000, LINK_ETHERNET],
      ],
    );
  });

  it("a pcapng file's clock offset is added to its times", () => {
    const offset = Buffer.from([14, 0, 8, 0, 100, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    const bytes = Buffer.concat([section(), description(true, 1, offset), enhanced(true, 0, 5_000_000n, 'x')]);
    assert.equal(takeAll(bytes)[0]?.time, 105_000);
  });

  it('may have several sections, each with its own interfaces and byte order', () => {
    const bytes = Buffer.concat([
      section(true),
      description(true, 1),
      enhanced(true, 0, 1000n, 'a'),
      section(false),
      description(false, 101),
      enhanced(false, 0, 1000n, 'b'),
    ]);
    assert.deepEqual(
      takeAll(bytes).map((frame) => frame.link),
      [LINK_ETHERNET, LINK_RAW_IP],
    );
  });

  it('may have simple packets, and blocks that nobody here knows', () => {
    const bytes = Buffer.concat([
      section(),
      description(true, 1),
      block(true, 0x0bad, Buffer.alloc(40)),
      simple('hey', 3),
      block(true, 4, Buffer.alloc(8)),
    ]);
    assert.deepEqual(
      takeAll(bytes).map((frame) => frame.bytes),
      ['hey'],
    );
  });

  it('gives simple packets, which have no time, that of the packet before', () => {
    const bytes = Buffer.concat([section(), description(true, 1), enhanced(true, 0, 7_000_000n, 'a'), simple('b', 1)]);
    assert.deepEqual(
      takeAll(bytes).map((frame) => frame.time),
      [7000, 7000],
    );
  });

  it("with one interface of an unknown link type still gives the frames of the others, and that one's with link 0", () => {
    const bytes = Buffer.concat([
      section(),
      description(true, 1),
      description(true, 220),
      enhanced(true, 1, 1n, 'usb'),
      enhanced(true, 0, 2n, 'eth'),
    ]);
    assert.deepEqual(
      takeAll(bytes).map((frame) => [frame.bytes, frame.link]),
      [
        ['usb', 0],
        ['eth', LINK_ETHERNET],
      ],
    );
  });

  it('with nothing but unknown link types is refused at its first frame', () => {
    const bytes = Buffer.concat([
      section(),
      description(true, 220),
      description(true, 147),
      enhanced(true, 1, 1n, 'x'),
    ]);
    assert.throws(() => takeAll(bytes), /147/);
  });

  it('is damaged where a clock says what no clock can', () => {
    const seconds = Buffer.from([9, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    const offset = (value: bigint): Buffer => {
      const option = Buffer.from([14, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
      option.writeBigInt64LE(value, 4);
      return option;
    };
    for (const [options, ticks] of [
      [seconds, 2n ** 63n],
      [offset(2n ** 62n), 1n],
      [offset(-10n), 1n],
    ] as [Buffer, bigint][]) {
      const bytes = Buffer.concat([
        section(),
        description(true, 1),
        description(true, 1, options),
        enhanced(true, 0, 1n, 'a'),
        enhanced(true, 1, ticks, 'b'),
      ]);
      assert.throws(() => takeAll(bytes), /before 1970 or after 9999/);
    }
  });

  it('may come in pieces of any size', () => {
    const bytes = Buffer.concat([
      section(false),
      description(false, 1),
      enhanced(false, 0, 1n, 'hello'),
      enhanced(false, 0, 2n, 'world!'),
    ]);
    for (const piece of [1, 3, 4, 12, 13, 64]) assert.equal(takeAll(bytes, piece).length, 2, `${piece} bytes`);
  });

  it('is refused where a frame names an interface that was never described', () => {
    assert.throws(() => takeAll(Buffer.concat([section(), enhanced(true, 0, 1n, 'x')])), /interface 0/);
  });
});

describe('a capture that is damaged', () => {
  const folder = mkdtempSync(join(tmpdir(), 'blockwatch-capture-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  function read(bytes: Buffer): { frames: number; error?: UserError } {
    const path = join(folder, 'x.pcap');
    writeFileSync(path, bytes);
    let frames = 0;
    try {
      readCapture(path, () => frames++);
      return { frames };
    } catch (error) {
      assert.ok(error instanceof UserError, String((error as Error).stack));
      return { frames, error };
    }
  }

  it('by being cut at any byte gives its whole frames, then one sentence', () => {
    const files = [
      readFileSync(join(projectRoot, 'test/captures/nmap-ss-block.pcap')).subarray(0, 1200),
      Buffer.concat([
        section(),
        description(true, 1),
        ...Array.from({ length: 12 }, (_, i) => enhanced(true, 0, BigInt(i), 'frame'.repeat(8))),
      ]),
    ];
    for (const file of files) {
      let most = 0;
      for (let length = 0; length < file.length; length++) {
        const { frames, error } = read(file.subarray(0, length));
        assert.ok(frames >= most, `${length} bytes gave ${frames} frames after ${most}`);
        most = frames;
        if (error) {
          assert.match(error.message, /^[^\n]+\.$/);
          assert.match(error.code, /^BW_CAPTURE_/);
        }
      }
      assert.ok(most > 4);
    }
  });

  it('by any flipped byte never gives a stack trace', () => {
    const file = Buffer.concat([
      section(),
      description(true, 1),
      ...Array.from({ length: 6 }, (_, i) => enhanced(true, 0, BigInt(i), 'frame')),
    ]);
    for (const original of [
      file,
      pcap(Array.from({ length: 6 }, (_, i) => ({ seconds: i, fraction: 0, data: 'frame' }))),
    ]) {
      for (let at = 0; at < original.length; at++) {
        for (const value of [0, 0x7f, 0xff]) {
          const bytes = Buffer.from(original);
          bytes[at] = value;
          read(bytes);
        }
      }
    }
  });

  it('by a frame that claims a gigabyte does not try to find room for it', () => {
    const bytes = pcap([{ seconds: 1, fraction: 0, data: 'x' }]);
    bytes.writeUInt32LE(1 << 30, 24 + 8);
    assert.equal(read(bytes).error?.code, 'BW_CAPTURE_DAMAGED');
  });

  it('a file that is no capture is refused, and one of an unknown link type', () => {
    assert.equal(read(Buffer.from('#!/bin/sh\necho no capture\n')).error?.code, 'BW_CAPTURE_FORMAT');
    assert.equal(read(Buffer.alloc(0)).error?.code, 'BW_CAPTURE_FORMAT');
    assert.equal(read(Buffer.alloc(4096)).error?.code, 'BW_CAPTURE_FORMAT');
    assert.equal(
      read(pcap([{ seconds: 1, fraction: 0, data: 'x' }], { linkType: 147 })).error?.code,
      'BW_CAPTURE_LINK',
    );
  });

  it('or is missing, or a folder, is said so', () => {
    assert.throws(() => readCapture(join(folder, 'nothing.pcap'), () => undefined), /there is no such file/);
    assert.throws(() => readCapture(folder, () => undefined), /it is a folder/);
  });
});

describe('a capture from a stream', () => {
  it('a capture from a stream is read as it comes', async () => {
    const bytes = pcap(Array.from({ length: 50 }, (_, i) => ({ seconds: i, fraction: 0, data: `frame ${i}` })));
    const pieces = Array.from({ length: Math.ceil(bytes.length / 10) }, (_, i) => bytes.subarray(i * 10, i * 10 + 10));
    let frames = 0;
    const order = new FrameOrder(() => frames++);
    await readCaptureStream(Readable.from(pieces), 'standard input', order);
    assert.deepEqual([frames, order.frames], [50, 50]);
  });

  it('that ends in the middle of a frame is damaged, by its name', async () => {
    const bytes = pcap([{ seconds: 1, fraction: 0, data: 'frame' }]).subarray(0, -2);
    await assert.rejects(
      readCaptureStream(Readable.from([bytes]), 'standard input', new FrameOrder(() => undefined)),
      /^UserError: standard input is damaged after frame 0/,
    );
  });
});
