/** Frames as a tap sees them, written into one buffer that the next frame overwrites. IPv4 addresses are numbers, IPv6 addresses 16 bytes. */

export const SYN = 0x02,
  RST_ACK = 0x14,
  FIN_ACK = 0x11,
  SYN_ACK = 0x12,
  ACK = 0x10,
  PSH_ACK = 0x18;

/** MSS, SACK permitted, timestamps, no-op, window scale: as Linux sends them. */
const synOptions = Uint8Array.of(2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7);
const none = new Uint8Array(0);
const broadcastMac = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff);

export type Mac = Uint8Array;

/** A locally administered MAC that ends in the host's IPv4 address. */
export function macOf(address: number): Mac {
  return Uint8Array.of(2, 0, address >>> 24, (address >>> 16) & 255, (address >>> 8) & 255, address & 255);
}

export const routerMac: Mac = Uint8Array.of(2, 0xff, 0, 0, 0, 1);

/** "198.51.100.7" as a number. */
export function ip(text: string): number {
  return text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

export function ipText(address: number): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

export class FrameWriter {
  readonly bytes = Buffer.alloc(256);
  /** Bytes stored of the frame written last, and its length on the wire. */
  length = 0;
  wire = 0;
  #identification = 1;

  #ethernet(type: number, from: Mac, to: Mac, payload: number): Buffer {
    this.wire = Math.max(60, 14 + payload);
    this.length = Math.min(this.wire, 192);
    this.bytes.fill(0, 0, this.length);
    this.bytes.set(to, 0);
    this.bytes.set(from, 6);
    this.bytes.writeUInt16BE(type, 12);
    return this.bytes.subarray(14);
  }

  /** The header at the start of `b`, its checksum right. Returns what follows. */
  #ipv4(b: Buffer, from: number, to: number, protocol: number, length: number, ttl = 57): Buffer {
    b[0] = 0x45;
    b.writeUInt16BE(20 + length, 2);
    this.#identification = (this.#identification * 25173 + 13849) & 0xffff;
    b.writeUInt16BE(this.#identification, 4);
    b[6] = 0x40;
    b[8] = ttl;
    b[9] = protocol;
    b.writeUInt32BE(from, 12);
    b.writeUInt32BE(to, 16);
    let sum = 0;
    for (let i = 0; i < 20; i += 2) sum += b.readUInt16BE(i);
    while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
    b.writeUInt16BE(~sum & 0xffff, 10);
    return b.subarray(20);
  }

  #tcpHeader(
    b: Buffer,
    fromPort: number,
    toPort: number,
    flags: number,
    sequence: number,
    acknowledgement: number,
  ): void {
    const options = flags & SYN ? synOptions : none;
    b.writeUInt16BE(fromPort, 0);
    b.writeUInt16BE(toPort, 2);
    b.writeUInt32BE(sequence >>> 0, 4);
    if (flags & ACK) b.writeUInt32BE(acknowledgement >>> 0, 8);
    b[12] = ((20 + options.length) / 4) << 4;
    b[13] = flags;
    b.writeUInt16BE(64240, 14);
    b.set(options, 20);
  }

  tcp(
    macs: [Mac, Mac],
    from: number,
    to: number,
    fromPort: number,
    toPort: number,
    flags: number,
    sequence: number,
    acknowledgement: number,
    payload = 0,
  ): void {
    const length = (flags & SYN ? 40 : 20) + payload;
    this.#tcpHeader(
      this.#ipv4(this.#ethernet(0x0800, macs[0], macs[1], 20 + length), from, to, 6, length),
      fromPort,
      toPort,
      flags,
      sequence,
      acknowledgement,
    );
  }

  tcp6(
    macs: [Mac, Mac],
    from: Uint8Array,
    to: Uint8Array,
    fromPort: number,
    toPort: number,
    flags: number,
    sequence: number,
  ): void {
    const length = flags & SYN ? 40 : 20;
    const b = this.#ethernet(0x86dd, macs[0], macs[1], 40 + length);
    b[0] = 0x60;
    b.writeUInt16BE(length, 4);
    b[6] = 6;
    b[7] = 57;
    b.set(from, 8);
    b.set(to, 24);
    this.#tcpHeader(b.subarray(40), fromPort, toPort, flags, sequence, sequence + 1);
  }

  udp(
    macs: [Mac, Mac],
    from: number,
    to: number,
    fromPort: number,
    toPort: number,
    payload: number,
    head?: Uint8Array,
  ): void {
    const b = this.#ipv4(this.#ethernet(0x0800, macs[0], macs[1], 28 + payload), from, to, 17, 8 + payload);
    b.writeUInt16BE(fromPort, 0);
    b.writeUInt16BE(toPort, 2);
    b.writeUInt16BE(8 + payload, 4);
    if (head) b.set(head, 8);
  }

  /** Echo request (8) or reply (0). */
  echo(macs: [Mac, Mac], type: 0 | 8, from: number, to: number, identifier: number, sequence: number): void {
    const b = this.#ipv4(this.#ethernet(0x0800, macs[0], macs[1], 84), from, to, 1, 64);
    b[0] = type;
    b.writeUInt16BE(identifier & 0xffff, 4);
    b.writeUInt16BE(sequence & 0xffff, 6);
  }

  /** Destination unreachable about a packet `to` sent to `about`; protocol 1, 6 or 17. */
  unreachable(
    macs: [Mac, Mac],
    code: number,
    from: number,
    to: number,
    about: number,
    protocol: number,
    fromPort: number,
    toPort: number,
  ): void {
    const b = this.#ipv4(this.#ethernet(0x0800, macs[0], macs[1], 20 + 8 + 28), from, to, 1, 36);
    b[0] = 3;
    b[1] = code;
    const quoted = this.#ipv4(b.subarray(8), to, about, protocol, protocol === 6 ? 40 : 64);
    if (protocol === 1) {
      quoted[0] = 8;
      quoted.writeUInt16BE(fromPort, 4);
      quoted.writeUInt16BE(toPort, 6);
    } else {
      quoted.writeUInt16BE(fromPort, 0);
      quoted.writeUInt16BE(toPort, 2);
    }
  }

  /** A request to all, or a reply to one. */
  arp(operation: 1 | 2, fromMac: Mac, from: number, toMac: Mac, to: number): void {
    const b = this.#ethernet(0x0806, fromMac, operation === 1 ? broadcastMac : toMac, 46);
    b.set([0, 1, 8, 0, 6, 4, 0, operation], 0);
    b.set(fromMac, 8);
    b.writeUInt32BE(from, 14);
    if (operation === 2) b.set(toMac, 18);
    b.writeUInt32BE(to, 24);
  }

  /** To a multicast or broadcast address. */
  announce(
    fromMac: Mac,
    toMac: Mac,
    from: number,
    to: number,
    fromPort: number,
    toPort: number,
    payload: number,
  ): void {
    this.udp([fromMac, toMac], from, to, fromPort, toPort, payload);
  }
}
