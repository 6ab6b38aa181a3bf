/** The squares of the map: regions of the Hilbert curve, and in them a tile for each block. */

import { netText, parseNet } from '../../../api/hilbert.js';
import { regionsBySite } from '../../../api/map-regions.js';
import type { MapBlock } from '../../../api/types.js';
import { keyOf } from '../../../wording/map-words.js';
import { button, h } from '../lib/dom.js';

/** Regions drawn; the table has the rest. */
const MAX_REGIONS = 24;

/** Draws the tiles without shades and figures, which change with the period. */
export function drawPlane(plane: HTMLElement, blocks: readonly MapBlock[]): void {
  const placed = blocks.flatMap((item) => {
    const net = parseNet(item.block);
    return net ? [{ net, item }] : [];
  });
  const regions = regionsBySite(placed);
  plane.dataset['regions'] = regions.length === 1 ? 'one' : 'many';
  plane.replaceChildren(
    ...regions.slice(0, MAX_REGIONS).map((region) => {
      const square = h('div', {
        class: 'region',
        role: 'group',
        'aria-label': `Blocks in ${netText(region)}${region.site && ` at ${region.site}`}`,
      });
      for (const { item, rect } of region.blocks) {
        const tile = button({ class: 'tile', 'data-block': keyOf(item), tabindex: -1 }, null, () => undefined);
        tile.append(
          h('span', { class: 'hidden' }),
          h('span', { class: 'tile-name', 'aria-hidden': 'true' }, item.site),
          h('b', { class: 'tile-figure', 'aria-hidden': 'true' }),
        );
        // The policy forbids styles in the text of the page; what a script sets on an element it does not.
        tile.style.left = `${rect.x * 100}%`;
        tile.style.top = `${rect.y * 100}%`;
        tile.style.width = `${rect.width * 100}%`;
        tile.style.height = `${rect.height * 100}%`;
        square.append(tile);
      }
      return h(
        'figure',
        { class: region.blocks.length > 4 ? 'crowded' : null },
        square,
        h(
          'figcaption',
          { class: 'sub' },
          region.site && `${region.site} · `,
          h('span', { class: 'address' }, netText(region)),
          region.blocks.length > 1 ? ` · ${region.blocks.length} blocks` : '',
        ),
      );
    }),
  );
}

/** The nearest tile in the direction of an arrow key. */
export function nearest(
  from: HTMLElement,
  tiles: readonly HTMLElement[],
  [x, y]: [number, number],
): HTMLElement | undefined {
  const middle = (tile: HTMLElement): [number, number] => {
    const { left, top, width, height } = tile.getBoundingClientRect();
    return [left + width / 2, top + height / 2];
  };
  const [fromX, fromY] = middle(from);
  let best: HTMLElement | undefined;
  let least = Infinity;
  for (const tile of tiles) {
    const [toX, toY] = middle(tile);
    const along = (toX - fromX) * x + (toY - fromY) * y;
    const aside = Math.abs((toX - fromX) * y) + Math.abs((toY - fromY) * x);
    if (along < 1 || along + 2 * aside >= least) continue;
    least = along + 2 * aside;
    best = tile;
  }
  return best;
}
