/**
 * The events that outputs report, under stable names. A scan is one incident with a start, progress at doublings and an
 * end, all under one `uid`; each of its messages has its own `key`, by which receivers drop duplicates.
 */

import type { TimedRecord } from '../../../src/protocol/record.js';
import type { Campaign, FleetVerdict, Incident, Known, Scan } from '../../api/types.js';
import { iso } from '../../common/iso.js';
import { FLEET_DETECTION, SUSPICION_REPORT } from './wire-names.js';

export type EventKind = 'scan' | typeof FLEET_DETECTION | 'campaign' | 'incident' | typeof SUSPICION_REPORT | 'test';

/** Event kinds that a filter can select. */
export const eventKinds = [
  'scan',
  FLEET_DETECTION,
  'campaign',
  'incident',
  SUSPICION_REPORT,
] as const satisfies readonly EventKind[];

interface Base {
  /** Permanent id of this message. */
  key: string;
  /** Milliseconds since 1970: the time of the event. */
  time: number;
}

export type OutputEvent =
  | (Base & { what: 'scan' | typeof SUSPICION_REPORT; scan: Scan })
  | (Base & { what: typeof FLEET_DETECTION; verdict: FleetVerdict })
  | (Base & { what: 'campaign'; campaign: Omit<Campaign, 'timeline'>; first: boolean })
  | (Base & { what: 'incident'; incident: Incident; stage: 'start' | 'progress' | 'end' })
  | (Base & { what: 'test' });

/** @param received milliseconds since 1970 */
export function scanEvent({ site, sensor, boot, sequence, record }: StoredAlert, received: number): OutputEvent {
  const { time, first, last, episode, ...rest } = record;
  const id = `${site}/${sensor}/${boot}/${episode}`;
  const what = record.kind === SUSPICION_REPORT || record.stage === SUSPICION_REPORT ? SUSPICION_REPORT : 'scan';
  return {
    what,
    key: `${id}#${sequence}`,
    time,
    scan: {
      id,
      site,
      sensor,
      open: record.stage !== 'end' && what === 'scan',
      ...rest,
      first: iso(first),
      last: iso(last),
      received: iso(received),
    },
  };
}

/** Why a scan ended without a record of its end. */
export type EndReason = NonNullable<Scan['ended']>;

/** The end of a scan of which its sensor sends no record. A scan may fall silent more than once. */
export function cutOff(scan: Scan, received: number): OutputEvent {
  return {
    what: 'scan',
    key: `${scan.id}#${scan.ended === 'restarted' ? 'restart' : `${scan.ended}/${scan.received}`}`,
    time: received,
    scan: { ...scan, stage: 'end', open: false, received: iso(received) },
  };
}

/** An incident that opened, changed kind or ended. @param now milliseconds since 1970 */
export function incidentEvent(incident: Incident, stage: 'start' | 'progress' | 'end', now: number): OutputEvent {
  return {
    what: 'incident',
    key: `incident/${incident.id}#${stage === 'progress' ? incident.kind : stage}`,
    time: now,
    incident,
    stage,
  };
}

/** An alert stored for the first time, with its times on the collector's clock. */
export interface StoredAlert {
  site: string;
  sensor: string;
  boot: number;
  sequence: number;
  record: TimedRecord;
  /** The exception that suppresses it. */
  allowed?: number;
  /** What a known-scanner list says about the source. */
  known?: Known;
}
