/**
 * Writes what a tap sees of honest machines, frame by frame: questions, answers, retransmissions. The office of the zoo has its own
 * segment, 10.30.1.0/24 and fd30:30:0:1::/64; all else lies behind its router. Times are ms from the story's start.
 */
import { parseAddress } from '../../src/protocol/address.js';
import { Dice } from '../simulate/dice.js';

export type Outcome = 'answered' | 'refused' | 'silent' | 'unreachable';
/** `lan`: the switch's mirror; `wan`: the line between router and provider; `port`: a plain switch port, which hears floods only. */
export type Place = 'lan' | 'wan' | 'port';

export const officeHome = ['10.30.0.0/16', 'fd30:30::/48'];
/** What an engine takes for home if no block is named. */
export const privateHome = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'];
export const router = '10.30.1.1';
export const router6 = 'fd30:30:0:1::1';
const routerLinkLocal = 'fe80::ff:fe00:1';

export const startOfStory = Date.UTC(2026, 1, 3, 9, 0, 0);
const none: Buffer = Buffer.alloc(0);
const broadcastMac = Buffer.alloc(6, 0xff);
const routerMac = Buffer.from('02ff00000001', 'hex');
const providerMac = Buffer.from('02ee00000001', 'hex');

const [FIN, SYN, RST, PSH, ACK] = [1, 2, 4, 8, 16] as const;

/** Bytes of a frame that a capture keeps. */
const kept = 96;

export interface Frame {
  time: number;
  bytes: Buffer;
}

export interface Conversation {
  fromPort?: number;
  /** Bytes asked and answered. */
  ask?: number;
  answer?: number;
  /** How long the answer takes, ms. */
  delay?: number;
  /** When a question without an answer is repeated, ms after the first. */
  again?: readonly number[];
  /** An answer that comes from another port. */
  answerPort?: number;
  /** The first bytes of the question. */
  head?: Buffer;
}

function bytesOf(address: string): Buffer {
  const bytes = parseAddress(address);
  if (!bytes) throw new Error(`${address} is no address.`);
  return Buffer.from(bytes);
}

