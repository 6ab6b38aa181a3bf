// Protocol headers as they lie in a frame. A name ending in `Raw` is a value in network byte order, read unchanged; the
// others are numbers. The caller checks first that the header was captured.

/** Ethernet II (IEEE 802.3 clause 3.1): destination, source, type. */
@unmanaged
export class EthernetHeader {
  @inline
  static at(address: u32): EthernetHeader {
    return changetype<EthernetHeader>(<usize>address);
  }

  /** The destination is a group. */
  @inline
  get isToGroup(): bool {
    return (load<u8>(changetype<usize>(this)) & 1) != 0;
  }

  /** The source in the lower 48 bits, the ether type, raw, in the upper 16. */
  @inline
  get sourceAndType(): u64 {
    return load<u64>(changetype<usize>(this), 6);
  }

  @inline
  get etherType(): u32 {
    return bswap<u16>(load<u16>(changetype<usize>(this), 12));
  }
}

/** Linux cooked capture (tcpdump.org, LINKTYPE_LINUX_SLL). */
@unmanaged
export class SllHeader {
  @inline
  static at(address: u32): SllHeader {
    return changetype<SllHeader>(<usize>address);
  }

  /** 1 broadcast, 2 multicast. */
  @inline
  get packetType(): u32 {
    return bswap<u16>(load<u16>(changetype<usize>(this)));
  }

  /** Six on Ethernet and WiFi. */
  @inline
  get addressLengthRaw(): u32 {
    return load<u16>(changetype<usize>(this), 4);
  }

  @inline
  get address(): u64 {
    return load<u64>(changetype<usize>(this), 6) & 0xffffffffffff;
  }

  @inline
  get etherType(): u32 {
    return bswap<u16>(load<u16>(changetype<usize>(this), 14));
  }
}

/** The same, version 2 (LINKTYPE_LINUX_SLL2). */
@unmanaged
export class Sll2Header {
  @inline
  static at(address: u32): Sll2Header {
    return changetype<Sll2Header>(<usize>address);
  }

  @inline
  get etherType(): u32 {
    return bswap<u16>(load<u16>(changetype<usize>(this)));
  }

  @inline
  get packetType(): u32 {
    return load<u8>(changetype<usize>(this), 10);
  }

  @inline
  get addressLength(): u32 {
    return load<u8>(changetype<usize>(this), 11);
  }

  @inline
  get address(): u64 {
    return load<u64>(changetype<usize>(this), 12) & 0xffffffffffff;
  }
}

/** The ether type at the end of a tag: 802.1Q and others. */
@unmanaged
export class EtherType {
  raw: u16;

  @inline
  static at(address: u32): EtherType {
    return changetype<EtherType>(<usize>address);
  }

  @inline
  get value(): u32 {
    return bswap<u16>(this.raw);
  }
}

/** MACsec's SecTAG (IEEE 802.1AE clause 9.3) behind its ether type: control, short length, packet number. */
@unmanaged
export class SecTag {
  control: u8;

  @inline
  static at(address: u32): SecTag {
    return changetype<SecTag>(<usize>address);
  }

  /** E or C: what follows is encrypted, or not as it was sent. */
  @inline
  get isChanged(): bool {
    return (this.control & 0x0c) != 0;
  }

  /** Bytes; 8 more with the channel's identifier (SC). */
  @inline
  get tagLength(): u32 {
    return this.control & 0x20 ? 14 : 6;
  }
}

/** An entry of MPLS' label stack (RFC 3032). */
@unmanaged
export class MplsLabel {
  @inline
  static at(address: u32): MplsLabel {
    return changetype<MplsLabel>(<usize>address);
  }

  /** The bottom of the stack. */
  @inline
  get isLast(): bool {
    return (load<u8>(changetype<usize>(this), 2) & 1) != 0;
  }
}

/** NSH (RFC 8300 section 2.2): version and length in the first half, then metadata type and next protocol. */
@unmanaged
export class NshHeader {
  frontRaw: u16;
  metadataType: u8;
  nextProtocol: u8;

  @inline
  static at(address: u32): NshHeader {
    return changetype<NshHeader>(<usize>address);
  }

  /** Bytes of the whole header. */
  @inline
  get length(): u32 {
    return (<u32>bswap<u16>(this.frontRaw) & 63) << 2;
  }
}

