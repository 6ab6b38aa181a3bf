// Access to the tables of weights.ts: a situation's weights, gate and floor, and the confidence of an evidence.
import {
  CONFIDENCE,
  CONFIDENCES,
  FLOORS,
  GATES,
  SITUATION_ICMP_INBOUND,
  SITUATION_ICMP_INTERNAL,
  SITUATION_LINK,
  SITUATION_LINK_ONE_WAY,
  SITUATION_MORE_INTERNAL,
  SITUATION_OUT_NEAR,
  SITUATION_OUT_SCATTERED,
  SITUATION_TCP_INTERNAL,
  SITUATION_UDP_INTERNAL,
  SITUATIONS,
  WEIGHTS,
} from '../constants/weights';
import { CHECKED } from './checked';

const BREADTH_SITUATIONS: u32 =
  (1 << SITUATION_TCP_INTERNAL) |
  (1 << SITUATION_UDP_INTERNAL) |
  (1 << SITUATION_ICMP_INTERNAL) |
  (1 << SITUATION_LINK) |
  (1 << SITUATION_LINK_ONE_WAY) |
  (1 << SITUATION_MORE_INTERNAL);

/** A row of the table of weights. */
@unmanaged
export class Situation {
  /** True if the contact leads from home to the outside. */
  @inline
  static isOutside(situation: u32): bool {
    return situation >= SITUATION_OUT_SCATTERED && situation <= SITUATION_OUT_NEAR;
  }

  /** A neighbour's request on the link, ARP or neighbour discovery. */
  @inline
  static isLink(situation: u32): bool {
    return situation == SITUATION_LINK || situation == SITUATION_LINK_ONE_WAY;
  }

  /** Between hosts at home the weights are eighths of a host, and their sum is the source's breadth. */
  @inline
  static isBreadth(situation: u32): bool {
    return situation < 32 && ((BREADTH_SITUATIONS >> situation) & 1) != 0;
  }

  /** Of an echo request and its like, an answer is no conversation. */
  @inline
  static isPing(situation: u32): bool {
    return situation == SITUATION_ICMP_INBOUND || situation == SITUATION_ICMP_INTERNAL;
  }

  @inline
  static weightOf(situation: u32, state: u32): i32 {
    if (CHECKED) assert(situation < SITUATIONS && state < 8);
    return load<i16>(WEIGHTS + (situation << 4) + (state << 1));
  }

  @inline
  static gateOf(situation: u32): u32 {
    if (CHECKED) assert(situation < SITUATIONS);
    return load<u8>(GATES + situation);
  }

  /** The lowest evidence that answered contacts in this situation can lead to, 1/32 nat. */
  @inline
  static floorOf(situation: u32): i32 {
    if (CHECKED) assert(situation < SITUATIONS);
    return -((<i32>load<u8>(FLOORS + situation)) << 5);
  }

  /** Confidence in percent. `evidence`: 1/32 nat, not negative. */
  @inline
  static confidenceOf(evidence: i32): u32 {
    if (CHECKED) assert(evidence >= 0);
    return load<u8>(CONFIDENCE + min<u32>(evidence >>> 5, CONFIDENCES - 1));
  }
}
