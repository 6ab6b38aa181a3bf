// Breadth: how many hosts at home, and how many services of one host, a source has touched without a conversation. It is
// evidence by itself, whatever the outcomes: a scan of living, open hosts fails nowhere. Counts are kept, and evidence is
// a function of them (weights.ts, BREADTH_*): the logarithm of how rare so many are among honest sources.
//
// Between hosts at home it takes the place of the random walk. The walk takes each failure for one more independent
// mishap; but honest lists (of a monitor, a backup, a profile) are dead or alive as a whole, and twenty dead entries are
// one mishap. So there each host counts by its outcome, and the sum weighs by its logarithm.
import { DIRECTION_INBOUND } from '../constants/codes';
import {
  BREADTH_BURST,
  BREADTH_BURST_MS,
  BREADTH_CREDIT_FADE_SHIFT,
  BREADTH_DOUBLING,
  BREADTH_DOUBLING_INBOUND,
  BREADTH_FADE_SHIFT,
  BREADTH_FLOOR,
  BREADTH_LEAST,
  BREADTH_LEAST_INBOUND,
  BREADTH_PACE_SHIFT,
  DEPTH_DOUBLING,
  DEPTH_ELSEWHERE,
  DEPTH_LEAST,
  DEPTH_MAX,
  LEARNED_MS,
  SITUATION_ACK,
  SITUATION_NONE,
  SITUATION_SHADOW,
  STATE_DARK,
  TRACEROUTE_PORT,
  TRACEROUTE_PORTS,
} from '../constants/weights';
import { frame } from '../frame/frame';
import { Situation } from '../tables/situation';
import { Source } from '../tables/source';
import { hasListened } from './listening';
import { seesAnswers } from './paths';

/** A host, in the unit of the counts. */
const HOST: i32 = 8;
const MOST: i32 = 0x7fff;
const UDP: u32 = 17;

/** Logarithm of n to the base 2 in 1/32, exact at powers of two and straight between them. */
function log2(n: u32): u32 {
  const whole = 31 - clz<u32>(n);
  return (whole << 5) + ((n << 5) >>> whole) - 32;
}

/** 1/32 nat. */
function tail(n: i32, least: u32, doubling: u32): i32 {
  return n <= <i32>least ? 0 : <i32>(((log2(n) - log2(least)) * doubling) >>> 5);
}

/** The bits of a target's hash that name it among the hosts of one source. */
function tagOf(targetHash: u32): u8 {
  return <u8>(targetHash >>> 24);
}

/**
 * What a contact in this state weighs: 1/32 nat, or eighths of a host. Once the tap has learned who is here, an address
 * that has never spoken is no longer one that may just be new to it: nobody has had a reason to ask for it for days.
 */
export function weightNow(situation: u32, state: u32): i32 {
  const weight = Situation.weightOf(situation, state);
  const isSure = state == STATE_DARK && Situation.isBreadth(situation) && hasListened(LEARNED_MS);
  return isSure ? weight + (weight >> 1) : weight;
}

/** More or less breadth; credit grows to the floor and no further. */
export function addBreadth(source: Source, delta: i32): void {
  const old = <i32>source.breadth;
  source.breadth = <i16>min<i32>(max<i32>(old + delta, min<i32>(old, BREADTH_FLOOR)), MOST);
}

/**
 * The source's first contact with the frame's target for this service, before its time is noted. What the contact weighs
 * is returned: a host that shares its bit with another weighs nothing, and the others more.
 */
export function touch(source: Source, service: u32, situation: u32, state: u32, way: u32): i32 {
  const weight = weightNow(situation, state);
  const isLink = Situation.isLink(situation);
  // Who asks for a link address has not touched the host yet.
  const growth = frame.targetHome && !isLink ? <i32>source.homeHostBits.add(frame.targetHash) : 0;
  if (situation == SITUATION_NONE || situation == SITUATION_ACK || situation == SITUATION_SHADOW) return weight;
  // As long as the tap does not know who is here, or what is answered, only pace tells a sweep from a list.
  // A neighbour reveals itself by its own broadcasts, so for the link ten minutes suffice.
  if (!hasListened(LEARNED_MS) || (!isLink && !seesAnswers(way))) slacken(source);
  if (!isLink && asksForService(service, way)) deepen(source);
  if (way == DIRECTION_INBOUND) addBreadth(source, growth);
  if (!Situation.isBreadth(situation)) return weight;
  if (weight > 0 && frame.now - source.last < BREADTH_BURST_MS) addBreadth(source, BREADTH_BURST);
  return isLink ? weight : (weight * growth) >> 3;
}

