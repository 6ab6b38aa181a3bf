// The source table: sets of five 144-byte entries, one for a source with two contacts or more.
//
// Evidence is stored twice, because a source's contacts at home and outside are two random walks: a workstation that
// browses all day earns credit outside, which must not offset a sweep of its own segment.
import { FAMILY_NONE } from '../constants/codes';
import { EPISODE_SLOTS, SOURCE_BYTES, SOURCE_SETS, SOURCE_WAYS, SOURCES_AT, SOURCES_BYTES } from '../constants/memory';
import { EVIDENCE_CEILING, FINGERPRINT_HARD_CAP, SITUATIONS } from '../constants/weights';
import { CHECKED } from './checked';
import { Hash } from './hash';
import { Bits32, Bits64, Saturating } from './sketch';

export const TOP_PORTS: u32 = 4;
export const HISTOGRAM_BARS: u32 = 8;

export const CLASS_TCP: u32 = 0;
export const CLASS_STEALTH: u32 = 1;
export const CLASS_UDP: u32 = 2;
export const CLASS_ICMP: u32 = 3;
export const CLASS_ARP: u32 = 4;
export const CLASS_ND: u32 = 5;
export const CLASS_SCTP: u32 = 6;
export const CLASS_IP: u32 = 7;
export const CLASSES: u32 = 8;

export const SOURCE_IS_AGGREGATE: u8 = 1;
/** It completed a handshake with a number that only a receiver of its traffic can know. */
export const SOURCE_IS_PROVEN: u8 = 2;
/** Alerted, but every episode slot was in use: it gets the next free one. */
export const SOURCE_IS_ALERTED: u8 = 4;
/** It was alerted before: its later sessions are followed. */
export const SOURCE_IS_SCANNER: u8 = 8;
/** Other sources probe the same targets in step. */
export const SOURCE_IS_DECOY: u8 = 16;
export const SOURCE_IS_WATCHLISTED: u8 = 32;
/** A suspicion report named it, and no contact has failed since: other sources are reported first. */
export const SOURCE_IS_REPORTED: u8 = 64;
/** On the watchlist, not reported yet: it was known before it was listed, or the limit was reached. */
export const SOURCE_IS_WATCHLIST_PENDING: u8 = 128;

/** First contacts in one of the two walks, by outcome: answered or failed. */
@unmanaged
export class Tally {
  answered: u8;
  failed: u8;

  /** Counts an outcome; both counts are halved when one is full. */
  @inline
  count(failed: bool): void {
    const outcome = changetype<usize>(this) + <usize>failed;
    if (load<u8>(outcome) == 255) {
      this.answered >>>= 1;
      this.failed >>>= 1;
    }
    store<u8>(outcome, load<u8>(outcome) + 1);
  }
}

/** Evidence of one of the two walks, 1/32 nat. */
@unmanaged
export class Walk {
  evidence: i16;
}

@unmanaged
export class Source {
  /**
   * The address as it lies in a frame. IPv4: in the first 4 bytes of `addressHigh`; then `addressLow` is
   * `pairsOutside`.
   */
  addressHigh: u64;
  addressLow: u64;
  /** Keyed hash of the address; for IPv6 outside home, of its /64. */
  key: u32;
  /** First and last contact, ms. */
  first: u32;
  last: u32;
  /** Evidence at home, 1/32 nat. */
  evidence: i16;
  /** Evidence from tools' fingerprints, 1/32 nat. */
  fingerprint: i16;
  /** Bitmap of the (target, service) pairs contacted, 128 bits. */
  pairs: u64;
  pairsHigh: u64;
  /** Bitmaps of distinct targets and ports. */
  hosts: u64;
  ports: u32;
  /** Their estimates, in eighths. */
  hostsEstimate: u16;
  portsEstimate: u16;
  family: u8;
  /** SOURCE_IS_* */
  flags: u8;
  /** Its episode's slot + 1, 0 for none. */
  episode: u8;
  tool: u8;
  /** The last target, as a number. */
  target: u32;
  /** The most used ports, 4 x u16, and their counts, 4 x u8. */
  topPorts: u64;
  topCounts: u32;
  /** Suspect targets, which failed or may yet fail; saturates, like the four outcomes after it. */
  suspects: u8;
  answered: u8;
  refused: u8;
  silent: u8;
  dark: u8;
  direction: u8;
  /** SITUATION_* of the newest contact. */
  situation: u8;
  /** A histogram bar covers 2^shift ms. */
  histogramShift: u8;
  /** ms */
  histogramStart: u32;
  /** 8 x u8: probes over time. The width of the bars doubles when time passes the last one. */
  histogram: u64;
  /** 8 x u8: contacts by class (CLASS_*), halved together when one is full. */
  classes: u64;
  /** Evidence outside, 1/32 nat. */
  evidenceOutside: i16;
  answeredAtHome: u8;
  failedAtHome: u8;
  answeredOutside: u8;
  failedOutside: u8;
  /** Low half of its newest episode's number. */
  number: u16;
  /** Distinct hosts at home; `hosts` has those outside too. */
  homeHosts: u64;
  /** Hosts at home that it touched without a conversation, eighths; negative: credit (breadth.ts). */
  breadth: i16;
  /** The host whose services are counted: 8 bits of its hash; how many, and contacts elsewhere since. */
  depthTag: u8;
  /** The network at home, unheard of, that it contacted last: 8 bits of its hash. */
  networkTag: u8;
  depth: u8;
  elsewhere: u8;
  /** Its link address, where it is at home: the upper and the lower part as they lie in a frame's first eight bytes. */
  macHigh: u16;
  macLow: u32;
  /** Packets in which a tool's mark was looked for, and those with the mark of `tool`; both are halved when full. */
  examined: u8;
  marked: u8;
  reserved: u16;

