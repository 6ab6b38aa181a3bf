// Repeated logins (T1110), and scanners that return to a service they probed and transfer data (T1595.001 -> T1133,
// T1190). A handshake enters a connection; its end, by the bytes of both sides, tells a login that failed. Counts are
// small and many; only what is reported has a session.
import {
  DIRECTION_INBOUND,
  DIRECTION_INTERNAL,
  FAMILY_NONE,
  FLAG_AGGREGATE,
  FLAG_SCAN,
  FLAG_SPOOFABLE,
  KIND_BRUTE_FORCE,
  KIND_FOOTHOLD,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
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
  LOGIN_FAILED_SSH,
  LOGIN_LEAST_SSH,
  LOGIN_RECEIVED,
  LOGIN_RECEIVED_LDAP,
  LOGIN_SENT,
  LOGIN_WORKED,
  LOGINS_DRAIN_SHIFT_INSIDE,
  LOGINS_DRAIN_SHIFT_OUTSIDE,
  LOGINS_DRAIN_SHIFT_SERVICE,
  LOGINS_DRAIN_SHIFT_SIP,
  LOGINS_INSIDE,
  LOGINS_OUTSIDE,
  LOGINS_SCANNER,
  LOGINS_SERVICE_INSIDE,
  LOGINS_SERVICE_OUTSIDE,
  LOGINS_SIP,
  LOGINS_SUM_DISTINCT,
  LOGINS_SUM_INSIDE,
  LOGINS_SUM_OUTSIDE,
  LOGINS_SUM_SOURCES,
  LOGINS_UNUSUAL_INSIDE,
  LOGINS_UNUSUAL_OUTSIDE,
  QUIET_MS,
} from '../constants/weights';
import { direction, frame, isAggregate } from '../frame/frame';
import { Ports, TcpHeader } from '../frame/headers';
import { Connection } from '../tables/connection';
import { CONTACT_IS_FOLLOWED, Contact } from '../tables/contact';
import { Hash } from '../tables/hash';
import { LOGIN, LoginCount } from '../tables/login-count';
import { ScanRecord } from '../tables/scan-record';
import {
  SESSION_HAS_FOOTHOLD,
  SESSION_HAS_PROGRESS,
  SESSION_IS_AGGREGATE,
  SESSION_IS_FORCING,
  SESSION_IS_SHARED,
  SESSION_UDP,
  Session,
} from '../tables/session';
import { forgetScanner, hasOpenEpisode, isScanner, noteConversation } from './episodes';
import { announce } from './notices';
import { fullNumber, nextNumber } from './records';

const ACK: u32 = 0x10;
/** More in one connection is a sequence number of something else. */
const PLAUSIBLE: u32 = 0x10000000;

// --- services -------------------------------------------------------------------------------------------------------

/** Ports that are no logins: the web, whose connections are short and many. */
const NO_LOGIN: u32 = 0;
/** Remote login: benign clients keep a connection instead of reconnecting. */
const REMOTE: u32 = 1;
/** Services with a login that programs use: mail, databases, directories, files. */
const SERVICE: u32 = 2;
/** Any other port: a login if the server greets first, or the client speaks SSH. */
const UNUSUAL: u32 = 3;

/** Login services, by port (RFC 6335 registry). */
function isLogin(port: u32): bool {
  if (port < 64) return (((<u64>1) << (<u64>port)) & 0xe00000) != 0; // 21, 22, 23
  return port == 3389 || (port >= 5900 && port < 5904) || port == 2222 || port == 2323;
}

function isSsh(port: u32): bool {
  return port == 22 || port == 2222;
}

function isLdap(port: u32): bool {
  return port == 389 || port == 636;
}

/** Windows' file service: clients keep a connection, and end it themselves when the login fails. */
function isSmb(port: u32): bool {
  return port == 445 || port == 139;
}

function isWinRm(port: u32): bool {
  return port == 5985 || port == 5986;
}

