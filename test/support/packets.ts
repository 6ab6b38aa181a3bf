/** Frames made by hand for the engine's tests: just enough of each protocol, all lengths right unless a test says otherwise. */
import { parseAddress } from '../../src/protocol/address.js';

export const FIN = 1;
export const SYN = 2;
export const RST = 4;
export const PSH = 8;
export const ACK = 16;
export const URG = 32;

/** What most stacks put into a SYN: MSS, SACK permitted, timestamps, NOP, window scale. */
const ordinaryOptions = Buffer.from('020405b40402080a000000010000000001030307', 'hex');

function bytesOf(address: string): Buffer {
  const bytes = parseAddress(address);
  if (!bytes) throw new Error(`no address: ${address}`);
  return Buffer.from(bytes);
}

function mac(last: number): Buffer {
  return Buffer.from([0x02, 0, 0, 0, last >> 8, last & 0xff]);
}

const broadcast = Buffer.from('ffffffffffff', 'hex');

export interface EthernetOptions {
  from?: Buffer;
  to?: Buffer;
  vlan?: number;
}

export function ethernet(type: number, payload: Buffer, options: EthernetOptions = {}): Buffer {
  const tag =
    options.vlan === undefined ? Buffer.alloc(0) : Buffer.from([0x81, 0, options.vlan >> 8, options.vlan & 0xff]);
  const head = Buffer.concat([
    options.to ?? mac(2),
    options.from ?? mac(3),
    tag,
    Buffer.from([type >> 8, type & 0xff]),
  ]);
  return Buffer.concat([head, payload]);
}

export interface IpOptions {
  id?: number;
  ttl?: number;
  dontFragment?: boolean;
  /** Fragment offset in bytes. */
  fragment?: number;
  moreFragments?: boolean;
}

export function ipv4(
  source: string,
  target: string,
  protocol: number,
  payload: Buffer,
  options: IpOptions = {},
): Buffer {
  const head = Buffer.alloc(20);
  head[0] = 0x45;
  head.writeUInt16BE(20 + payload.length, 2);
  head.writeUInt16BE(options.id ?? 4711, 4);
  head.writeUInt16BE(
    (options.dontFragment === false ? 0 : 0x4000) |
      (options.moreFragments ? 0x2000 : 0) |
      ((options.fragment ?? 0) >> 3),
    6,
  );
  head[8] = options.ttl ?? 63;
  head[9] = protocol;
  bytesOf(source).copy(head, 12);
  bytesOf(target).copy(head, 16);
  return Buffer.concat([head, payload]);
}

function ipv6(source: string, target: string, next: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(40);
  head[0] = 0x60;
  head.writeUInt16BE(payload.length, 4);
  head[6] = next;
  head[7] = 64;
  bytesOf(source).copy(head, 8);
  bytesOf(target).copy(head, 24);
  return Buffer.concat([head, payload]);
}

/** The link address a source's frames come from: the router's for all that is not of the office. */
function macOf(source: string): Buffer {
  return /^(10\.20\.|fd20:20:|fe80:)/.test(source)
    ? Buffer.from([0x02, 0x20, ...bytesOf(source).subarray(-4)])
    : mac(1);
}

/** An IP packet of the right version in an Ethernet frame. */
export function packet(
  source: string,
  target: string,
  protocol: number,
  payload: Buffer,
  given: IpOptions & EthernetOptions = {},
): Buffer {
  const options = { from: macOf(source), ...given };
  return source.includes(':')
    ? ethernet(0x86dd, ipv6(source, target, protocol, payload), options)
    : ethernet(0x0800, ipv4(source, target, protocol, payload, options), options);
}

export interface TcpOptions extends IpOptions, EthernetOptions {
  sourcePort?: number;
  sequence?: number;
  acknowledgement?: number;
  window?: number;
  options?: Buffer;
  payload?: Buffer;
}

export function tcp(source: string, target: string, port: number, flags: number, o: TcpOptions = {}): Buffer {
  const options = o.options ?? (flags & SYN ? ordinaryOptions : Buffer.alloc(0));
  const head = Buffer.alloc(20);
  head.writeUInt16BE(o.sourcePort ?? 40000, 0);
  head.writeUInt16BE(port, 2);
  head.writeUInt32BE(o.sequence ?? 1000, 4);
  head.writeUInt32BE(o.acknowledgement ?? 0, 8);
  head[12] = ((20 + options.length) / 4) << 4;
  head[13] = flags;
  head.writeUInt16BE(o.window ?? 64240, 14);
  return packet(source, target, 6, Buffer.concat([head, options, o.payload ?? Buffer.alloc(0)]), o);
}

export interface UdpOptions extends IpOptions, EthernetOptions {
  sourcePort?: number;
  payload?: Buffer;
}

export function udp(source: string, target: string, port: number, o: UdpOptions = {}): Buffer {
  const payload = o.payload ?? Buffer.from('query');
  const head = Buffer.alloc(8);
  head.writeUInt16BE(o.sourcePort ?? 40000, 0);
  head.writeUInt16BE(port, 2);
  head.writeUInt16BE(8 + payload.length, 4);
  return packet(source, target, 17, Buffer.concat([head, payload]), o);
}

export function icmp(
  source: string,
  target: string,
  type: number,
  code = 0,
  body: Buffer = Buffer.alloc(8),
  o: EthernetOptions & IpOptions = {},
): Buffer {
  return packet(
    source,
    target,
    source.includes(':') ? 58 : 1,
    Buffer.concat([Buffer.from([type, code, 0, 0]), body]),
    o,
  );
}

/** An ICMP error about `original`, an IPv4 packet without its link header. */
export function icmpError(source: string, target: string, type: number, code: number, original: Buffer): Buffer {
  return icmp(source, target, type, code, Buffer.concat([Buffer.alloc(4), original.subarray(0, 28)]));
}

export function arp(operation: 1 | 2, sender: string, target: string, o: EthernetOptions = {}): Buffer {
  const body = Buffer.alloc(28);
  body.writeUInt16BE(1, 0);
  body.writeUInt16BE(0x0800, 2);
  body[4] = 6;
  body[5] = 4;
  body.writeUInt16BE(operation, 6);
  bytesOf(sender).copy(body, 14);
  bytesOf(target).copy(body, 24);
  return ethernet(0x0806, body, { from: macOf(sender), ...(operation === 1 ? { to: broadcast } : {}), ...o });
}

export function solicitation(source: string, target: string): Buffer {
  return icmp(
    source,
    `ff02::1:ff00:${target.split(':').at(-1)}`,
    135,
    0,
    Buffer.concat([Buffer.alloc(4), bytesOf(target)]),
    { to: Buffer.from('3333ff000001', 'hex') },
  );
}

export function advertisement(source: string, target: string): Buffer {
  return icmp(source, target, 136, 0, Buffer.concat([Buffer.alloc(4), bytesOf(source)]));
}
