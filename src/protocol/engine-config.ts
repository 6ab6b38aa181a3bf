/**
 * The config block that the engine reads at its start and on each config; CONFIG_* in src/engine/constants/codes.ts
 * give the layout.
 */
import * as codes from '../engine/constants/codes.js';
import type { Block } from './address.js';
import { parseBlock, privateBlocks } from './address.js';
import type { Config, ConfigMember } from './config.js';
import { WireError } from './wire-error.js';

export const ENGINE_CONFIG_BYTES = codes.CONFIG_BLOCK_BYTES;

/** Config members that the engine reads. */
export const engineMembers = [
  'home',
  'alertsPerMinute',
  'evidence',
  'sampleKey',
  'watch',
] as const satisfies ConfigMember[];

/**
 * The engine's part of a config; 0 or absent selects the engine's default, and homeOrPrivate gives the home if no block
 * is named. `evidence` need not be an integer here.
 */
export type EngineSettings = { readonly [K in (typeof engineMembers)[number]]?: Readonly<Config[K]> };

/** The home blocks: those of the config in force, otherwise the sensor's own; both may be empty. */
export function homeOf(
  config: { readonly home: readonly string[] } | undefined,
  own: readonly string[],
): readonly string[] {
  return config && config.home.length > 0 ? config.home : own;
}

/** The engine's home if no block is named: the private ranges. */
export function homeOrPrivate(home: readonly string[] = []): readonly string[] {
  return home.length > 0 ? home : privateBlocks;
}

/**
 * Writes the block at `at`; the bytes there must be zero.
 *
 * @param home the site's own blocks, CIDR
 * @throws WireError one sentence, for an invalid block or one too many
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
      if (ipv4 === codes.CONFIG_MAX_IPV4)
        throw new WireError(`There can be at most ${codes.CONFIG_MAX_IPV4} IPv4 home blocks.`);
      writeBlock(view, at + codes.CONFIG_IPV4_BLOCKS + 8 * ipv4++, block);
    } else {
      if (ipv6 === codes.CONFIG_MAX_IPV6)
        throw new WireError(`There can be at most ${codes.CONFIG_MAX_IPV6} IPv6 home blocks.`);
      const slot = at + codes.CONFIG_IPV6_BLOCKS + 24 * ipv6++;
      block.bytes.forEach((byte, i) => view.setUint8(slot + i, byte));
      view.setUint8(slot + 16, block.prefix);
    }
  }
  view.setUint8(at + codes.CONFIG_IPV4_COUNT, ipv4);
  view.setUint8(at + codes.CONFIG_IPV6_COUNT, ipv6);
  view.setUint16(at + codes.CONFIG_ALERTS_PER_MINUTE, Math.min(settings.alertsPerMinute ?? 0, 10_000), true);
  view.setUint16(
    at + codes.CONFIG_EVIDENCE,
    Math.min(Math.round((settings.evidence ?? 0) * codes.EVIDENCE_PER_NAT), 0x1fff),
    true,
  );
  view.setUint32(at + codes.CONFIG_SAMPLE_KEY, settings.sampleKey ?? 0, true);
  const watch = settings.watch ?? [];
  if (watch.length > codes.CONFIG_MAX_WATCH)
    throw new WireError(`There can be at most ${codes.CONFIG_MAX_WATCH} watched blocks.`);
  view.setUint8(at + codes.CONFIG_WATCH_COUNT, watch.length);
  watch.forEach((text, i) => {
    const block = parseBlock(text);
    if (block?.bytes.length !== 4) throw new WireError(`"${text}" is not an IPv4 block such as 192.0.2.0/24.`);
    writeBlock(view, at + codes.CONFIG_WATCH_BLOCKS + 8 * i, block);
  });
}

/** An IPv4 block as the engine compares it: network and mask, as numbers. */
function writeBlock(view: DataView, at: number, block: Block): void {
  const [a, b, c, d] = block.bytes as unknown as [number, number, number, number];
  view.setUint32(at, ((a << 24) | (b << 16) | (c << 8) | d) >>> 0, true);
  view.setUint32(at + 4, block.prefix === 0 ? 0 : (0xffffffff << (32 - block.prefix)) >>> 0, true);
}
