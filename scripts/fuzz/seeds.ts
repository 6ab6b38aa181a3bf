/**
 * What the fuzzer starts from: frames of the test captures, and frames that lie in every field that a decoder believes.
 * Made anew at each run, so that a new capture or a new lie is in the next one.
 */
import { readCapture } from '../../host/capture/read.js';
import { UserError } from '../../host/common/errors.js';
import * as codes from '../../src/engine/constants/codes.js';
import { HEAD_BYTES } from '../../src/engine/constants/memory.js';
import * as make from '../../test/support/packets.js';
import { testCaptures } from '../bench/engine-speed.js';
import { InputWriter, type Setup } from './input.js';

/** Longer inputs are slower and are not what a person would want to look at. */
export const mostInputBytes = 4096;
const framesOfCapture = 24;
const outside = '203.0.113.9',
  inside = '10.20.1.5',
  other = '10.20.1.6';
const outside6 = '2001:db8::9',
  inside6 = 'fd20:20::5',
  other6 = 'fd20:20::6';
const [ethernetBytes, ipv4Bytes, ipv6Bytes] = [14, 20, 40];
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

/** The beginning of each test capture, and a piece out of its middle. */
function captureSeeds(): Uint8Array[] {
  return testCaptures().flatMap((path) => {
    const frames: { time: number; link: number; head: Buffer; wire: number }[] = [];
    try {
      readCapture(path, (time, link, bytes, offset, captured, wire) => {
        frames.push({
          time,
          link,
          head: Buffer.from(bytes.subarray(offset, offset + Math.min(captured, HEAD_BYTES))),
          wire,
        });
      });
    } catch (error) {
      // Damaged on purpose: what could be read counts.
      if (!(error instanceof UserError)) throw error;
    }
    return [0, frames.length >> 1].map((from) => {
      const writer = new InputWriter();
      let last = frames[from]?.time ?? 0;
      for (const { time, link, head, wire } of frames.slice(from, from + framesOfCapture)) {
        if (writer.bytes.length + head.length + 8 > mostInputBytes) break;
        writer.frame(link, head, time - last, wire);
        last = time;
      }
      return writer.bytes;
    });
  });
}

/** Good frames of each protocol, Ethernet; the lies begin with them. */
const tcpOptions = hex('020405b4 0402 080a 00000000 00000000 01 030307');
const goodIPv4 = make.tcp(outside, inside, 443, make.SYN, { options: tcpOptions });
const goodIPv6 = make.tcp(outside6, inside6, 443, make.SYN, { options: tcpOptions });
const solicitation = make.solicitation(inside6, other6);
const arp = make.arp(1, inside, other);
const sctp = (source: string, target: string, chunk: number, length = 20): Buffer =>
  make.packet(
    source,
    target,
    132,
    hex(
      `9c40 0b59 00000000 00000000 ${chunk.toString(16).padStart(2, '0')}00 ${length.toString(16).padStart(4, '0')} 00000001 0000ffff 000a000a 00000001`,
    ),
  );
const good: Buffer[] = [
  goodIPv4,
  goodIPv6,
  arp,
  make.arp(2, other, inside),
  solicitation,
  make.advertisement(other6, inside6),
  make.udp(outside, inside, 53),
  make.udp(outside6, inside6, 161),
  make.icmp(outside, inside, 8),
  make.icmp(inside, outside, 0),
  make.icmp(outside6, inside6, 128),
  make.icmp(inside6, outside6, 129),
  sctp(outside, inside, 1),
  sctp(inside, outside, 2),
  make.packet(outside, inside, 47, hex('0000 0800 0000')),
  make.tcp(inside, outside, 40000, make.SYN | make.ACK, { sourcePort: 443 }),
  make.tcp(inside, outside, 40000, make.RST | make.ACK, { sourcePort: 443 }),
  make.tcp(outside, inside, 443, make.ACK),
  make.tcp(outside, inside, 443, make.FIN | make.PSH | make.URG),
  make.tcp(outside, inside, 443, 0),
];

const llc = 'aaaa03000000';
const stations = '020000000001 020000000002 020000000003';
/** An Ethernet frame's packet behind 802.11 headers: every direction, with and without QoS, HT control and protection. */
function wifi(frame: Buffer, control: number, flags: number, body?: Buffer): Buffer {
  const four = (flags & 3) === 3 ? '020000000004' : '';
  const qos = control & 0x80 ? (body ? '8000' : '0000') : '';
  const ht = qos && flags & 0x80 ? '00000000' : '';
  return Buffer.concat([
    hex(`${Buffer.from([control, flags]).toString('hex')} 0000 ${stations} 0000 ${four} ${qos} ${ht}`),
    body ?? Buffer.concat([hex(llc), frame.subarray(12)]),
  ]);
}