function classOf(port: u32): u32 {
  if (port == 443 || port == 80 || port == 8080 || port == 8443) return NO_LOGIN;
  if (isLogin(port)) return REMOTE;
  if (isSmb(port) || isLdap(port) || isWinRm(port)) return SERVICE;
  if (port == 25 || port == 110 || port == 143 || port == 465 || port == 587 || port == 993 || port == 995)
    return SERVICE;
  if (port == 1433 || port == 1521 || port == 3306 || port == 5432 || port == 6379 || port == 27017) return SERVICE;
  return port == 5060 || port == 5061 ? SERVICE : UNUSUAL;
}

function isRemoteAccess(port: u32): bool {
  return isLogin(port) || isSmb(port) || isWinRm(port) || port == 135 || port == 1194 || port == 1723;
}

/** FTP at home is used like a service: cameras and scanners log in for each file. */
function isRemote(port: u32, inside: bool): bool {
  return isLogin(port) && !(inside && port == 21);
}

function drainShift(port: u32, inside: bool): u32 {
  if (!inside) return LOGINS_DRAIN_SHIFT_OUTSIDE;
  return isRemote(port, true) || classOf(port) == UNUSUAL ? LOGINS_DRAIN_SHIFT_INSIDE : LOGINS_DRAIN_SHIFT_SERVICE;
}

function threshold(port: u32, inside: bool): u32 {
  if (isRemote(port, inside)) return inside ? LOGINS_INSIDE : LOGINS_OUTSIDE;
  if (classOf(port) == UNUSUAL) return inside ? LOGINS_UNUSUAL_INSIDE : LOGINS_UNUSUAL_OUTSIDE;
  return inside ? LOGINS_SERVICE_INSIDE : LOGINS_SERVICE_OUTSIDE;
}

// --- connections ----------------------------------------------------------------------------------------------------

/** The frame's source completes a handshake: it may be about to log in, or it is a `scanner` that returns. */
export function followHandshake(own: Contact, port: u32, sequence: u32, acknowledged: u32, scanner: bool): void {
  const class_ = classOf(port);
  const way = own.direction;
  const isCandidate =
    class_ == REMOTE || (class_ != NO_LOGIN && (way == DIRECTION_INBOUND || way == DIRECTION_INTERNAL));
  if (!isCandidate && !scanner) return;
  if (isCandidate) reportLogins(own, port);
  const portRaw = <u32>Ports.at(frame.transport).sourceRaw;
  const connection = Connection.enter(own.key, portRaw);
  connection.fill(own.key, portRaw, sequence, acknowledged);
  // What it has said in an earlier connection counts as a conversation already.
  if (scanner && own.flags & CONTACT_IS_FOLLOWED) connection.noteTalk();
  own.flags |= CONTACT_IS_FOLLOWED;
}

/** A followed client's segment with `data` bytes from `sequence` on. */
export function followClient(own: Contact, sequence: u32, data: u32, acknowledged: u32, port: u32): void {
  const portRaw = <u32>Ports.at(frame.transport).sourceRaw;
  const connection = Connection.find(own.key, portRaw);
  const scanner = isScanner(frame.sourceKey);
  if (connection == null) {
    // A scanner that floods the slots loses what it has moved so far, not what it moves from now on.
    if (scanner) Connection.enter(own.key, portRaw).fill(own.key, portRaw, sequence, acknowledged);
    return;
  }
  const sent = sequence + data - connection.clientSequence;
  const received = acknowledged - connection.serverSequence;
  if (sent >= PLAUSIBLE || received >= PLAUSIBLE || (sent | received) == 0) return;
  if (!connection.hasTalked) {
    connection.noteTalk();
    if (scanner) noteConversation(frame.sourceKey);
  }
  if (scanner && (sent >= FOOTHOLD_SENT || received >= FOOTHOLD_RECEIVED)) {
    gainFoothold(own, port);
    connection.free();
    return;
  }
  const inside = own.direction != DIRECTION_INBOUND;
  if (received >= LOGIN_WORKED || (inside && sent >= LOGIN_WORKED)) {
    noteWorked(own, port);
    if (!scanner) connection.free();
  } else if (sent == data && received == 0 && classOf(port) == UNUSUAL && !scanner && !speaksSsh(data)) {
    // The client speaks first, and not SSH: the web, a metric, a query. Servers with a login greet.
    connection.free();
    own.flags &= ~CONTACT_IS_FOLLOWED;
  }
}

