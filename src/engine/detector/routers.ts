// Routers: link addresses that forward for others. A router sends an ARP request for every address that an outside
// source probes; it relays the scan and is not the scanner.
//
// What a station sends proves nothing, because one forged frame from an outside address costs nothing. So a router is
// recognized by what others send to it: frames of hosts at home for addresses outside. Where the tap never sees such
// frames, by the packets of several outside sources that it sends, by redirecting to several targets, or by advertising
// itself for a while.
//
// A port that receives only broadcasts sees none of these frames. There, the neighbour that many others ask for is taken
// for the router: a gateway.

import { ROUTER_SLOTS } from '../constants/memory';
import {
  GATEWAY_ASKERS,
  LEARNED_MS,
  ROUTER_FORWARDED,
  ROUTER_FORWARDED_COLD,
  ROUTER_SERVED,
  ROUTER_SERVED_COLD,
} from '../constants/weights';
import { frame, receiverMac } from '../frame/frame';
import { Gateway, Router } from '../tables/router';
import { hasListened } from './listening';

/** Advertisements count once in 2^18 ms, 4.4 minutes: RFC 4861 lets a router advertise itself every ten. */
const ADVERTISED_SHIFT: u32 = 18;

let next: u32 = 0;
/** The newest addresses about which nothing more is to be learned. */
let served: u64 = 0;
let forwarder: u64 = 0;

/** Called when home changes, because routers are recognized by addresses outside home. */
export function resetRouters(): void {
  Router.clear();
  next = 0;
  served = 0;
  forwarder = 0;
}

function find(mac: u64): Router | null {
  for (let router = Router.slot(0); router.isInTable; router = router.next) {
    if (router.mac == mac) return router;
  }
  return null;
}

function isServing(router: Router): bool {
  return <u32>popcnt<u32>(router.served) >= (hasListened(LEARNED_MS) ? ROUTER_SERVED : ROUTER_SERVED_COLD);
}

/** True if the tap sees what hosts at home send to a router. */
function seesServed(): bool {
  for (let router = Router.slot(0); router.isInTable; router = router.next) {
    if (isServing(router)) return true;
  }
  return false;
}

export function isRouter(mac: u64): bool {
  if (mac == 0) return false;
  const router = find(mac);
  if (router == null) return false;
  if (isServing(router)) return true;
  const least = hasListened(LEARNED_MS) ? ROUTER_FORWARDED : ROUTER_FORWARDED_COLD;
  return <u32>popcnt<u32>(router.forwarded) >= least && !seesServed();
}

/** The entry of a link address; a new one replaces an address that is no router, if there is one. */
function enter(mac: u64): Router {
  const known = find(mac);
  if (known) return known;
  let router = Router.slot(next);
  for (let i: u32 = 0; i < ROUTER_SLOTS && isServing(router); i++) {
    next = (next + 1) % ROUTER_SLOTS;
    router = Router.slot(next);
  }
  next = (next + 1) % ROUTER_SLOTS;
  router.mac = mac;
  return router;
}

export class Routers {
  /**
   * Looks at who forwards the frame: from outside to home, or from home to the outside. Not what a new host without an
   * address sends, nor what passes by. Of TCP the segments that open and end connections suffice; most have data.
   */
  @inline
  static note(): void {
    if (frame.sourceHome) {
      if (!frame.targetHome && !frame.toGroup) Routers.noteServed();
    } else if (frame.targetHome) Routers.noteForwarded();
  }

  /** A host at home sends to the outside: the receiver forwards. */
  @inline
  static noteServed(): void {
    const mac = receiverMac();
    if (mac != served) addServed(mac);
  }

  /** From outside to home: the sender forwards. */
  @inline
  static noteForwarded(): void {
    if (frame.mac != forwarder) addForwarded(1 << ((frame.sourceHash >>> 8) & 7));
  }
}

function addServed(mac: u64): void {
  if (mac == 0 || mac == frame.mac) return;
  const router = enter(mac);
  const pair: u32 = 1 << (((frame.sourceHash ^ frame.targetHash) >>> 8) & 7);
  router.served |= <u8>pair;
  if (<u32>popcnt<u32>(router.served) >= ROUTER_SERVED) served = mac;
}

function addForwarded(bit: u32): void {
  const mac = frame.mac;
  if (mac == 0) return;
  const router = enter(mac);
  router.forwarded |= <u8>bit;
  if (<u32>popcnt<u32>(router.forwarded) >= ROUTER_FORWARDED) forwarder = mac;
}

/** The frame's sender knows a better way to the frame's target; only routers say so (RFC 4861 section 8.2). */
export function noteRedirect(): void {
  addForwarded(1 << ((frame.targetHash >>> 8) & 7));
}

/** The frame's sender advertises itself as a router (RFC 4861 section 6.2.3). */
export function noteAdvertised(): void {
  addForwarded(1 << ((frame.now >>> ADVERTISED_SHIFT) & 7));
}

/** Records that the frame's source asks its link for the frame's target. */
export function noteAsker(): void {
  const gateway = Gateway.of(frame.targetHash);
  const bit: u32 = 1 << (frame.sourceHash & 31);
  if (gateway.address == frame.targetHash) {
    gateway.askers |= bit;
  } else if (popcnt<u32>(gateway.askers) < 2) {
    // A single asker does not make a gateway: another address may take the slot.
    gateway.address = frame.targetHash;
    gateway.askers = bit;
  }
}

/** True if many neighbours ask for the frame's source. */
export function isGateway(): bool {
  const gateway = Gateway.of(frame.sourceHash);
  return gateway.address == frame.sourceHash && <u32>popcnt<u32>(gateway.askers) >= GATEWAY_ASKERS;
}

/** Removes addresses that too few neighbours ask for. Called every FADE_MS. */
export function fadeGateways(): void {
  for (let gateway = Gateway.head; gateway.isInTable; gateway = gateway.next) {
    if (<u32>popcnt<u32>(gateway.askers) < GATEWAY_ASKERS) gateway.clear();
  }
}
