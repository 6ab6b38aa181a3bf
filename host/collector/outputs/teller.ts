/**
 * Tells what is seen only when the branches are put together: whom the fleet convicts although no sensor could, and campaigns that spread or got
 * worse. Each is told once, and again when it is worse than when it was last told, whichever of several collectors notices.
 */

import { severityRank } from '../../../src/protocol/record.js';
import type { Campaign, FleetVerdict } from '../../api/types.js';
import { readCampaigns } from '../fleet/campaigns.js';
import { readUnaccused } from '../fleet/unaccused.js';
import type { OutputEvent } from '../rules/event.js';
import { LOOK_BACK } from '../rules/thresholds.js';
import type { Database } from '../store/database.js';
import { patiently } from '../store/enrolments.js';
import { append } from '../store/outbox.js';

interface Candidate {
  name: string;
  grade: number;
  event: (first: boolean) => OutputEvent;
}

/** Convictions that are looked at, the surest first. */
const MOST_VERDICTS = 500;
/** What stands in `told` so that a first look is known for one. */
const LOOKED = 'looked';

/** @param now milliseconds since 1970. Gives what is told now. */
export async function tellFleet(db: Database, now: number): Promise<OutputEvent[]> {
  const convicted = (await readUnaccused(db, now - LOOK_BACK, now + 1)).slice(0, MOST_VERDICTS);
  const campaigns = await readCampaigns(db, now - LOOK_BACK, now + 1, {}, convicted);
  const candidates = [
    ...convicted.map(({ verdict }) => conviction(verdict, now)),
    ...campaigns.filter(spread).map((one) => campaign(one, now)),
  ];
  return patiently(db, async (tx) => {
    const before = new Map(
      (await tx.all<{ name: string; grade: number }>('SELECT name, grade FROM told')).map(({ name, grade }) => [
        name,
        grade,
      ]),
    );
    const events: OutputEvent[] = [];
    for (const { name, grade, event } of candidates) {
      const known = before.get(name);
      const rows = await tx.all(
        `INSERT INTO told (name, grade, time) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET grade = CASE WHEN told.grade > excluded.grade THEN told.grade ELSE excluded.grade END,
         time = excluded.time WHERE told.grade < excluded.grade OR told.time < ? RETURNING name`,
        [name, grade, now, now - LOOK_BACK / 2],
      );
      if (rows.length > 0 && (known === undefined || known < grade)) events.push(event(known === undefined));
    }
    // What was so before anybody wanted to be told is no news.
    const first =
      (
        await tx.all('INSERT INTO told (name, grade, time) VALUES (?, 0, ?) ON CONFLICT DO NOTHING RETURNING name', [
          LOOKED,
          now,
        ])
      ).length > 0;
    await tx.all('DELETE FROM told WHERE time < ? AND name <> ?', [now - 2 * LOOK_BACK, LOOKED]);
    if (first) return [];
    await append(tx, db.words, events);
    return events;
  });
}

/** One scan at one branch was told by its sensor; a campaign begins with the second branch or the second source. */
const spread = (one: Campaign): boolean =>
  (one.sites.length > 1 || one.sourceCount > 1) && (one.allowedScans ?? 0) < one.scans;

function conviction(verdict: FleetVerdict, now: number): Candidate {
  const name = `conviction/${verdict.source}`;
  return { name, grade: 1, event: () => ({ what: 'conviction', key: `${name}#${now}`, time: now, verdict }) };
}

function campaign(one: Campaign, now: number): Candidate {
  const { timeline: _timeline, ...rest } = one;
  const name = `campaign/${one.id}`;
  const grade = severityRank(one.severity) + (one.sites.length > 1 ? 10 : 0) + (one.foothold ? 100 : 0);
  return {
    name,
    grade,
    event: (first) => ({ what: 'campaign', key: `${name}#${now}`, time: now, campaign: rest, first }),
  };
}
