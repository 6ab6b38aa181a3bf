// Conversations that are watched: logins tried again and again (T1110), and the scanner that comes back to a service it had
// probed and moves data (T1595.001 -> T1133, T1190). Few at a time; nothing else needs state for a whole conversation.
//
//   +0  u32 key of the contact, 0: free      +4  u32 the client's sequence number when the conversation began
//   +8  u64 u64 address of the client        +24 u32 first, ms      +28 u32 time up to which the level is drained, ms
//   +32 u16 connections  +34 u16 number of its story, low half   +36 u16 level, 1/16 connection   +38 u16 service's port
//   +40 u32 the server's sequence number when the conversation began
//   +44 u8 family  +45 u8 bits 5-7: direction, the others flags  +46 u8 of the client's port  +47 u8 free
import { SESSION_BYTES, SESSION_SLOTS, SESSIONS_AT } from './memory';
import {
  DIRECTION_INBOUND, DIRECTION_INTERNAL, FLAG_AGGREGATE, FLAG_SCAN, KIND_BRUTE_FORCE, KIND_FOOTHOLD, PROTOCOL_TCP, RECORD_ANSWERED, RECORD_CONFIDENCE,
  RECORD_DIRECTION, RECORD_FAMILY, RECORD_FIRST, RECORD_FLAGS, RECORD_LAST, RECORD_PROBES, RECORD_SOURCE, RECORD_TARGETS, SEVERITY_CRITICAL, SEVERITY_HIGH,
  SEVERITY_MEDIUM, STAGE_END, STAGE_PROGRESS, STAGE_START, TECHNIQUE_T1021, TECHNIQUE_T1110, TECHNIQUE_T1133, TECHNIQUE_T1190,
} from './codes';
import { forgetScanner, isAtWork, noteTalk } from './episodes';
import { direction, frame, isAggregate } from './frame';
import { announce } from './notices';
import { fullNumber, nextNumber } from './records';
import {
  EPISODE_LIMIT_MS, FOOTHOLD_RECEIVED, FOOTHOLD_SENT, LOGIN_WORKED, LOGINS_DRAIN_SHIFT_INSIDE, LOGINS_DRAIN_SHIFT_OUTSIDE, LOGINS_INSIDE, LOGINS_OUTSIDE, LOGINS_SCANNER, QUIET_MS,
} from './weights';

const CLIENT_SEQUENCE = 4;
const ADDRESS = 8;
const FIRST = 24;
const DRAINED = 28;
const CONNECTIONS = 32;
const NUMBER = 34;
const LEVEL = 36;
const PORT = 38;
const SERVER_SEQUENCE = 40;
const FAMILY = 44;
const FLAGS = 45;
const CLIENT_PORT = 46;
const END: u32 = SESSIONS_AT + SESSION_SLOTS * SESSION_BYTES;

const IS_AGGREGATE: u8 = 1;
/** Brute force was told: connections double from record to record. */
const IS_FORCING: u8 = 2;
/** The client is known as a scanner: how much it moves counts. */
const IS_SCANNERS: u8 = 4;
const HAS_FOOTHOLD: u8 = 8;
/** They have said something to each other: a banner was read. */
const HAS_TALKED: u8 = 16;

// @ts-ignore: decorator
@inline
function directionOf(at: u32): u32 {
  return load<u8>(at, FLAGS) >>> 5;
}

/** What is kept of the port of the frame's sender: enough to tell connections apart. */
function portTag(): u8 {
  const port = load<u16>(frame.transport);
  return <u8>(port ^ (port >>> 8));
}

/** Ports where a login stands behind the greeting, and honest clients stay rather than come again (RFC 6335's registry). */
export function isLogin(port: u32): bool {
  if (port < 64) return ((<u64>1 << <u64>port) & 0xe00000) != 0; // 21, 22, 23
  return port == 3389 || port == 5900 || port == 2222 || port == 2323;
}

function isRemoteAccess(port: u32): bool {
  return isLogin(port) || port == 445 || port == 139 || port == 135 || port == 5985 || port == 5986 || port == 1194 || port == 1723;
}

/** The conversation under this key of a contact, 0 where it is not watched. */
function find(key: u32): u32 {
  for (let at: u32 = SESSIONS_AT; at < END; at += SESSION_BYTES) {
    if (load<u32>(at) == key) return at;
  }
  return 0;
}

