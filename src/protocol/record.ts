/**
 * The scan record: the engine's report about one source at one moment.
 *
 * The engine writes it as 96 little-endian bytes (offsets in `src/engine/constants/codes.ts`); this module converts
 * those bytes to an object and names every code in it. It runs on XS as well as on Node: ES2022, no imports from
 * either.
 */
import * as codes from '../engine/constants/codes.js';
import { formatAddress } from './address.js';

export const stages = ['', 'start', 'progress', 'end', 'whisper'] as const;
export const kinds = [
  '',
  'host-sweep',
  'port-scan',
  'block-scan',
  'icmp-sweep',
  'arp-sweep',
  'udp-scan',
  'nd-sweep',
  'stealth-scan',
  'sctp-scan',
  'protocol-scan',
  'digest',
  'whisper',
  'distributed-scan',
  'service-probe',
  'brute-force',
  'foothold',
  'new-talker',
  'watch-hit',
  'arp-shadow',
  'flood',
  'encrypted-sweep',
  'knocks',
] as const;
export const directions = ['', 'inbound', 'internal', 'outbound', 'transit'] as const;
export const protocols = ['', 'tcp', 'udp', 'icmp', 'arp', 'nd', 'sctp', 'ip', 'wifi'] as const;
export const severities = ['', 'low', 'medium', 'high', 'critical'] as const;
export const tools = ['', 'masscan', 'zmap', 'nmap', 'mirai', 'raw-syn', 'naabu', 'hping'] as const;
export const techniques = [
  '',
  'T1595.001',
  'T1595.002',
  'T1046',
  'T1018',
  'T1110',
  'T1133',
  'T1190',
  'T1021',
  'T1498',
] as const;

export type Stage = Exclude<(typeof stages)[number], ''>;
export type Kind = Exclude<(typeof kinds)[number], ''>;
export type Direction = (typeof directions)[number];
export type Protocol = (typeof protocols)[number];
export type Severity = Exclude<(typeof severities)[number], ''>;
export type Tool = (typeof tools)[number];
export type Technique = (typeof techniques)[number];
export type Verdict = 'scan' | 'notice';

/** 1 to 4, low to critical: the value on the wire and the sort key in the store. 0: none. */
export const severityRank = (severity: Severity | ''): number => severities.indexOf(severity);

/** One scan record. Times are on the engine's clock: milliseconds, u32, wrapping after 49 days. */
export interface ScanRecord {
  stage: Stage;
  kind: Kind;
  /** `scan` is an alert against the source; `notice` is not (a digest, a suspicion report). */
  verdict: Verdict;
  severity: Severity;
  /** IPv4, IPv6 or MAC address as text; empty if the source is unknown. */
  source: string;
  /** The link address that an IPv4 source at home sends from; a router's, if one lies between. */
  mac?: string | undefined;
  /** The source is an IPv6 /64; `source` is the first address seen in it. */
  aggregate: boolean;
  protocol: Protocol;
  direction: Direction;
  time: number;
  first: number;
  last: number;
  /** Distinct targets, estimated. */
  targets: number;
  /** Ports, most used first; at most eight. */
  services: number[];
  /** Distinct services, estimated. */
  serviceCount: number;
  probes: number;
  answered: number;
  refused: number;
  silent: number;
  dark: number;
  /** Log-likelihood ratio of scanner to benign, in nats. */
  evidence: number;
  /** 0..100 */
  confidence: number;
  spoofable: boolean;
  /**
   * Other sources probe the same targets in step: a scanner hides among forged addresses, and this is one of the group.
   */
  decoy: boolean;
  /** Distinct sources, estimated: more than one only if `source` is empty (a distributed scan, a flood). */
  sources: number;
  tool: Tool;
  technique: Technique;
  /** Probes over the episode's time in eight bars, the largest 255. */
  shape: number[];
  /** Milliseconds per bar of `shape`. */
  shapeStep: number;
  /** Number of the episode since the engine's start; start, progress and end of one scan share it. */
  episode: number;
  /**
   * Only in records of kind `knocks`: IPv4 addresses, 4 bytes each in network order; the last `refused` of them were
   * refused. Bytes, because one string for each would cost XS much memory.
   */
  knocks?: Uint8Array;
}

/**
 * A record whose `time`, `first` and `last` are milliseconds since 1970 (integers) instead of the engine's wrapping
 * clock; milliseconds since the boot if the sensor's clock is not set yet.
 */
export type TimedRecord = ScanRecord;

function name<T extends string>(list: readonly T[], index: number): T {
  return list[index] ?? (list[0] as T);
}