/**
 * The request is for something that the target may offer, and its answer would be seen. Without answers each datagram
 * looks like one that met nobody; traceroute's ports (one for each packet) are nobody's service.
 */
export function asksForService(service: u32, way: u32): bool {
  if (service >>> 16 != UDP) return true;
  return (service & 0xffff) - TRACEROUTE_PORT >= TRACEROUTE_PORTS && seesAnswers(way);
}

/** Time takes hosts from the breadth. */
function slacken(source: Source): void {
  const breadth = <i32>source.breadth;
  if (breadth <= 0) return;
  source.breadth = <i16>(breadth - min<i32>(breadth, (frame.now - source.last) >>> BREADTH_PACE_SHIFT));
}

/** One more service of the host whose services are counted, or of another. */
function deepen(source: Source): void {
  const tag = tagOf(frame.targetHash);
  const depth = <u32>source.depth;
  if (source.depthTag == tag && depth != 0) {
    source.depth = <u8>min<u32>(depth + 1, DEPTH_MAX);
    return;
  }
  const elsewhere = <u32>source.elsewhere + 1;
  if (elsewhere <= depth * DEPTH_ELSEWHERE) {
    source.elsewhere = <u8>elsewhere;
    return;
  }
  source.depthTag = tag;
  source.depth = 1;
  source.elsewhere = 0;
}

/** The contact that a source made in probation, with a host at home. */
export function touchFirst(source: Source, targetHash: u32, situation: u32): void {
  if (Situation.isLink(situation)) return;
  const growth = source.homeHostBits.add(targetHash);
  if (!Situation.isBreadth(situation)) source.breadth = <i16>growth;
  source.depthTag = tagOf(targetHash);
  source.depth = 1;
}

/** A host from outside's view turned out to be no find: a conversation followed. So did one of its services. */
export function takeBackTouch(source: Source, situation: u32, targetHash: u32): void {
  // Visits outside are no credit at home.
  if (!Situation.isBreadth(situation) && !Situation.isOutside(situation)) addBreadth(source, -HOST);
  if (source.depth != 0 && source.depthTag == tagOf(targetHash)) source.depth--;
}

/** Evidence by breadth, 1/32 nat; `outside`: towards the outside, where only the services of one host count. */
export function breadthEvidence(source: Source, outside: bool): i32 {
  const depth = tail(source.depth, DEPTH_LEAST, DEPTH_DOUBLING);
  if (outside) return depth;
  const hosts =
    source.direction == DIRECTION_INBOUND
      ? tail(source.breadth, BREADTH_LEAST_INBOUND, BREADTH_DOUBLING_INBOUND)
      : tail(source.breadth, BREADTH_LEAST, BREADTH_DOUBLING);
  return max<i32>(depth, hosts);
}

/** True where there is no such evidence: of most sources. */
export function isNarrow(source: Source): bool {
  return <i32>source.breadth <= <i32>BREADTH_LEAST_INBOUND && <u32>source.depth <= DEPTH_LEAST;
}

/** Hosts or services that the evidence stands on. */
export function breadthOf(source: Source, outside: bool): u32 {
  return outside ? source.depth : <u32>max<i32>(max<i32>(source.breadth, 0) >> 3, source.depth);
}

export function forgetBreadth(source: Source): void {
  source.homeHosts = 0;
  source.breadth = 0;
  source.depth = 0;
  source.elsewhere = 0;
}

/** Called every FADE_MS, or later for several. */
export function fadeBreadth(source: Source, steps: u32): void {
  for (let i: u32 = 0; i < min<u32>(steps, 256); i++) {
    const breadth = <i32>source.breadth;
    if (breadth == 0) break;
    const faded: i32 = breadth > 0 ? max(breadth >> BREADTH_FADE_SHIFT, 1) : breadth >> BREADTH_CREDIT_FADE_SHIFT;
    source.breadth = <i16>(breadth - faded);
  }
}
