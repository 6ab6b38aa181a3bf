/**
 * A large synthetic capture of a branch office's uplink, the same for the same seed: what a tap sees most of the time
 * is data of established connections, and among it a little of everything the engine must look at closely.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { Random } from './random.js';

const snapLength = 192;
const flowCount = 3000;
const framesPerSecond = 10_000;
/** 2026-01-01T00:00:00Z */
const startSeconds = 1_767_225_600;

const SYN = 0x02,
  ACK = 0x10,
  PSH_ACK = 0x18,
  RST_ACK = 0x14,
  FIN_ACK = 0x11,
  SYN_ACK = 0x12;
const gateway = Uint8Array.of(0x02, 0, 0, 0, 0, 1);
const mssOption = Uint8Array.of(2, 4, 5, 0xb4);
/** MSS, SACK permitted, timestamps, no-op, window scale: the order Linux sends. */
const linuxOptions = Uint8Array.of(2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7);
const timestampOptions = Uint8Array.of(1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 1);
const none = new Uint8Array(0);

interface Flow {
  v6: boolean;
  client: number;
  server: number;
  clientPort: number;
  serverPort: number;
  /** 0 SYN, 1 SYN-ACK, 2 ACK, then data. */
  step: number;
  left: number;
}

/** Writes pcap records into one buffer and the buffer to the file. */
class PcapWriter {
  readonly #file: number;
  readonly #buffer = Buffer.alloc(1 << 20);
  #used = 24;
  #frames = 0;

