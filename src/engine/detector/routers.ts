// Routers: link addresses that send on behalf of others. A router asks by ARP for every address that a source outside
// is probing; it passes the scan on, it is not the scanner. Known by a source address from outside home behind its link
// address, or by what only routers say (RFC 4861).
//
// On a port where only broadcasts arrive there are no such frames; there, the neighbour that many others ask for is the
// router: a gateway.

import { ROUTER_SLOTS } from '../constants/memory';
import { GATEWAY_ASKERS } from '../constants/weights';
import { frame } from '../frame/frame';
import { Gateway, Router } from '../tables/router';

let next: u32 = 0;
let newest: u64 = 0;

/** Home has changed: a frame from outside makes its sender a router, and home says what outside is. */
export function resetRouters(): void {
  Router.clear();
  next = 0;
  newest = 0;
}

export function isRouter(mac: u64): bool {
  if (mac == 0) return false;
  for (let router = Router.slot(0); router.isInTable; router = router.next) {
    if (router.mac == mac) return true;
  }
  return false;
}

export function learnRouter(mac: u64): void {
  if (mac == newest || mac == 0) return;
  newest = mac;
  if (isRouter(mac)) return;
  Router.slot(next).mac = mac;
  next = (next + 1) % ROUTER_SLOTS;
}

/** The frame's source asks its link for the frame's target. */
export function noteAsker(): void {
  const gateway = Gateway.of(frame.targetHash);
  const bit: u32 = 1 << (frame.sourceHash & 31);
  if (gateway.address == frame.targetHash) {
    gateway.askers |= bit;
  } else if (popcnt<u32>(gateway.askers) < 2) {
    // One asker makes no gateway: the slot is free for the next.
    gateway.address = frame.targetHash;
    gateway.askers = bit;
  }
}

/** Many neighbours ask for the frame's source. */
export function isGateway(): bool {
  const gateway = Gateway.of(frame.sourceHash);
  return gateway.address == frame.sourceHash && <u32>popcnt<u32>(gateway.askers) >= GATEWAY_ASKERS;
}

/** Those that too few ask for make room. Called every FADE_MS. */
export function fadeGateways(): void {
  for (let gateway = Gateway.head; gateway.isInTable; gateway = gateway.next) {
    if (<u32>popcnt<u32>(gateway.askers) < GATEWAY_ASKERS) gateway.clear();
  }
}