/** The frame's conversation; a new one takes a free place, or that of the longest silent which told nothing yet. */
function enter(key: u32, port: u32): u32 {
  const known = find(key);
  if (known) return known;
  let victim: u32 = 0;
  let longest: u32 = 0;
  for (let at: u32 = SESSIONS_AT; at < END; at += SESSION_BYTES) {
    const silence: u32 = load<u32>(at) ? min<u32>(frame.now - load<u32>(at, DRAINED), i32.MAX_VALUE) + 1 : u32.MAX_VALUE;
    if (silence > longest && (load<u8>(at, FLAGS) & (IS_FORCING | HAS_FOOTHOLD)) == 0) {
      longest = silence;
      victim = at;
    }
  }
  if (victim == 0) {
    // All of them have something to tell: the longest silent has told it.
    victim = SESSIONS_AT;
    for (let at: u32 = SESSIONS_AT; at < END; at += SESSION_BYTES) {
      if (<i32>(load<u32>(at, DRAINED) - load<u32>(victim, DRAINED)) < 0) victim = at;
    }
    reportEnd(victim);
  }
  memory.fill(victim, 0, SESSION_BYTES);
  store<u32>(victim, key);
  store<u64>(victim, frame.sourceHigh, ADDRESS);
  store<u64>(victim, frame.sourceLow, ADDRESS + 8);
  store<u32>(victim, frame.now, FIRST);
  store<u32>(victim, frame.now, DRAINED);
  store<u16>(victim, <u16>port, PORT);
  store<u8>(victim, <u8>frame.family, FAMILY);
  store<u8>(victim, <u8>((direction() << 5) | (isAggregate() ? <u32>IS_AGGREGATE : 0)), FLAGS);
  return victim;
}

/**
 * One more connection of the frame's source to a login service, its handshake finished.
 */
export function noteLogin(key: u32, port: u32): void {
  const at = enter(key, port);
  const inside = directionOf(at) != DIRECTION_INBOUND;
  const connections = min<u32>(<u32>load<u16>(at, CONNECTIONS) + 1, 0xffff);
  store<u16>(at, <u16>connections, CONNECTIONS);
  const level = min<u32>(drainedLevel(at, inside) + 16, 0xffff);
  store<u16>(at, <u16>level, LEVEL);
  const flags = load<u8>(at, FLAGS);
  if (flags & IS_FORCING) {
    // At 16, 64, 256 ...
    if (connections >= 16 && popcnt<u32>(connections) == 1 && (ctz<u32>(connections) & 1) == 0) reportBruteForce(at, STAGE_PROGRESS);
  } else if ((flags & HAS_FOOTHOLD) == 0 && level >= ((inside ? LOGINS_INSIDE : LOGINS_OUTSIDE) << 4) * (isAtWork(frame.sourceKey) ? LOGINS_SCANNER : 1)) {
    store<u8>(at, flags | IS_FORCING, FLAGS);
    store<u16>(at, <u16>nextNumber(), NUMBER);
    reportBruteForce(at, STAGE_START);
  }
}

/** Sixteenths that time has taken; what is less than a sixteenth is kept for later. */
function drainedLevel(at: u32, inside: bool): u32 {
  const shift = (inside ? LOGINS_DRAIN_SHIFT_INSIDE : LOGINS_DRAIN_SHIFT_OUTSIDE) - 4;
  const units = (frame.now - load<u32>(at, DRAINED)) >>> shift;
  store<u32>(at, load<u32>(at, DRAINED) + (units << shift), DRAINED);
  const level = <u32>load<u16>(at, LEVEL);
  return level - min<u32>(level, units);
}

/** From this handshake on it counts what they say to each other. `scanner`: the client has been accused. */
export function followSession(key: u32, port: u32, clientSequence: u32, serverSequence: u32, scanner: bool): void {
  const at = enter(key, port);
  store<u32>(at, clientSequence, CLIENT_SEQUENCE);
  store<u32>(at, serverSequence, SERVER_SEQUENCE);
  store<u8>(at, portTag(), CLIENT_PORT);
  if (!scanner) return;
  store<u32>(at, frame.now, DRAINED);
  store<u8>(at, load<u8>(at, FLAGS) | IS_SCANNERS, FLAGS);
}

/**
 * The client of a watched conversation goes on. `sequence` ends its segment, `acknowledged` is what it has of the server. False
 * where there is nothing left to learn from it.
 */
