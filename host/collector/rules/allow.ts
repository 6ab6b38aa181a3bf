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

export interface AllowRule {
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

export type Told = Pick<ScanRecord, 'kind' | 'source' | 'aggregate' | 'direction' | 'services' | 'serviceCount'>;

export interface Place {
  site: string;
  /** Blocks that the sensor calls home, CIDR; empty where it was told none. */
  home: readonly string[];
}

/** Directions in which our own addresses are the targets; empty where a tap cannot tell, which it can only at home. */
const TO_US: readonly string[] = ['inbound', 'internal', ''];

/**
 * The oldest entry that covers what a record tells, if one does.
 *
 * @param now when the record was taken in, milliseconds since 1970: an entry that is over covers nothing from then on, whatever
 *   time the sensor's clock gives
 */
export function allowedBy(rules: readonly AllowRule[], told: Told, place: Place, now: number): AllowRule | undefined {
  // A digest sums up what many did.
  if (told.kind === 'digest') return undefined;
  return rules.find(
    (rule) =>
      holds(rule, now) &&
      (rule.site === '' || rule.site === place.site) &&
      (rule.source === '' || isOf(rule.source, told.source, told.aggregate)) &&
      (rule.service === null || (told.serviceCount === 1 && told.services[0] === rule.service)) &&
      (rule.target === '' || wentTo(rule.target, told, place.home)),
  );
}

const holds = (rule: Pick<AllowRule, 'until'>, now: number): boolean => rule.until === null || now < rule.until;

function wentTo(target: string, told: Told, home: readonly string[]): boolean {
  const outer = parseBlock(target);
  if (!outer || !TO_US.includes(told.direction)) return false;
  const bytes = familyOf(told);
  const blocks = home
    .flatMap((text) => parseBlock(text) ?? [])
    .filter((block) => bytes === undefined || block.bytes.length === bytes);
  return blocks.length > 0 && blocks.every((block) => contains(outer, block));
}

/** Bytes of the addresses that were scanned; undefined where it may be either family. */
function familyOf({ kind, source }: Told): number | undefined {
  if (kind === 'arp-sweep' || kind === 'arp-shadow') return 4;
  if (kind === 'nd-sweep') return 16;
  return parseMac(source) ? undefined : parseAddress(source)?.length;
}
