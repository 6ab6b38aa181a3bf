// What the host writes before `start()`: the home blocks and the alert budget.
//
//   +0    u8   number of IPv4 blocks (0..16)
//   +1    u8   number of IPv6 blocks (0..8)
//   +2    u16  alert records per minute; 0 takes the default
//   +8    16 x (u32 network, u32 mask), as numbers
//   +136   8 x (16 bytes network in network order, u8 prefix length, 7 bytes zero), +328 end
import { CONFIG_AT } from './memory';
import { ALERTS_PER_MINUTE } from './weights';

const IPV4_BLOCKS_AT: u32 = CONFIG_AT + 8;
const IPV6_BLOCKS_AT: u32 = CONFIG_AT + 136;

/** The first IPv4 block stands apart, as it lies in memory: most branches have one, and every frame asks twice. */
let firstNetwork: u32 = 0;
let firstMask: u32 = 0;
let ipv4Blocks: u32 = 0;
let ipv6Blocks: u32 = 0;
export let alertsPerMinute: u32 = ALERTS_PER_MINUTE;

export function readConfig(): void {
  ipv4Blocks = min<u32>(load<u8>(CONFIG_AT), 16);
  // Without any block the first matches nothing: no address is all ones under a mask of all ones but broadcast.
  firstNetwork = ipv4Blocks ? bswap<u32>(load<u32>(IPV4_BLOCKS_AT)) : 0xffffffff;
  firstMask = ipv4Blocks ? bswap<u32>(load<u32>(IPV4_BLOCKS_AT, 4)) : 0xffffffff;
  ipv6Blocks = min<u32>(load<u8>(CONFIG_AT + 1), 8);
  const budget = load<u16>(CONFIG_AT + 2);
  alertsPerMinute = budget ? budget : ALERTS_PER_MINUTE;
}

/**
 * Is the address one of the branch's own? `raw` is an address as it lies in memory. Link-local addresses never leave the
 * segment the tap sits on: always home (RFC 3927).
 */
// @ts-ignore: decorator
@inline
export function isHomeIPv4(raw: u32): bool {
  return (raw & firstMask) == firstNetwork || (raw & 0xffff) == 0xfea9 || (ipv4Blocks > 1 && isInOtherBlock(bswap<u32>(raw)));
}

function isInOtherBlock(address: u32): bool {
  for (let i: u32 = 1; i < ipv4Blocks; i++) {
    const at = IPV4_BLOCKS_AT + (i << 3);
    if ((address & load<u32>(at, 4)) == load<u32>(at)) return true;
  }
  return false;
}

/** `high` and `low` are the address's halves as numbers. Link-local fe80::/10 is always home (RFC 4291 2.5.6). */
export function isHomeIPv6(high: u64, low: u64): bool {
  for (let i: u32 = 0; i < ipv6Blocks; i++) {
    const at = IPV6_BLOCKS_AT + i * 24;
    const prefix = <u64>load<u8>(at, 16);
    const highMask: u64 = prefix >= 64 ? ~(<u64>0) : prefix == 0 ? 0 : ~(<u64>0) << (64 - prefix);
    const lowMask: u64 = prefix <= 64 ? 0 : prefix >= 128 ? ~(<u64>0) : ~(<u64>0) << (128 - prefix);
    if (((high ^ bswap<u64>(load<u64>(at))) & highMask) == 0 && ((low ^ bswap<u64>(load<u64>(at, 8))) & lowMask) == 0) return true;
  }
  return high >>> 54 == 0x3fa;
}
