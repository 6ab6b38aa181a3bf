/** Capture files made by hand. */

interface PcapFrame {
  seconds: number;
  fraction: number;
  data: string;
  original?: number;
}

export function pcap(
  frames: PcapFrame[],
  options: { little?: boolean; nano?: boolean; modified?: boolean; linkType?: number } = {},
): Buffer {
  const little = options.little ?? true;
  const words = (...values: number[]): Buffer => {
    const out = Buffer.alloc(values.length * 4);
    values.forEach((value, i) => (little ? out.writeUInt32LE(value, i * 4) : out.writeUInt32BE(value, i * 4)));
    return out;
  };
  const version = little ? Buffer.from([2, 0, 4, 0]) : Buffer.from([0, 2, 0, 4]);
  const magic = options.modified ? 0xa1b2cd34 : options.nano ? 0xa1b23c4d : 0xa1b2c3d4;
  const head = Buffer.concat([words(magic), version, words(0, 0, 65535, options.linkType ?? 1)]);
  return Buffer.concat([
    head,
    ...frames.map((frame) =>
      Buffer.concat([
        words(frame.seconds, frame.fraction, frame.data.length, frame.original ?? frame.data.length),
        options.modified ? Buffer.alloc(8) : Buffer.alloc(0),
        Buffer.from(frame.data, 'latin1'),
      ]),
    ),
  ]);
}

function number(little: boolean, value: number, bytes: 2 | 4): Buffer {
  const out = Buffer.alloc(bytes);
  if (little) out.writeUIntLE(value, 0, bytes);
  else out.writeUIntBE(value, 0, bytes);
  return out;
}

/** Any pcapng block. */
export function block(little: boolean, type: number, body: Buffer): Buffer {
  const padded = Buffer.concat([body, Buffer.alloc((4 - (body.length & 3)) & 3)]);
  const length = number(little, padded.length + 12, 4);
  return Buffer.concat([number(little, type, 4), length, padded, length]);
}

export function section(little = true): Buffer {
  return block(
    little,
    0x0a0d0d0a,
    Buffer.concat([number(little, 0x1a2b3c4d, 4), number(little, 1, 2), number(little, 0, 2), Buffer.alloc(8, 0xff)]),
  );
}

export function description(little: boolean, linkType: number, options: Buffer = Buffer.alloc(0)): Buffer {
  return block(
    little,
    1,
    Buffer.concat([number(little, linkType, 2), number(little, 0, 2), number(little, 0, 4), options]),
  );
}

export function enhanced(little: boolean, source: number, ticks: bigint, data: string, original = data.length): Buffer {
  const words = [source, Number(ticks >> 32n), Number(ticks & 0xffffffffn), data.length, original].map((value) =>
    number(little, value, 4),
  );
  return block(little, 6, Buffer.concat([...words, Buffer.from(data, 'latin1')]));
}

export function simple(data: string, original: number): Buffer {
  return block(true, 3, Buffer.concat([number(true, original, 4), Buffer.from(data, 'latin1')]));
}