function amsdu(subframes: Buffer[], lengthOf = (frame: Buffer): number => frame.length - 12 + 6): Buffer {
  return Buffer.concat(
    subframes.flatMap((frame) => {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(lengthOf(frame) & 0xffff);
      const subframe = Buffer.concat([frame.subarray(0, 12), length, hex(llc), frame.subarray(12)]);
      return [subframe, Buffer.alloc(-subframe.length & 3)];
    }),
  );
}

function radiotap(length: number, room: number, frame: Buffer): Buffer {
  const header = Buffer.alloc(room);
  header.writeUInt16LE(length, 2);
  return Buffer.concat([header, frame]);
}

/** Frames of one sort, each a frame of its own in one input. */
type Sort = (readonly [link: number, head: Buffer, wire?: number, captured?: number])[];
const { LINK_ETHERNET, LINK_IEEE80211, LINK_NULL, LINK_RADIOTAP, LINK_RAW_IP, LINK_SLL, LINK_SLL2 } = codes;
const onEthernet = (...frames: Buffer[]): Sort => frames.map((frame) => [LINK_ETHERNET, frame] as const);

/** The frame with other bytes at a place. */
function lie(frame: Buffer, at: number, bytes: string): Buffer {
  const copy = Buffer.from(frame);
  hex(bytes).copy(copy, at);
  return copy;
}

const lies = (frame: Buffer, at: number, ...values: string[]): Buffer[] => values.map((bytes) => lie(frame, at, bytes));
const between = (frame: Buffer, at: number, bytes: string): Buffer =>
  Buffer.concat([frame.subarray(0, at), hex(bytes), frame.subarray(at)]);

function linkSeeds(): Sort[] {
  const packets = [goodIPv4, goodIPv6, arp, solicitation];
  const wifiFrames = packets.flatMap((frame) =>
    [0x08, 0x88, 0x48, 0xc8, 0x80].flatMap((control) =>
      [0, 1, 2, 3].flatMap((direction) =>
        [0, 0x40, 0x80].map((flag) => [LINK_IEEE80211, wifi(frame, control, direction | flag)] as const),
      ),
    ),
  );
  const cut: Sort = [];
  for (const [link, head] of [
    [LINK_ETHERNET, goodIPv4],
    [LINK_ETHERNET, goodIPv6],
    [LINK_ETHERNET, arp],
    [LINK_ETHERNET, solicitation],
    [LINK_IEEE80211, wifi(goodIPv4, 0x88, 0x83)],
  ] as const) {
    for (let bytes = 0; bytes < head.length; bytes += 3) cut.push([link, head.subarray(0, bytes), head.length]);
  }
  const tags = [
    '81000007',
    '88a80007',
    '91000007',
    '88a80007 81000007',
    '8100000a 8100000b 8100000c',
    '81000001 81000002 81000003 81000004',
    '81000001 81000002 81000003 81000004 81000005',
  ];
  return [
    ...Array.from({ length: Math.ceil(wifiFrames.length / 24) }, (_, i) => wifiFrames.slice(24 * i, 24 * (i + 1))),
    ...Array.from({ length: Math.ceil(cut.length / 32) }, (_, i) => cut.slice(32 * i, 32 * (i + 1))),
    [
      amsdu([goodIPv4]),
      amsdu([goodIPv4, goodIPv6]),
      amsdu([arp, arp, arp]),
      amsdu([goodIPv4], () => 0),
      amsdu([arp, arp], () => 7),
      amsdu([arp, arp], (f) => f.length),
      amsdu([arp, arp], () => 0xffff),
      amsdu([goodIPv4, arp], (f) => f.length - 16),
    ].flatMap((body) => [1, 2, 3].map((flags) => [LINK_IEEE80211, wifi(goodIPv4, 0x88, flags, body)] as const)),
    [8, 9, 24, 64, 180].map((room) => [LINK_RADIOTAP, radiotap(room, room, wifi(goodIPv4, 0x08, 1))] as const),
    [0, 7, 8, 12, 200, 0xffff].map((length) => [LINK_RADIOTAP, radiotap(length, 12, wifi(arp, 0x08, 2))] as const),
    onEthernet(...tags.flatMap((tag) => [goodIPv4, goodIPv6, arp].map((frame) => between(frame, 12, tag)))),
    // Length and LLC in the place of a type; bridges; too short.
    onEthernet(
      ...packets.flatMap((frame) => [
        between(frame, 12, `0040${llc}`),
        between(frame, 12, '0026424203'),
        between(frame, 12, '05ff'),
        between(frame, 12, `81000007 0040${llc}`),
      ]),
    ),
    onEthernet(
      ...[
        '1100 0001 0030 0021',
        '1100 0001 ffff 0021',
        '1100 0001 0000 c021',
        '1109 0001 0030 0021',
        '2100 0001 0030 0021',
      ].map((pppoe) => lie(between(goodIPv4, 14, pppoe), 12, '8864')),
      lie(between(goodIPv6, 14, '1100 0001 0030 0057'), 12, '8864'),
      lie(arp, 12, '8864'),
    ),
    packets.flatMap((frame) =>
      ['0000', '0001', '0002', '0004'].map(
        (kind) => [LINK_SLL, Buffer.concat([hex(`${kind} 0001 0006 020000000001 0000`), frame.subarray(12)])] as const,
      ),
    ),
    packets.map(
      (frame) =>
        [
          LINK_SLL2,
          Buffer.concat([
            frame.subarray(12, 14),
            hex('0000 00000002 0001 00 06 020000000001 0000'),
            frame.subarray(14),
          ]),
        ] as const,
    ),
    packets.flatMap(
      (frame) =>
        [
          [LINK_RAW_IP, frame.subarray(14)],
          [LINK_NULL, Buffer.concat([hex('02000000'), frame.subarray(14)])],
          [LINK_NULL, frame.subarray(14, 17)],
        ] as const,
    ),
    // Lengths of the frame itself: on the wire less than captured, nothing, more than a batch; more head than there is room for.
    [
      [LINK_ETHERNET, goodIPv4, 0],
      [LINK_ETHERNET, goodIPv4, 14],
      [LINK_ETHERNET, goodIPv4, 0xffff],
      [LINK_ETHERNET, goodIPv6, 20, 255],
      [LINK_ETHERNET, goodIPv6, 1500, 192],
      [0, goodIPv4],
      [LINK_ETHERNET, goodIPv4, 60, 0],
      [LINK_ETHERNET, goodIPv4, 60, 193],
    ],
  ];
}

