// The config in force: home blocks, alert budget, threshold, watchlist (tables/config-block.ts has the layout).
import { HOME_IPV4_SLOTS, HOME_IPV6_SLOTS, WATCHLIST_SLOTS } from '../constants/memory';
import { ALERT_EVIDENCE, ALERTS_PER_MINUTE, MAX_ALERTS_PER_MINUTE } from '../constants/weights';
import { ConfigBlock, HomeWord, IPv4Block, IPv6Block, SampleKey } from './config-block';

/** The first block of each family, as it lies in memory: most sites have one, and every frame tests two addresses. */
let firstNetwork: u32 = 0;
let firstMask: u32 = 0;
let ipv4Blocks: u32 = 0;
let firstHigh: u64 = 0;
let firstHighMask: u64 = 0;
let firstLow: u64 = 0;
let firstLowMask: u64 = 0;
let ipv6Blocks: u32 = 0;
export let alertsPerMinute: u32 = ALERTS_PER_MINUTE;
/** Alert threshold, 1/32 nat. */
export let alertEvidence: i32 = ALERT_EVIDENCE;
/** The fleet's key for choosing among first-contact failures; 0: none. */
export let sampleKey: u32 = 0;
let watchlistBlocks: u32 = 0;
/** Identifies a set of home blocks. The host overwrites the previous set, and the page has no space for a copy. */
let homeHash: u64 = 0;

/** Applies the config block. Returns true if the home blocks have changed. */
export function readConfig(): bool {
  const config = ConfigBlock.only;
  const ipv4 = IPv4Block.home(0);
  ipv4Blocks = min<u32>(config.ipv4Blocks, HOME_IPV4_SLOTS);
  // Without a block, match broadcast only, which is never a host.
  firstNetwork = ipv4Blocks ? bswap<u32>(ipv4.network) : 0xffffffff;
  firstMask = ipv4Blocks ? bswap<u32>(ipv4.mask) : 0xffffffff;
  ipv6Blocks = min<u32>(config.ipv6Blocks, HOME_IPV6_SLOTS);
  const ipv6 = IPv6Block.home(0);
  const prefix = <u64>ipv6.prefix;
  // Without a block, match nothing: no address is 1 under an empty mask.
  firstHighMask = ipv6Blocks ? highMask(prefix) : 0;
  firstHigh = ipv6Blocks ? ipv6.high : 1;
  firstLowMask = ipv6Blocks ? lowMask(prefix) : 0;
  firstLow = ipv6Blocks ? ipv6.low : 0;
  const budget = <u32>config.alertsPerMinute;
  // The upper bound keeps the budget's arithmetic within 32 bits.
  alertsPerMinute = budget ? min<u32>(budget, MAX_ALERTS_PER_MINUTE) : ALERTS_PER_MINUTE;
  const threshold = <i32>config.evidence;
  alertEvidence = threshold ? threshold : ALERT_EVIDENCE;
  sampleKey = SampleKey.only.value;
  watchlistBlocks = min<u32>(config.watchlistBlocks, WATCHLIST_SLOTS);
  const before = homeHash;
  homeHash = hashHome();
  return homeHash != before;
}

/**
 * Hashes the home blocks and their counts; two sets collide with a chance of 2^-64. The factor is 2^64 / phi (Knuth's
 * multiplicative hashing).
 */
function hashHome(): u64 {
  let hash: u64 = ConfigBlock.only.homeCounts;
  for (let word = HomeWord.head; word.isHome; word = word.next) {
    hash = (hash ^ word.value) * 0x9e3779b97f4a7c15;
    hash ^= hash >> 32;
  }
  return hash;
}

/** True if the IPv4 address is on the watchlist. `raw`: the address as it lies in memory. */
export function isWatchlisted(raw: u32): bool {
  if (watchlistBlocks == 0) return false;
  const address = bswap<u32>(raw);
  for (let i: u32 = 0; i < watchlistBlocks; i++) {
    if (IPv4Block.watchlist(i).has(address)) return true;
  }
  return false;
}

export class Home {
  /**
   * True if the address is home. `raw`: the address as it lies in memory. Link-local addresses never leave the tap's
   * segment, so they are always home (RFC 3927 section 2.7).
   */
  @inline
  static hasIPv4(raw: u32): bool {
    return (
      (raw & firstMask) == firstNetwork ||
      (raw & 0xffff) == 0xfea9 ||
      (ipv4Blocks > 1 && isInOtherIPv4Block(bswap<u32>(raw)))
    );
  }

  /** The same for IPv6, both halves as they lie in memory. fe80::/10 is always home (RFC 4291 section 2.5.6). */
  @inline
  static hasIPv6(high: u64, low: u64): bool {
    if ((high & firstHighMask) == firstHigh && (low & firstLowMask) == firstLow) return true;
    return (high & 0xc0ff) == 0x80fe || (ipv6Blocks > 1 && isInOtherIPv6Block(high, low));
  }
}

function isInOtherIPv4Block(address: u32): bool {
  for (let i: u32 = 1; i < ipv4Blocks; i++) {
    if (IPv4Block.home(i).has(address)) return true;
  }
  return false;
}

function isInOtherIPv6Block(high: u64, low: u64): bool {
  for (let i: u32 = 1; i < ipv6Blocks; i++) {
    const block = IPv6Block.home(i);
    const prefix = <u64>block.prefix;
    if ((high & highMask(prefix)) == block.high && (low & lowMask(prefix)) == block.low) return true;
  }
  return false;
}

/** The mask of a prefix for the first half of an address, as it lies in memory. */
function highMask(prefix: u64): u64 {
  return prefix >= 64 ? ~(<u64>0) : prefix == 0 ? 0 : bswap<u64>(~(<u64>0) << (64 - prefix));
}

function lowMask(prefix: u64): u64 {
  return prefix <= 64 ? 0 : prefix >= 128 ? ~(<u64>0) : bswap<u64>(~(<u64>0) << (128 - prefix));
}
