// What is inside an encapsulation: decoded in a loop, and believed or not. docs/DETECTION.md, "Mirrors and tunnels",
// has the rule and its reasons.
import {
  COUNTER_FRAMES,
  COUNTER_MALFORMED_LINK,
  COUNTER_UNWRAPPED,
  LINK_ETHERNET,
  LINK_IEEE80211,
} from '../constants/codes';
import { FED_FIRST_WINDOW, FED_LAST_WINDOW, MAX_DEPTH, MIRROR_FRAMES, TUNNEL_FRAMES } from '../constants/weights';
import { markPresent } from '../detector/presence';
import { frame } from '../frame/frame';
import { EthernetHeader } from '../frame/headers';
import { BatchFrame } from '../tables/batch-frame';
import { Counter } from '../tables/counter';
import { ENCAPSULATED, inner, leaveClosed, TRUST_TUNNEL, TRUST_WIRE } from './encapsulation';
import { decodeTyped } from './packet';
import { decodeIeee80211 } from './wifi';

/** The address that most tunnels lead to, by its hash, and by how many frames they outnumber the others. */
let collector: u32 = 0;
let votes: u32 = 0;
/** Votes to believe it; more once a tunnel was seen in both directions. */
let needed: u32 = MIRROR_FRAMES;

/** Frames of tunnels in a window, where it began among all frames, and its size. */
let seen: u32 = 0;
let began: u32 = 0;
let size: u32 = FED_FIRST_WINDOW;
let isFed: bool = false;

export function resetTunnels(): void {
  collector = 0;
  votes = 0;
  needed = MIRROR_FRAMES;
  seen = 0;
  began = 0;
  size = FED_FIRST_WINDOW;
  isFed = false;
}

/** Decodes what `inner` describes. */
export function unwrap(): u32 {
  let fate = ENCAPSULATED;
  let hasTunnel = false;
  let isOpen = false;
  for (let depth: u32 = 0; fate == ENCAPSULATED; depth++) {
    const trust = inner.trust;
    if (depth == MAX_DEPTH) return leaveClosed();
    if (trust != TRUST_WIRE) {
      // Of the tunnels in one frame one is taken on trust.
      if ((trust == TRUST_TUNNEL && hasTunnel) || !isBelieved(trust)) return leaveClosed();
      if (trust == TRUST_TUNNEL) hasTunnel = true;
      if (!isOpen) Counter.count(COUNTER_UNWRAPPED);
      isOpen = true;
      markPresent(frame.sourceHash, frame.now);
    }
    fate = decodeInside();
  }
  return fate;
}

function decodeInside(): u32 {
  const kind = inner.kind;
  const at = inner.at;
  const end = inner.end;
  if (kind == LINK_ETHERNET) {
    if (at + 14 > end) return COUNTER_MALFORMED_LINK;
    const ethernet = EthernetHeader.at(at);
    frame.toGroup = ethernet.isToGroup;
    frame.mac = ethernet.sourceAndType & 0xffffffffffff;
    frame.receiverAt = at;
    return decodeTyped(ethernet.etherType, at + 14, end, inner.wire);
  }
  // On the wire, labels and tags stand behind the link addresses of the frame itself.
  if (inner.trust != TRUST_WIRE) {
    frame.toGroup = false;
    frame.mac = 0;
    frame.receiverAt = 0;
  }
  if (kind == LINK_IEEE80211) return decodeIeee80211(at, end, end);
  return decodeTyped(kind, at, end, inner.wire);
}

/**
 * Both ends are home: from outside, anybody can send a tunnel that says anything. What may also be a tunnel between
 * hosts must be all that the tap gets, or lead one way only.
 */
function isBelieved(trust: u32): bool {
  if (!frame.sourceHome || !(frame.targetHome || frame.toGroup)) return false;
  if (trust != TRUST_TUNNEL) return true;
  const isFeed = takeShare();
  return isOneWay() || isFeed;
}

/** Tunnels were two thirds of all frames, in the window before. */
function takeShare(): bool {
  if (++seen >= size) {
    // The counter knows those up to this batch.
    const position = Counter.read(COUNTER_FRAMES) + BatchFrame.countBefore(inner.at);
    isFed = position - began <= seen + (seen >>> 1);
    began = position;
    seen = 0;
    size = min<u32>(size << 1, FED_LAST_WINDOW);
  }
  return isFed;
}

/** The collector of a mirror sends none of its own. Majority vote: Boyer and Moore 1991. */
function isOneWay(): bool {
  if (frame.sourceHash == frame.targetHash) return false;
  if (frame.sourceHash == collector) {
    votes = 0;
    needed = TUNNEL_FRAMES;
    return false;
  }
  if (frame.targetHash == collector) votes = min<u32>(votes + 1, TUNNEL_FRAMES);
  else if (votes) {
    votes--;
    return false;
  } else {
    collector = frame.targetHash;
    votes = 1;
  }
  return votes >= needed;
}