export function followClient(key: u32, sequence: u32, acknowledged: u32): bool {
  const at = find(key);
  if (at == 0) return false;
  const sent = sequence - load<u32>(at, CLIENT_SEQUENCE);
  const received = acknowledged - load<u32>(at, SERVER_SEQUENCE);
  // Another connection between the same two has numbers of its own, which mostly look like gigabytes.
  if (load<u8>(at, CLIENT_PORT) != portTag() || sent >= 0x10000000 || received >= 0x10000000) return true;
  const flags = load<u8>(at, FLAGS);
  if (flags & IS_SCANNERS) {
    store<u32>(at, frame.now, DRAINED);
    if ((sent | received) != 0 && (flags & HAS_TALKED) == 0) {
      store<u8>(at, flags | HAS_TALKED, FLAGS);
      noteTalk(frame.sourceKey);
    }
    if ((flags & HAS_FOOTHOLD) == 0 && (sent >= FOOTHOLD_SENT || received >= FOOTHOLD_RECEIVED)) gainFoothold(at);
  }
  if (received < LOGIN_WORKED) return true;
  if ((flags & IS_FORCING) == 0) store<u16>(at, 0, LEVEL);
  return (flags & IS_SCANNERS) != 0;
}

function gainFoothold(at: u32): void {
  const flags = load<u8>(at, FLAGS);
  if (flags & IS_FORCING) reportBruteForce(at, STAGE_END);
  store<u8>(at, (flags | HAS_FOOTHOLD) & ~IS_FORCING, FLAGS);
  store<u16>(at, <u16>nextNumber(), NUMBER);
  reportFoothold(at, STAGE_START);
  // Once for each time it is accused: a scan may be forged in the name of somebody who comes here every day.
  forgetScanner(frame.sourceKey);
}

/** Ends what has been silent long enough, or everything. */
export function endSessions(now: u32, all: bool): void {
  for (let at: u32 = SESSIONS_AT; at < END; at += SESSION_BYTES) {
    if (load<u32>(at) == 0 || (load<u8>(at, FLAGS) & (IS_FORCING | HAS_FOOTHOLD)) == 0) continue;
    if (!all && now - load<u32>(at, DRAINED) < QUIET_MS && now - load<u32>(at, FIRST) < EPISODE_LIMIT_MS) continue;
    reportEnd(at);
    store<u32>(at, 0);
    store<u8>(at, 0, FLAGS);
  }
}

function reportEnd(at: u32): void {
  if (load<u8>(at, FLAGS) & IS_FORCING) reportBruteForce(at, STAGE_END);
  else reportFoothold(at, STAGE_END);
}

function reportBruteForce(at: u32, stage: u32): void {
  const inbound = directionOf(at) == DIRECTION_INBOUND;
  const record = announce(stage, KIND_BRUTE_FORCE, inbound ? SEVERITY_MEDIUM : SEVERITY_HIGH, PROTOCOL_TCP, load<u16>(at, PORT), TECHNIQUE_T1110, fullNumber(load<u16>(at, NUMBER)));
  if (record) reportClient(record, at, 90);
}

function reportFoothold(at: u32, stage: u32): void {
  const port = <u32>load<u16>(at, PORT);
  const technique = directionOf(at) == DIRECTION_INTERNAL ? TECHNIQUE_T1021 : isRemoteAccess(port) ? TECHNIQUE_T1133 : TECHNIQUE_T1190;
  const record = announce(stage, KIND_FOOTHOLD, SEVERITY_CRITICAL, PROTOCOL_TCP, port, technique, fullNumber(load<u16>(at, NUMBER)));
  if (record) reportClient(record, at, 97);
}

/** Client and figures. Nobody talks with a server from an address that is not his: not spoofable. */
function reportClient(record: u32, at: u32, confidence: u32): void {
  const connections = max<u32>(load<u16>(at, CONNECTIONS), 1);
  store<u8>(record, load<u8>(at, FAMILY), RECORD_FAMILY);
  store<u64>(record, load<u64>(at, ADDRESS), RECORD_SOURCE);
  store<u64>(record, load<u64>(at, ADDRESS + 8), RECORD_SOURCE + 8);
  store<u8>(record, <u8>(FLAG_SCAN | (load<u8>(at, FLAGS) & IS_AGGREGATE ? FLAG_AGGREGATE : 0)), RECORD_FLAGS);
  store<u8>(record, <u8>directionOf(at), RECORD_DIRECTION);
  store<u8>(record, <u8>confidence, RECORD_CONFIDENCE);
  store<u32>(record, 1, RECORD_TARGETS);
  store<u32>(record, connections, RECORD_PROBES);
  store<u32>(record, connections, RECORD_ANSWERED);
  store<u32>(record, load<u32>(at, FIRST), RECORD_FIRST);
  store<u32>(record, load<u32>(at, DRAINED), RECORD_LAST);
}
