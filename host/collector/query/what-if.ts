/**
 * What other thresholds would have made of a time, from the records of that time. It can judge what was told: alerts,
 * and whispers from 2 nats on. Of what a sensor never whispered it knows nothing, and it says so.
 */
import { configSettings } from '../../../src/protocol/config.js';
import type { Kind, ScanRecord } from '../../../src/protocol/record.js';
import type { WhatIf, WhatIfScan } from '../../api/types.js';
import { iso } from '../../common/iso.js';
import type { Executor } from '../store/database.js';
import { readWhispers } from './whispers.js';

/** Evidence that accuses unless a config says otherwise, nats. */
export const ALERT_NATS = configSettings.evidence.engine;
/** Scans, and whispers, that are looked at; the newest. */
const MOST_READ = 20_000;
const MOST_SHOWN = 10;

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

export async function judgeAnew(db: Executor, from: number, to: number, asked: WhatIf['asked']): Promise<WhatIf> {
  const rows = await db.all<ScanRow>(
    `SELECT site, sensor, boot, episode, kind, source, targets, last, body FROM scans
     WHERE last >= ? AND first < ? AND verdict = 'scan' ORDER BY last DESC LIMIT ?`,
    [from, to, MOST_READ + 1],
  );
  const whispers = await readWhispers(db, from, to, MOST_READ + 1);
  const scans = rows.slice(0, MOST_READ);
  const judged = scans.filter((row) => !others.includes(row.kind)).map(scanOf);
  const accused = new Set(judged.map(pair));
  const quiet = strongest(
    whispers
      .slice(0, MOST_READ)
      .map(({ site, sensor, received, record }) => ({
        id: '',
        source: record.source,
        site,
        sensor,
        evidence: record.evidence,
        targets: record.targets,
        last: iso(received),
      }))
      .filter((one) => !accused.has(pair(one))),
  );
  // Who had the evidence and was not accused was held back by a gate, which is not asked about.
  const more = quiet.filter(
    (one) => one.evidence >= asked.evidence && one.evidence < ALERT_NATS && one.targets >= asked.targets,
  );
  // Evidence fades while a scan is open: one told at 8 nats may end below them, and was an alert all the same.
  const needed = asked.evidence > ALERT_NATS ? asked.evidence : 0;
  const fewer = judged.filter((one) => one.evidence < needed || one.targets < asked.targets);
  return {
    from: iso(from),
    to: iso(to),
    base: { evidence: ALERT_NATS, targets: 0 },
    asked,
    alerts: judged.length,
    others: scans.length - judged.length,
    whispers: quiet.length,
    more: more.length,
    fewer: fewer.length,
    moreOf: more.slice(0, MOST_SHOWN),
    fewerOf: fewer.slice(0, MOST_SHOWN),
    complete: rows.length <= MOST_READ && whispers.length <= MOST_READ,
  };
}

const pair = (one: WhatIfScan): string => `${one.site}/${one.sensor} ${one.source}`;

/** One for each source and sensor: a whisper tells the same suspicion again. */
function strongest(whispers: readonly WhatIfScan[]): WhatIfScan[] {
  const best = new Map<string, WhatIfScan>();
  for (const one of whispers) {
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
