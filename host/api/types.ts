/**
 * What the collector's HTTP API gives, and therefore what the page reads. Types only: the page imports this file
 * without pulling any server code in. All times are ISO 8601 in UTC, with milliseconds.
 */
import type {
  Direction,
  Kind,
  Protocol,
  Severity,
  Stage,
  Technique,
  Tool,
  Verdict,
} from '../../src/protocol/record.js';

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
  /** The id of the allow entry that its newest record was held back by: it is kept, and alarms nobody. */
  allowed?: string;
  /** What a list says of the source. */
  known?: Known;
}

/** A stored record of a scan, as the scan's own page lists them. */
export type ScanHistory = Pick<
  Scan,
  'stage' | 'kind' | 'targets' | 'probes' | 'serviceCount' | 'evidence' | 'received'
> & {
  time: string;
  sequence: number;
};

/** All that one source did, over sites and sensors. */
export interface Source {
  source: string;
  /** None where no sensor accuses it and the fleet does. */
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
  /** How often it came; a visit ends after a day of quiet. */
  visits?: number;
  /** Scans whose details are gone and that are summed up by day; the last of them. */
  summed?: { scans: number; until: string };
  /** What the fleet says of it, where several sensors spoke of it in the last seven days; only where one source is asked for. */
  verdict?: FleetVerdict;
  known?: Known;
}

/** The last that one sensor whispered of a source: suspicion below its own threshold. */
export interface Whispered {
  site: string;
  sensor: string;
  received: string;
  targets: number;
  probes: number;
  services: number[];
  protocol: Protocol;
  direction: Direction;
  /** Nats. */
  evidence: number;
  answered: number;
  refused: number;
  silent: number;
  dark: number;
}

/** `offline` was stopped on purpose; `gone` was not. `blind` reports, but its tap sees nothing or loses most of it. */
export type SensorState = 'online' | 'late' | 'blind' | 'gone' | 'offline' | 'never-seen';

/** What is wrong with a sensor that may well be online. */
export type SensorNote = 'wrong-clock' | 'old-firmware' | 'losing-frames';

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
  notes: SensorNote[];
  /** Why it is offline or gone: it was stopped, its connection was lost, or nothing comes. Empty otherwise. */
  reason?: '' | 'stopped' | 'lost' | 'silent';
  /** Why the sensor refused its last config; empty where it did not. */
  configProblem?: string;
  /** Absent: nobody enrolled it. */
  enrolment?: SensorEnrolment;
}

/** What a sensor is to be configured as, against what it last reported: it has the version, not yet, or would not take it. */
export type ConfigState = 'none' | 'waiting' | 'taken' | 'refused';

export interface SensorEnrolment {
  /** Empty where it is no board of ours. */
  board: string;
  since: string;
  revoked: string | null;
  /** `{site}/{sensor}` under which it goes on; empty where it was not renamed. */
  renamed: string;
  /** Version of the desired config, and when that was set; null before the first. `health.configVersion` is the one in force. */
  configDesired: number | null;
  configSet: string | null;
  configState: ConfigState;
}

export type IncidentKind = 'late' | 'gone' | 'never-seen' | 'blind' | 'wrong-clock' | 'old-firmware' | 'trap' | 'twin';

/** A time in which a sensor did not watch as it should. Late and then gone is one incident, whose kind changes. */
export interface Incident {
  id: string;
  site: string;
  sensor: string;
  kind: IncidentKind;
  /** When it began, as far as is known; that is before it was noticed. */
  since: string;
  /** Null while it lasts. */
  until: string | null;
  /** What is so and what to do, as the rest of a sentence that begins with the sensor's name. */
  text: string;
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
  /** The last activity of the newest scan whose details are gone: before it there are sums by day. Null where all details are kept. */
  summedUntil: string | null;
}

/** What a list of known scanners says of an address. */
export interface Known {
  label: string;
  /** Name of the list. */
  list: string;
  /** `research`: a benign scanner, whose scans are noise. `indicator`: an adversary's. */
  kind: 'research' | 'indicator';
  since: string;
}

export interface KnownList {
  name: string;
  kind: Known['kind'];
  /** What its entries are called that have no label of their own; empty: the name. */
  label: string;
  entries: number;
  imported: string;
  /** From then on it says nothing. */
  expires: string | null;
}

/** Who is let off: what matches is stored and marked, and alarms nobody. */
export interface AllowEntry {
  id: string;
  /** Address, CIDR block or MAC address; empty is any. */
  source: string;
  /** CIDR block: holds for sensors all of whose home blocks lie in it. Empty is any. */
  target: string;
  /** Empty is any. */
  site: string;
  service: number | null;
  /** From then on it holds back nothing. */
  until: string | null;
  reason: string;
  by: string;
  created: string;
  /** Alerts, each counted once. */
  heldBack: number;
  heldBackSince: string | null;
  /** Only where removed entries are asked for. */
  removed?: string;
}