  /** Returned by admit() for a source in probation: its contact is followed, but there is no entry yet. */
  @inline
  static get onProbation(): Source {
    return changetype<Source>(1);
  }

  /** True unless the source was rejected (null) or is in probation. */
  @inline
  static isEntry(source: Source | null): bool {
    return changetype<usize>(source) > 1;
  }

  @inline
  static at(address: u32): Source {
    return changetype<Source>(<usize>address);
  }

  @inline
  static get head(): Source {
    return Source.at(SOURCES_AT);
  }

  @inline
  get next(): Source {
    return changetype<Source>(changetype<usize>(this) + SOURCE_BYTES);
  }

  @inline
  get isInTable(): bool {
    return changetype<usize>(this) < SOURCES_AT + SOURCES_BYTES;
  }

  /** True if this entry comes after the other in the table. */
  @inline
  isAfter(other: Source | null): bool {
    return changetype<usize>(this) > changetype<usize>(other);
  }

  /** The first entry of a key's set. */
  @inline
  static setOf(key: u32): Source {
    return Source.at(SOURCES_AT + Hash.slot(key, SOURCE_SETS) * (SOURCE_WAYS * SOURCE_BYTES));
  }

  /** The entry of `key`; null if there is none. */
  static find(key: u32): Source | null {
    let source = Source.setOf(key);
    for (let i: u32 = 0; i < SOURCE_WAYS; i++) {
      if (source.key == key && source.family != FAMILY_NONE) {
        if (CHECKED) assert(source.isSound);
        return source;
      }
      source = source.next;
    }
    return null;
  }

  /** True if the entry's invariants hold. */
  get isSound(): bool {
    return (
      <u32>this.episode <= EPISODE_SLOTS &&
      <u32>this.situation < SITUATIONS &&
      <i32>this.evidence <= EVIDENCE_CEILING &&
      <i32>this.evidenceOutside <= EVIDENCE_CEILING &&
      this.fingerprint >= 0 &&
      <i32>this.fingerprint <= FINGERPRINT_HARD_CAP &&
      <u32>this.histogramShift < 32
    );
  }

  clear(): void {
    memory.fill(changetype<usize>(this), 0, SOURCE_BYTES);
  }

  @inline
  hasFlag(flag: u8): bool {
    return (this.flags & flag) != 0;
  }

  @inline
  setFlag(flag: u8): void {
    this.flags |= flag;
  }

  @inline
  clearFlag(flag: u8): void {
    this.flags &= ~flag;
  }

  @inline
  walk(outside: bool): Walk {
    return changetype<Walk>(
      changetype<usize>(this) + (outside ? offsetof<Source>('evidenceOutside') : offsetof<Source>('evidence')),
    );
  }

  @inline
  tally(outside: bool): Tally {
    return changetype<Tally>(
      changetype<usize>(this) + (outside ? offsetof<Source>('answeredOutside') : offsetof<Source>('answeredAtHome')),
    );
  }

  @inline
  private saturating(offset: usize): Saturating {
    return changetype<Saturating>(changetype<usize>(this) + offset);
  }

  @inline
  countSuspect(): void {
    this.saturating(offsetof<Source>('suspects')).increment();
  }

  @inline
  countAnswered(): void {
    this.saturating(offsetof<Source>('answered')).increment();
  }

  @inline
  countRefused(): void {
    this.saturating(offsetof<Source>('refused')).increment();
  }

  @inline
  countSilent(): void {
    this.saturating(offsetof<Source>('silent')).increment();
  }

  @inline
  countDark(): void {
    this.saturating(offsetof<Source>('dark')).increment();
  }