/** GRE (RFC 2784, RFC 2890): flags and version, then what it carries. */
@unmanaged
export class GreHeader {
  flagsRaw: u16;
  protocolRaw: u16;

  @inline
  static at(address: u32): GreHeader {
    return changetype<GreHeader>(<usize>address);
  }

  @inline
  get flags(): u32 {
    return bswap<u16>(this.flagsRaw);
  }

  @inline
  get protocol(): u32 {
    return bswap<u16>(this.protocolRaw);
  }
}

/** ERSPAN types II and III (draft-foschiano-erspan-03): version 1 and 2. */
@unmanaged
export class ErspanHeader {
  versionByte: u8;

  @inline
  static at(address: u32): ErspanHeader {
    return changetype<ErspanHeader>(<usize>address);
  }

  /** Of type III: the frame type in bits 2-6, where 0 is Ethernet and 2 is IP. */
  @inline
  get frameType(): u32 {
    return (load<u8>(changetype<usize>(this), 10) >>> 2) & 31;
  }

  /** Of type III: eight more bytes follow. */
  @inline
  get hasPlatform(): bool {
    return (load<u8>(changetype<usize>(this), 11) & 1) != 0;
  }
}

/** VXLAN (RFC 7348): flags, network. */
@unmanaged
export class VxlanHeader {
  flags: u8;

  @inline
  static at(address: u32): VxlanHeader {
    return changetype<VxlanHeader>(<usize>address);
  }

  /** The flag that every VXLAN packet has. */
  @inline
  get hasNetwork(): bool {
    return (this.flags & 0x08) != 0;
  }
}

/** GENEVE (RFC 8926): version and length of the options, flags, what it carries, network. */
@unmanaged
export class GeneveHeader {
  versionAndLength: u8;
  flags: u8;
  protocolRaw: u16;

  @inline
  static at(address: u32): GeneveHeader {
    return changetype<GeneveHeader>(<usize>address);
  }

  @inline
  get version(): u32 {
    return this.versionAndLength >>> 6;
  }

  /** Bytes of the whole header. */
  @inline
  get length(): u32 {
    return 8 + ((<u32>(this.versionAndLength & 63)) << 2);
  }

  @inline
  get protocol(): u32 {
    return bswap<u16>(this.protocolRaw);
  }
}

/** TZSP: version 1, type, what it carries; then tags. */
@unmanaged
export class TzspHeader {
  version: u8;
  type: u8;
  protocolRaw: u16;

  @inline
  static at(address: u32): TzspHeader {
    return changetype<TzspHeader>(<usize>address);
  }

  @inline
  get protocol(): u32 {
    return bswap<u16>(this.protocolRaw);
  }
}

/** A tag of TZSP: 0 and 1 stand alone, the others have a length. */
@unmanaged
export class TzspTag {
  type: u8;
  length: u8;

  @inline
  static at(address: u32): TzspTag {
    return changetype<TzspTag>(<usize>address);
  }
}

/** PPPoE session (RFC 2516 section 4): version and type, code, session, length, then the PPP protocol. */
@unmanaged
export class PppoeHeader {
  versionTypeCode: u16;
  sessionRaw: u16;
  lengthRaw: u16;
  protocolRaw: u16;

  @inline
  static at(address: u32): PppoeHeader {
    return changetype<PppoeHeader>(<usize>address);
  }

  @inline
  get protocol(): u32 {
    return bswap<u16>(this.protocolRaw);
  }
}

/** LLC with SNAP (RFC 1042): AA AA 03 00 00 00 and an ether type. */
@unmanaged
export class SnapHeader {
  @inline
  static at(address: u32): SnapHeader {
    return changetype<SnapHeader>(<usize>address);
  }

  @inline
  get isSnap(): bool {
    return (load<u64>(changetype<usize>(this)) & 0xffffffffffff) == 0x03aaaa;
  }

  @inline
  get etherType(): u32 {
    return bswap<u16>(load<u16>(changetype<usize>(this), 6));
  }
}

/** radiotap: version 0, a pad, the length of the whole header, little endian. */
@unmanaged
export class RadiotapHeader {
  version: u8;
  pad: u8;
  length: u16;

