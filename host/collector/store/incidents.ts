/** Stores incidents. If several collectors notice one at the same time, only one of them opens and reports it. */

import type { Incident, IncidentKind } from '../../api/types.js';
import { iso } from '../../common/iso.js';
import type { OutputEvent } from '../rules/event.js';
import { incidentEvent } from '../rules/event.js';
import type { Finding, Subject } from '../rules/sensor-state.js';
import type { Database, Executor } from './database.js';
import { append, readOutputDemand } from './outbox.js';

export interface IncidentRow {
  id: number;
  site: string;
  sensor: string;
  subject: Subject;
  kind: IncidentKind;
  since: number;
  /** When it was noticed. */
  opened: number;
  until: number | null;
  /** The text. */
  body: string;
}

export const INCIDENT_COLUMNS = 'id, site, sensor, subject, kind, since, opened, until, body';

export const incidentOf = ({ id, site, sensor, kind, since, until, body }: IncidentRow): Incident => ({
  id: String(id),
  site,
  sensor,
  kind,
  since: iso(since),
  until: until === null ? null : iso(until),
  text: body,
});

export function openIncidents(db: Executor): Promise<IncidentRow[]> {
  return db.all<IncidentRow>(`SELECT ${INCIDENT_COLUMNS} FROM incidents WHERE until IS NULL`);
}

/** A sensor and its current findings. */
export interface Found {
  site: string;
  sensor: string;
  findings: readonly Finding[];
}

/** Reconciles open incidents with the findings; returns those that opened, changed kind or ended. */
export async function settleIncidents(db: Database, all: readonly Found[], now: number): Promise<IncidentRow[]> {
  const name = (site: string, sensor: string, subject: string): string => `${site}/${sensor} ${subject}`;
  const found = new Map(
    all.flatMap(({ site, sensor, findings }) =>
      findings.map((finding) => [name(site, sensor, finding.subject), { site, sensor, ...finding }]),
    ),
  );
  const open = await openIncidents(db);
  const known = new Map(open.map((row) => [name(row.site, row.sensor, row.subject), row]));
  const fresh = [...found].filter(([key]) => !known.has(key)).map(([, finding]) => finding);
  const moved = open.filter((row) => {
    const finding = found.get(name(row.site, row.sensor, row.subject));
    return finding && finding.kind !== row.kind;
  });
  const over = open.filter((row) => !found.has(name(row.site, row.sensor, row.subject)));
  if (fresh.length + moved.length + over.length === 0) return [];
  return db.transaction(async (tx) => {
    const changed: IncidentRow[] = [];
    const events: OutputEvent[] = [];
    const settle = async (
      stage: 'start' | 'progress' | 'end',
      sql: string,
      parameters: (string | number)[],
    ): Promise<void> => {
      const rows = await tx.all<IncidentRow>(`${sql} RETURNING ${INCIDENT_COLUMNS}`, parameters);
      changed.push(...rows);
      events.push(...rows.map((row) => incidentEvent(incidentOf(row), stage, now)));
    };
    for (const row of over)
      await settle('end', 'UPDATE incidents SET until = ? WHERE id = ? AND until IS NULL', [
        Math.max(now, row.since),
        row.id,
      ]);
    for (const row of moved) {
      const { kind, text } = found.get(name(row.site, row.sensor, row.subject)) as Finding;
      await settle('progress', 'UPDATE incidents SET kind = ?, body = ? WHERE id = ? AND kind = ? AND until IS NULL', [
        kind,
        text,
        row.id,
        row.kind,
      ]);
    }
    for (const { site, sensor, subject, kind, since, text } of fresh) {
      await settle(
        'start',
        `INSERT INTO incidents (site, sensor, subject, kind, since, opened, body)
          VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
        [site, sensor, subject, kind, since, now, text],
      );
    }
    if ((await readOutputDemand(tx)).any) await append(tx, db.dialect, events);
    return changed;
  });
}
