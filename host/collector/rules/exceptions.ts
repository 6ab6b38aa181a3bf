/**
 * Who is let off: does an entry of the allow list cover what a record tells? Pure.
 *
 * A record says how many addresses were touched and not which. So `target` is judged by the place: an entry covers a scan only
 * where all blocks that its sensor calls home (of the family the scan is of) lie within the entry's target. A sensor that was told
 * no blocks, or has others too, may have seen a scan of something else, and is told. Every doubt goes that way.
 */
import { parseAddress, parseBlock, parseMac } from '../../../src/protocol/address.js';
import type { ScanRecord } from '../../../src/protocol/record.js';
import { contains, isOf } from './blocks.js';

export interface ExceptionRule {
  id: number;
  /** Address, CIDR block or MAC address; empty is any. */
  source: string;
  /** CIDR block; empty is any. */
  target: string;
  /** Empty is any. */
  site: string;
  service: number | null;
  /** Milliseconds since 1970; null is for ever. */
  until: number | null;
}

export type ReportedScan = Pick<
  ScanRecord,
  'kind' | 'source' | 'aggregate' | 'direction' | 'services' | 'serviceCount'
>;

export interface SensorHome {
  site: string;
  /** Blocks that the sensor calls home, CIDR; empty where it was told none. */
  home: readonly string[];
}

/** Directions in which our own addresses are the targets; empty where a tap cannot tell, which it can only at home. */
const INWARD: readonly string[] = ['inbound', 'internal', ''];

/**
 * The oldest entry that covers what a record tells, if one does.
 *
 * @param now when the record was taken in, milliseconds since 1970: an entry that is over covers nothing from then on, whatever
 *   time the sensor's clock gives
 */
export function matchingException(
  rules: readonly ExceptionRule[],
  scan: ReportedScan,
  sensor: SensorHome,
  now: number,
): ExceptionRule | undefined {
  // A digest sums up what many did.
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

/** Bytes of the addresses that were scanned; undefined where it may be either family. */
function familyOf({ kind, source }: ReportedScan): number | undefined {
  if (kind === 'arp-sweep' || kind === 'arp-shadow') return 4;
  if (kind === 'nd-sweep') return 16;
  return parseMac(source) ? undefined : parseAddress(source)?.length;
}
