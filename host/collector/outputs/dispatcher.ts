/**
 * Dispatches fleet-wide events to the outputs: fleet-only detections, and campaigns that spread or worsen. Each is
 * reported once, and again if it is worse than last reported, by whichever collector notices it.
 */

import { severityRank } from '../../../src/protocol/record.js';
import type { Campaign, FleetVerdict } from '../../api/types.js';
import { readCampaigns } from '../fleet/campaigns.js';
import { readFleetOnlyDetections } from '../fleet/fleet-only.js';
import type { OutputEvent } from '../rules/event.js';
import { LOOK_BACK } from '../rules/thresholds.js';
import { FLEET_DETECTION } from '../rules/wire-names.js';
import type { Database } from '../store/database.js';
import { transactionWithRetry } from '../store/enrolments.js';
import { append } from '../store/outbox.js';

interface Candidate {
  name: string;
  grade: number;
  event: (first: boolean) => OutputEvent;
}

/** Fleet detections considered, highest confidence first. */
const MAX_DETECTIONS = 500;
/** Name of the row in `told` that marks the first run as done. */
const FIRST_RUN = 'looked';

/**
 * @param now milliseconds since 1970
 * @returns the events reported by this call
 */
export async function dispatchFleetEvents(db: Database, now: number): Promise<OutputEvent[]> {
  const detections = (await readFleetOnlyDetections(db, now - LOOK_BACK, now + 1)).slice(0, MAX_DETECTIONS);
  const campaigns = await readCampaigns(db, now - LOOK_BACK, now + 1, {}, detections);
  const candidates = [
    ...detections.map(({ verdict }) => detectionCandidate(verdict, now)),
    ...campaigns.filter(spread).map((one) => campaignCandidate(one, now)),
  ];
  return transactionWithRetry(db, async (tx) => {
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
        `INSERT INTO told (name, grade, time) VALUES (?, ?, ?) ON CONFLICT (name)
          DO UPDATE SET grade = CASE WHEN told.grade > excluded.grade THEN told.grade ELSE excluded.grade END,
         time = excluded.time WHERE told.grade < excluded.grade OR told.time < ? RETURNING name`,
        [name, grade, now, now - LOOK_BACK / 2],
      );
      if (rows.length > 0 && (known === undefined || known < grade)) events.push(event(known === undefined));
    }
    // The first run reports nothing: what existed before any output was configured is not news.
    const first =
      (
        await tx.all('INSERT INTO told (name, grade, time) VALUES (?, 0, ?) ON CONFLICT DO NOTHING RETURNING name', [
          FIRST_RUN,
          now,
        ])
      ).length > 0;
    await tx.all('DELETE FROM told WHERE time < ? AND name <> ?', [now - 2 * LOOK_BACK, FIRST_RUN]);
    if (first) return [];
    await append(tx, db.dialect, events);
    return events;
  });
}

/** Its own sensor reports a single scan at a single site; a campaign needs a second site or source. */
const spread = (one: Campaign): boolean =>
  (one.sites.length > 1 || one.sourceCount > 1) && (one.allowedScans ?? 0) < one.scans;

function detectionCandidate(verdict: FleetVerdict, now: number): Candidate {
  const name = `conviction/${verdict.source}`;
  return { name, grade: 1, event: () => ({ what: FLEET_DETECTION, key: `${name}#${now}`, time: now, verdict }) };
}

function campaignCandidate(one: Campaign, now: number): Candidate {
  const { timeline: _timeline, ...rest } = one;
  const name = `campaign/${one.id}`;
  const grade = severityRank(one.severity) + (one.sites.length > 1 ? 10 : 0) + (one.foothold ? 100 : 0);
  return {
    name,
    grade,
    event: (first) => ({ what: 'campaign', key: `${name}#${now}`, time: now, campaign: rest, first }),
  };
}