  @inline
  static at(address: u32): RadiotapHeader {
    return changetype<RadiotapHeader>(<usize>address);
  }
}

/** 802.11 (IEEE 802.11-2020 clause 9.2): frame control, duration, then three or four addresses. */
@unmanaged
export class Ieee80211Header {
  control: u8;
  flags: u8;

  @inline
  static at(address: u32): Ieee80211Header {
    return changetype<Ieee80211Header>(<usize>address);
  }

  @inline
  get address1(): MacField {
    return MacField.at(<u32>changetype<usize>(this) + 4);
  }

  @inline
  get address2(): MacField {
    return MacField.at(<u32>changetype<usize>(this) + 10);
  }

  @inline
  get address3(): MacField {
    return MacField.at(<u32>changetype<usize>(this) + 16);
  }

  @inline
  get address4(): MacField {
    return MacField.at(<u32>changetype<usize>(this) + 24);
  }

  /** The lower byte of the QoS control, which stands at `offset`. */
  @inline
  qosControl(offset: u32): u32 {
    return load<u8>(changetype<usize>(this) + offset);
  }
}

/** A link address within a header. */
@unmanaged
export class MacField {
  @inline
  get address(): u32 {
    return <u32>changetype<usize>(this);
  }

  @inline
  static at(address: u32): MacField {
    return changetype<MacField>(<usize>address);
  }

  @inline
  get isGroup(): bool {
    return (load<u8>(changetype<usize>(this)) & 1) != 0;
  }

  /** Reads two bytes beyond the address, which must have been captured. */
  @inline
  get value(): u64 {
    return load<u64>(changetype<usize>(this)) & 0xffffffffffff;
  }

  /** Reads two bytes before the address: it may be the last that was captured. */
  @inline
  get valueAtEnd(): u64 {
    return load<u64>(changetype<usize>(this) - 2) >>> 16;
  }
}

/** An A-MSDU subframe (clause 9.3.2.2.2): destination, source, length, LLC. */
@unmanaged
export class SubframeHeader {
  @inline
  static at(address: u32): SubframeHeader {
    return changetype<SubframeHeader>(<usize>address);
  }

  @inline
  get destination(): MacField {
    return MacField.at(<u32>changetype<usize>(this));
  }

  @inline
  get source(): MacField {
    return MacField.at(<u32>changetype<usize>(this) + 6);
  }

  @inline
  get length(): u32 {
    return bswap<u16>(load<u16>(changetype<usize>(this), 12));
  }
}

/** ARP for IPv4 over 6-byte link addresses (RFC 826). */
@unmanaged
export class ArpHeader {
  hardwareAndProtocolRaw: u32;
  addressLengthsRaw: u16;
  operationRaw: u16;

  @inline
  static at(address: u32): ArpHeader {
    return changetype<ArpHeader>(<usize>address);
  }

  @inline
  get operation(): u32 {
    return bswap<u16>(this.operationRaw);
  }

  @inline
  get senderRaw(): u32 {
    return load<u32>(changetype<usize>(this), 14);
  }

  @inline
  get targetRaw(): u32 {
    return load<u32>(changetype<usize>(this), 24);
  }
}

/** The first byte of an IP packet of either version. */
@unmanaged
export class IpHeader {
  first: u8;

  @inline
  static at(address: u32): IpHeader {
    return changetype<IpHeader>(<usize>address);
  }

  @inline
  get version(): u32 {
    return this.first >>> 4;
  }
}

/** IPv4 (RFC 791 section 3.1). */
@unmanaged
export class IPv4Header {
  /** Version and header length, type of service, total length, identification, flags and fragment offset. */
  frontRaw: u64;
  timeToLive: u8;
  protocol: u8;
  checksumRaw: u16;
  sourceRaw: u32;
  destinationRaw: u32;

  @inline
  static at(address: u32): IPv4Header {
    return changetype<IPv4Header>(<usize>address);
  }

  @inline
  get totalLength(): u32 {
    return bswap<u16>(load<u16>(changetype<usize>(this), 2));
  }

  /** The same byte as in `frontRaw`, for callers that need only this byte. Bytes. */
  @inline
  get headerLength(): u32 {
    return (<u32>(load<u8>(changetype<usize>(this)) & 15)) << 2;
  }
}

