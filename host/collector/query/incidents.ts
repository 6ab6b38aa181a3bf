import type { Of } from '../../api/schema.js';
import type { incidentQuery } from '../../api/sensors.js';
import type { Incident } from '../../api/types.js';
import type { Executor } from '../store/database.js';
import type { IncidentRow } from '../store/incidents.js';
import { INCIDENT_COLUMNS, incidentOf } from '../store/incidents.js';
import { Conditions } from './filters.js';

type Asked = Of<typeof incidentQuery>;

export interface IncidentQuery extends Partial<Omit<Asked, 'limit' | 'from' | 'to'>>, Pick<Asked, 'limit'> {
  /** Milliseconds since 1970. Selects incidents open at any time in between. */
  from?: number;
  to?: number;
}

/** Latest start first. */
export async function listIncidents(db: Executor, query: IncidentQuery): Promise<Incident[]> {
  const conditions = new Conditions()
    .add('site = ?', query.site)
    .add('sensor = ?', query.sensor)
    .add('kind = ?', query.kind)
    .add('(until IS NULL OR until >= ?)', query.from)
    .add('since < ?', query.to)
    .add(
      `until IS ${query.state === 'open' ? '' : 'NOT '}NULL AND 1 = ?`,
      query.state === 'open' || query.state === 'ended' ? 1 : undefined,
    );
  const rows = await db.all<IncidentRow>(
    `SELECT ${INCIDENT_COLUMNS} FROM incidents ${conditions} ORDER BY since DESC, id DESC LIMIT ?`,
    [...conditions.parameters, query.limit],
  );
  return rows.map(incidentOf);
}