/** An IPv6 packet with extension headers: type and bytes of each, the last one's `next` given. */
function extended(next: number, chain: [number, string][], payload: Buffer): Buffer {
  const headers = chain.map(([, bytes], i) => {
    const header = hex(bytes);
    header[0] = chain[i + 1]?.[0] ?? next;
    return header;
  });
  return make.packet(outside6, inside6, chain[0]?.[0] ?? next, Buffer.concat([...headers, payload]));
}

function networkSeeds(): Sort[] {
  const ip = ethernetBytes;
  const syn = goodIPv6.subarray(ethernetBytes + ipv6Bytes);
  const [hop, routing, fragment, destination, auth] = [0, 43, 44, 60, 51];
  const empty = '0000 000000000000';
  const chains: [number, string][][] = [
    [[hop, empty]],
    [
      [hop, empty],
      [destination, empty],
      [routing, empty],
      [destination, empty],
    ],
    [[hop, '0001 0000000000000000000000000000']],
    [[hop, '00ff 000000000000']],
    [[fragment, '0000 0001 00000001']],
    [[fragment, '0000 0009 00000001']],
    [[fragment, '0000 0000 00000001']],
    [[auth, '0004 0000 00000001 00000001 000000000000000000000000']],
    [[auth, '00ff 0000 00000001']],
    [[auth, '0000 0000 00000001']],
    Array.from({ length: 8 }, () => [destination, empty]),
    Array.from({ length: 9 }, () => [destination, empty]),
    [
      [hop, empty],
      [auth, '0001 0000 00000001 00000001'],
      [fragment, '0000 0001 00000007'],
    ],
    [
      [fragment, '0000 0001 00000001'],
      [fragment, '0000 0001 00000001'],
    ],
  ];
  const options4 = (words: number, bytes: string): Buffer => {
    const frame = between(goodIPv4, ip + ipv4Bytes, bytes);
    frame[ip] = 0x40 | words;
    frame.writeUInt16BE(frame.length - ip, ip + 2);
    return frame;
  };
  return [
    onEthernet(
      ...lies(goodIPv4, ip, '40', '44', '46', '4f', '55', '00', '65'),
      ...lies(goodIPv4, ip + 2, '0000', '0013', '0014', '0015', '0027', '0028', 'ffff'),
    ),
    onEthernet(
      options4(6, '01010100'),
      options4(15, '83 27 04'.padEnd(82, '00').slice(0, 80)),
      options4(7, '8800000094040000'),
      options4(15, '01010101'),
      options4(6, '00000000 00000000'),
    ),
    onEthernet(
      ...lies(goodIPv4, ip + 6, '2000', '0001', '2001', '1fff', '3fff', '8000'),
      ...lies(goodIPv4, ip + 9, '01', '02', '04', '11', '29', '32', '33', '3a', '84', 'ff'),
    ),
    onEthernet(
      ...lies(goodIPv4, ip + 16, 'e0000001', 'ffffffff', '00000000', '7f000001', 'a9fe0001'),
      ...lies(goodIPv4, ip + 12, '0a140105', '00000000', 'ffffffff', 'a9fe0001'),
    ),
    // Tiny first fragments, RFC 1858.
    onEthernet(
      make.packet(outside, inside, 6, goodIPv4.subarray(34, 42), { moreFragments: true }),
      make.packet(outside, inside, 6, goodIPv4.subarray(34, 37), { moreFragments: true }),
      make.packet(outside, inside, 6, goodIPv4.subarray(34, 42)),
      make.packet(outside, inside, 17, goodIPv4.subarray(34, 50), { fragment: 8 }),
    ),
    onEthernet(
      ...chains.flatMap((chain) => [
        extended(6, chain, syn),
        extended(58, chain, hex('8000 0000 00000000')),
        extended(59, chain, Buffer.alloc(0)),
      ]),
    ),
    onEthernet(
      ...lies(goodIPv6, ip + 4, '0000', '0001', '0013', 'ffff'),
      ...lies(goodIPv6, ip + 6, '00', '2b', '2c', '33', '3b', '3c', '84', '87', 'ff'),
      ...lies(goodIPv6, ip + 24, 'ff02', 'fe80', '0000'),
      ...lies(goodIPv6, ip + 8, 'fe80', 'ff02', 'fd200020'),
    ),
    onEthernet(
      ...lies(arp, ip, '0006', '0001 86dd', '0001 0800 08', '0001 0800 06 10'),
      ...lies(arp, ip + 6, '0000', '0002', '0003', '0008', 'ffff'),
      ...lies(arp, ip + 14, '00000000', '0a140106'),
      ...lies(arp, ip + 24, '00000000', '0a140105', 'ffffffff'),
      arp.subarray(0, 41),
    ),
  ];
}

