// The config as the host writes it before `start()` and `configure()`: this head, 16 IPv4 home blocks, 8 IPv6 home
// blocks, the fleet's key, then the watchlist. src/protocol/engine-config.ts is the writer.
import {
  CONFIG_ALERTS_PER_MINUTE,
  CONFIG_BLOCK_BYTES,
  CONFIG_EVIDENCE,
  CONFIG_IPV4_BLOCKS,
  CONFIG_IPV4_COUNT,
  CONFIG_IPV6_BLOCKS,
  CONFIG_IPV6_COUNT,
  CONFIG_MAX_IPV4,
  CONFIG_MAX_IPV6,
  CONFIG_MAX_WATCH,
  CONFIG_SAMPLE_KEY,
  CONFIG_WATCH_BLOCKS,
  CONFIG_WATCH_COUNT,
} from '../constants/codes';
import {
  CONFIG_AT,
  CONFIG_BYTES,
  HOME_IPV4_AT,
  HOME_IPV4_SLOTS,
  HOME_IPV6_AT,
  HOME_IPV6_SLOTS,
  SAMPLE_KEY_AT,
  WATCHLIST_AT,
  WATCHLIST_SLOTS,
} from '../constants/memory';

@unmanaged
export class ConfigBlock {
  /** Home blocks in use. */
  ipv4Blocks: u8;
  ipv6Blocks: u8;
  /** 0: the default. */
  alertsPerMinute: u16;
  /** Alert threshold, 1/32 nat; 0: the default. */
  evidence: u16;
  /** Watchlist blocks in use. */
  watchlistBlocks: u8;
  reserved: u8;

  @inline
  static get only(): ConfigBlock {
    return changetype<ConfigBlock>(<usize>CONFIG_AT);
  }

  /** Both counts of home blocks in one word. */
  @inline
  get homeCounts(): u64 {
    return load<u16>(changetype<usize>(this));
  }
}

/** An IPv4 block: network and mask as numbers. */
@unmanaged
export class IPv4Block {
  network: u32;
  mask: u32;

  @inline
  static home(i: u32): IPv4Block {
    return changetype<IPv4Block>(<usize>(HOME_IPV4_AT + i * offsetof<IPv4Block>()));
  }

  @inline
  static watchlist(i: u32): IPv4Block {
    return changetype<IPv4Block>(<usize>(WATCHLIST_AT + i * offsetof<IPv4Block>()));
  }

  @inline
  has(address: u32): bool {
    return (address & this.mask) == this.network;
  }
}

/** An IPv6 block: the network in network byte order. */
@unmanaged
export class IPv6Block {
  high: u64;
  low: u64;
  prefix: u8;
  reserved: u8;
  reserved16: u16;
  reserved32: u32;

  @inline
  static home(i: u32): IPv6Block {
    return changetype<IPv6Block>(<usize>(HOME_IPV6_AT + i * offsetof<IPv6Block>()));
  }
}

/** The fleet's key; 0: none. */
@unmanaged
export class SampleKey {
  value: u32;

  @inline
  static get only(): SampleKey {
    return changetype<SampleKey>(<usize>SAMPLE_KEY_AT);
  }
}

/** All home blocks as words, for hashing them. */
@unmanaged
export class HomeWord {
  value: u64;

  @inline
  static get head(): HomeWord {
    return changetype<HomeWord>(<usize>HOME_IPV4_AT);
  }

  @inline
  get next(): HomeWord {
    return changetype<HomeWord>(changetype<usize>(this) + offsetof<HomeWord>());
  }

  @inline
  get isHome(): bool {
    return changetype<usize>(this) < SAMPLE_KEY_AT;
  }
}

if (offsetof<ConfigBlock>() != HOME_IPV4_AT - CONFIG_AT) ERROR('the home blocks follow the head of the config');
if (offsetof<ConfigBlock>('ipv4Blocks') != CONFIG_IPV4_COUNT) ERROR('CONFIG_IPV4_COUNT of codes.ts');
if (offsetof<ConfigBlock>('ipv6Blocks') != CONFIG_IPV6_COUNT) ERROR('CONFIG_IPV6_COUNT of codes.ts');
if (offsetof<ConfigBlock>('alertsPerMinute') != CONFIG_ALERTS_PER_MINUTE) ERROR('CONFIG_ALERTS_PER_MINUTE of codes.ts');
if (offsetof<ConfigBlock>('evidence') != CONFIG_EVIDENCE) ERROR('CONFIG_EVIDENCE of codes.ts');
if (offsetof<ConfigBlock>('watchlistBlocks') != CONFIG_WATCH_COUNT) ERROR('CONFIG_WATCH_COUNT of codes.ts');
if (offsetof<IPv4Block>('mask') != 4) ERROR('mask stands at +4');
if (offsetof<IPv6Block>('low') != 8) ERROR('low stands at +8');
if (offsetof<IPv6Block>('prefix') != 16) ERROR('prefix stands at +16');
if (HOME_IPV4_AT - CONFIG_AT != CONFIG_IPV4_BLOCKS) ERROR('CONFIG_IPV4_BLOCKS of codes.ts');
if (HOME_IPV6_AT - CONFIG_AT != CONFIG_IPV6_BLOCKS) ERROR('CONFIG_IPV6_BLOCKS of codes.ts');
if (SAMPLE_KEY_AT - CONFIG_AT != CONFIG_SAMPLE_KEY) ERROR('CONFIG_SAMPLE_KEY of codes.ts');
if (WATCHLIST_AT - CONFIG_AT != CONFIG_WATCH_BLOCKS) ERROR('CONFIG_WATCH_BLOCKS of codes.ts');
if (HOME_IPV6_AT < HOME_IPV4_AT + HOME_IPV4_SLOTS * offsetof<IPv4Block>()) ERROR('IPv6 blocks overlap IPv4 blocks');
if (SAMPLE_KEY_AT < HOME_IPV6_AT + HOME_IPV6_SLOTS * offsetof<IPv6Block>()) ERROR('the key overlaps the home blocks');
if (WATCHLIST_AT < SAMPLE_KEY_AT + offsetof<SampleKey>()) ERROR('the watchlist overlaps the key');
if (CONFIG_BYTES != CONFIG_BLOCK_BYTES) ERROR('CONFIG_BLOCK_BYTES of codes.ts');
if (CONFIG_BYTES < WATCHLIST_AT - CONFIG_AT + WATCHLIST_SLOTS * offsetof<IPv4Block>())
  ERROR('CONFIG_BYTES of memory.ts');
if (HOME_IPV4_SLOTS != CONFIG_MAX_IPV4 || HOME_IPV6_SLOTS != CONFIG_MAX_IPV6) ERROR('CONFIG_MAX_* of codes.ts');
if (WATCHLIST_SLOTS != CONFIG_MAX_WATCH) ERROR('CONFIG_MAX_WATCH of codes.ts');