  /**
   * Counts a packet in which a tool's mark was looked for; `tool`: TOOL_NONE without one. The tool that marks most of
   * them stays (the majority vote of Boyer and Moore, 1981), so chance names none.
   */
  countTool(tool: u32): void {
    if (this.examined == 255) {
      this.examined >>>= 1;
      this.marked >>>= 1;
    }
    this.examined++;
    if (tool == <u32>this.tool) {
      this.marked++;
    } else if ((<u32>this.marked) << 1 < <u32>this.examined) {
      this.tool = <u8>tool;
      this.examined = 1;
      this.marked = 1;
    }
  }

  @inline
  get hostBits(): Bits64 {
    return changetype<Bits64>(changetype<usize>(this) + offsetof<Source>('hosts'));
  }

  @inline
  get portBits(): Bits32 {
    return changetype<Bits32>(changetype<usize>(this) + offsetof<Source>('ports'));
  }

  @inline
  get homeHostBits(): Bits64 {
    return changetype<Bits64>(changetype<usize>(this) + offsetof<Source>('homeHosts'));
  }

  /** One half of the bitmap of pairs. */
  @inline
  pairWord(high: u32): Bits64 {
    return changetype<Bits64>(changetype<usize>(this) + offsetof<Source>('pairs') + high);
  }

  /** Pairs contacted outside home, in the unused second half of an IPv4 source's address. */
  @inline
  get pairsOutside(): Bits64 {
    return changetype<Bits64>(changetype<usize>(this) + offsetof<Source>('addressLow'));
  }

  @inline
  topPort(i: u32): u32 {
    if (CHECKED) assert(i < TOP_PORTS);
    return load<u16>(changetype<usize>(this) + (i << 1), offsetof<Source>('topPorts'));
  }

  @inline
  topCount(i: u32): u32 {
    if (CHECKED) assert(i < TOP_PORTS);
    return load<u8>(changetype<usize>(this) + i, offsetof<Source>('topCounts'));
  }

  @inline
  setTopPort(i: u32, port: u32, count: u32): void {
    if (CHECKED) assert(i < TOP_PORTS);
    store<u16>(changetype<usize>(this) + (i << 1), <u16>port, offsetof<Source>('topPorts'));
    store<u8>(changetype<usize>(this) + i, <u8>count, offsetof<Source>('topCounts'));
  }

  @inline
  countTopPort(i: u32): void {
    this.saturating(offsetof<Source>('topCounts') + i).increment();
  }

  @inline
  classCount(class_: u32): u32 {
    return load<u8>(changetype<usize>(this) + class_, offsetof<Source>('classes'));
  }

  /** Contacts that asked for a port, as far as the four most used tell: 0 for a source that only pings. */
  get servicesAsked(): u32 {
    let sum: u32 = 0;
    for (let i: u32 = 0; i < TOP_PORTS; i++) sum += this.topCount(i);
    return sum;
  }

  /** Counts a contact of a class; all classes are halved when one is full. */
  countClass(class_: u32): void {
    if (CHECKED) assert(class_ < CLASSES);
    const classes = changetype<usize>(this) + offsetof<Source>('classes');
    if (load<u8>(classes + class_) == 255) {
      for (let i: u32 = 0; i < CLASSES; i++) store<u8>(classes + i, load<u8>(classes + i) >>> 1);
    }
    this.saturating(offsetof<Source>('classes') + class_).increment();
  }

  @inline
  bar(i: u32): u32 {
    return load<u8>(changetype<usize>(this) + i, offsetof<Source>('histogram'));
  }

  /** Counts a probe `age` ms after the histogram's start. Past the last bar, pairs merge and the width doubles. */
  addToHistogram(age: u32): void {
    let shift = <u32>this.histogramShift;
    const bars = changetype<usize>(this) + offsetof<Source>('histogram');
    while (age >>> shift >= HISTOGRAM_BARS) {
      for (let i: u32 = 0; i < HISTOGRAM_BARS / 2; i++) {
        store<u8>(bars + i, <u8>min<u32>(<u32>load<u8>(bars + 2 * i) + <u32>load<u8>(bars + 2 * i + 1), 255));
      }
      store<u32>(bars, 0, 4);
      this.histogramShift = <u8>++shift;
    }
    const bar = bars + (age >>> shift);
    if (load<u8>(bar) == 255) {
      // Only the proportions matter: halve all bars instead of saturating the tallest.
      for (let i: u32 = 0; i < HISTOGRAM_BARS; i++) store<u8>(bars + i, (load<u8>(bars + i) + 1) >>> 1);
    }
    changetype<Saturating>(bar).increment();
  }

  /** Its link address as it lies in memory, 0 where it is none of ours. */
  @inline
  get mac(): u64 {
    return ((<u64>this.macHigh) << 32) | <u64>this.macLow;
  }

  /** Clears the bitmaps of pairs, targets and ports, and their estimates. */
  @inline
  forgetDistinct(): void {
    memory.fill(
      changetype<usize>(this) + offsetof<Source>('pairs'),
      0,
      offsetof<Source>('family') - offsetof<Source>('pairs'),
    );
  }

