// Routers: link addresses that forward for others. A router sends an ARP request for every address that an outside
// source probes; it relays the scan and is not the scanner. A router is recognized by frames from its link address with
// a source outside home, and by messages that only routers send (RFC 4861).
//
// A port that receives only broadcasts sees no such frames. There, the neighbour that many others ask for is taken for
// the router: a gateway.

import { ROUTER_SLOTS } from '../constants/memory';
import { GATEWAY_ASKERS } from '../constants/weights';
import { frame } from '../frame/frame';
import { Gateway, Router } from '../tables/router';

let next: u32 = 0;
let newest: u64 = 0;

/** Called when home changes, because routers are recognized by sources outside home. */
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
