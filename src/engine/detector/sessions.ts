// Followed sessions: repeated logins (T1110), and scanners that return to a service they probed and transfer data
// (T1595.001 -> T1133, T1190). The table is small, because nothing else needs the state of a whole connection.
import {
  DIRECTION_INBOUND,
  DIRECTION_INTERNAL,
  FLAG_AGGREGATE,
  FLAG_SCAN,
  KIND_BRUTE_FORCE,
  KIND_FOOTHOLD,
  PROTOCOL_TCP,
  SEVERITY_CRITICAL,
  SEVERITY_HIGH,
  SEVERITY_MEDIUM,
  STAGE_END,
  STAGE_PROGRESS,
  STAGE_START,
  TECHNIQUE_T1021,
  TECHNIQUE_T1110,
  TECHNIQUE_T1133,
  TECHNIQUE_T1190,
} from '../constants/codes';
import {
  EPISODE_LIMIT_MS,
  FOOTHOLD_RECEIVED,
  FOOTHOLD_SENT,
  LOGIN_WORKED,
  LOGINS_DRAIN_SHIFT_INSIDE,
  LOGINS_DRAIN_SHIFT_OUTSIDE,
  LOGINS_INSIDE,
  LOGINS_OUTSIDE,
  LOGINS_SCANNER,
  QUIET_MS,
} from '../constants/weights';
import { direction, frame, isAggregate } from '../frame/frame';
import { Ports } from '../frame/headers';
import { ScanRecord } from '../tables/scan-record';
import {
  SESSION_HAS_DATA,
  SESSION_HAS_FOOTHOLD,
  SESSION_IS_AGGREGATE,
  SESSION_IS_FORCING,
  SESSION_IS_SCANNERS,
  Session,
} from '../tables/session';
import { forgetScanner, hasOpenEpisode, noteConversation } from './episodes';
import { announce } from './notices';
import { fullNumber, nextNumber } from './records';

/** The sender's port folded to one byte: enough to tell connections apart. */
function portTag(): u8 {
  const port = Ports.at(frame.transport).sourceRaw;
  return <u8>(port ^ (port >>> 8));
}

/** Login services, by port (RFC 6335 registry). Their benign clients keep a connection instead of reconnecting. */
export function isLogin(port: u32): bool {
  if (port < 64) return (((<u64>1) << (<u64>port)) & 0xe00000) != 0; // 21, 22, 23
  return port == 3389 || port == 5900 || port == 2222 || port == 2323;
}

function isRemoteAccess(port: u32): bool {
  return (
    isLogin(port) ||
    port == 445 ||
    port == 139 ||
    port == 135 ||
    port == 5985 ||
    port == 5986 ||
    port == 1194 ||
    port == 1723
  );
}

/** The followed session of a contact key; null if there is none. */
function find(key: u32): Session | null {
  for (let session = Session.head; session.isInTable; session = session.next) {
    if (session.key == key) return session;
  }
  return null;
}

/** Returns the frame's session. A new one takes a free entry, or replaces the longest silent one without a report. */
function enter(key: u32, port: u32): Session {
  const known = find(key);
  if (known) return known;
  let victim: Session | null = null;
  let longest: u32 = 0;
  for (let session = Session.head; session.isInTable; session = session.next) {
    const silence: u32 = session.key ? min<u32>(frame.now - session.drained, i32.MAX_VALUE) + 1 : u32.MAX_VALUE;
    if (silence > longest && (session.flags & (SESSION_IS_FORCING | SESSION_HAS_FOOTHOLD)) == 0) {
      longest = silence;
      victim = session;
    }
  }
  const chosen = victim == null ? endLongestSilent() : victim;
  chosen.clear();
  chosen.key = key;
  chosen.addressHigh = frame.sourceHigh;
  chosen.addressLow = frame.sourceLow;
  chosen.first = frame.now;
  chosen.drained = frame.now;
  chosen.port = <u16>port;
  chosen.family = <u8>frame.family;
  chosen.flags = <u8>((direction() << 5) | (isAggregate() ? <u32>SESSION_IS_AGGREGATE : 0));
  return chosen;
}

/** Frees an entry when every session has an open report: ends the longest silent one. */
function endLongestSilent(): Session {
  let silent = Session.head;
  for (let session = Session.head; session.isInTable; session = session.next) {
    if (<i32>(session.drained - silent.drained) < 0) silent = session;
  }
  reportEnd(silent);
  return silent;
}

/** Counts a connection of the frame's source to a login service, after its handshake. */
export function noteLogin(key: u32, port: u32): void {
  const session = enter(key, port);
  const inside = session.direction != DIRECTION_INBOUND;
  const connections = min<u32>(<u32>session.connections + 1, 0xffff);
  session.connections = <u16>connections;
  const level = min<u32>(drainedLevel(session, inside) + 16, 0xffff);
  session.level = <u16>level;
  const flags = session.flags;
  if (flags & SESSION_IS_FORCING) {
    // Progress at 16, 64, 256 ... connections.
    if (connections >= 16 && popcnt<u32>(connections) == 1 && (ctz<u32>(connections) & 1) == 0)
      reportBruteForce(session, STAGE_PROGRESS);
  } else if (
    (flags & SESSION_HAS_FOOTHOLD) == 0 &&
    level >= ((inside ? LOGINS_INSIDE : LOGINS_OUTSIDE) << 4) * (hasOpenEpisode(frame.sourceKey) ? LOGINS_SCANNER : 1)
  ) {
    session.flags = flags | SESSION_IS_FORCING;
    session.number = <u16>nextNumber();
    reportBruteForce(session, STAGE_START);
  }
}

