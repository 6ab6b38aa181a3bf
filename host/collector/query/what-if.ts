/**
 * Evaluates what other thresholds would have reported in a period, from its records: alerts, and suspicion reports from
 * 2 nats up. Anything below that was never reported, and the result says so.
 */
import { configSettings } from '../../../src/protocol/config.js';
import type { Kind, ScanRecord } from '../../../src/protocol/record.js';
import type { WhatIf, WhatIfScan } from '../../api/types.js';
import { iso } from '../../common/iso.js';
import type { Executor } from '../store/database.js';
import { readSuspicionReports } from './suspicion-reports.js';

/** Default evidence for an alert, nats. */
export const ALERT_NATS = configSettings.evidence.engine;
/** Scans, and suspicion reports, read at most; the newest. */
const MAX_READ = 20_000;
const MAX_SHOWN = 10;

/** Kinds with rules of their own, which the evidence against a single source does not decide. */
const others: readonly Kind[] = [
  'digest',
  'distributed-scan',
  'brute-force',
  'foothold',
  'new-talker',
  'watch-hit',
  'arp-shadow',
  'flood',
  'encrypted-sweep',
];

interface ScanRow {
  site: string;
  sensor: string;
  boot: number;
  episode: number;
  kind: Kind;
  source: string;
  targets: number;
  last: number;
  body: string;
}

export async function evaluateThresholds(
  db: Executor,
  from: number,
  to: number,
  asked: WhatIf['asked'],
): Promise<WhatIf> {
  const rows = await db.all<ScanRow>(
    `SELECT site, sensor, boot, episode, kind, source, targets, last, body FROM scans
     WHERE last >= ? AND first < ? AND verdict = 'scan' ORDER BY last DESC LIMIT ?`,
    [from, to, MAX_READ + 1],
  );
  const suspicionReports = await readSuspicionReports(db, from, to, MAX_READ + 1);
  const scans = rows.slice(0, MAX_READ);
  const evaluated = scans.filter((row) => !others.includes(row.kind)).map(scanOf);
  const alerted = new Set(evaluated.map(pair));
  const quiet = strongest(
    suspicionReports
      .slice(0, MAX_READ)
      .map(({ site, sensor, received, record }) => ({
        id: '',
        source: record.source,
        site,
        sensor,
        evidence: record.evidence,
        targets: record.targets,
        last: iso(received),
      }))
      .filter((one) => !alerted.has(pair(one))),
  );
  // Enough evidence without an alert means that a gate prevented it, which is not evaluated here.
  const more = quiet.filter(
    (one) => one.evidence >= asked.evidence && one.evidence < ALERT_NATS && one.targets >= asked.targets,
  );
  // Evidence decays while a scan is open: an alert at 8 nats may end below that.
  const needed = asked.evidence > ALERT_NATS ? asked.evidence : 0;
  const fewer = evaluated.filter((one) => one.evidence < needed || one.targets < asked.targets);
  return {
    from: iso(from),
    to: iso(to),
    base: { evidence: ALERT_NATS, targets: 0 },
    asked,
    alerts: evaluated.length,
    others: scans.length - evaluated.length,
    whispers: quiet.length,
    more: more.length,
    fewer: fewer.length,
    moreOf: more.slice(0, MAX_SHOWN),
    fewerOf: fewer.slice(0, MAX_SHOWN),
    complete: rows.length <= MAX_READ && suspicionReports.length <= MAX_READ,
  };
}

const pair = (one: WhatIfScan): string => `${one.site}/${one.sensor} ${one.source}`;

/** The strongest report per source and sensor, because suspicion reports repeat. */
function strongest(suspicionReports: readonly WhatIfScan[]): WhatIfScan[] {
  const best = new Map<string, WhatIfScan>();
  for (const one of suspicionReports) {
    const known = best.get(pair(one));
    if (!known || one.evidence > known.evidence) best.set(pair(one), one);
  }
  return [...best.values()].sort((a, b) => b.evidence - a.evidence);
}

function scanOf(row: ScanRow): WhatIfScan {
  const { evidence } = JSON.parse(row.body) as Pick<ScanRecord, 'evidence'>;
  return {
    id: `${row.site}/${row.sensor}/${row.boot}/${row.episode}`,
    source: row.source,
    site: row.site,
    sensor: row.sensor,
    evidence,
    targets: row.targets,
    last: iso(row.last),
  };
}