  constructor(path: string) {
    this.#file = openSync(path, 'w');
    [0xa1b2c3d4, 0x00040002, 0, 0, snapLength, 1].forEach((word, i) => this.#buffer.writeUInt32LE(word, 4 * i));
  }

  get frames(): number {
    return this.#frames;
  }

  /** Room for one frame of `length` bytes on the wire, its stored head zeroed. */
  frame(length: number): Buffer {
    const stored = Math.min(length, snapLength);
    if (this.#used + 16 + stored > this.#buffer.length) this.#write();
    const micros = Math.floor(this.#frames++ * (1e6 / framesPerSecond));
    const at = this.#used;
    this.#buffer.writeUInt32LE(startSeconds + Math.floor(micros / 1e6), at);
    this.#buffer.writeUInt32LE(micros % 1e6, at + 4);
    this.#buffer.writeUInt32LE(stored, at + 8);
    this.#buffer.writeUInt32LE(length, at + 12);
    this.#used = at + 16 + stored;
    return this.#buffer.subarray(at + 16, this.#used).fill(0);
  }

  #write(): void {
    writeSync(this.#file, this.#buffer, 0, this.#used);
    this.#used = 0;
  }

  close(): void {
    this.#write();
    closeSync(this.#file);
  }
}

/** IPv4 by number; our side is 10.20.0.0/16. */
const home = (host: number): number => 0x0a140000 + host;
const isHome = (address: number): boolean => address >>> 16 === 0x0a14;
const outside = (n: number): number => 0xc6120000 + (n & 0x1ffff); // 198.18.0.0/15, RFC 2544

class Mix {
  readonly #random: Random;
  readonly #out: PcapWriter;
  readonly #flows: Flow[] = [];
  #sweep = 0;

  constructor(path: string, seed: number) {
    this.#random = new Random(seed);
    this.#out = new PcapWriter(path);
    // Most connections are older than the capture.
    for (let i = 0; i < flowCount; i++) this.#flows.push({ ...this.#newFlow(), step: 3 });
  }

  #newFlow(): Flow {
    const r = this.#random;
    return {
      v6: r.below(100) < 12,
      client: r.below(200) + 0x0110,
      server: r.below(4000) * 8 + 3,
      clientPort: 32768 + r.below(28000),
      serverPort: r.below(10) < 8 ? 443 : r.below(2) ? 80 : 993,
      step: 0,
      left: 40 + r.below(800),
    };
  }

  write(frames: number): void {
    const r = this.#random;
    while (this.#out.frames < frames) {
      const dice = r.below(1000);
      if (dice < 775) this.#flowFrame();
      else if (dice < 825) this.#quic();
      else if (dice < 855) this.#dns();
      else if (dice < 875) this.#arp();
      else if (dice < 885) this.#echo();
      else if (dice < 895) this.#neighbour();
      else if (dice < 930) this.#scan();
      else this.#flood();
    }
    this.#out.close();
  }

  #flowFrame(): void {
    const r = this.#random;
    const index = r.below(flowCount);
    const flow = this.#flows[index] as Flow;
    const down = flow.step === 1 || (flow.step > 2 && r.below(100) < 60);
    const flags =
      flow.step === 0
        ? SYN
        : flow.step === 1
          ? SYN_ACK
          : flow.step === 2
            ? ACK
            : flow.left === 0
              ? FIN_ACK
              : down
                ? PSH_ACK
                : ACK;
    const payload = flow.step < 3 || flow.left === 0 || !down ? 0 : r.below(4) ? 1448 : r.below(1400) + 1;
    this.#tcp(
      flow.v6,
      down ? outside(flow.server) : home(flow.client),
      down ? home(flow.client) : outside(flow.server),
      down ? flow.serverPort : flow.clientPort,
      down ? flow.clientPort : flow.serverPort,
      flags,
      flow.step < 2 ? linuxOptions : timestampOptions,
      payload,
    );
    if (flow.step < 3) flow.step++;
    else if (flow.left-- <= 0) this.#flows[index] = this.#newFlow();
  }

  #tcp(
    v6: boolean,
    from: number,
    to: number,
    fromPort: number,
    toPort: number,
    flags: number,
    options: Uint8Array,
    payload: number,
  ): void {
    const b = v6
      ? this.#ipv6(from, to, 6, 20 + options.length + payload)
      : this.#ipv4(from, to, 6, 20 + options.length + payload);
    b.writeUInt16BE(fromPort, 0);
    b.writeUInt16BE(toPort, 2);
    b.writeUInt32BE(this.#random.next(), 4);
    if (flags & ACK) b.writeUInt32BE(this.#random.next(), 8);
    b[12] = ((20 + options.length) / 4) << 4;
    b[13] = flags;
    b.writeUInt16BE(flags === SYN && options === mssOption ? 1024 : 64240, 14);
    b.set(options, 20);
  }

  #udp(from: number, to: number, fromPort: number, toPort: number, payload: number): Buffer {
    const b = this.#ipv4(from, to, 17, 8 + payload);
    b.writeUInt16BE(fromPort, 0);
    b.writeUInt16BE(toPort, 2);
    b.writeUInt16BE(8 + payload, 4);
    return b.subarray(8);
  }

  /** A host's MAC address ends in its IPv4 address; hosts outside stand behind the gateway's. */
  #ethernet(length: number, type: number, from: number, to: number): Buffer {
    const b = this.#out.frame(Math.max(60, length));
    [to, from].forEach((host, i) => {
      if (isHome(host)) b.writeUInt32BE(host, 6 * i + 2);
      else b.set(gateway, 6 * i);
    });
    b.writeUInt16BE(type, 12);
    return b;
  }

  /** Returns what follows the header. */
  #ipv4(from: number, to: number, protocol: number, length: number): Buffer {
    const b = this.#ethernet(34 + length, 0x0800, from, to).subarray(14);
    b[0] = 0x45;
    b.writeUInt16BE(20 + length, 2);
    b.writeUInt16BE(this.#random.below(65536), 4);
    b[6] = 0x40;
    b[8] = 57;
    b[9] = protocol;
    b.writeUInt32BE(from, 12);
    b.writeUInt32BE(to, 16);
    let sum = 0;
    for (let i = 0; i < 20; i += 2) sum += b.readUInt16BE(i);
    while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
    b.writeUInt16BE(~sum & 0xffff, 10);
    return b.subarray(20);
  }

