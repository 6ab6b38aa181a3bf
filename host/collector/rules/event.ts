/**
 * What outputs tell: things that happened, each under a name that stays. A scan is one incident with a beginning, progress at
 * doublings and an end, all under one `uid`; every message of it has its own `key`, by which a receiver drops what comes twice.
 */

import type { TimedRecord } from '../../../src/protocol/record.js';
import type { Campaign, FleetVerdict, Incident, Known, Scan } from '../../api/types.js';
import { iso } from '../../common/iso.js';

export type EventKind = 'scan' | 'conviction' | 'campaign' | 'incident' | 'whisper' | 'test';

/** What can be filtered for. */
export const eventKinds = [
  'scan',
  'conviction',
  'campaign',
  'incident',
  'whisper',
] as const satisfies readonly EventKind[];

interface Base {
  /** Names this message for ever. */
  key: string;
  /** Milliseconds since 1970: when what it tells was so. */
  time: number;
}

export type OutputEvent =
  | (Base & { what: 'scan' | 'whisper'; scan: Scan })
  | (Base & { what: 'conviction'; verdict: FleetVerdict })
  | (Base & { what: 'campaign'; campaign: Omit<Campaign, 'timeline'>; first: boolean })
  | (Base & { what: 'incident'; incident: Incident; stage: 'start' | 'progress' | 'end' })
  | (Base & { what: 'test' });

/** `received`: milliseconds since 1970. */
export function scanEvent({ site, sensor, boot, sequence, record }: StoredAlert, received: number): OutputEvent {
  const { time, first, last, episode, ...rest } = record;
  const id = `${site}/${sensor}/${boot}/${episode}`;
  const what = record.kind === 'whisper' || record.stage === 'whisper' ? 'whisper' : 'scan';
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

/** A scan whose sensor started anew, which ended it without a record. */
export function cutOff(scan: Scan, received: number): OutputEvent {
  return {
    what: 'scan',
    key: `${scan.id}#restart`,
    time: received,
    scan: { ...scan, stage: 'end', open: false, received: iso(received) },
  };
}

/** A sensor that is in trouble, in other trouble, or no longer. `now`: milliseconds since 1970. */
export function incidentEvent(incident: Incident, stage: 'start' | 'progress' | 'end', now: number): OutputEvent {
  return {
    what: 'incident',
    key: `incident/${incident.id}#${stage === 'progress' ? incident.kind : stage}`,
    time: now,
    incident,
    stage,
  };
}

/** An alert that was stored for the first time, its times on our clock. */
export interface StoredAlert {
  site: string;
  sensor: string;
  boot: number;
  sequence: number;
  record: TimedRecord;
  /** The allow entry that holds it back. */
  allowed?: number;
  /** What a list says of the source. */
  known?: Known;
}
