/**
 * Verdicts against labels. The rules: several labels of one address are one scanner; decoys count neither way; the sources
 * of a distributed scan are together one scan, found to the share of them that was accused, or wholly where an alert tells
 * of a distributed scan; a label may name a block instead of an address; a source no label names is a false alert.
 */
import { parseAddress, parseBlock } from '../../src/protocol/address.js';
import type { ProbeCounter } from './probes.js';

export interface Scanner {
  /** IPv4, IPv6 or MAC address, or a block of addresses. */
  source: string;
  mac?: string;
  kind: string;
  protocol: string;
  /** Seconds since 1970. */
  firstProbe: number;
  /** Earlier than `firstProbe` where the label was made of frames out of order. */
  lastProbe?: number;
  targets: number;
  decoy?: boolean;
}

export interface Label {
  home?: string[];
  scanners: Scanner[];
  /** Of the zoo: where the tap is, whether there is a learned placement, and who lived before it or is new in it. */
  tap?: string;
  learned?: boolean;
  departed?: string[];
  newcomers?: string[];
}

export interface Detection {
  source: string;
  kind: string;
  /** The source stands for its IPv6 /64. */
  aggregate?: boolean;
  /** Milliseconds since 1970, with fractions: of the frame that brought the accusation. */
  time: number;
}

export interface ScannerResult {
  source: string;
  kind: string;
  found: boolean;
  /** The kind it was accused of. */
  as?: string;
  probes?: number;
  seconds?: number;
}

export interface CaptureResult {
  capture: string;
  packets: number;
  scanners: ScannerResult[];
  falseAlerts: Detection[];
  scans: number;
  scansFound: number;
}

/** Addresses that are the same compare as the same text. */
export function canonical(source: string): string {
  const bytes = parseAddress(source.trim());
  return bytes ? Array.from(bytes).join('.') : source.trim().toLowerCase();
}

const isDistributed = (kind: string): boolean => kind.includes('distributed');
const seesLinkOnly = (protocol: string): boolean =>
  protocol.split('+').some((p) => ['arp', 'nd', 'wifi', '80211'].includes(p));

/** One entry per address, from the first probe of any of its labels. */
function merge(scanners: Scanner[]): Scanner[] {
  const merged = new Map<string, Scanner>();
  for (const scanner of scanners) {
    const key = canonical(scanner.source);
    const before = merged.get(key);
    const firstProbe = Math.min(scanner.firstProbe, scanner.lastProbe ?? Infinity);
    if (!before) {
      merged.set(key, { ...scanner, firstProbe });
      continue;
    }
    before.firstProbe = Math.min(before.firstProbe, firstProbe);
    if (!before.kind.split('+').includes(scanner.kind)) before.kind += `+${scanner.kind}`;
    if (!before.protocol.split('+').includes(scanner.protocol)) before.protocol += `+${scanner.protocol}`;
  }
  return [...merged.values()];
}

/** The first 64 bits of an IPv6 address. */
function networkOf(source: string): string | undefined {
  const bytes = parseAddress(source.trim());
  return bytes?.length === 16 ? Array.from(bytes.subarray(0, 8)).join('.') : undefined;
}

/** Does the label's source name this one, a block that it lies in, or a part of the /64 that it stands for? */
export function covers(scanner: Scanner, { source, aggregate }: Detection): boolean {
  if (aggregate && networkOf(source) !== undefined && networkOf(source) === networkOf(scanner.source)) return true;
  if (namesOf(scanner).includes(canonical(source))) return true;
  const block = scanner.source.includes('/') ? parseBlock(scanner.source) : undefined;
  const bytes = parseAddress(source);
  if (!block || block.bytes.length !== bytes?.length) return false;
  return bytes.every((byte, i) => {
    const bits = Math.min(8, Math.max(0, block.prefix - 8 * i));
    return (byte ^ (block.bytes[i] as number)) >> (8 - bits) === 0;
  });
}

