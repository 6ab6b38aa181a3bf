// Breadth: how many hosts at home, and how many services of one host, a source has touched without a conversation. It is
// evidence by itself, whatever the outcomes: a scan of living, open hosts fails nowhere. Counts are kept, and evidence is
// a function of them (weights.ts, BREADTH_*): the logarithm of how rare so many are among honest sources.
import { DIRECTION_INBOUND, DIRECTION_INTERNAL } from '../constants/codes';
import {
  BREADTH_DOUBLING,
  BREADTH_DOUBLING_INBOUND,
  BREADTH_FADE_SHIFT,
  BREADTH_LEAST,
  BREADTH_LEAST_INBOUND,
  BREADTH_PACE_SHIFT,
  DEPTH_DOUBLING,
  DEPTH_ELSEWHERE,
  DEPTH_LEAST,
  DEPTH_MAX,
  LEARNED_MS,
  SITUATION_ACK,
  SITUATION_LINK,
  SITUATION_LINK_ONE_WAY,
  SITUATION_NONE,
  SITUATION_SHADOW,
  TRACEROUTE_PORT,
  TRACEROUTE_PORTS,
} from '../constants/weights';
import { frame } from '../frame/frame';
import { Source } from '../tables/source';
import { seesAnswers } from './contacts';
import { hasListened } from './listening';

/** A host, in the unit of the counts. */
const HOST: u32 = 8;
const UDP: u32 = 17;

/** Logarithm of n to the base 2 in 1/32, exact at powers of two and straight between them. */
function log2(n: u32): u32 {
  const whole = 31 - clz<u32>(n);
  return (whole << 5) + ((n << 5) >>> whole) - 32;
}

/** 1/32 nat. */
function tail(n: u32, least: u32, doubling: u32): i32 {
  return n <= least ? 0 : <i32>(((log2(n) - log2(least)) * doubling) >>> 5);
}

/** One look at a question says nothing of breadth here: the tap does not know yet who is here, or what is answered. */
function onlyPaceTells(way: u32): bool {
  return !seesAnswers(way) || !hasListened(LEARNED_MS);
}

/** The bits of a target's hash that name it among the hosts of one source. */
@inline
function tagOf(targetHash: u32): u16 {
  return <u16>(targetHash >>> 16);
}

/**
 * The source's first contact with the frame's target for this service, before its time is noted. Requests on the link
 * count when nobody answers: every conversation there begins with one.
 */
export function touch(source: Source, service: u32, situation: u32, way: u32): void {
  const growth = frame.targetHome ? source.homeHostBits.add(frame.targetHash) : 0;
  if (situation == SITUATION_NONE || situation == SITUATION_ACK || situation == SITUATION_SHADOW) return;
  if (situation == SITUATION_LINK) return;
  const paced = onlyPaceTells(way);
  // Without its answers a datagram's question looks like one that nobody answered.
  if (service >>> 16 == UDP && ((service & 0xffff) - TRACEROUTE_PORT < TRACEROUTE_PORTS || !seesAnswers(way))) return;
  if (way == DIRECTION_INBOUND || way == DIRECTION_INTERNAL) {
    let breadth = <u32>source.breadth;
    if (paced) breadth -= min<u32>(breadth, (frame.now - source.last) >>> BREADTH_PACE_SHIFT);
    source.breadth = <u16>min<u32>(breadth + growth, 0xffff);
  }
  if (situation != SITUATION_LINK_ONE_WAY) deepen(source);
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
export function touchFirst(source: Source, targetHash: u32): void {
  source.breadth = <u16>source.homeHostBits.add(targetHash);
  source.depthTag = tagOf(targetHash);
  source.depth = 1;
}

/** A request on the link that nobody answered. */
export function touchNobody(source: Source): void {
  source.breadth = <u16>min<u32>(<u32>source.breadth + HOST, 0xffff);
}

/** A host turned out to be no find: a conversation followed, or it is watched for good. */
export function takeBackTouch(source: Source, targetHash: u32): void {
  source.breadth -= <u16>min<u32>(source.breadth, HOST);
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

/** Hosts or services that the evidence stands on. */
export function breadthOf(source: Source, outside: bool): u32 {
  return outside ? source.depth : max<u32>(<u32>source.breadth >>> 3, source.depth);
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
    const breadth = <u32>source.breadth;
    if (breadth == 0) break;
    source.breadth = <u16>(breadth - max<u32>(breadth >>> BREADTH_FADE_SHIFT, 1));
  }
}
