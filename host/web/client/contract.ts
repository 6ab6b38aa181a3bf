/**
 * What newer collectors give besides types.ts; an older one answers 404, and the part of the page that asks stays away.
 * Times are ISO 8601.
 */
import type { Source } from '../../collector/types.js';

export type {
  AllowEntry,
  Campaign,
  FleetVerdict,
  Incident,
  KnownList,
  Output,
} from '../../collector/types.js';

export type FleetSource = Source;
