/**
 * What newer collectors give besides types.ts; an older one answers 404, and the part of the page that asks stays away.
 * Times are ISO 8601.
 */
import type { FleetVerdict, Source } from '../../collector/types.js';

export type { AllowEntry, Campaign, FleetVerdict, Incident, Output, SensorNote } from '../../collector/types.js';

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
