// What the host writes before `start()`, and before each `configure()`: home blocks, alert budget, threshold, watch list.
//
//   +0    u8   number of IPv4 blocks (0..16)
//   +1    u8   number of IPv6 blocks (0..8)
//   +2    u16  alert records per minute; 0 takes the default
//   +4    u16  evidence that accuses, 1/32 nat; 0 takes the default
//   +6    u8   number of watched IPv4 blocks (0..48)
//   +8    16 x (u32 network, u32 mask), as numbers
//   +136   8 x (16 bytes network in network order, u8 prefix length, 7 bytes zero)
//   +336  48 x (u32 network, u32 mask), as numbers: the watch list
import { CONFIG_AT, WATCHLIST_SLOTS } from './memory';
import { ALERT_EVIDENCE, ALERTS_PER_MINUTE, MAX_ALERTS_PER_MINUTE } from './weights';

const IPV4_BLOCKS_AT: u32 = CONFIG_AT + 8;
const IPV6_BLOCKS_AT: u32 = CONFIG_AT + 136;
const WATCHLIST_AT: u32 = CONFIG_AT + 336;

/** The first block of either kind stands apart, as it lies in memory: most branches have one, and every frame asks twice. */
let firstNetwork: u32 = 0;
let firstMask: u32 = 0;
let ipv4Blocks: u32 = 0;
let firstHigh: u64 = 0;
let firstHighMask: u64 = 0;
let firstLow: u64 = 0;
let firstLowMask: u64 = 0;
let ipv6Blocks: u32 = 0;
export let alertsPerMinute: u32 = ALERTS_PER_MINUTE;
/** Evidence that accuses, 1/32 nat. */
export let alertEvidence: i32 = ALERT_EVIDENCE;
let watchlistBlocks: u32 = 0;
/**
 * Tells one set of home blocks from the next: the host overwrites the one before, and the page has no room for a copy.
 */
let homeHash: u64 = 0;

/** True where the home blocks are others than those of the last time. */
export function readConfig(): bool {
  ipv4Blocks = min<u32>(load<u8>(CONFIG_AT), 16);
  // Without any block the first matches nothing: no address is all ones under a mask of all ones but broadcast.
  firstNetwork = ipv4Blocks ? bswap<u32>(load<u32>(IPV4_BLOCKS_AT)) : 0xffffffff;
  firstMask = ipv4Blocks ? bswap<u32>(load<u32>(IPV4_BLOCKS_AT, 4)) : 0xffffffff;
  ipv6Blocks = min<u32>(load<u8>(CONFIG_AT + 1), 8);
  const prefix = <u64>load<u8>(IPV6_BLOCKS_AT, 16);
  // Without a block: 1 under a mask of nothing, which no address is.
  firstHighMask = ipv6Blocks ? highMask(prefix) : 0;
  firstHigh = ipv6Blocks ? load<u64>(IPV6_BLOCKS_AT) : 1;
  firstLowMask = ipv6Blocks ? lowMask(prefix) : 0;
  firstLow = ipv6Blocks ? load<u64>(IPV6_BLOCKS_AT, 8) : 0;
  const budget = <u32>load<u16>(CONFIG_AT + 2);
  // The upper bound keeps the budget's arithmetic within 32 bits.
  alertsPerMinute = budget ? min<u32>(budget, MAX_ALERTS_PER_MINUTE) : ALERTS_PER_MINUTE;
  const threshold = <i32>load<u16>(CONFIG_AT + 4);
  alertEvidence = threshold ? threshold : ALERT_EVIDENCE;
  watchlistBlocks = min<u32>(load<u8>(CONFIG_AT + 6), WATCHLIST_SLOTS);
  const hash = homeHash;
  homeHash = hashHome();
  return homeHash != hash;
}

/**
 * A hash of the home blocks and how many there are; two sets share one by chance once in 2^64. The factor is 2^64 / phi
 * (Knuth).
 */
function hashHome(): u64 {
  let hash: u64 = load<u16>(CONFIG_AT);
  for (let at: u32 = IPV4_BLOCKS_AT; at < WATCHLIST_AT; at += 8) {
    hash = (hash ^ load<u64>(at)) * 0x9e3779b97f4a7c15;
    hash ^= hash >> 32;
  }
  return hash;
}

/** Is the IPv4 address on the watch list? `raw` as it lies in memory. Asked for newcomers only. */
export function isWatchlisted(raw: u32): bool {
  if (watchlistBlocks == 0) return false;
  const address = bswap<u32>(raw);
  for (let at: u32 = WATCHLIST_AT; at < WATCHLIST_AT + (watchlistBlocks << 3); at += 8) {
    if ((address & load<u32>(at, 4)) == load<u32>(at)) return true;
  }
  return false;
}

/**
 * Is the address one of the branch's own? `raw` is an address as it lies in memory. Link-local addresses never leave the
 * segment the tap sits on: always home (RFC 3927).
 */
// @ts-ignore: decorator
@inline
export function isHomeIPv4(raw: u32): bool {
  return (raw & firstMask) == firstNetwork || (raw & 0xffff) == 0xfea9 || (ipv4Blocks > 1 && isInOtherIPv4Block(bswap<u32>(raw)));
}

function isInOtherIPv4Block(address: u32): bool {
  for (let i: u32 = 1; i < ipv4Blocks; i++) {
    const at = IPV4_BLOCKS_AT + (i << 3);
    if ((address & load<u32>(at, 4)) == load<u32>(at)) return true;
  }
  return false;
}

/** The same for IPv6, both halves as they lie in memory. Link-local fe80::/10 is always home (RFC 4291 section 2.5.6). */
// @ts-ignore: decorator
@inline
export function isHomeIPv6(high: u64, low: u64): bool {
  if ((high & firstHighMask) == firstHigh && (low & firstLowMask) == firstLow) return true;
  return (high & 0xc0ff) == 0x80fe || (ipv6Blocks > 1 && isInOtherIPv6Block(high, low));
}

function isInOtherIPv6Block(high: u64, low: u64): bool {
  for (let i: u32 = 1; i < ipv6Blocks; i++) {
    const at = IPV6_BLOCKS_AT + i * 24;
    const prefix = <u64>load<u8>(at, 16);
    if ((high & highMask(prefix)) == load<u64>(at) && (low & lowMask(prefix)) == load<u64>(at, 8)) return true;
  }
  return false;
}

/** The mask of a prefix over the first half of an address, as it lies in memory. */
function highMask(prefix: u64): u64 {
  return prefix >= 64 ? ~(<u64>0) : prefix == 0 ? 0 : bswap<u64>(~(<u64>0) << (64 - prefix));
}

function lowMask(prefix: u64): u64 {
  return prefix <= 64 ? 0 : prefix >= 128 ? ~(<u64>0) : bswap<u64>(~(<u64>0) << (128 - prefix));
}