/** The level after draining, in 1/16 connection. Time short of a whole sixteenth counts at the next call. */
function drainedLevel(session: Session, inside: bool): u32 {
  const shift = (inside ? LOGINS_DRAIN_SHIFT_INSIDE : LOGINS_DRAIN_SHIFT_OUTSIDE) - 4;
  const units = (frame.now - session.drained) >>> shift;
  session.drained += units << shift;
  const level = <u32>session.level;
  return level - min<u32>(level, units);
}

/** Starts counting bytes at this handshake. `scanner`: the client was alerted before. */
export function followSession(key: u32, port: u32, clientSequence: u32, serverSequence: u32, scanner: bool): void {
  const session = enter(key, port);
  session.clientSequence = clientSequence;
  session.serverSequence = serverSequence;
  session.clientPort = portTag();
  if (!scanner) return;
  session.drained = frame.now;
  session.flags |= SESSION_IS_SCANNERS;
}

/**
 * Updates a followed session from a segment of its client. `sequence`: the sequence number after the segment's data;
 * `acknowledged`: its acknowledgement number. False if the session needs no further attention.
 */
export function followClient(key: u32, sequence: u32, acknowledged: u32): bool {
  const session = find(key);
  if (session == null) return false;
  const sent = sequence - session.clientSequence;
  const received = acknowledged - session.serverSequence;
  // Another connection of the same pair has unrelated sequence numbers; most differ by what looks like gigabytes.
  if (session.clientPort != portTag() || sent >= 0x10000000 || received >= 0x10000000) return true;
  const flags = session.flags;
  if (flags & SESSION_IS_SCANNERS) {
    session.drained = frame.now;
    if ((sent | received) != 0 && (flags & SESSION_HAS_DATA) == 0) {
      session.flags = flags | SESSION_HAS_DATA;
      noteConversation(frame.sourceKey);
    }
    if ((flags & SESSION_HAS_FOOTHOLD) == 0 && (sent >= FOOTHOLD_SENT || received >= FOOTHOLD_RECEIVED))
      gainFoothold(session);
  }
  if (received < LOGIN_WORKED) return true;
  if ((flags & SESSION_IS_FORCING) == 0) session.level = 0;
  return (flags & SESSION_IS_SCANNERS) != 0;
}

function gainFoothold(session: Session): void {
  const flags = session.flags;
  if (flags & SESSION_IS_FORCING) reportBruteForce(session, STAGE_END);
  session.flags = (flags | SESSION_HAS_FOOTHOLD) & ~SESSION_IS_FORCING;
  session.number = <u16>nextNumber();
  reportFoothold(session, STAGE_START);
  // Once per alert: the scan may have been spoofed in the name of a regular client.
  forgetScanner(frame.sourceKey);
}

/** Ends sessions that have been silent long enough; `all` ends every one. */
export function endSessions(now: u32, all: bool): void {
  for (let session = Session.head; session.isInTable; session = session.next) {
    if (session.key == 0 || (session.flags & (SESSION_IS_FORCING | SESSION_HAS_FOOTHOLD)) == 0) continue;
    if (!all && now - session.drained < QUIET_MS && now - session.first < EPISODE_LIMIT_MS) continue;
    reportEnd(session);
    session.key = 0;
    session.flags = 0;
  }
}

function reportEnd(session: Session): void {
  if (session.flags & SESSION_IS_FORCING) reportBruteForce(session, STAGE_END);
  else reportFoothold(session, STAGE_END);
}

function reportBruteForce(session: Session, stage: u32): void {
  const severity = session.direction == DIRECTION_INBOUND ? SEVERITY_MEDIUM : SEVERITY_HIGH;
  const number = fullNumber(session.number);
  const record = announce(stage, KIND_BRUTE_FORCE, severity, PROTOCOL_TCP, session.port, TECHNIQUE_T1110, number);
  if (record) fillClient(record, session, 90);
}

function reportFoothold(session: Session, stage: u32): void {
  const port = <u32>session.port;
  const technique =
    session.direction == DIRECTION_INTERNAL
      ? TECHNIQUE_T1021
      : isRemoteAccess(port)
        ? TECHNIQUE_T1133
        : TECHNIQUE_T1190;
  const number = fullNumber(session.number);
  const record = announce(stage, KIND_FOOTHOLD, SEVERITY_CRITICAL, PROTOCOL_TCP, port, technique, number);
  if (record) fillClient(record, session, 97);
}

/** Fills in the client and the figures. A session proves the client's address, so the record is not spoofable. */
function fillClient(record: ScanRecord, session: Session, confidence: u32): void {
  const connections = max<u32>(session.connections, 1);
  record.family = session.family;
  record.sourceHigh = session.addressHigh;
  record.sourceLow = session.addressLow;
  record.flags = <u8>(FLAG_SCAN | (session.flags & SESSION_IS_AGGREGATE ? FLAG_AGGREGATE : 0));
  record.direction = <u8>session.direction;
  record.confidence = <u8>confidence;
  record.targets = 1;
  record.probes = connections;
  record.answered = connections;
  record.first = session.first;
  record.last = session.drained;
}