  /** The same addresses as hosts of fd20:20::/48 and of 2001:db8::/32. */
  #ipv6(from: number, to: number, protocol: number, length: number): Buffer {
    const b = this.#ethernet(54 + length, 0x86dd, from, to).subarray(14);
    b[0] = 0x60;
    b.writeUInt16BE(length, 4);
    b[6] = protocol;
    b[7] = 57;
    [from, to].forEach((address, i) => {
      const at = 8 + 16 * i;
      b.writeUInt32BE(isHome(address) ? 0xfd200020 : 0x20010db8, at);
      b.writeUInt32BE(address, at + 12);
    });
    return b.subarray(40);
  }

  #quic(): void {
    const r = this.#random;
    const n = r.below(300);
    const client = home(0x0110 + (n % 100)),
      server = outside(n * 8 + 3);
    if (r.below(3)) this.#udp(server, client, 443, 40000 + n, 1200);
    else this.#udp(client, server, 40000 + n, 443, 33 + r.below(40));
  }

  #dns(): void {
    const r = this.#random;
    const client = home(0x0110 + r.below(200)),
      resolver = home(0x0102),
      port = 1024 + r.below(60000);
    this.#udp(client, resolver, port, 53, 30 + r.below(30)).writeUInt16BE(0x0100, 2);
    this.#udp(resolver, client, 53, port, 60 + r.below(200)).writeUInt16BE(0x8180, 2);
  }

  #arp(): void {
    const asker = home(0x0110 + this.#random.below(200)),
      asked = home(0x0101 + this.#random.below(20));
    for (const operation of [1, 2]) {
      const [from, to] = operation === 1 ? [asker, asked] : [asked, asker];
      const b = this.#ethernet(60, 0x0806, from, to);
      if (operation === 1) b.fill(0xff, 0, 6);
      b.set([0, 1, 8, 0, 6, 4, 0, operation], 14);
      b.set(b.subarray(6, 12), 22);
      b.writeUInt32BE(from, 28);
      b.writeUInt32BE(to, 38);
    }
  }

  #echo(): void {
    const client = home(0x0110 + this.#random.below(20)),
      server = outside(this.#random.below(10) * 8 + 3);
    this.#ipv4(client, server, 1, 64)[0] = 8;
    this.#ipv4(server, client, 1, 64)[0] = 0;
  }

  #neighbour(): void {
    const from = home(0x0110 + this.#random.below(100)),
      to = home(0x0101 + this.#random.below(10));
    const ask = this.#ipv6(from, to, 58, 32);
    ask[0] = 135;
    ask.writeUInt32BE(0xfd200020, 8);
    ask.writeUInt32BE(to, 20);
    const answer = this.#ipv6(to, from, 58, 32);
    answer[0] = 136;
    answer[4] = 0x60;
    answer.writeUInt32BE(0xfd200020, 8);
    answer.writeUInt32BE(to, 20);
  }

  /** Six scanners walk a /18 on a port each: one address in eight answers, one refuses, the rest is silent. */
  #scan(): void {
    const n = this.#sweep++;
    const source = outside(0x10000 + (n % 6) * 0x111),
      port = [22, 23, 445, 3389, 6379, 8080][n % 6] as number;
    const target = home(0x4000 + (Math.floor(n / 6) & 0x3fff));
    this.#tcp(false, source, target, 51000 + (n % 6), port, SYN, mssOption, 0);
    if (target % 8 === 1) this.#tcp(false, target, source, port, 51000 + (n % 6), SYN_ACK, mssOption, 0);
    if (target % 8 === 2) this.#tcp(false, target, source, port, 51000 + (n % 6), RST_ACK, none, 0);
  }

  /** SYNs from forged sources anywhere to one web server, which answers half of them. */
  #flood(): void {
    const source = (0x20000000 + this.#random.below(0x60000000)) >>> 0,
      port = 1024 + this.#random.below(60000);
    this.#tcp(false, source, home(0x0105), port, 80, SYN, mssOption, 0);
    if (port & 1) this.#tcp(false, home(0x0105), source, 80, port, SYN_ACK, mssOption, 0);
  }
}

/** Writes at least `frames` frames as pcap to `path`. */
export function writeMix(path: string, frames: number, seed = 1): void {
  new Mix(path, seed).write(frames);
}