/** A first-time source whose first contact failed: the address does not exist, or refused. */
export interface Knock {
  source: string;
  refused: boolean;
}

/** The list in a record of kind `knocks`. */
export function knocksOf({ knocks, refused }: ScanRecord): Knock[] {
  const listed: Knock[] = [];
  for (let at = 0; knocks && at + 4 <= knocks.length; at += 4) {
    listed.push({
      source: formatAddress(codes.FAMILY_IPV4, knocks.subarray(at, at + 4)),
      refused: at + 4 * refused >= knocks.length,
    });
  }
  return listed;
}

/** A copy: the engine's ring is overwritten. */
function knocksAt(view: DataView, offset: number): Uint8Array {
  const n = Math.min(view.getUint32(offset + codes.RECORD_TARGETS, true), codes.KNOCKS_MOST);
  const at = view.byteOffset + offset + codes.KNOCKS_OFFSET;
  return new Uint8Array((view.buffer as ArrayBuffer).slice(at, at + 4 * n));
}

/** Reads the record at `offset`. Throws a RangeError only if fewer than 96 bytes are left. */
export function readRecord(view: DataView, offset: number): ScanRecord {
  const u8 = (at: number): number => view.getUint8(offset + at);
  const u16 = (at: number): number => view.getUint16(offset + at, true);
  const u32 = (at: number): number => view.getUint32(offset + at, true);
  const flags = u8(codes.RECORD_FLAGS);
  const services: number[] = [];
  for (let i = 0, n = Math.min(u8(codes.RECORD_SERVICE_COUNT), codes.RECORD_MAX_SERVICES); i < n; i++) {
    services.push(u16(codes.RECORD_SERVICES + 2 * i));
  }
  const shape: number[] = [];
  for (let i = 0; i < codes.RECORD_SHAPE_BARS; i++) shape.push(u8(codes.RECORD_SHAPE + i));
  const knocking = u8(codes.RECORD_KIND) === codes.KIND_KNOCKS;
  if (knocking) shape.fill(0);
  const family = u8(codes.RECORD_FAMILY);
  const source = new Uint8Array(view.buffer, view.byteOffset + offset + codes.RECORD_SOURCE, 16);
  return {
    stage: name(stages, u8(codes.RECORD_STAGE)) as Stage,
    kind: name(kinds, u8(codes.RECORD_KIND)) as Kind,
    verdict: flags & codes.FLAG_SCAN ? 'scan' : 'notice',
    severity: name(severities, u8(codes.RECORD_SEVERITY)) as Severity,
    source: formatAddress(family, source),
    aggregate: (flags & codes.FLAG_AGGREGATE) !== 0,
    protocol: name(protocols, u8(codes.RECORD_PROTOCOL)),
    direction: name(directions, u8(codes.RECORD_DIRECTION)),
    time: u32(codes.RECORD_TIME),
    first: u32(codes.RECORD_FIRST),
    last: u32(codes.RECORD_LAST),
    targets: u32(codes.RECORD_TARGETS),
    services,
    serviceCount: u16(codes.RECORD_PORTS),
    probes: u32(codes.RECORD_PROBES),
    answered: knocking ? 0 : u32(codes.RECORD_ANSWERED),
    refused: knocking
      ? Math.max(0, Math.min(u32(codes.RECORD_TARGETS), codes.KNOCKS_MOST) - u32(codes.RECORD_DARK))
      : u32(codes.RECORD_REFUSED),
    silent: knocking ? 0 : u32(codes.RECORD_SILENT),
    dark: u32(codes.RECORD_DARK),
    evidence: u16(codes.RECORD_EVIDENCE) / codes.EVIDENCE_PER_NAT,
    confidence: u8(codes.RECORD_CONFIDENCE),
    spoofable: (flags & codes.FLAG_SPOOFABLE) !== 0,
    decoy: (flags & codes.FLAG_DECOY) !== 0,
    sources: family === codes.FAMILY_NONE ? Math.max(1, u32(codes.RECORD_SOURCES)) : 1,
    tool: name(tools, u8(codes.RECORD_TOOL)),
    technique: name(techniques, u8(codes.RECORD_TECHNIQUE)),
    shape,
    shapeStep: 2 ** u8(codes.RECORD_SHAPE_SHIFT),
    episode: u32(codes.RECORD_EPISODE),
    ...(knocking ? { knocks: knocksAt(view, offset) } : {}),
    ...(family === codes.FAMILY_IPV4 && source.subarray(8, 14).some((byte) => byte > 0)
      ? { mac: formatAddress(codes.FAMILY_MAC, source.subarray(8, 14)) }
      : {}),
  };
}