/** True if the segment's data begin with "SSH-" (RFC 4253 section 4.2). */
function speaksSsh(data: u32): bool {
  const header = frame.transportLength - data;
  if (data < 4 || header + 4 > frame.captured) return false;
  return TcpHeader.at(frame.transport).dataRaw(header) == 0x2d485353;
}

/** A FIN or RST ends a followed connection. `byServer`: the frame is the server's. `data`: bytes it carries. */
export function endConnection(contact: Contact, byServer: bool, flags: u32, data: u32, port: u32): void {
  const ports = Ports.at(frame.transport);
  const portRaw = <u32>(byServer ? ports.destinationRaw : ports.sourceRaw);
  const connection = Connection.find(contact.key, portRaw);
  if (connection == null) return;
  const tcp = TcpHeader.at(frame.transport);
  const upTo = tcp.sequence + data - (byServer ? connection.serverSequence : connection.clientSequence);
  let other: u32 = 0;
  if (flags & ACK) other = tcp.acknowledgement - (byServer ? connection.clientSequence : connection.serverSequence);
  const sent = byServer ? other : upTo;
  const received = byServer ? upTo : other;
  if (sent >= PLAUSIBLE || received >= PLAUSIBLE) return;
  const scanner = isScanner(contact.sourceKey);
  const talks = (sent | received) != 0;
  if (scanner && talks && !connection.hasTalked) noteConversation(contact.sourceKey);
  if (!scanner || !talks) contact.flags &= ~CONTACT_IS_FOLLOWED;
  connection.free();
  const inside = contact.direction != DIRECTION_INBOUND;
  if (received >= LOGIN_WORKED || (inside && sent >= LOGIN_WORKED)) noteWorked(contact, port);
  const weight = weightOf(port, inside, byServer, sent, received);
  // Who reads the banners of many servers probes services.
  const isLook = isSsh(port) && (sent < LOGIN_LEAST_SSH || received < LOGIN_LEAST_SSH);
  if (weight) countLogin(contact, port, inside, isLook, weight, byServer ? frame.sourceHash : frame.targetHash);
  if (!byServer) reportLogins(contact, port);
}

// --- logins ---------------------------------------------------------------------------------------------------------

/** How much of a failed login the finished connection is, by its bytes and by who ended it; LOGIN: one. */
function weightOf(port: u32, inside: bool, byServer: bool, sent: u32, received: u32): u32 {
  if (sent == 0 || received == 0 || received >= LOGIN_WORKED) return 0;
  const class_ = classOf(port);
  if (class_ == NO_LOGIN) return 0;
  if (isRemote(port, inside)) {
    if (!inside) return LOGIN;
    if (!isSsh(port)) return LOGIN;
    if (sent < LOGIN_LEAST_SSH || received < LOGIN_LEAST_SSH || sent >= LOGIN_WORKED) return 0;
    return received > LOGIN_FAILED_SSH ? LOGIN >>> 2 : LOGIN;
  }
  if (class_ == UNUSUAL) return received <= LOGIN_RECEIVED && sent <= LOGIN_RECEIVED ? LOGIN : 0;
  if (sent > LOGIN_SENT || received > LOGIN_RECEIVED) return 0;
  if (!inside || isSmb(port)) return LOGIN;
  if (isLdap(port)) return received <= LOGIN_RECEIVED_LDAP ? LOGIN : 0;
  // A program that is done says so and ends the connection; who is not let in is shown out.
  return byServer || port == 21 ? LOGIN : 0;
}

function keyOfSource(contact: Contact, port: u32): u32 {
  return Hash.of(contact.sourceKey ^ (port << 16) ^ 1);
}

function keyOfTarget(targetHash: u32, port: u32): u32 {
  return Hash.of(targetHash ^ (port << 16) ^ 2);
}