function transportSeeds(): Sort[] {
  const tcpAt = ethernetBytes + ipv4Bytes;
  const optionLies = ['0000', '0200', '0201', '02ff', '0404', '0800', '080a', '0303', 'fe00', '01010101', '05 22'];
  const quote4 = make.tcp(outside, inside, 443, make.SYN).subarray(ethernetBytes);
  const quote6 = goodIPv6.subarray(ethernetBytes);
  const error = (body: Buffer, type = 3, code = 3): Buffer =>
    make.icmp(inside, outside, type, code, Buffer.concat([Buffer.alloc(4), body]));
  const error6 = (body: Buffer, type = 1, code = 4): Buffer =>
    make.icmp(inside6, outside6, type, code, Buffer.concat([Buffer.alloc(4), body]));
  const atND = ethernetBytes + ipv6Bytes;
  const flags = Array.from({ length: 64 }, (_, f) =>
    make.tcp(f & 1 ? outside : inside, f & 1 ? inside : other, 80 + f, f),
  );
  return [
    onEthernet(
      ...optionLies.map((option) => lie(goodIPv4, tcpAt + 20, option)),
      ...lies(goodIPv4, tcpAt + 12, '00', '40', '50', '60', '90', 'f0'),
    ),
    onEthernet(...flags),
    // The marks of masscan, ZMap, nmap and Mirai.
    onEthernet(
      make.tcp(outside, inside, 80, make.SYN, { options: Buffer.alloc(0), sequence: 0x0a140105 }),
      make.tcp(outside, inside, 80, make.SYN, { window: 65535, id: 54321, options: Buffer.alloc(0) }),
      make.tcp(outside, inside, 80, make.SYN, { window: 1024, dontFragment: false, options: hex('020405b4') }),
      make.tcp(outside, inside, 80, make.SYN, {
        window: 65535,
        dontFragment: false,
        options: hex('020405b4 01030308 01010402'),
      }),
      make.tcp(outside, inside, 80, make.SYN, { options: Buffer.alloc(0), sequence: 0, id: (0x0105 ^ 80) & 0xffff }),
    ),
    onEthernet(...good.map((frame) => frame)),
    // What is asked, and what comes back: closed, open, silent, expired, unreachable.
    onEthernet(
      make.tcp(outside, inside, 443, make.SYN),
      make.tcp(inside, outside, 40000, make.SYN | make.ACK, { sourcePort: 443, sequence: 7 }),
      make.tcp(outside, inside, 443, make.ACK, { acknowledgement: 8 }),
      make.tcp(outside, inside, 22, make.SYN),
      make.tcp(inside, outside, 40000, make.RST | make.ACK, { sourcePort: 22 }),
      make.udp(outside, inside, 53),
      make.udp(inside, outside, 40000, { sourcePort: 53 }),
      make.icmp(outside, inside, 8),
      make.icmp(inside, outside, 0),
    ),
    onEthernet(
      make.tcp(outside, inside, 443, make.SYN),
      error(quote4),
      make.tcp(outside, other, 443, make.SYN),
      error(lie(quote4, 19, '06'), 11, 0),
      error(quote4, 3, 1),
      error(quote4, 3, 2),
      ...['40', '4f', '41', '65', '00'].map((first) => error(lie(quote4, 0, first))),
      ...[0, 8, 19, 20, 22, 24].map((length) => error(quote4.subarray(0, length))),
      ...lies(quote4, 9, '01', '11', '3a', '84', '00').map((quote) => error(quote)),
      error(hex('deadbeef'.repeat(12))),
    ),
    onEthernet(
      goodIPv6,
      error6(quote6),
      error6(quote6, 3, 0),
      error6(quote6, 1, 0),
      ...[0, 39, 40, 42, 44].map((length) => error6(quote6.subarray(0, length))),
      ...lies(quote6, 6, '00', '2c', '3a', '11', '84').map((quote) => error6(quote)),
      error6(hex('deadbeef'.repeat(14))),
    ),
    onEthernet(
      ...lies(solicitation, atND + 8, '00', 'ff02', 'fe80'),
      ...['0101 020000000001', '0100 020000000001', '01ff 020000000001', '0e01 000102030405'].map((option) => {
        const frame = Buffer.concat([solicitation, hex(option)]);
        frame.writeUInt16BE(frame.length - atND, ethernetBytes + 4);
        return frame;
      }),
      ...lies(solicitation, atND, '85', '86', '88', '89', '8f'),
      ...lies(solicitation, ethernetBytes + 8, '00000000000000000000000000000000'),
      solicitation.subarray(0, atND + 23),
    ),
    onEthernet(
      ...[0, 1, 2, 3, 6, 10, 11, 14, 255].flatMap((chunk) =>
        [0, 3, 4, 20, 0xffff].map((length) =>
          sctp(chunk & 1 ? outside : inside, chunk & 1 ? inside : outside, chunk, length),
        ),
      ),
    ),
    onEthernet(
      ...[8, 0, 13, 14, 15, 16, 17, 18, 5, 9, 10, 40].map((type) =>
        make.icmp(type & 1 ? outside : inside, type & 1 ? inside : other, type),
      ),
      make.packet(outside, inside, 1, hex('080000')),
    ),
    onEthernet(
      ...[0, 7, 8, 9, 0xffff].map((length) => {
        const frame = make.udp(outside, inside, 53);
        frame.writeUInt16BE(length, tcpAt + 4);
        return frame;
      }),
      make.packet(outside, inside, 17, hex('9c400035')),
    ),
  ];
}

