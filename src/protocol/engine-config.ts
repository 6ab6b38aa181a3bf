/**
 * The config block that the engine reads at its start and at each config; src/engine/config.ts says where everything
 * stands.
 */
import { EVIDENCE_PER_NAT } from '../engine/codes.js';
import type { Block } from './address.js';
import { parseBlock } from './address.js';
import { WireError } from './wire-error.js';

export const ENGINE_CONFIG_BYTES = 720;

const IPV4_BLOCKS = 16;
const IPV6_BLOCKS = 8;
/** WATCHLIST_SLOTS of src/engine/memory.ts. */
const WATCH_BLOCKS = 48;

/** What of a config concerns the engine; 0 or absent takes the engine's default. */
export interface EngineSettings {
  alertsPerMinute?: number;
  /** Nats. */
  evidence?: number;
  /** IPv4 blocks whose sources are told at their first contact, CIDR. */
  watch?: readonly string[];
}

/**
 * Writes the block at `at`, which must be zeros before.
 *
 * @param home the branch's own blocks, CIDR
 * @throws WireError one sentence, for what is no block or one too many
 */
export function writeEngineConfig(
  view: DataView,
  at: number,
  home: readonly string[],
  settings: EngineSettings = {},
): void {
  let ipv4 = 0;
  let ipv6 = 0;
  for (const text of home) {
    const block = parseBlock(text);
    if (!block) throw new WireError(`"${text}" is not a block of addresses such as 10.20.0.0/16 or fd20:20::/48.`);
    if (block.bytes.length === 4) {
      if (ipv4 === IPV4_BLOCKS) throw new WireError(`There can be at most ${IPV4_BLOCKS} IPv4 home blocks.`);
      writeBlock(view, at + 8 + 8 * ipv4++, block);
    } else {
      if (ipv6 === IPV6_BLOCKS) throw new WireError(`There can be at most ${IPV6_BLOCKS} IPv6 home blocks.`);
      const slot = at + 136 + 24 * ipv6++;
      block.bytes.forEach((byte, i) => view.setUint8(slot + i, byte));
      view.setUint8(slot + 16, block.prefix);
    }
  }
  view.setUint8(at, ipv4);
  view.setUint8(at + 1, ipv6);
  view.setUint16(at + 2, Math.min(settings.alertsPerMinute ?? 0, 10_000), true);
  view.setUint16(at + 4, Math.min(Math.round((settings.evidence ?? 0) * EVIDENCE_PER_NAT), 0x1fff), true);
  const watch = settings.watch ?? [];
  if (watch.length > WATCH_BLOCKS) throw new WireError(`There can be at most ${WATCH_BLOCKS} watched blocks.`);
  view.setUint8(at + 6, watch.length);
  watch.forEach((text, i) => {
    const block = parseBlock(text);
    if (block?.bytes.length !== 4) throw new WireError(`"${text}" is not an IPv4 block such as 192.0.2.0/24.`);
    writeBlock(view, at + 336 + 8 * i, block);
  });
}

/** An IPv4 block as the engine compares it: network and mask, as numbers. */
function writeBlock(view: DataView, at: number, block: Block): void {
  const [a, b, c, d] = block.bytes as unknown as [number, number, number, number];
  view.setUint32(at, ((a << 24) | (b << 16) | (c << 8) | d) >>> 0, true);
  view.setUint32(at + 4, block.prefix === 0 ? 0 : (0xffffffff << (32 - block.prefix)) >>> 0, true);
}
