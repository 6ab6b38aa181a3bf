/**
 * What the collector's HTTP API gives, and therefore what the page reads. Types only: the page imports this file
 * without pulling any server code in. All times are ISO 8601 in UTC, with milliseconds.
 */
import type { Direction, Kind, Protocol, Severity, Stage, Technique, Tool, Verdict } from '../../src/protocol/record.js';

/** One scan episode as one sensor sees it: the newest record of it, under a permanent id. */
export interface Scan {
  /** `{site}/{sensor}/{boot}/{episode}`, permanent. */
  id: string;
  site: string;
  sensor: string;
  /** True until the sensor sends the record of its end. */
  open: boolean;
  stage: Stage;
  verdict: Verdict;
  kind: Kind;
  severity: Severity;
  source: string;
  aggregate: boolean;
  protocol: Protocol;
  direction: Direction;
  targets: number;
  services: number[];
  serviceCount: number;
  probes: number;
  answered: number;
  refused: number;
  silent: number;
  dark: number;
  first: string;
  last: string;
  /** When the collector stored the newest record. */
  received: string;
  /** Nats. */
  evidence: number;
  /** 0..100 */
  confidence: number;
  spoofable: boolean;
  /** One of a group of sources in step, all but one of them forged. */
  decoy: boolean;
  /** Distinct sources; more than one only where `source` is empty. */
  sources: number;
  tool: Tool;
  technique: Technique;
  shape: number[];
  /** Milliseconds a bar of `shape` lasts. */
  shapeStep: number;
}

/** A stored record of a scan, as the scan's own page lists them. */
export type ScanHistory = Pick<Scan, 'stage' | 'kind' | 'targets' | 'probes' | 'serviceCount' | 'evidence' | 'received'> & {
  time: string;
  sequence: number;
};

/** All that one source did, over sites and sensors. */
export interface Source {
  source: string;
  scans: number;
  openScans: number;
  sites: string[];
  sensors: number;
  first: string;
  last: string;
  targets: number;
  probes: number;
  severity: Severity;
  confidence: number;
  spoofable: boolean;
  kinds: Kind[];
  tools: Tool[];
  services: number[];
}

export type SensorState = 'online' | 'late' | 'offline' | 'never-seen';

export interface Sensor {
  site: string;
  sensor: string;
  state: SensorState;
  boot: number;
  version: string;
  firstSeen: string;
  /** When anything of the sensor last arrived. */
  lastSeen: string;
  lastSequence: number;
  /** Messages known to be missing: holes in the sequence numbers. */
  missing: number;
  /** The newest health message: counter name -> value. */
  health: Record<string, number>;
  healthReceived: string | null;
  /** Frames per second between the last two health messages. */
  framesPerSecond: number;
  /** Why it is offline: it was stopped, or its connection was lost. Empty otherwise. */
  reason?: '' | 'stopped' | 'lost' | 'silent';
  /** Why the sensor refused its last config; empty where it did not. */
  configProblem?: string;
}

/** A hole in a sensor's sequence numbers. */
export interface Gap {
  site: string;
  sensor: string;
  boot: number;
  from: number;
  to: number;
  found: string;
  /** Only in a `gap` event: these numbers arrived after all, and the gap is closed. */
  closed?: string;
}

export interface TimelineBucket {
  time: string;
  /** Scans that began in the bucket, by severity. */
  started: Record<Severity, number>;
  probes: number;
}

export interface Timeline {
  from: string;
  to: string;
  bucketSeconds: number;
  buckets: TimelineBucket[];
}

export interface Now {
  time: string;
  openScans: number;
  scansLastHour: number;
  sources: number;
  sensors: Record<SensorState, number>;
  missing: number;
  heldBack: number;
  /** Messages since the store was made: stored, arrived again (no effect), and refused because they could not be read. */
  messages?: { stored: number; duplicates: number; rejected: number };
}

/** A message that could not be read, as `/api/v1/rejected` lists them. */
export interface RejectedMessage {
  received: string;
  topic: string;
  reason: string;
  /** The first 256 bytes, in hexadecimal. */
  payload: string;
}