function namesOf(scanner: Scanner): string[] {
  return [
    canonical(scanner.source),
    ...(scanner.mac && seesLinkOnly(scanner.protocol) ? [canonical(scanner.mac)] : []),
  ];
}

export function judge(
  capture: string,
  packets: number,
  label: Label,
  detections: Detection[],
  counter: ProbeCounter,
): CaptureResult {
  const scanners = merge(label.scanners.filter((scanner) => !scanner.decoy));
  const first = new Map<string, Detection>();
  for (const detection of detections) {
    const key = canonical(detection.source);
    const before = first.get(key);
    if (!before || detection.time < before.time) first.set(key, detection);
  }
  const someone = first.get('');
  const results = scanners.map((scanner): ScannerResult => {
    const hits = [...first.values()].filter((hit) => covers(scanner, hit));
    if (someone && /distributed|shadow/.test(scanner.kind)) hits.push(someone);
    const hit = hits.sort((a, b) => a.time - b.time)[0];
    const base = { source: scanner.source, kind: `${scanner.kind}/${scanner.protocol}` };
    if (!hit) return { ...base, found: false };
    return {
      ...base,
      found: true,
      as: hit.kind,
      probes: counter.between(scanner.source, scanner.firstProbe * 1000, hit.time),
      seconds: Math.max(0, hit.time / 1000 - scanner.firstProbe),
    };
  });
  const isFalse = (detection: Detection): boolean =>
    detection.source === '' ? scanners.length === 0 : !label.scanners.some((scanner) => covers(scanner, detection));
  const falseAlerts = [...first.values()].filter(isFalse);
  const alone = results.filter((_, i) => !isDistributed((scanners[i] as Scanner).kind));
  const crowd = results.filter((_, i) => isDistributed((scanners[i] as Scanner).kind));
  let scansFound = alone.filter((result) => result.found).length;
  if (crowd.length > 0) {
    const told = [...first.values()].some((detection) => detection.kind.includes('distribut'));
    scansFound += told ? 1 : crowd.filter((result) => result.found).length / crowd.length;
  }
  return {
    capture,
    packets,
    scanners: results,
    falseAlerts,
    scans: alone.length + (crowd.length > 0 ? 1 : 0),
    scansFound,
  };
}

/** A host that sweeps the link it is on: seen by ARP, neighbour discovery, or from within the air. */
export function isOwnLan(scanner: ScannerResult): boolean {
  return seesLinkOnly(scanner.kind.split('/')[1] ?? '');
}

export function median(values: Array<number | undefined>): number | undefined {
  const sorted = values.filter((value) => value !== undefined).sort((a, b) => a - b);
  if (sorted.length === 0) return undefined;
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

export interface Summary {
  scans: number;
  scansFound: number;
  recall: number;
  falseAlerts: number;
  /** Captures with a false alert. */
  disturbed: number;
  /** Over the scanners found, those of distributed scans left out. */
  medianProbes?: number;
  medianSeconds?: number;
}

export function total(results: CaptureResult[]): Summary {
  const alone = results.flatMap((result) =>
    result.scanners.filter((scanner) => scanner.found && !isDistributed(scanner.kind)),
  );
  const scans = results.reduce((sum, result) => sum + result.scans, 0);
  const scansFound = Math.round(results.reduce((sum, result) => sum + result.scansFound, 0) * 100) / 100;
  const medianProbes = median(alone.map((scanner) => scanner.probes));
  const medianSeconds = median(alone.map((scanner) => scanner.seconds));
  return {
    scans,
    scansFound,
    recall: scans === 0 ? 1 : scansFound / scans,
    falseAlerts: results.reduce((sum, result) => sum + result.falseAlerts.length, 0),
    disturbed: results.filter((result) => result.falseAlerts.length > 0).length,
    ...(medianProbes === undefined ? {} : { medianProbes }),
    ...(medianSeconds === undefined ? {} : { medianSeconds }),
  };
}
