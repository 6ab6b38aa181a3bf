// Routers: link addresses that send on behalf of others. A router asks by ARP for every address somebody outside is
// probing; it is the messenger, not the scanner. Known by a source address from outside
// home behind its link address, or by what only routers say (RFC 4861).
//
// On a port where only broadcasts arrive there are no such frames; there, the neighbour that many others ask for is the
// router. Gateways: +0 u32 hash of the address asked for   +4 u32 who asked (bitmap)
import { GATEWAY_SLOTS, GATEWAYS_AT, ROUTER_SLOTS, ROUTERS_AT, ROUTERS_BYTES } from './memory';
import { frame } from './frame';
import { slotOf } from './hash';
import { GATEWAY_ASKERS } from './weights';

let next: u32 = 0;
let newest: u64 = 0;

/** Home is new: a frame from outside makes its sender a router, and home says what outside is. */
export function resetRouters(): void {
  memory.fill(ROUTERS_AT, 0, ROUTERS_BYTES);
  next = 0;
  newest = 0;
}

export function isRouter(mac: u64): bool {
  if (mac == 0) return false;
  for (let at: u32 = ROUTERS_AT; at < ROUTERS_AT + ROUTER_SLOTS * 8; at += 8) {
    if (load<u64>(at) == mac) return true;
  }
  return false;
}

export function learnRouter(mac: u64): void {
  if (mac == newest || mac == 0) return;
  newest = mac;
  if (isRouter(mac)) return;
  store<u64>(ROUTERS_AT + next * 8, mac);
  next = (next + 1) % ROUTER_SLOTS;
}

/** The frame's source asks its link for the frame's target. */
export function noteAsker(): void {
  const at = GATEWAYS_AT + slotOf(frame.targetHash, GATEWAY_SLOTS) * 8;
  const bit: u32 = 1 << (frame.sourceHash & 31);
  if (load<u32>(at) == frame.targetHash) {
    store<u32>(at, load<u32>(at, 4) | bit, 4);
  } else if (popcnt<u32>(load<u32>(at, 4)) < 2) {
    // One asker is nobody's gateway yet: the place is free for the next.
    store<u32>(at, frame.targetHash);
    store<u32>(at, bit, 4);
  }
}

/** Do many neighbours ask for the frame's source? */
export function isGateway(): bool {
  const at = GATEWAYS_AT + slotOf(frame.sourceHash, GATEWAY_SLOTS) * 8;
  return load<u32>(at) == frame.sourceHash && <u32>popcnt<u32>(load<u32>(at, 4)) >= GATEWAY_ASKERS;
}

/** Those that too few ask for make room. Called every FADE_MS. */
export function fadeGateways(): void {
  for (let at: u32 = GATEWAYS_AT; at < GATEWAYS_AT + GATEWAY_SLOTS * 8; at += 8) {
    if (<u32>popcnt<u32>(load<u32>(at, 4)) < GATEWAY_ASKERS) store<u64>(at, 0);
  }
}
