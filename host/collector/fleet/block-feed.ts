/**
 * Selects the sources that a firewall may block. A block feed can be abused: anyone who gets an address into it cuts
 * off a third party. It therefore lists only sources that two-way traffic proves; a single doubt excludes a source.
 */
import { FAMILY_IPV4, FAMILY_IPV6 } from '../../../src/engine/constants/codes.js';
import type { Block } from '../../../src/protocol/address.js';
import { formatAddress, parseAddress, parseBlock } from '../../../src/protocol/address.js';
import type { ScanRecord, Severity } from '../../../src/protocol/record.js';
import { severityRank } from '../../../src/protocol/record.js';
import { readSourceReports } from '../query/source-reports.js';
import { overlaps } from '../rules/blocks.js';
import { isInternet } from '../rules/internet.js';
import { LOOK_BACK } from '../rules/thresholds.js';
import { SUSPICION_REPORT } from '../rules/wire-names.js';
import type { Executor } from '../store/database.js';
import { readExceptionRules } from '../store/exceptions.js';
import { readHomes } from '../store/homes.js';
import { findKnown } from '../store/known.js';
import { countActiveSites, evaluateSource } from './verdicts.js';

export interface BlockRules {
  /** Milliseconds that a source stays in the feed after it was last seen. */
  lasting: number;
  /** Maximum number of lines. */
  cap: number;
  /** Minimum confidence of a scan, percent. Fleet detections have their own threshold. */
  confidence: number;
  severity: Severity;
  /** CIDR blocks never listed: brokers, resolvers, partners. */
  never: readonly string[];
}

export const blockDefaults: BlockRules = {
  lasting: 86_400_000,
  cap: 1000,
  confidence: 95,
  severity: 'medium',
  never: [],
};

export interface Blocked {
  /** CIDR: /32 for IPv4, /64 for IPv6. */
  cidr: string;
  family: 4 | 6;
  confidence: number;
  severity: number;
  /** Milliseconds since 1970. */
  last: number;
}

/** Only the newest scans are read, up to this many. */
const MAX_READ = 50_000;
/** Kinds that name a source but do not mean that it scanned this site. */
const NOT_A_SCAN: readonly string[] = [
  'flood',
  'new-talker',
  'watch-hit',
  'digest',
  SUSPICION_REPORT,
  'distributed-scan',
];
/** IPv6 sources are blocked by /64, because a host chooses the other bits itself. */
const IPV6_PREFIX = 64;

/**
 * Sources to block, highest confidence first.
 *
 * @param now milliseconds since 1970
 */
export async function readBlocked(db: Executor, rules: BlockRules, now: number): Promise<Blocked[]> {
  const found = new Map<string, Blocked>();
  const seen = (source: string, confidence: number, severity: number, last: number): void => {
    const one = blockOf(source);
    if (!one) return;
    const before = found.get(one.cidr);
    found.set(
      one.cidr,
      !before
        ? { ...one, confidence, severity, last }
        : {
            ...before,
            confidence: Math.max(before.confidence, confidence),
            severity: Math.max(before.severity, severity),
            last: Math.max(before.last, last),
          },
    );
  };
  const scans = await db.all<{
    source: string;
    confidence: number;
    severity: number;
    last: number;
    kind: string;
    body: string;
  }>(
    `SELECT source, confidence, severity, last, kind, body FROM scans WHERE last > ? AND received > ?
      AND verdict = 'scan' AND source <> '' AND spoofable = 0
     AND allowed IS NULL AND confidence >= ? AND severity >= ? ORDER BY last DESC LIMIT ${MAX_READ}`,
    [now - rules.lasting, now - rules.lasting, rules.confidence, severityRank(rules.severity)],
  );
  for (const { source, confidence, severity, last, kind, body } of scans) {
    const { direction, decoy } = JSON.parse(body) as Partial<ScanRecord>;
    if (direction === 'inbound' && !decoy && !NOT_A_SCAN.includes(kind))
      seen(source, confidence, severity, Math.min(last, now));
  }
  for (const { source, last } of await readTwoWayDetections(db, now)) {
    if (last > now - rules.lasting) seen(source, 100, severityRank('medium'), last);
  }
  const neverBlocked = await readNeverBlocked(db, rules, now);
  const known = await findKnown(
    db,
    [...found.values()].map(({ cidr }) => cidr.split('/')[0] as string),
    now,
  );
  const research = new Set([...known].filter(([, one]) => one.kind === 'research').map(([address]) => address));
  return [...found.values()]
    .filter(({ cidr }) => {
      const block = parseBlock(cidr) as Block;
      return (
        isInternet(block) &&
        !research.has(cidr.split('/')[0] as string) &&
        !neverBlocked.some((one) => overlaps(one, block))
      );
    })
    .sort(
      (a, b) => b.confidence - a.confidence || b.severity - a.severity || b.last - a.last || (a.cidr < b.cidr ? -1 : 1),
    )
    .slice(0, rules.cap);
}

/** Fleet detections from two-way evidence alone; reports about spoofable probes do not count. */
async function readTwoWayDetections(db: Executor, now: number): Promise<{ source: string; last: number }[]> {
  const { sources } = await readSourceReports(db, now - LOOK_BACK, now + 1, 'two-way');
  const activeSites = await countActiveSites(db, now - LOOK_BACK);
  return [...sources]
    .filter(([source, reports]) => evaluateSource(source, reports, activeSites).convicted)
    .map(([source, reports]) => ({ source, last: reports.last }));
}

/** Blocks never listed: home networks, any source named by an active exception, and the operator's own list. */
async function readNeverBlocked(db: Executor, rules: BlockRules, now: number): Promise<Block[]> {
  const homes = [...(await readHomes(db)).values()].flat();
  const allowed = (await readExceptionRules(db, now)).map(({ source }) => source);
  return [...homes, ...allowed, ...rules.never].flatMap((text) => parseBlock(text) ?? []);
}

function blockOf(source: string): Pick<Blocked, 'cidr' | 'family'> | undefined {
  const bytes = parseAddress(source);
  if (!bytes) return undefined;
  if (bytes.length === 4) return { cidr: `${formatAddress(FAMILY_IPV4, bytes)}/32`, family: 4 };
  bytes.fill(0, IPV6_PREFIX / 8);
  return { cidr: `${formatAddress(FAMILY_IPV6, bytes)}/${IPV6_PREFIX}`, family: 6 };
}