  /** Clears the four outcomes: answered, refused, silent and dark lie side by side. */
  @inline
  forgetOutcomes(): void {
    store<u32>(changetype<usize>(this), 0, offsetof<Source>('answered'));
  }

  /** Fades a count by 2^-shift. Counts below 2^shift stay, so that a slow scan's few targets are not lost. */
  private fade(offset: usize, shift: u8): void {
    const place = changetype<Saturating>(changetype<usize>(this) + offset);
    const n = place.value;
    place.value = n - (n >>> shift);
  }

  /** Fades both tallies and the suspect targets by 2^-shift. */
  @inline
  fadeCounts(shift: u8): void {
    for (let i: u32 = 0; i < 4; i++) this.fade(offsetof<Source>('answeredAtHome') + i, shift);
    this.fade(offsetof<Source>('suspects'), shift);
  }
}

if (offsetof<Source>() != SOURCE_BYTES) ERROR('SOURCE_BYTES of memory.ts');
if (SOURCES_BYTES != SOURCE_SETS * SOURCE_WAYS * SOURCE_BYTES) ERROR('SOURCES_BYTES of memory.ts');
if (offsetof<Source>('addressLow') != 8) ERROR('addressLow stands at +8');
if (offsetof<Source>('key') != 16) ERROR('key stands at +16');
if (offsetof<Source>('first') != 20) ERROR('first stands at +20');
if (offsetof<Source>('last') != 24) ERROR('last stands at +24');
if (offsetof<Source>('evidence') != 28) ERROR('evidence stands at +28');
if (offsetof<Source>('fingerprint') != 30) ERROR('fingerprint stands at +30');
if (offsetof<Source>('pairs') != 32) ERROR('pairs stands at +32');
if (offsetof<Source>('hosts') != 48) ERROR('hosts stands at +48');
if (offsetof<Source>('ports') != 56) ERROR('ports stands at +56');
if (offsetof<Source>('hostsEstimate') != 60) ERROR('hostsEstimate stands at +60');
if (offsetof<Source>('portsEstimate') != 62) ERROR('portsEstimate stands at +62');
if (offsetof<Source>('family') != 64) ERROR('family stands at +64');
if (offsetof<Source>('flags') != 65) ERROR('flags stands at +65');
if (offsetof<Source>('episode') != 66) ERROR('episode stands at +66');
if (offsetof<Source>('tool') != 67) ERROR('tool stands at +67');
if (offsetof<Source>('target') != 68) ERROR('target stands at +68');
if (offsetof<Source>('topPorts') != 72) ERROR('topPorts stands at +72');
if (offsetof<Source>('topCounts') != 80) ERROR('topCounts stands at +80');
if (offsetof<Source>('suspects') != 84) ERROR('suspects stands at +84');
if (offsetof<Source>('answered') != 85) ERROR('answered stands at +85');
if (offsetof<Source>('dark') != 88) ERROR('dark stands at +88, three bytes behind answered');
if (offsetof<Source>('direction') != 89) ERROR('direction stands at +89');
if (offsetof<Source>('situation') != 90) ERROR('situation stands at +90');
if (offsetof<Source>('histogramShift') != 91) ERROR('histogramShift stands at +91');
if (offsetof<Source>('histogramStart') != 92) ERROR('histogramStart stands at +92');
if (offsetof<Source>('histogram') != 96) ERROR('histogram stands at +96');
if (offsetof<Source>('classes') != 104) ERROR('classes stands at +104');
if (offsetof<Source>('evidenceOutside') != 112) ERROR('evidenceOutside stands at +112');
if (offsetof<Source>('answeredAtHome') != 114) ERROR('answeredAtHome stands at +114');
if (offsetof<Source>('answeredOutside') != 116) ERROR('answeredOutside stands at +116, behind the tally at home');
if (offsetof<Source>('number') != 118) ERROR('number stands at +118');
if (offsetof<Source>('homeHosts') != 120) ERROR('homeHosts stands at +120');
if (offsetof<Source>('breadth') != 128) ERROR('breadth stands at +128');
if (offsetof<Source>('depthTag') != 130) ERROR('depthTag stands at +130');
if (offsetof<Source>('networkTag') != 131) ERROR('networkTag stands at +131');
if (offsetof<Source>('depth') != 132) ERROR('depth stands at +132');
if (offsetof<Source>('elsewhere') != 133) ERROR('elsewhere stands at +133');
if (offsetof<Source>('macHigh') != 134) ERROR('macHigh stands at +134');
if (offsetof<Source>('macLow') != 136) ERROR('macLow stands at +136');
if (offsetof<Source>('examined') != 140) ERROR('examined stands at +140');
