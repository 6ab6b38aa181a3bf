// Neighbours on this link: ARP (RFC 826) and IPv6 neighbour discovery (RFC 4861) make the same request.
import {
  COUNTER_DECODED,
  COUNTER_MALFORMED_ARP,
  COUNTER_MALFORMED_TRANSPORT,
  DIRECTION_INTERNAL,
  TOOL_NONE,
} from '../constants/codes';
import { SITUATION_LINK, SITUATION_LINK_ONE_WAY, SITUATION_NONE, SITUATION_SHADOW } from '../constants/weights';
import { seesAnswers } from '../detector/contacts';
import { hasInbound } from '../detector/episodes';
import { markPresent } from '../detector/presence';
import { isGateway, isRouter, noteAsker } from '../detector/routers';
import { ARP_SERVICE, ND_SERVICE } from '../detector/service';
import { Addresses, frame } from '../frame/frame';
import { ArpHeader, IPv6Address } from '../frame/headers';
import { Hash } from '../tables/hash';
import { CLASS_ARP, CLASS_ND } from '../tables/source';
import { answer, attempt, Request } from './attempt';

const ARP_BYTES: u32 = 28;
/** Hardware type Ethernet and protocol IPv4, and their address lengths 6 and 4, as they lie in memory. */
const ETHERNET_IPV4_RAW: u32 = 0x00080100;
const LENGTHS_RAW: u32 = 0x0406;
const REQUEST: u32 = 1;
const REPLY: u32 = 2;

export function observeArp(at: u32, end: u32): u32 {
  if (at + ARP_BYTES > end) return COUNTER_MALFORMED_ARP;
  const arp = ArpHeader.at(at);
  if (arp.hardwareAndProtocolRaw != ETHERNET_IPV4_RAW || arp.addressLengthsRaw != LENGTHS_RAW)
    return COUNTER_MALFORMED_ARP;
  const operation = arp.operation;
  if (operation != REQUEST && operation != REPLY) return COUNTER_DECODED;
  const sender = arp.senderRaw;
  const target = arp.targetRaw;
  // Sender 0: a probe for a free address. Sender equal to target: an announcement (RFC 5227 section 2).
  if (sender == 0) return COUNTER_DECODED;
  Addresses.setIPv4(sender, target);
  onLink();
  markPresent(frame.sourceHash, frame.now);
  if (sender == target || target == 0) return COUNTER_DECODED;
  if (operation == REPLY) {
    if (Request.find(ARP_SERVICE) == null) frame.targetKey = shadowKey(frame.targetHash);
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
 * The situation of an ARP request. A router sends requests on behalf of others, so they are not evidence against it.
 * Many of them for absent addresses are the shadow of a sweep behind the router, unless the sweep's source is visible
 * and has an alert already.
 */
function linkSituation(): u32 {
  const oneWay = !seesAnswers(DIRECTION_INTERNAL);
  if (isRouter(frame.mac) || (oneWay && isGateway())) return hasInbound() ? SITUATION_NONE : SITUATION_SHADOW;
  return oneWay ? SITUATION_LINK_ONE_WAY : SITUATION_LINK;
}

/** The source key of a router's ARP shadow, which is counted apart from the router. */
function shadowKey(hash: u32): u32 {
  return Hash.of(hash ^ 0x5ade0000);
}

/** Marks both ends as home, whatever the config says: ARP and neighbour discovery never leave the link. */
function onLink(): void {
  frame.sourceHome = true;
  frame.targetHome = true;
  frame.sourceKey = frame.sourceHash;
  frame.targetKey = frame.targetHash;
}

/** Handles a neighbour solicitation: type 135, target address at +8 (RFC 4861 section 4.3). */
export function observeSolicitation(): u32 {
  if (frame.captured < 24) return COUNTER_MALFORMED_TRANSPORT;
  // From the unspecified address: duplicate address detection by a new host (RFC 4862 section 5.4).
  if (frame.sourceHigh == 0 && frame.sourceLow == 0) return COUNTER_DECODED;
  Addresses.setTargetIPv6(IPv6Address.at(frame.transport + 8));
  onLink();
  markPresent(frame.sourceHash, frame.now);
  let situation: u32 = SITUATION_NONE;
  if (!isRouter(frame.mac)) situation = seesAnswers(DIRECTION_INTERNAL) ? SITUATION_LINK : SITUATION_LINK_ONE_WAY;
  attempt(ND_SERVICE, 0, CLASS_ND, situation, situation, 0, TOOL_NONE, 0);
  return COUNTER_DECODED;
}

/** Handles a neighbour advertisement: the target address is in the body, at +8 (RFC 4861 section 4.4). */
export function observeAdvertisement(): u32 {
  if (frame.captured < 24) return COUNTER_MALFORMED_TRANSPORT;
  Addresses.setSourceIPv6(IPv6Address.at(frame.transport + 8));
  onLink();
  markPresent(frame.sourceHash, frame.now);
  if (!frame.toGroup) answer(ND_SERVICE);
  return COUNTER_DECODED;
}
