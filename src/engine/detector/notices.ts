// Records that are not about an entry of the source table: they name the frame's source, or none.
import {
  COUNTER_PRESENCE_EVICTED,
  DIRECTION_INBOUND,
  FAMILY_NONE,
  FLAG_AGGREGATE,
  FLAG_SPOOFABLE,
  KIND_BRUTE_FORCE,
  KIND_FLOOD,
  KIND_FOOTHOLD,
  KIND_NEW_TALKER,
  KIND_WATCH_HIT,
  PROTOCOL_TCP,
  SEVERITY_LOW,
  SEVERITY_MEDIUM,
  STAGE_END,
  STAGE_PROGRESS,
  STAGE_START,
  TECHNIQUE_NONE,
  TECHNIQUE_T1498,
} from '../constants/codes';
import {
  EPISODE_LIMIT_MS,
  FLOOD_CONTACTS,
  FLOOD_QUIET_MS,
  HOT_TARGET_MS,
  NEW_HOST_PAUSE_MS,
  NEW_HOSTS_LEARNED_MS,
  WATCHLIST_PAUSE_MS,
} from '../constants/weights';
import { direction, frame, isAggregate } from '../frame/frame';
import { Counter } from '../tables/counter';
import { ScanRecord } from '../tables/scan-record';
import { hasListened } from './listening';
import { BUDGET_INSIDE, BUDGET_PROVEN, BUDGET_SPOOFABLE, maySend, newRecord, nextNumber, rateLimit } from './records';

/** Starts a record: time, severity and service, no source yet. Null if the budget or the ring is exhausted. */
export function announce(
  stage: u32,
  kind: u32,
  severity: u32,
  protocol: u32,
  port: u32,
  technique: u32,
  number: u32,
): ScanRecord | null {
  // Two handshakes vouch for these; anybody forges the rest.
  const budget = kind == KIND_FOOTHOLD ? BUDGET_INSIDE : kind == KIND_BRUTE_FORCE ? BUDGET_PROVEN : BUDGET_SPOOFABLE;
  if (!maySend(stage, budget)) return null;
  const record = newRecord(stage, kind);
  if (record == null) return null;
  record.severity = <u8>severity;
  record.protocol = <u8>protocol;
  record.technique = <u8>technique;
  record.first = frame.now;
  record.last = frame.now;
  record.episode = number;
  if (port) {
    record.serviceCount = 1;
    record.setService(0, port);
    record.ports = 1;
  }
  return record;
}

/** Sets the record's source to the frame's. */
function ofFrame(record: ScanRecord): void {
  record.family = <u8>frame.family;
  record.sourceHigh = frame.sourceHigh;
  record.sourceLow = frame.sourceLow;
  record.direction = <u8>direction();
  record.flags = <u8>(FLAG_SPOOFABLE | (isAggregate() ? FLAG_AGGREGATE : 0));
  record.targets = 1;
  record.probes = 1;
}

let watchlistedReported: u32 = 0;
let hasReportedWatchlisted: bool = false;

/** Limits watchlist records: listed addresses can be spoofed too. Beyond the limit they are treated as any other. */
export function mayReportWatchlisted(): bool {
  return !hasReportedWatchlisted || frame.now - watchlistedReported >= WATCHLIST_PAUSE_MS;
}

/** Reports that the frame's source is on the watchlist. */
export function reportWatchlisted(protocol: u32, port: u32): void {
  const record = announce(STAGE_END, KIND_WATCH_HIT, SEVERITY_MEDIUM, protocol, port, TECHNIQUE_NONE, nextNumber());
  if (record == null) return;
  ofFrame(record);
  hasReportedWatchlisted = true;
  watchlistedReported = frame.now;
  record.confidence = 100;
}

// --- new hosts ----------------------------------------------------------------------------------------------------

let evictedBefore: u32 = 0;

/** Called every FADE_MS: evictions before the last period no longer suppress reports of new hosts. */
export function fadeNewHosts(): void {
  evictedBefore = Counter.read(COUNTER_PRESENCE_EVICTED);
}

let newHostReported: u32 = 0;
let hasReportedNewHost: bool = false;

/** Reports a home address that presence did not know. While presence evicts, a new host cannot be told from an old. */
export function noteNewHost(): void {
  if (!hasListened(NEW_HOSTS_LEARNED_MS) || Counter.read(COUNTER_PRESENCE_EVICTED) != evictedBefore) return;
  if (hasReportedNewHost && frame.now - newHostReported < NEW_HOST_PAUSE_MS) {
    rateLimit(STAGE_END);
    return;
  }
  hasReportedNewHost = true;
  newHostReported = frame.now;
  const record = announce(STAGE_END, KIND_NEW_TALKER, SEVERITY_LOW, 0, 0, TECHNIQUE_NONE, nextNumber());
  if (record == null) return;
  ofFrame(record);
  // The host's peer is not a target.
  record.targets = 0;
}

// --- floods: one record for any number of spoofed sources ----------------------------------------------------------

let floodStart: u32 = 0;
let floodLast: u32 = 0;
let floodContacts: u32 = 0;
let floodPort: u32 = 0;
let floodNext: u32 = 0;
let floodNumber: u32 = 0;

export function resetNotices(): void {
  floodContacts = 0;
  floodNext = 0;
  hasReportedNewHost = false;
  evictedBefore = 0;
  hasReportedWatchlisted = false;
}

/** Counts a first-time source's contact with a hot target. */
export function noteFlood(port: u32): void {
  if (floodContacts == 0 || (floodNext == 0 && frame.now - floodStart > HOT_TARGET_MS)) {
    floodContacts = 0;
    floodStart = frame.now;
  }
  floodContacts++;
  floodLast = frame.now;
  floodPort = port;
  if (floodNext == 0) {
    if (floodContacts < FLOOD_CONTACTS) return;
    floodNext = FLOOD_CONTACTS << 2;
    floodNumber = nextNumber();
    reportFlood(STAGE_START);
  } else if (floodContacts >= floodNext) {
    floodNext <<= 2;
    reportFlood(STAGE_PROGRESS);
  }
}

/** Ends a flood that has stopped; `force` ends any. */
export function endFlood(now: u32, force: bool): void {
  if (floodNext == 0 || (!force && now - floodLast < FLOOD_QUIET_MS && now - floodStart < EPISODE_LIMIT_MS)) return;
  reportFlood(STAGE_END);
  floodNext = 0;
  floodContacts = 0;
}

function reportFlood(stage: u32): void {
  const record = announce(stage, KIND_FLOOD, SEVERITY_MEDIUM, PROTOCOL_TCP, floodPort, TECHNIQUE_T1498, floodNumber);
  if (record == null) return;
  record.family = <u8>FAMILY_NONE;
  record.direction = <u8>DIRECTION_INBOUND;
  record.flags = <u8>FLAG_SPOOFABLE;
  record.first = floodStart;
  record.last = floodLast;
  record.targets = 1;
  record.probes = floodContacts;
  // Almost every contact has a different source.
  record.sources = floodContacts;
}
