// Records that are not told of an entry of the source table: what is known of the frame's source, or of nobody.
import {
  COUNTER_PRESENCE_EVICTED, DIRECTION_INBOUND, FAMILY_NONE, FLAG_AGGREGATE, FLAG_SPOOFABLE, KIND_FLOOD, KIND_NEW_TALKER, KIND_WATCH_HIT,
  PROTOCOL_TCP, RECORD_CONFIDENCE, RECORD_DIRECTION, RECORD_EPISODE, RECORD_FAMILY, RECORD_FIRST, RECORD_FLAGS, RECORD_LAST, RECORD_PORTS, RECORD_PROBES, RECORD_PROTOCOL,
  RECORD_SERVICE_COUNT, RECORD_SERVICES, RECORD_SEVERITY, RECORD_SOURCE, RECORD_SOURCES, RECORD_TARGETS, RECORD_TECHNIQUE, SEVERITY_LOW, SEVERITY_MEDIUM,
  STAGE_END, STAGE_PROGRESS, STAGE_START, TECHNIQUE_NONE, TECHNIQUE_T1498,
} from './codes';
import { readCounter } from './counters';
import { direction, frame, isAggregate } from './frame';
import { hasListened } from './listening';
import { rateLimit, maySend, newRecord, nextNumber } from './records';
import { HOT_TARGET_MS, EPISODE_LIMIT_MS, FLOOD_CONTACTS, FLOOD_QUIET_MS, NEW_HOST_PAUSE_MS, NEW_HOSTS_LEARNED_MS, WATCHLIST_PAUSE_MS } from './weights';

/** A record of nobody yet: time, severity and service. 0 where the budget or the ring has no room. */
export function announce(stage: u32, kind: u32, severity: u32, protocol: u32, port: u32, technique: u32, number: u32): u32 {
  if (!maySend(stage)) return 0;
  const at = newRecord(stage, kind);
  if (at == 0) return 0;
  store<u8>(at, <u8>severity, RECORD_SEVERITY);
  store<u8>(at, <u8>protocol, RECORD_PROTOCOL);
  store<u8>(at, <u8>technique, RECORD_TECHNIQUE);
  store<u32>(at, frame.now, RECORD_FIRST);
  store<u32>(at, frame.now, RECORD_LAST);
  store<u32>(at, number, RECORD_EPISODE);
  if (port) {
    store<u8>(at, 1, RECORD_SERVICE_COUNT);
    store<u16>(at, <u16>port, RECORD_SERVICES);
    store<u16>(at, 1, RECORD_PORTS);
  }
  return at;
}

/** Makes the frame's source the record's. */
function ofFrame(at: u32): void {
  store<u8>(at, <u8>frame.family, RECORD_FAMILY);
  store<u64>(at, frame.sourceHigh, RECORD_SOURCE);
  store<u64>(at, frame.sourceLow, RECORD_SOURCE + 8);
  store<u8>(at, <u8>direction(), RECORD_DIRECTION);
  store<u8>(at, <u8>(FLAG_SPOOFABLE | (isAggregate() ? FLAG_AGGREGATE : 0)), RECORD_FLAGS);
  store<u32>(at, 1, RECORD_TARGETS);
  store<u32>(at, 1, RECORD_PROBES);
}

let watchlistedReported: u32 = 0;
let hasReportedWatchlisted: bool = false;

/** Listed addresses can be forged too: beyond a few a minute they come in like everybody else. */
export function mayReportWatchlisted(): bool {
  return !hasReportedWatchlisted || frame.now - watchlistedReported >= WATCHLIST_PAUSE_MS;
}

/** The frame's source is on the watch list. */
export function reportWatchlisted(protocol: u32, port: u32): void {
  const at = announce(STAGE_END, KIND_WATCH_HIT, SEVERITY_MEDIUM, protocol, port, TECHNIQUE_NONE, nextNumber());
  if (at == 0) return;
  ofFrame(at);
  hasReportedWatchlisted = true;
  watchlistedReported = frame.now;
  store<u8>(at, 100, RECORD_CONFIDENCE);
}

// --- new talkers --------------------------------------------------------------------------------------------------

let evictedBefore: u32 = 0;

/** Called every FADE_MS: what was evicted before does not matter any more. */
export function fadeNewHosts(): void {
  evictedBefore = readCounter(COUNTER_PRESENCE_EVICTED);
}

let newHostReported: u32 = 0;
let hasReportedNewHost: bool = false;

/** The frame's source is a home address that presence did not know. A table that forgets for want of room knows nobody. */
export function noteNewHost(): void {
  if (!hasListened(NEW_HOSTS_LEARNED_MS) || readCounter(COUNTER_PRESENCE_EVICTED) != evictedBefore) return;
  if (hasReportedNewHost && frame.now - newHostReported < NEW_HOST_PAUSE_MS) {
    rateLimit(STAGE_END);
    return;
  }
  hasReportedNewHost = true;
  newHostReported = frame.now;
  const at = announce(STAGE_END, KIND_NEW_TALKER, SEVERITY_LOW, 0, 0, TECHNIQUE_NONE, nextNumber());
  if (at == 0) return;
  ofFrame(at);
  // Whom it talks to is no target.
  store<u32>(at, 0, RECORD_TARGETS);
}

// --- floods: one record for any number of forged sources -----------------------------------------------------------

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

/** A newcomer's contact with a target that newcomers crowd upon. */
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

/** A flood that has stopped, or any at the end of input. */
export function endFlood(now: u32, force: bool): void {
  if (floodNext == 0 || (!force && now - floodLast < FLOOD_QUIET_MS && now - floodStart < EPISODE_LIMIT_MS)) return;
  reportFlood(STAGE_END);
  floodNext = 0;
  floodContacts = 0;
}

function reportFlood(stage: u32): void {
  const at = announce(stage, KIND_FLOOD, SEVERITY_MEDIUM, PROTOCOL_TCP, floodPort, TECHNIQUE_T1498, floodNumber);
  if (at == 0) return;
  store<u8>(at, <u8>FAMILY_NONE, RECORD_FAMILY);
  store<u8>(at, <u8>DIRECTION_INBOUND, RECORD_DIRECTION);
  store<u8>(at, <u8>FLAG_SPOOFABLE, RECORD_FLAGS);
  store<u32>(at, floodStart, RECORD_FIRST);
  store<u32>(at, floodLast, RECORD_LAST);
  store<u32>(at, 1, RECORD_TARGETS);
  store<u32>(at, floodContacts, RECORD_PROBES);
  // Each newcomer is a source of its own, near enough.
  store<u32>(at, floodContacts, RECORD_SOURCES);
}
