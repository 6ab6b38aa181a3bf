// Routers: link addresses that send on behalf of others. A router asks by ARP for every address somebody outside is
// probing; it is the messenger, not the scanner. Known by a source address from outside
// home behind its link address, or by what only routers say (RFC 4861).
import { ROUTER_SLOTS, ROUTERS_AT } from './memory';

let next: u32 = 0;
let newest: u64 = 0;

export function resetRouters(): void {
  next = 0;
  newest = 0;
}

export function isRouter(mac: u64): bool {
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
