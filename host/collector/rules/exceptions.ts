/**
 * Decides whether an exception covers a record. Pure.
 *
 * A record holds how many addresses were probed, not which. A `target` is therefore compared with the sensor's home
 * blocks: an exception covers a scan only if all home blocks of the scan's address family lie within its target. A
 * sensor without home blocks, or with others, may have seen a scan of something else, so its record is reported. In
 * doubt, the record is reported.
 */
import { parseAddress, parseBlock, parseMac } from '../../../src/protocol/address.js';
import type { ScanRecord } from '../../../src/protocol/record.js';
import { contains, isOf } from './blocks.js';

export interface ExceptionRule {
  id: number;
  /** Address, CIDR block or MAC address; empty for any. */
  source: string;
  /** CIDR block; empty for any. */
  target: string;
  /** Empty for any. */
  site: string;
  service: number | null;
  /** Milliseconds since 1970; null for no expiry. */
  until: number | null;
}

export type ReportedScan = Pick<
  ScanRecord,
  'kind' | 'source' | 'aggregate' | 'direction' | 'services' | 'serviceCount'
>;

export interface SensorHome {
  site: string;
  /** The sensor's home blocks, CIDR; empty if none are configured. */
  home: readonly string[];
}

/** Directions whose targets are home addresses; empty if a tap cannot tell, which happens only at home. */
const INWARD: readonly string[] = ['inbound', 'internal', ''];

/**
 * The oldest exception that covers the record, if any.
 *
 * @param now when the record was received, milliseconds since 1970: an expired exception covers nothing from then on,
 *   regardless of the sensor's clock
 */
export function matchingException(
  rules: readonly ExceptionRule[],
  scan: ReportedScan,
  sensor: SensorHome,
  now: number,
): ExceptionRule | undefined {
  // A digest summarizes many sources.
  if (scan.kind === 'digest') return undefined;
  return rules.find(
    (rule) =>
      isActive(rule, now) &&
      (rule.site === '' || rule.site === sensor.site) &&
      (rule.source === '' || isOf(rule.source, scan.source, scan.aggregate)) &&
      (rule.service === null || (scan.serviceCount === 1 && scan.services[0] === rule.service)) &&
      (rule.target === '' || isTargetCovered(rule.target, scan, sensor.home)),
  );
}

const isActive = (rule: Pick<ExceptionRule, 'until'>, now: number): boolean => rule.until === null || now < rule.until;

function isTargetCovered(target: string, scan: ReportedScan, home: readonly string[]): boolean {
  const outer = parseBlock(target);
  if (!outer || !INWARD.includes(scan.direction)) return false;
  const bytes = familyOf(scan);
  const blocks = home
    .flatMap((text) => parseBlock(text) ?? [])
    .filter((block) => bytes === undefined || block.bytes.length === bytes);
  return blocks.length > 0 && blocks.every((block) => contains(outer, block));
}

/** Address length in bytes of the scanned family; undefined if it may be either. */
function familyOf({ kind, source }: ReportedScan): number | undefined {
  if (kind === 'arp-sweep' || kind === 'arp-shadow') return 4;
  if (kind === 'nd-sweep') return 16;
  return parseMac(source) ? undefined : parseAddress(source)?.length;
}