export interface Now {
  time: string;
  openScans: number;
  /** Open ones that the allow list holds back; not in `openScans`. */
  allowedScans?: number;
  /** Open ones of research scanners; not in `openScans` either. */
  researchScans?: number;
  scansLastHour: number;
  sources: number;
  sensors: Record<SensorState, number>;
  /** Incidents that are open. */
  incidents: number;
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

/** One of our address blocks at one site (branches may use the same one): what came to it between the map's `from` and `to`. */
export interface MapBlock {
  /** CIDR form. */
  block: string;
  site: string;
  /** `{site}/{sensor}` of those that call the block home there. */
  sensors: string[];
  /** Some of those sensors have more blocks of the family: which one a scan went to is not in its record. */
  shared: boolean;
  /** Distinct sources; scans whose source is unknown count as one. */
  sources: number;
  scans: number;
  probes: number;
  /** Addresses that the largest scan touched; an estimate, and how many is all a record says, not which. */
  touched: number;
  answered: number;
  severity: Severity | '';
  first: string | null;
  last: string | null;
  /** Per step of the map: distinct sources, and addresses that the largest scan touched. */
  sourcesBy: number[];
  touchedBy: number[];
}

export interface AddressMap {
  from: string;
  to: string;
  stepSeconds: number;
  blocks: MapBlock[];
  /** Sensors that saw scans and whose blocks nobody has told the collector. */
  unplaced: { site: string; sensor: string; scans: number; sources: number }[];
  /** False where there were more scans than are looked at; then the newest were. */
  complete: boolean;
}

/** One source at one site. */
export interface MatrixCell {
  site: string;
  /** None where the sensors there only whispered of it. */
  scans: number;
  probes: number;
  targets: number;
  /** Nats: the most that a sensor of the site has said. */
  evidence: number;
  foothold: boolean;
}

export interface MatrixRow {
  source: string;
  /** Empty where sensors only whispered. */
  severity: Severity | '';
  evidence: number;
  sensors: number;
  probes: number;
  first: string;
  last: string;
  /** Only sites that it came to. */
  cells: MatrixCell[];
}

/** Sources by sites, those at the most sites first. */
export interface Matrix {
  from: string;
  to: string;
  /** By the number of sources that came, most first. */
  sites: string[];
  rows: MatrixRow[];
  /** Sources that are not in `rows`. */
  more: number;
  complete: boolean;
}

/** What other thresholds would have made of the records of a time. */
export interface WhatIf {
  from: string;
  to: string;
  /** Nats, and distinct targets; the evidence that is built in, and none. */
  base: { evidence: number; targets: number };
  asked: { evidence: number; targets: number };
  /** Alerts that evidence and targets decided; these are judged anew. */
  alerts: number;
  /** Alerts that other rules made (a login tried again and again, a foothold); no threshold here changes them. */
  others: number;
  /** Whispers of sources that were not accused by the same sensor; one for each of both. */
  whispers: number;
  /** Alerts more, at most: the gate of distinct failed targets may still hold some back. */
  more: number;
  fewer: number;
  moreOf: WhatIfScan[];
  fewerOf: WhatIfScan[];
  complete: boolean;
}

/** One that would be told, or would not be told any more. `id` is empty for a whisper. */
export interface WhatIfScan {
  id: string;
  source: string;
  site: string;
  sensor: string;
  evidence: number;
  targets: number;
  last: string;
}

// --- the fleet ---

/** What all sensors together say of one source. */
export interface FleetVerdict {
  source: string;
  sites: string[];
  /** That spoke of it. */
  sensors: number;
  /** Nats, summed over the sites, of each the most that a sensor there said. */
  evidence: number;
  /** Nats that convict, with as many sites watching. */
  threshold: number;
  /** Sites at which, within a day, its first contact was with an address that does not exist; and how many of them convict. */
  knocks: number;
  knocksNeeded: number;
  /** Sites at which, within a day, its first contact was such a one or was refused; and how many of them convict, where at three or more nobody was met. */
  failed: number;
  failedNeeded: number;
  /** Upper bound on the chance that a source that does not scan is spoken of so. */
  falseAlarm: number;
  convicted: boolean;
  /** Some single sensor accused it too. */
  alone: boolean;
  /** Nobody has shown that the address is its own: it may be forged, at every branch. */
  spoofable: boolean;
  probes: number;
  first: string;
  last: string;
  known?: Known;
}

/** The scans of one source, one network or many sources in step, over all branches, told once; without scans where only the fleet sees it. */
export interface Campaign {
  id: string;
  kind: 'source' | 'network' | 'pattern';
  /** Address, CIDR, or service. */
  key: string;
  /** At most 100 of them. */
  sources: string[];
  sourceCount: number;
  sites: string[];
  sensors: number;
  scans: number;
  probes: number;
  targets: number;
  services: number[];
  kinds: Kind[];
  severity: Severity;
  confidence: number;
  foothold: boolean;
  /** All of it comes from machines of ours. */
  inside: boolean;
  /** No scan of it showed that its source is real. */
  spoofable: boolean;
  /** Scans that the allow list holds back: they count for neither severity nor confidence nor foothold. */
  allowedScans?: number;
  /** Of one of its sources: an adversary, which raises the severity by a step; or research, where all sources are that and none got in. */
  known?: Known;
  first: string;
  last: string;
  open: boolean;
  /** A visit ends after a day of quiet. */
  visits: number;
  firstSeen: string;
  timeline: { time: string; scans: number }[];
  /** The story, in one sentence. */
  text: string;
}

// --- what is pushed ---

/** One output and how far it has come. */
export interface Output {
  name: string;
  /** `file`, `stdout`, `syslog`, `webhook`, `mail`. */
  kind: string;
  /** `failing`: the last attempt failed, and it is tried again. `unattended`: no collector has it in its config at the moment. */
  state: 'up' | 'failing' | 'unattended';
  /** Messages delivered, and attempts that failed. */
  sent: number;
  failed: number;
  /** Messages that wait. */
  lag: number;
  /** Of the longest waiting one. */
  oldest: string | null;
  lastError: string | null;
  lastErrorTime: string | null;
  lastSent: string | null;
  /** Messages that were given up and are kept. */
  deadLetters: number;
  /** Messages that waited until there was no more room for them. */
  lost: number;
}