/** Scans in few bytes: one frame, and one byte of it counting up. What is behind the decoders is reached only by them. */
function sweepSeeds(): Uint8Array[] {
  const [target4, port4, source4, targetArp, target6, source6, targetND] = [33, 37, 29, 41, 53, 27, 77];
  const syn = (from: string, to: string): Buffer => make.tcp(from, to, 22, make.SYN);
  const scans: [Buffer, number][] = [
    [syn(outside, inside), target4],
    [syn(outside, inside), port4],
    [syn(inside, other), target4],
    [syn(inside, other), port4],
    [syn(inside, outside), target4],
    [syn(inside, outside), port4],
    [syn('198.51.100.1', outside), target4],
    [syn(outside, inside), source4],
    [make.tcp(outside, inside, 22, make.FIN), target4],
    [make.tcp(outside, inside, 22, make.ACK), target4],
    [make.udp(outside, inside, 161), target4],
    [make.udp(inside, other, 53), port4],
    [make.icmp(outside, inside, 8), target4],
    [make.icmp(inside, other, 8), target4],
    [arp, targetArp],
    [solicitation, targetND],
    [sctp(outside, inside, 1), target4],
    [sctp(outside, inside, 1), port4],
    [make.packet(outside, inside, 47, Buffer.alloc(8)), 23],
    [goodIPv6, target6],
    [goodIPv6, source6],
    [make.icmp(inside6, other6, 128), target6],
    [syn(outside6, inside6), 57],
  ];
  const setups: Setup[] = [
    {},
    { home: 1 },
    { home: 2, clock: 255 },
    { home: 3, budget: 1 },
    { budget: 1, packed: true },
    { budget: 2, clock: 0x7f },
  ];
  const seeds = scans.flatMap(([frame, place]) =>
    setups.map(
      (setup) =>
        new InputWriter(setup)
          .frame(codes.LINK_ETHERNET, frame)
          .sweep(place, 40, 10)
          .tick(5000)
          .sweep(place, 60, 700)
          .tick(400_000)
          .sweep(place, 20, 100_000)
          .flush(1000).bytes,
    ),
  );
  // A scan under way, and configs that change one thing after another: nothing, home, threshold, watch list, budget.
  const configs: Setup[] = [
    {},
    { home: 2 },
    { home: 1 },
    {},
    { threshold: 2 },
    { watch: true },
    { watch: true, threshold: 3, budget: 1 },
    {},
    { home: 3 },
    { home: 3 },
  ];
  const changed = scans.map(
    ([frame, place]) =>
      configs
        .reduce(
          (writer, config) => writer.sweep(place, 12, 10).configure(config).tick(5000),
          new InputWriter().frame(codes.LINK_ETHERNET, frame),
        )
        .sweep(place, 60, 700)
        .tick(400_000).bytes,
  );
  const first = syn(outside, inside);
  const slow = new InputWriter().frame(codes.LINK_ETHERNET, first).sweep(target4, 30, 60_000);
  // A month of one probe every eleven hours: times further apart than the clock's sign bit.
  const month = new InputWriter()
    .frame(codes.LINK_ETHERNET, first)
    .sweep(target4, 30, 1000)
    .sweep(target4, 80, 5 * 7_200_000)
    .tick(1000);
  // Many scanners at once, more than there are places for episodes and records, with little budget.
  const crowd = new InputWriter({ budget: 1, packed: true });
  for (let i = 1; i < 40; i++) crowd.frame(codes.LINK_ETHERNET, syn(`203.0.113.${i}`, inside), 1).sweep(target4, 12, 1);
  // The clock set back for good, in the middle of a scan, and a batch length that lies.
  const back = new InputWriter({ budget: 1 })
    .frame(codes.LINK_ETHERNET, first)
    .sweep(target4, 200, 10)
    .tick(20_000)
    .sweep(target4, 20, -7000)
    .sweep(target4, 20, 100)
    .tick(60_000);
  const lied = new InputWriter({ packed: true }).frame(codes.LINK_ETHERNET, first).sweep(target4, 100, 1);
  for (const bytes of [0, 1, 7, 8, 9, 100, 5119, 5120]) lied.sweep(port4, 10, 1).run(bytes);
  return [...seeds, ...changed, slow.bytes, month.bytes, crowd.bytes, back.bytes, lied.bytes];
}

/** All seeds; none longer than mostInputBytes. */
export function makeSeeds(): Uint8Array[] {
  const sorts = [...linkSeeds(), ...networkSeeds(), ...transportSeeds()];
  const told = sorts.flatMap((sort) => {
    const inputs: InputWriter[] = [new InputWriter()];
    for (const [link, head, wire, captured] of sort) {
      if ((inputs.at(-1) as InputWriter).bytes.length + head.length + 8 > mostInputBytes)
        inputs.push(new InputWriter());
      (inputs.at(-1) as InputWriter).frame(link, head, 40, wire, captured);
    }
    return inputs.map((writer) => writer.bytes);
  });
  return [...captureSeeds(), ...told, ...sweepSeeds()].filter((input) => input.length <= mostInputBytes);
}
