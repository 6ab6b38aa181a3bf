// Neighbours on this link: ARP (RFC 826) and IPv6 neighbour discovery (RFC 4861) make the same request.
import { COUNTER_DECODED, COUNTER_MALFORMED_ARP, COUNTER_MALFORMED_TRANSPORT, TOOL_NONE } from '../constants/codes';
import { SITUATION_LINK, SITUATION_LINK_ONE_WAY, SITUATION_NONE, SITUATION_SHADOW } from '../constants/weights';
import { claimed } from '../detector/contacts';
import { hasInboundScanner } from '../detector/episodes';
import { PATH_LINK, seesAnswers } from '../detector/paths';
import { isPresent, markPresent } from '../detector/presence';
import { isGateway, isRouter, noteAsker } from '../detector/routers';
import { ARP_SERVICE, ND_SERVICE } from '../detector/service';
import { Addresses, frame, hashMac } from '../frame/frame';
import { ArpHeader, IPv6Address } from '../frame/headers';
import { Contact } from '../tables/contact';
import { Hash } from '../tables/hash';
import { CLASS_ARP, CLASS_ND } from '../tables/source';
import { answer, attempt, Request } from './attempt';

const ARP_BYTES: u32 = 28;
/** Hardware type Ethernet, or IEEE 802, which hosts answer as well, and protocol IPv4, as they lie in memory. */
const ETHERNET_IPV4_RAW: u32 = 0x00080100;
const IEEE802_IPV4_RAW: u32 = 0x00080600;
/** Address lengths 6 and 4. */
const LENGTHS_RAW: u32 = 0x0406;
const REQUEST: u32 = 1;
const REPLY: u32 = 2;

export function observeArp(at: u32, end: u32): u32 {
  if (at + ARP_BYTES > end) return COUNTER_MALFORMED_ARP;
  const arp = ArpHeader.at(at);
  const kind = arp.hardwareAndProtocolRaw;
  if ((kind != ETHERNET_IPV4_RAW && kind != IEEE802_IPV4_RAW) || arp.addressLengthsRaw != LENGTHS_RAW)
    return COUNTER_MALFORMED_ARP;
  const operation = arp.operation;
  if (operation != REQUEST && operation != REPLY) return COUNTER_DECODED;
  const sender = arp.senderRaw;
  const target = arp.targetRaw;
  Addresses.setIPv4(sender, target);
  onLink();
  if (sender == 0) {
    if (operation == REQUEST && target != 0) attemptFree(ARP_SERVICE, CLASS_ARP);
    return COUNTER_DECODED;
  }
  claim(ARP_SERVICE);
  // An announcement (RFC 5227 section 2) asks nobody, and makes nobody exist: a host that does will say more.
  if (sender == target) {
    if (isPresent(frame.sourceHash)) markPresent(frame.sourceHash, frame.now);
    return COUNTER_DECODED;
  }
  markPresent(frame.sourceHash, frame.now);
  if (target == 0) return COUNTER_DECODED;
  if (operation == REPLY) {
    if (Request.find(ARP_SERVICE) == null) frame.targetKey = shadowKey(frame.targetHash);
    answer(ARP_SERVICE);
    return COUNTER_DECODED;
  }
  const situation = arpSituation();
  noteAsker();
  if (situation == SITUATION_SHADOW) frame.sourceKey = shadowKey(frame.sourceHash);
  attempt(ARP_SERVICE, 0, CLASS_ARP, situation, situation, 0, TOOL_NONE, 0);
  return COUNTER_DECODED;
}

/**
 * A request without a sender's address asks whether the target's is free, and everybody answers it as any other. The
 * source is the sender's link address. Honest hosts ask so for one address, take it, and are heard of from there; a
 * router may ask on behalf of others (RFC 6957).
 */
function attemptFree(service: u32, class_: u32): void {
  if (!Addresses.setSourceMac()) return;
  const situation = isRouter(frame.mac) ? SITUATION_NONE : linkSituation();
  attempt(service, 0, class_, situation, situation, 0, TOOL_NONE, 0);
}

/** Who asked from this link address whether the source's address is free has taken it. */
function claim(service: u32): void {
  if (frame.mac == 0 || isPresent(frame.sourceHash)) return;
  const own = Contact.find(Contact.keyOf(hashMac(frame.mac), frame.sourceHash, service));
  if (own) claimed(own);
}

function linkSituation(): u32 {
  return seesAnswers(PATH_LINK) ? SITUATION_LINK : SITUATION_LINK_ONE_WAY;
}

/** True if the sender asks on behalf of others. */
function asksForOthers(): bool {
  return isRouter(frame.mac) || (!seesAnswers(PATH_LINK) && isGateway());
}

/**
 * The situation of an ARP request. A router sends requests on behalf of others, so they are not evidence against it.
 * Many of them for absent addresses are the shadow of a sweep behind the router, unless the sweep's source is visible,
 * has an alert already, and has contacted this very address.
 */
function arpSituation(): u32 {
  if (asksForOthers()) return hasInboundScanner() ? SITUATION_NONE : SITUATION_SHADOW;
  return linkSituation();
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
  Addresses.setTargetIPv6(IPv6Address.at(frame.transport + 8));
  onLink();
  // From the unspecified address: duplicate address detection by a new host (RFC 4862 section 5.4).
  if (frame.sourceHigh == 0 && frame.sourceLow == 0) {
    attemptFree(ND_SERVICE, CLASS_ND);
    return COUNTER_DECODED;
  }
  claim(ND_SERVICE);
  markPresent(frame.sourceHash, frame.now);
  const situation = asksForOthers() ? SITUATION_NONE : linkSituation();
  noteAsker();
  attempt(ND_SERVICE, 0, CLASS_ND, situation, situation, 0, TOOL_NONE, 0);
  return COUNTER_DECODED;
}

/** Handles a neighbour advertisement: the target address is in the body, at +8 (RFC 4861 section 4.4). */
export function observeAdvertisement(): u32 {
  if (frame.captured < 24) return COUNTER_MALFORMED_TRANSPORT;
  Addresses.setSourceIPv6(IPv6Address.at(frame.transport + 8));
  onLink();
  claim(ND_SERVICE);
  if (frame.toGroup) {
    // To everybody: an announcement, or the answer to somebody without an address. As with ARP, it makes nobody exist.
    if (isPresent(frame.sourceHash)) markPresent(frame.sourceHash, frame.now);
    return COUNTER_DECODED;
  }
  markPresent(frame.sourceHash, frame.now);
  answer(ND_SERVICE);
  return COUNTER_DECODED;
}