/** Counts a login by its pair, and in the sums over targets and over sources. */
function countLogin(contact: Contact, port: u32, inside: bool, isLook: bool, weight: u32, targetHash: u32): void {
  const shift = drainShift(port, inside);
  const pair = LoginCount.enter(contact.key, frame.now);
  pair.drain(frame.now, shift);
  // Between internal hosts a visit to each of many servers is administration: only what comes again soon is counted.
  const again = pair.level != 0;
  pair.add(weight, targetHash);
  extend(contact.key, targetHash);
  if (inside ? again : !isLook) addTo(keyOfSource(contact, port), shift, weight, targetHash);
  if (!inside && isLogin(port) && !isLook) addTo(keyOfTarget(targetHash, port), shift, weight, contact.sourceKey);
}

function addTo(key: u32, shift: u32, weight: u32, hash: u32): void {
  const sum = LoginCount.enter(key, frame.now);
  sum.drain(frame.now, shift);
  sum.add(weight, hash);
  extend(key, hash);
}

/** Counts a login in its session, if it was reported. */
function extend(key: u32, hash: u32): void {
  const session = find(key);
  if (session == null || (session.flags & SESSION_IS_FORCING) == 0) return;
  const connections = min<u32>(<u32>session.connections + 1, 0xffff);
  session.connections = <u16>connections;
  session.bits |= 1 << (hash >>> 27);
  session.last = frame.now;
  // Progress at 16, 64, 256 ... connections.
  if (connections >= 16 && popcnt<u32>(connections) == 1 && (ctz<u32>(connections) & 1) == 0)
    session.flags |= SESSION_HAS_PROGRESS;
}

/** The client got in, or transferred files: its logins were none that failed. */
function noteWorked(own: Contact, port: u32): void {
  const pair = LoginCount.find(own.key);
  if (pair) pair.level = 0;
  const sum = LoginCount.find(keyOfSource(own, port));
  if (sum) sum.level = <u16>(<u32>sum.level - min<u32>(sum.level, LOGIN * 4));
}

/** Reports what is due about the frame's source as a client. Only its own frames have its address. */
function reportLogins(own: Contact, port: u32): void {
  const inside = own.direction != DIRECTION_INBOUND;
  const shift = drainShift(port, inside);
  const least = threshold(port, inside) * LOGIN;
  const source = keyOfSource(own, port);
  const isKnown = reportProgress(source);
  const alerted = hasOpenEpisode(frame.sourceKey) ? LOGINS_SCANNER : 1;
  if (!isKnown) {
    const times = (inside ? LOGINS_SUM_INSIDE : LOGINS_SUM_OUTSIDE) * alerted;
    const sum = dueCount(source, shift, least * times, LOGINS_SUM_DISTINCT);
    if (sum) startForcing(source, port, sum, 0);
  }
  if (!reportProgress(own.key) && !isKnown) {
    const pair = dueCount(own.key, shift, least * alerted, 1);
    if (pair) startForcing(own.key, port, pair, 0);
  }
  if (inside || !isLogin(port)) return;
  const target = keyOfTarget(frame.targetHash, port);
  if (reportProgress(target)) return;
  const sum = dueCount(target, shift, least * LOGINS_SUM_SOURCES, LOGINS_SUM_DISTINCT + 1);
  if (sum) startForcing(target, port, sum, SESSION_IS_SHARED);
}

/** The count of this key, if it has reached the level and so many distinct ends. */
function dueCount(key: u32, shift: u32, least: u32, distinct: u32): LoginCount | null {
  const count = LoginCount.find(key);
  if (count == null) return null;
  count.drain(frame.now, shift);
  return <u32>count.level >= least && count.distinct >= distinct ? count : null;
}

/** True if the key has a session; reports its progress, if that is due. */
function reportProgress(key: u32): bool {
  const session = find(key);
  if (session == null) return false;
  if (session.flags & SESSION_HAS_PROGRESS) {
    session.flags &= ~SESSION_HAS_PROGRESS;
    reportBruteForce(session, STAGE_PROGRESS);
  }
  return true;
}

/** Counts a request to register over SIP by UDP: no connection tells how it ends. */
export function noteRegister(key: u32, port: u32): void {
  const count = LoginCount.enter(key, frame.now);
  count.drain(frame.now, LOGINS_DRAIN_SHIFT_SIP);
  count.add(LOGIN, frame.targetHash);
  extend(key, frame.targetHash);
  if (reportProgress(key) || <u32>count.level < LOGINS_SIP * LOGIN) return;
  startForcing(key, port, count, 0, SESSION_UDP);
}

