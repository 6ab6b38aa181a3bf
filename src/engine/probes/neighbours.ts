// Who is on this link? ARP (RFC 826) and IPv6 neighbour discovery (RFC 4861) ask the same question in two languages.
import { COUNTER_DECODED, COUNTER_MALFORMED_ARP, COUNTER_MALFORMED_TRANSPORT, DIRECTION_INTERNAL, TOOL_NONE } from '../codes';
import { seesAnswers } from '../contacts';
import { hasInbound } from '../episodes';
import { frame, setIPv4, setSourceIPv6, setTargetIPv6 } from '../frame';
import { hash1 } from '../hash';
import { markPresent } from '../presence';
import { isGateway, isRouter, noteAsker } from '../routers';
import { ARP_SERVICE, ND_SERVICE } from '../service';
import { CLASS_ARP, CLASS_ND } from '../sources';
import { SITUATION_LINK, SITUATION_LINK_ONE_WAY, SITUATION_NONE, SITUATION_SHADOW } from '../weights';
import { answer, asked, attempt } from './attempt';

// ARP for IPv4 over 6-byte link addresses: +0 0x0001 0x0800, +4 6 4, +6 operation, +8 sender MAC, +14 sender, +18 MAC, +24 target.
const ARP_BYTES: u32 = 28;

export function observeArp(at: u32, end: u32): u32 {
  if (at + ARP_BYTES > end) return COUNTER_MALFORMED_ARP;
  if (load<u32>(at) != 0x00080100 || load<u16>(at, 4) != 0x0406) return COUNTER_MALFORMED_ARP;
  const operation = <u32>bswap<u16>(load<u16>(at, 6));
  if (operation != 1 && operation != 2) return COUNTER_DECODED;
  const sender = load<u32>(at, 14);
  const target = load<u32>(at, 24);
  // Sender 0: a probe whether an address is free (RFC 5227). Sender = target: an announcement.
  if (sender == 0) return COUNTER_DECODED;
  setIPv4(sender, target);
  onLink();
  markPresent(frame.sourceHash, frame.now);
  if (sender == target || target == 0) return COUNTER_DECODED;
  if (operation == 2) {
    if (asked(ARP_SERVICE) == 0) frame.targetKey = shadowKey(frame.targetHash);
    answer(ARP_SERVICE);
    return COUNTER_DECODED;
  }
  const situation = linkSituation();
  noteAsker();
  if (situation == SITUATION_SHADOW) frame.sourceKey = shadowKey(frame.sourceHash);
  attempt(ARP_SERVICE, 0, CLASS_ARP, situation, situation, 0, TOOL_NONE, 0);
  return COUNTER_DECODED;
}

/**
 * A router asks on behalf of others. Its questions are no evidence against it; but many for addresses that do not exist are
 * the shadow of a sweep behind it, unless the sweeper himself is in view and told already.
 */
function linkSituation(): u32 {
  const oneWay = !seesAnswers(DIRECTION_INTERNAL);
  if (isRouter(frame.mac) || (oneWay && isGateway())) return hasInbound() ? SITUATION_NONE : SITUATION_SHADOW;
  return oneWay ? SITUATION_LINK_ONE_WAY : SITUATION_LINK;
}

/** The router's shadow is counted apart from the router. */
function shadowKey(hash: u32): u32 {
  return hash1(hash ^ 0x5ade0000);
}

/** Neighbour discovery stays on its link, so both ends are at home whatever the config says. */
function onLink(): void {
  frame.sourceHome = true;
  frame.targetHome = true;
  frame.sourceKey = frame.sourceHash;
  frame.targetKey = frame.targetHash;
}

/** Neighbour solicitation: type 135, target address at +8 (RFC 4861 section 4.3). */
export function observeSolicitation(): u32 {
  if (frame.captured < 24) return COUNTER_MALFORMED_TRANSPORT;
  // From the unspecified address: duplicate address detection (RFC 4862), a newcomer's honest question.
  if (frame.sourceHigh == 0 && frame.sourceLow == 0) return COUNTER_DECODED;
  setTargetIPv6(frame.transport + 8);
  onLink();
  markPresent(frame.sourceHash, frame.now);
  const situation: u32 = isRouter(frame.mac) ? SITUATION_NONE : seesAnswers(DIRECTION_INTERNAL) ? SITUATION_LINK : SITUATION_LINK_ONE_WAY;
  attempt(ND_SERVICE, 0, CLASS_ND, situation, situation, 0, TOOL_NONE, 0);
  return COUNTER_DECODED;
}

/** Neighbour advertisement: the address spoken for is in the body, not in the IP header (RFC 4861 section 4.4). */
export function observeAdvertisement(): u32 {
  if (frame.captured < 24) return COUNTER_MALFORMED_TRANSPORT;
  setSourceIPv6(frame.transport + 8);
  onLink();
  markPresent(frame.sourceHash, frame.now);
  if (!frame.toGroup) answer(ND_SERVICE);
  return COUNTER_DECODED;
}