/** An IPv6 address as it lies in memory. */
@unmanaged
export class IPv6Address {
  high: u64;
  low: u64;

  @inline
  static at(address: u32): IPv6Address {
    return changetype<IPv6Address>(<usize>address);
  }

  /** ff00::/8 (RFC 4291 section 2.7). */
  @inline
  get isMulticast(): bool {
    return load<u8>(changetype<usize>(this)) == 0xff;
  }
}

/** IPv6 (RFC 8200 section 3). */
@unmanaged
export class IPv6Header {
  versionByte: u8;
  class_: u8;
  flowRaw: u16;
  payloadLengthRaw: u16;
  nextHeader: u8;
  hopLimit: u8;

  @inline
  static at(address: u32): IPv6Header {
    return changetype<IPv6Header>(<usize>address);
  }

  @inline
  get payloadLength(): u32 {
    return bswap<u16>(this.payloadLengthRaw);
  }

  /** The source's, and the destination's behind it. */
  @inline
  get addressesAt(): u32 {
    return <u32>changetype<usize>(this) + 8;
  }

  @inline
  get source(): IPv6Address {
    return IPv6Address.at(this.addressesAt);
  }

  @inline
  get destination(): IPv6Address {
    return IPv6Address.at(<u32>changetype<usize>(this) + 24);
  }
}

/** An IPv6 extension header (RFC 8200 section 4); AH's length has a unit of its own (RFC 4302). */
@unmanaged
export class ExtensionHeader {
  nextHeader: u8;
  length: u8;
  fragmentRaw: u16;

  @inline
  static at(address: u32): ExtensionHeader {
    return changetype<ExtensionHeader>(<usize>address);
  }

  /** Of a fragment header: offset in the upper 13 bits; the lowest bit: more fragments follow. */
  @inline
  get fragment(): u32 {
    return bswap<u16>(this.fragmentRaw);
  }
}

/** The common start of TCP, UDP and SCTP. */
@unmanaged
export class Ports {
  sourceRaw: u16;
  destinationRaw: u16;

  @inline
  static at(address: u32): Ports {
    return changetype<Ports>(<usize>address);
  }

  @inline
  get source(): u32 {
    return bswap<u16>(this.sourceRaw);
  }

  @inline
  get destination(): u32 {
    return bswap<u16>(this.destinationRaw);
  }

  /** The destination's upper byte. */
  @inline
  get destinationFirst(): u64 {
    return load<u8>(changetype<usize>(this), 2);
  }

  /** The source's above the destination's, in one load. */
  @inline
  get both(): u32 {
    return bswap<u32>(load<u32>(changetype<usize>(this)));
  }
}

/** TCP (RFC 9293 section 3.1). */
@unmanaged
export class TcpHeader {
  portsRaw: u32;
  sequenceRaw: u32;
  acknowledgementRaw: u32;
  /** Data offset in bits 4-7, flags in bits 8-15. */
  offsetAndFlags: u16;
  windowRaw: u16;
  checksumRaw: u16;
  urgentRaw: u16;
  /** The first options. */
  optionsRaw: u32;
  optionsRaw4: u64;

  @inline
  static at(address: u32): TcpHeader {
    return changetype<TcpHeader>(<usize>address);
  }

  @inline
  get ports(): u32 {
    return bswap<u32>(this.portsRaw);
  }

  @inline
  get sequence(): u32 {
    return bswap<u32>(this.sequenceRaw);
  }

  @inline
  get acknowledgement(): u32 {
    return bswap<u32>(this.acknowledgementRaw);
  }

  @inline
  get window(): u32 {
    return bswap<u16>(this.windowRaw);
  }

  /** The first four bytes of options. */
  @inline
  get firstOption(): u32 {
    return bswap<u32>(this.optionsRaw);
  }

  /** The first four bytes after a header of this length, as they lie. */
  @inline
  dataRaw(header: u32): u32 {
    return load<u32>(changetype<usize>(this) + header);
  }

  /** The first two, as they lie. */
  @inline
  get optionStartRaw(): u32 {
    return load<u16>(changetype<usize>(this), offsetof<TcpHeader>('optionsRaw'));
  }
}