function checksum(parts: readonly Buffer[]): number {
  let sum = 0;
  const all = Buffer.concat(parts);
  for (let i = 0; i + 1 < all.length; i += 2) sum += all.readUInt16BE(i);
  if (all.length % 2) sum += (all[all.length - 1] as number) << 8;
  while (sum >> 16) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/** The bytes with the internet checksum over them at `field`. */
export function summed(hex: string, field: number): Buffer {
  const b = Buffer.from(hex, 'hex');
  b.writeUInt16BE(0, field);
  b.writeUInt16BE(checksum([b]), field);
  return b;
}

const isIPv6 = (address: string): boolean => address.includes(':');
const isLink = (address: string): boolean => /^10\.30\.1\.|^fd30:30:0:1:|^fe80:/.test(address);
const isOffice = (address: string): boolean => /^10\.30\.|^fd30:30:|^fe80:/.test(address);

export class Story {
  readonly dice: Dice;
  readonly #frames: Frame[] = [];
  readonly #macs = new Map<string, Buffer>([
    [router, routerMac],
    [router6, routerMac],
    [routerLinkLocal, routerMac],
  ]);
  /** Until when a host knows the link address of another, by both. */
  readonly #neighbours = new Map<string, number>();
  readonly #identifications = new Map<string, number>();
  #ephemeral = 0;

  constructor(
    readonly place: Place,
    seed: number,
  ) {
    this.dice = new Dice(seed);
  }

  /** All frames, in order of time. */
  get frames(): Frame[] {
    return this.#frames
      .map((frame, index) => ({ frame, index }))
      .sort((a, b) => a.frame.time - b.frame.time || a.index - b.index)
      .map(({ frame }) => frame);
  }

  /** The link address of a host of the segment; several addresses may share one. */
  mac(address: string): Buffer {
    const known = this.#macs.get(address);
    if (known) return known;
    if (!isLink(address)) return routerMac;
    const bytes = bytesOf(address);
    const made = Buffer.concat([Buffer.from([2, isIPv6(address) ? 6 : 0]), bytes.subarray(-4)]);
    this.#macs.set(address, made);
    return made;
  }

  setMac(address: string, mac: Buffer): void {
    this.#macs.set(address, mac);
  }

  /** From now on `address` is spoken for by the host of `owner`. */
  move(address: string, owner: string): void {
    this.#macs.set(address, this.mac(owner));
  }

  ephemeral(): number {
    this.#ephemeral = (this.#ephemeral + 1 + this.dice.below(40)) % 28_000;
    return 32_768 + this.#ephemeral;
  }

  // --- frames ---

  raw(at: number, to: Buffer, from: Buffer, type: number, payload: Buffer): void {
    const head = Buffer.concat([to, from, Buffer.from([type >> 8, type & 255])]);
    const body = payload.length < 46 ? Buffer.concat([payload, Buffer.alloc(46 - payload.length)]) : payload;
    this.#frames.push({ time: at, bytes: Buffer.concat([head, body]) });
  }

  #macsOf(from: string, to: string): [Buffer, Buffer] {
    if (this.place !== 'wan') return [this.mac(to), this.mac(from)];
    return isOffice(to) ? [routerMac, providerMac] : [providerMac, routerMac];
  }

  /** The frame written last, as the router sends it on: one hop less, from the router's link address to the host's own. */
  again(at: number, to: string): void {
    const bytes = Buffer.from((this.#frames.at(-1) as Frame).bytes);
    const ends = bytesOf(to);
    Buffer.concat([Buffer.from([2, 0]), ends.subarray(-4)]).copy(bytes, 0);
    routerMac.copy(bytes, 6);
    bytes[22] = (bytes[22] as number) - 1;
    bytes.writeUInt16BE(0, 24);
    bytes.writeUInt16BE(checksum([bytes.subarray(14, 34)]), 24);
    this.#frames.push({ time: at, bytes });
  }

  /** A packet between two hosts, or to a group or to all if `to` says so. */
  packet(
    at: number,
    from: string,
    to: string,
    protocol: number,
    payload: Buffer,
    { ttl = isOffice(from) ? (isLink(from) ? 64 : 63) : 52, fragment = 0, more = false, toMac = groupMac(to) } = {},
  ): void {
    const [there, here] = this.#macsOf(from, to);
    if (isIPv6(to)) {
      const head = Buffer.alloc(40);
      head[0] = 0x60;
      head.writeUInt16BE(payload.length, 4);
      head[6] = protocol;
      head[7] = ttl;
      bytesOf(from).copy(head, 8);
      bytesOf(to).copy(head, 24);
      this.raw(at, toMac ?? there, here, 0x86dd, Buffer.concat([head, payload]));
      return;
    }
    const head = Buffer.alloc(20);
    head[0] = 0x45;
    head.writeUInt16BE(20 + payload.length, 2);
    const identification =
      ((this.#identifications.get(from) ?? this.dice.below(65536)) + 1 + this.dice.below(3)) & 0xffff;
    if (!fragment) this.#identifications.set(from, identification);
    head.writeUInt16BE(fragment ? (this.#identifications.get(from) ?? 0) : identification, 4);
    head.writeUInt16BE(fragment || more ? (more ? 0x2000 : 0) | (fragment >> 3) : 0x4000, 6);
    head[8] = ttl;
    head[9] = protocol;
    bytesOf(from).copy(head, 12);
    bytesOf(to).copy(head, 16);
    head.writeUInt16BE(checksum([head]), 10);
    this.raw(at, toMac ?? there, here, 0x0800, Buffer.concat([head, payload]));
  }

  /** A transport segment with its checksum at `field` (pseudo header included). */
  #checked(from: string, to: string, protocol: number, segment: Buffer, field: number): Buffer {
    const rest = Buffer.alloc(8);
    rest.writeUInt32BE(segment.length, 0);
    rest[7] = protocol;
    segment.writeUInt16BE(checksum([bytesOf(from), bytesOf(to), rest, segment]) || 0xffff, field);
    return segment;
  }

  segment(
    at: number,
    from: string,
    to: string,
    fromPort: number,
    toPort: number,
    flags: number,
    [sequence, acknowledgement]: [number, number],
    payload = 0,
  ): void {
    const options = flags & SYN ? Buffer.from('020405b40402080a000000010000000001030307', 'hex') : none;
    const b = Buffer.alloc(20 + options.length + payload);
    b.writeUInt16BE(fromPort, 0);
    b.writeUInt16BE(toPort, 2);
    b.writeUInt32BE(sequence >>> 0, 4);
    if (flags & ACK) b.writeUInt32BE(acknowledgement >>> 0, 8);
    b[12] = ((20 + options.length) / 4) << 4;
    b[13] = flags;
    b.writeUInt16BE(flags & RST ? 0 : 64240, 14);
    options.copy(b, 20);
    this.packet(at, from, to, 6, this.#checked(from, to, 6, b, 16));
  }

  datagram(
    at: number,
    from: string,
    to: string,
    fromPort: number,
    toPort: number,
    payload: number,
    { head = none, ttl = 0 }: { head?: Buffer; ttl?: number } = {},
  ): void {
    const b = Buffer.alloc(8 + Math.max(payload, head.length));
    b.writeUInt16BE(fromPort, 0);
    b.writeUInt16BE(toPort, 2);
    b.writeUInt16BE(b.length, 4);
    head.copy(b, 8);
    this.packet(at, from, to, 17, this.#checked(from, to, 17, b, 6), ttl ? { ttl } : {});
  }

  icmp(at: number, from: string, to: string, type: number, code: number, rest: Buffer, ttl = 0): void {
    const b = Buffer.concat([Buffer.from([type, code, 0, 0]), rest]);
    if (isIPv6(to)) this.packet(at, from, to, 58, this.#checked(from, to, 58, b, 2), { ttl: ttl || 255 });
    else {
      b.writeUInt16BE(checksum([b]), 2);
      this.packet(at, from, to, 1, b, ttl ? { ttl } : {});
    }
  }

  /** A router's word that `about` cannot be reached, to who asked it. */
  unreachable(
    at: number,
    to: string,
    about: string,
    protocol: number,
    ports: [number, number],
    by?: string,
    code = 1,
  ): void {
    const quoted = Buffer.alloc(28);
    quoted[0] = 0x45;
    quoted.writeUInt16BE(60, 2);
    quoted[8] = 63;
    quoted[9] = protocol;
    bytesOf(to).copy(quoted, 12);
    bytesOf(about).copy(quoted, 16);
    quoted.writeUInt16BE(checksum([quoted.subarray(0, 20)]), 10);
    if (protocol === 1) quoted[20] = 8;
    else quoted.writeUInt16BE(ports[0], 20);
    if (protocol !== 1) quoted.writeUInt16BE(ports[1], 22);
    else quoted.writeUInt16BE(ports[0], 24);
    if (protocol === 17) quoted.writeUInt16BE(40, 24);
    this.icmp(
      at,
      by ?? (isOffice(about) ? router : '198.18.0.1'),
      to,
      3,
      code,
      Buffer.concat([Buffer.alloc(4), quoted]),
    );
  }

  arp(
    at: number,
    operation: 1 | 2,
    from: string,
    to: string,
    options: { fromMac?: Buffer; toMac?: Buffer; unicast?: boolean } = {},
  ): void {
    const fromMac = options.fromMac ?? this.mac(from);
    const toMac = options.toMac ?? (operation === 2 ? this.mac(to) : Buffer.alloc(6));
    const b = Buffer.concat([
      Buffer.from([0, 1, 8, 0, 6, 4, 0, operation]),
      fromMac,
      bytesOf(from),
      options.unicast && operation === 1 ? Buffer.alloc(6) : toMac,
      bytesOf(to),
    ]);
    const destination = options.unicast ? (options.toMac ?? this.mac(to)) : operation === 1 ? broadcastMac : toMac;
    this.raw(at, destination, fromMac, 0x0806, b);
  }

  /** An announcement of one's own address. */
  announce(at: number, address: string, operation: 1 | 2 = 1): void {
    this.arp(at, operation, address, address, { toMac: operation === 1 ? Buffer.alloc(6) : broadcastMac });
  }

  // --- conversations; each returns when it is over ---

  /** Asks for a neighbour's link address unless it is known: thrice, a second apart, if nobody answers. True: it is there. */
  resolve(at: number, from: string, to: string, there = true): { at: number; found: boolean } {
    if (this.place === 'wan') return { at, found: true };
    // What is not on the segment is the router's.
    const ends = [from, to].map((end) => (isLink(end) ? end : isIPv6(end) ? router6 : router)) as [string, string];
    if (ends[0] === ends[1]) return { at, found: true };
    const key = ends.join(' ');
    if (there && (this.#neighbours.get(key) ?? 0) > at) {
      this.#neighbours.set(key, at + 60_000);
      return { at, found: true };
    }
    for (let i = 0; i < (there ? 1 : 3); i++) this.ask(at + i * 1024, ends[0], ends[1], there);
    if (!there) return { at: at + 3072, found: false };
    for (const pair of [key, `${ends[1]} ${ends[0]}`]) this.#neighbours.set(pair, at + 60_000);
    return { at: at + 0.6, found: true };
  }

  /** One ARP request or neighbour solicitation, and its answer. */
  ask(at: number, from: string, to: string, answered: boolean, unicast = false): void {
    if (!isIPv6(to)) {
      this.arp(at, 1, from, to, { unicast });
      if (answered) this.arp(at + 0.4, 2, to, from);
      return;
    }
    this.solicit(at, from, to, unicast);
    if (answered)
      this.icmp(
        at + 0.4,
        to,
        from,
        136,
        0,
        Buffer.concat([Buffer.from('60000000', 'hex'), bytesOf(to), Buffer.from([2, 1]), this.mac(to)]),
      );
  }

  solicit(at: number, from: string, to: string, unicast = false): void {
    const target = bytesOf(to);
    const group = `ff02::1:ff${target.toString('hex', 13, 14)}:${target.toString('hex', 14, 16)}`;
    const option = from === '::' ? none : Buffer.concat([Buffer.from([1, 1]), this.mac(from)]);
    this.icmp(at, from, unicast ? to : group, 135, 0, Buffer.concat([Buffer.alloc(4), target, option]));
  }

  #latency(to: string, from: string): number {
    return isOffice(to) && isOffice(from) ? 0.3 + this.dice.share() : 8 + 40 * this.dice.share();
  }

  /** A TCP connection. */
  tcp(
    start: number,
    from: string,
    to: string,
    port: number,
    outcome: Outcome = 'answered',
    c: Conversation = {},
  ): number {
    // A neighbour that is not there is asked for by ARP, and never by IP.
    const there = outcome !== 'silent' && outcome !== 'unreachable';
    const link = this.resolve(start, from, to, there || !isLink(to) || !isLink(from));
    if (!link.found) return link.at;
    const at = link.at;
    const mine = c.fromPort ?? this.ephemeral();
    const [s, a] = [this.dice.next() >>> 0, this.dice.next() >>> 0];
    const trip = this.#latency(from, to);
    if (!there) {
      for (const wait of [0, ...(c.again ?? [1000, 3000])]) this.segment(at + wait, from, to, mine, port, SYN, [s, 0]);
      if (outcome === 'unreachable') this.unreachable(at + 3100, from, to, 6, [mine, port]);
      return at + Math.max(0, ...(c.again ?? [1000, 3000])) + 4000;
    }
    this.segment(at, from, to, mine, port, SYN, [s, 0]);
    if (outcome === 'refused') {
      this.segment(at + trip, to, from, port, mine, RST | ACK, [0, s + 1]);
      return at + trip;
    }
    const [asked, answered] = [c.ask ?? 120, c.answer ?? 900];
    this.resolve(at + trip, to, from);
    this.segment(at + trip + 1, to, from, port, mine, SYN | ACK, [a, s + 1]);
    this.segment(at + trip + 1.2, from, to, mine, port, ACK, [s + 1, a + 1]);
    let t = at + trip + 1.5;
    if (asked > 0) {
      this.segment(t, from, to, mine, port, PSH | ACK, [s + 1, a + 1], asked);
      t += trip + (c.delay ?? 2);
      this.segment(t, to, from, port, mine, PSH | ACK, [a + 1, s + 1 + asked], answered);
      t += 0.4;
      this.segment(t, from, to, mine, port, ACK, [s + 1 + asked, a + 1 + answered]);
    }
    const [end, over] = [s + 1 + asked, a + 1 + (asked > 0 ? answered : 0)];
    this.segment(t + 1, from, to, mine, port, FIN | ACK, [end, over]);
    this.segment(t + 1 + trip, to, from, port, mine, FIN | ACK, [over, end + 1]);
    this.segment(t + 1.2 + trip, from, to, mine, port, ACK, [end + 1, over + 1]);
    return t + 2 + trip;
  }

  /** A datagram and its answer. */
  udp(
    start: number,
    from: string,
    to: string,
    port: number,
    outcome: Outcome = 'answered',
    c: Conversation = {},
  ): number {
    const there = outcome === 'answered' || outcome === 'refused';
    const link = this.resolve(start, from, to, there || !isLink(to) || !isLink(from));
    if (!link.found) return link.at;
    const at = link.at;
    const mine = c.fromPort ?? this.ephemeral();
    const trip = c.delay ?? this.#latency(from, to);
    const head = c.head === undefined ? {} : { head: c.head };
    this.datagram(at, from, to, mine, port, c.ask ?? 60, head);
    if (outcome === 'answered') this.datagram(at + trip, to, from, c.answerPort ?? port, mine, c.answer ?? 120);
    if (outcome === 'refused') this.unreachable(at + trip, from, to, 17, [mine, port], to, 3);
    if (outcome === 'unreachable') this.unreachable(at + 3100, from, to, 17, [mine, port]);
    if (there) return at + trip;
    for (const wait of c.again ?? []) this.datagram(at + wait, from, to, mine, port, c.ask ?? 60, head);
    return at + Math.max(0, ...(c.again ?? [])) + 1000;
  }

  /** Echo requests, a second apart, until one is answered. */
  ping(at: number, from: string, to: string, outcome: Outcome = 'answered', times = 1, size = 56): number {
    const there = outcome === 'answered' || outcome === 'refused';
    const link = this.resolve(at, from, to, there || !isLink(to) || !isLink(from));
    if (!link.found) return link.at;
    const [request, reply] = isIPv6(to) ? [128, 129] : [8, 0];
    const id = this.dice.below(65536);
    for (let i = 0; i < times; i++) {
      const body = Buffer.alloc(4 + size);
      body.writeUInt16BE(id, 0);
      body.writeUInt16BE(i + 1, 2);
      const t = link.at + i * 1000;
      this.icmp(t, from, to, request, 0, body, 64);
      if (outcome === 'answered') this.icmp(t + this.#latency(from, to), to, from, reply, 0, body, 64);
      if (outcome === 'unreachable') this.unreachable(t + 3100, from, to, 1, [id, 0]);
    }
    return link.at + (times - 1) * 1000 + 10;
  }

  /** A name looked up at the office's resolver. */
  lookUp(at: number, from: string, resolver = '10.30.1.10'): number {
    return this.udp(at, from, resolver, 53, 'answered', { ask: 40, answer: 110 });
  }
}

/** The Ethernet address of a group; undefined for a host. */
function groupMac(to: string): Buffer | undefined {
  const bytes = bytesOf(to);
  if (to.startsWith('ff')) return Buffer.concat([Buffer.from([0x33, 0x33]), bytes.subarray(12)]);
  if (bytes.length !== 4) return undefined;
  if (to === '255.255.255.255' || to === '10.30.1.255') return broadcastMac;
  const first = bytes[0] as number;
  if (first < 224 || first > 239) return undefined;
  return Buffer.from([1, 0, 0x5e, (bytes[1] as number) & 127, bytes[2] as number, bytes[3] as number]);
}

/** A classic pcap file, Ethernet, microseconds; frames cut as a tap cuts them. */
export function pcapOf(frames: readonly Frame[], start = startOfStory): Buffer {
  const head = Buffer.alloc(24);
  head.writeUInt32LE(0xa1b2c3d4, 0);
  head.writeUInt16LE(2, 4);
  head.writeUInt16LE(4, 6);
  head.writeUInt32LE(kept, 16);
  head.writeUInt32LE(1, 20);
  const parts: Buffer[] = [head];
  for (const { time, bytes } of frames) {
    const micros = Math.round((start + time) * 1000);
    const record = Buffer.alloc(16);
    record.writeUInt32LE(Math.floor(micros / 1e6), 0);
    record.writeUInt32LE(micros % 1e6, 4);
    record.writeUInt32LE(Math.min(kept, bytes.length), 8);
    record.writeUInt32LE(bytes.length, 12);
    parts.push(record, bytes.subarray(0, kept));
  }
  return Buffer.concat(parts);
}