function startForcing(key: u32, port: u32, count: LoginCount, flags: u32, udp: u8 = 0): void {
  const session = enter(key, port);
  session.familyAndUdp |= udp;
  session.flags |= <u8>(flags | SESSION_IS_FORCING);
  session.connections = count.connections;
  // One bit of the eight stands for four of the thirty-two.
  const bits = <u32>count.bits;
  for (let i: u32 = 0; i < 8; i++) session.bits |= ((bits >>> i) & 1) << (i << 2);
  session.number = <u16>nextNumber();
  reportBruteForce(session, STAGE_START);
}

// --- sessions -------------------------------------------------------------------------------------------------------

/** The session with this key; null if there is none. */
function find(key: u32): Session | null {
  for (let session = Session.head; session.isInTable; session = session.next) {
    if (session.key == key) return session;
  }
  return null;
}

/** A new session of the frame's source. With every entry in use, the longest silent one ends. */
function enter(key: u32, port: u32): Session {
  let chosen = Session.head;
  for (let session = Session.head; session.isInTable; session = session.next) {
    if (session.key == 0) {
      chosen = session;
      break;
    }
    if (<i32>(session.last - chosen.last) < 0) chosen = session;
  }
  if (chosen.key) reportEnd(chosen);
  chosen.clear();
  chosen.key = key;
  chosen.addressHigh = frame.sourceHigh;
  chosen.addressLow = frame.sourceLow;
  chosen.first = frame.now;
  chosen.last = frame.now;
  chosen.port = <u16>port;
  chosen.familyAndUdp = <u8>frame.family;
  chosen.flags = <u8>((direction() << 5) | (isAggregate() ? <u32>SESSION_IS_AGGREGATE : 0));
  return chosen;
}

function gainFoothold(own: Contact, port: u32): void {
  const known = find(own.key);
  if (known != null && known.flags & SESSION_HAS_FOOTHOLD) return;
  if (known) reportBruteForce(known, STAGE_END);
  const session = known == null ? enter(own.key, port) : known;
  session.flags = (session.flags | SESSION_HAS_FOOTHOLD) & ~(SESSION_IS_FORCING | SESSION_HAS_PROGRESS);
  session.last = frame.now;
  session.number = <u16>nextNumber();
  reportFoothold(session, STAGE_START);
  // Once per alert: the scan may have been spoofed in the name of a regular client.
  forgetScanner(frame.sourceKey);
}

/** Ends sessions that have been silent long enough; `all` ends every one. */
export function endSessions(now: u32, all: bool): void {
  for (let session = Session.head; session.isInTable; session = session.next) {
    if (session.key == 0) continue;
    if (!all && now - session.last < QUIET_MS && now - session.first < EPISODE_LIMIT_MS) continue;
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
  const protocol = session.isUdp ? PROTOCOL_UDP : PROTOCOL_TCP;
  const record = announce(stage, KIND_BRUTE_FORCE, severity, protocol, session.port, TECHNIQUE_T1110, number);
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

/** Fills in the client and the figures. A TCP session proves the client's address, so the record is not spoofable. */
function fillClient(record: ScanRecord, session: Session, confidence: u32): void {
  const connections = max<u32>(session.connections, 1);
  record.flags = <u8>(FLAG_SCAN | (session.flags & SESSION_IS_AGGREGATE ? FLAG_AGGREGATE : 0));
  record.targets = 1;
  if (session.flags & SESSION_IS_SHARED) {
    record.family = <u8>FAMILY_NONE;
    record.sources = session.distinct;
    record.flags = <u8>FLAG_SCAN;
  } else {
    record.family = session.familyAndUdp & ~SESSION_UDP;
    record.sourceHigh = session.addressHigh;
    record.sourceLow = session.addressLow;
    if (session.bits) record.targets = session.distinct;
  }
  if (session.isUdp) record.flags |= <u8>FLAG_SPOOFABLE;
  record.direction = <u8>session.direction;
  record.confidence = <u8>confidence;
  record.probes = connections;
  record.answered = connections;
  record.first = session.first;
  record.last = session.last;
}
