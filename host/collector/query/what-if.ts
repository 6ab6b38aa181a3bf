/**
 * What other thresholds would have made of a time, from the records of that time. It can judge what was told: alerts,
 * and whispers from 2 nats on. Of what a sensor never whispered it knows nothing, and it says so.
 */
import type { Kind, ScanRecord } from '../../../src/protocol/record.js';
import type { WhatIf, WhatIfScan } from '../../api/types.js';
import { iso } from '../../common/iso.js';
import type { Executor } from '../store/database.js';
import { readSuspicionReports } from './suspicion-reports.js';

/** Evidence that accuses unless a config says otherwise, nats: ALERT_EVIDENCE of src/engine/weights.ts. */
export const ALERT_NATS = 8;
/** Scans, and whispers, that are looked at; the newest. */
const MAX_READ = 20_000;
const MAX_SHOWN = 10;

/** Kinds that rules of their own tell; the evidence against a single source does not decide them. */
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
  // Who had the evidence and was not accused was held back by a gate, which is not asked about.
  const more = quiet.filter(
    (one) => one.evidence >= asked.evidence && one.evidence < ALERT_NATS && one.targets >= asked.targets,
  );
  // Evidence fades while a scan is open: one told at 8 nats may end below them, and was an alert all the same.
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

/** One for each source and sensor: a whisper tells the same suspicion again. */
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
