/** Which blocks share a square of the map: the page and the report draw the same. Pure. */

import type { Net, Region } from './hilbert.js';
import { regionsOf } from './hilbert.js';
import type { MapBlock } from './types.js';

export type Placed = { net: Net; item: MapBlock };

/** Sites whose blocks lie over those of others (private addresses used twice) get regions each, named by them; the others share theirs. */
export function regionsBySite(blocks: readonly Placed[]): (Region<MapBlock> & { site: string })[] {
  const users = new Map<string, Set<string>>();
  for (const { item } of blocks) users.set(item.block, (users.get(item.block) ?? new Set()).add(item.site));
  const apart = new Set(
    blocks.filter(({ item }) => (users.get(item.block)?.size ?? 0) > 1).map(({ item }) => item.site),
  );
  const layers = [
    { site: '', blocks: blocks.filter(({ item }) => !apart.has(item.site)) },
    ...[...apart].sort().map((site) => ({ site, blocks: blocks.filter(({ item }) => item.site === site) })),
  ];
  return layers.flatMap(({ site, blocks: mine }) => regionsOf(mine).map((region) => ({ ...region, site })));
}