/** UDP (RFC 768). */
@unmanaged
export class UdpHeader {
  sourcePortRaw: u16;
  destinationPortRaw: u16;
  lengthRaw: u16;
  checksumRaw: u16;
  /** The first three bytes of what it carries. */
  payload0: u8;
  payload1: u8;
  payload2: u8;

  /** Where BOOTP's "your address" (yiaddr, RFC 2131 section 2) stands, and where it ends. */
  private static readonly LEASE_AT: u32 = 24;
  static readonly LEASE_END: u32 = 28;

  @inline
  static at(address: u32): UdpHeader {
    return changetype<UdpHeader>(<usize>address);
  }

  @inline
  get length(): u32 {
    return bswap<u16>(this.lengthRaw);
  }

  @inline
  get sourcePort(): u32 {
    return bswap<u16>(this.sourcePortRaw);
  }

  @inline
  get destinationPort(): u32 {
    return bswap<u16>(this.destinationPortRaw);
  }

  /** The first four bytes of what it carries, as they lie in memory. */
  @inline
  get payloadRaw(): u32 {
    return load<u32>(changetype<usize>(this), offsetof<UdpHeader>('payload0'));
  }

  /** The address that a DHCP server gives, as it lies in memory. */
  @inline
  get leaseRaw(): u32 {
    return load<u32>(changetype<usize>(this) + UdpHeader.LEASE_AT);
  }
}

/** ICMP (RFC 792) and ICMPv6 (RFC 4443). */
@unmanaged
export class IcmpHeader {
  type: u8;
  code: u8;

  @inline
  static at(address: u32): IcmpHeader {
    return changetype<IcmpHeader>(<usize>address);
  }
}

/** SCTP (RFC 9260 section 3): ports, tag, checksum, then the first chunk. */
@unmanaged
export class SctpHeader {
  sourcePortRaw: u16;
  destinationPortRaw: u16;
  tagRaw: u32;
  checksumRaw: u32;
  chunkType: u8;

  @inline
  static at(address: u32): SctpHeader {
    return changetype<SctpHeader>(<usize>address);
  }

  @inline
  get sourcePort(): u32 {
    return bswap<u16>(this.sourcePortRaw);
  }

  @inline
  get destinationPort(): u32 {
    return bswap<u16>(this.destinationPortRaw);
  }
}

if (offsetof<NshHeader>('nextProtocol') != 3) ERROR('NSH: the next protocol stands at +3');
if (offsetof<GreHeader>('protocolRaw') != 2) ERROR('GRE: the protocol stands at +2');
if (offsetof<GeneveHeader>('protocolRaw') != 2) ERROR('GENEVE: the protocol stands at +2');
if (offsetof<TzspHeader>('protocolRaw') != 2) ERROR('TZSP: the protocol stands at +2');
if (offsetof<PppoeHeader>('protocolRaw') != 6) ERROR('PPPoE: the protocol stands at +6');
if (offsetof<ArpHeader>('operationRaw') != 6) ERROR('ARP: the operation stands at +6');
if (offsetof<IPv4Header>('protocol') != 9) ERROR('IPv4: the protocol stands at +9');
if (offsetof<IPv4Header>('sourceRaw') != 12) ERROR('IPv4: the source stands at +12');
if (offsetof<IPv4Header>('destinationRaw') != 16) ERROR('IPv4: the destination stands at +16');
if (offsetof<IPv6Header>('payloadLengthRaw') != 4) ERROR('IPv6: the payload length stands at +4');
if (offsetof<IPv6Header>('nextHeader') != 6) ERROR('IPv6: the next header stands at +6');
if (offsetof<TcpHeader>('offsetAndFlags') != 12) ERROR('TCP: the data offset stands at +12');
if (offsetof<TcpHeader>('windowRaw') != 14) ERROR('TCP: the window stands at +14');
if (offsetof<TcpHeader>('optionsRaw') != 20) ERROR('TCP: the options stand at +20');
if (offsetof<TcpHeader>('optionsRaw4') != 24) ERROR('TCP: the options stand at +20');
if (offsetof<UdpHeader>('lengthRaw') != 4) ERROR('UDP: the length stands at +4');
if (offsetof<UdpHeader>('payload0') != 8) ERROR('UDP: what it carries stands at +8');
if (offsetof<SctpHeader>('chunkType') != 12) ERROR('SCTP: the first chunk stands at +12');
