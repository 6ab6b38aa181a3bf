/**
 * Whom a firewall may block. A feed that others act on is itself a weapon: who can get an address into it can cut a bystander off.
 * So it has only whose probes are his own beyond doubt, and of all doubts one is enough to leave a source out.
 */
import { FAMILY_IPV4, FAMILY_IPV6 } from '../../../src/engine/codes.js';
import type { Block } from '../../../src/protocol/address.js';
import { formatAddress, parseAddress, parseBlock } from '../../../src/protocol/address.js';
import type { ScanRecord, Severity } from '../../../src/protocol/record.js';
import { severityRank } from '../../../src/protocol/record.js';
import { readSaid } from '../query/said.js';
import { overlaps } from '../rules/blocks.js';
import { isInternet } from '../rules/internet.js';
import { LOOK_BACK } from '../rules/thresholds.js';
import { readAllowRules } from '../store/allow.js';
import type { Executor } from '../store/database.js';
import { readHomes } from '../store/homes.js';
import { findKnown } from '../store/known.js';
import { countWatching, judge } from './verdicts.js';

export interface BlockRules {
  /** Milliseconds after a source was last seen during which it is in the feed. */
  lasting: number;
  /** Lines at most. */
  cap: number;
  /** Least confidence of a scan, percent. The fleet's conviction has its own threshold. */
  confidence: number;
  severity: Severity;
  /** Blocks that are never in it, CIDR: brokers, resolvers, partners. */
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
  /** CIDR: an IPv4 address as /32, an IPv6 source as its /64. */
  cidr: string;
  family: 4 | 6;
  confidence: number;
  severity: number;
  /** Milliseconds since 1970. */
  last: number;
}

/** Scans that are looked at; the newest. */
const MOST_READ = 50_000;
/** Kinds that name a source without it having scanned us. */
const NOT_A_SCAN: readonly string[] = ['flood', 'new-talker', 'watch-hit', 'digest', 'whisper', 'distributed-scan'];
/** Prefix that an IPv6 source is blocked by: it has the rest to choose from. */
const IPV6_PREFIX = 64;

/**
 * The surest first.
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
    `SELECT source, confidence, severity, last, kind, body FROM scans WHERE last > ? AND received > ? AND verdict = 'scan' AND source <> '' AND spoofable = 0
     AND allowed IS NULL AND confidence >= ? AND severity >= ? ORDER BY last DESC LIMIT ${MOST_READ}`,
    [now - rules.lasting, now - rules.lasting, rules.confidence, severityRank(rules.severity)],
  );
  for (const { source, confidence, severity, last, kind, body } of scans) {
    const { direction, decoy } = JSON.parse(body) as Partial<ScanRecord>;
    if (direction === 'inbound' && !decoy && !NOT_A_SCAN.includes(kind))
      seen(source, confidence, severity, Math.min(last, now));
  }
  for (const { source, last } of await convictedTwoWay(db, now)) {
    if (last > now - rules.lasting) seen(source, 100, severityRank('medium'), last);
  }
  const spared = await readSpared(db, rules, now);
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
        isInternet(block) && !research.has(cidr.split('/')[0] as string) && !spared.some((one) => overlaps(one, block))
      );
    })
    .sort(
      (a, b) => b.confidence - a.confidence || b.severity - a.severity || b.last - a.last || (a.cidr < b.cidr ? -1 : 1),
    )
    .slice(0, rules.cap);
}

/** Sources that the fleet convicts by the two-way evidence alone: what sensors said of forged probes is not added up. */
async function convictedTwoWay(db: Executor, now: number): Promise<{ source: string; last: number }[]> {
  const { sources } = await readSaid(db, now - LOOK_BACK, now + 1, 'two-way');
  const watching = await countWatching(db, now - LOOK_BACK);
  return [...sources]
    .filter(([source, heard]) => judge(source, heard, watching).convicted)
    .map(([source, heard]) => ({ source, last: heard.last }));
}

/** Who is never blocked: our own homes, whoever any allow entry names whatever else it says, and what the operator named. */
async function readSpared(db: Executor, rules: BlockRules, now: number): Promise<Block[]> {
  const homes = [...(await readHomes(db)).values()].flat();
  const allowed = (await readAllowRules(db, now)).map(({ source }) => source);
  return [...homes, ...allowed, ...rules.never].flatMap((text) => parseBlock(text) ?? []);
}

function blockOf(source: string): Pick<Blocked, 'cidr' | 'family'> | undefined {
  const bytes = parseAddress(source);
  if (!bytes) return undefined;
  if (bytes.length === 4) return { cidr: `${formatAddress(FAMILY_IPV4, bytes)}/32`, family: 4 };
  bytes.fill(0, IPV6_PREFIX / 8);
  return { cidr: `${formatAddress(FAMILY_IPV6, bytes)}/${IPV6_PREFIX}`, family: 6 };
}
