/**
 * What newer collectors give besides types.ts; an older one answers 404, and the part of the page that asks stays away.
 * Times are ISO 8601.
 */
import type { FleetVerdict, Sensor, SensorState, Source } from '../../collector/types.js';

export type { AllowEntry, Campaign, FleetVerdict, Output } from '../../collector/types.js';

export type AnyState = SensorState | 'gone' | 'blind';
export type SensorNote = 'wrong-clock' | 'old-firmware' | 'losing-frames';
export type FleetSensor = Omit<Sensor, 'state'> & { state: AnyState; notes?: SensorNote[] };

export type IncidentKind = 'gone' | 'late' | 'blind' | 'wrong-clock' | 'old-firmware' | 'never-seen' | 'trap';

export interface Incident {
  id: string;
  site: string;
  sensor: string;
  kind: IncidentKind;
  since: string;
  until: string | null;
  /** One plain sentence with what to do. */
  text: string;
}

export interface Known {
  label: string;
  list: string;
  kind: 'research' | 'indicator';
  since: string;
}

export type FleetSource = Source & { visits?: number; verdict?: FleetVerdict; known?: Known };

export interface KnownList {
  name: string;
  kind: 'research' | 'indicator';
  entries: number;
  imported: string;
  /** Days or an ISO duration, as the collector says it. */
  age: number | string;
}
