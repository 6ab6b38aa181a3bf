/** The address blocks on a Hilbert curve, shaded by the number of sources, like the map on the page. */

import { netText, parseNet } from '../../api/hilbert.js';
import { regionsBySite } from '../../api/map-regions.js';
import type { AddressMap } from '../../api/types.js';
import { count, plural } from '../../wording/format.js';
import { escapeHtml } from './escape.js';

/** Minimum number of sources of each shade; light to dark, for greyscale printing. */
const shades = [
  [0, '#f1f4f6'],
  [1, '#cfe0ea'],
  [2, '#9fc3d8'],
  [5, '#5f9dbd'],
  [20, '#2d6f94'],
  [100, '#0d3f5c'],
] as const;
const shadeOf = (sources: number): string =>
  shades.reduce<string>((found, [least, colour]) => (sources >= least ? colour : found), shades[0][1]);
/** Side of a region and gap between regions, in pixels; regions per row; maximum number of regions. */
const [SIDE, GAP, ROW, MOST] = [128, 20, 6, 24];

export function mapPicture(map: AddressMap): string {
  const placed = map.blocks.flatMap((item) => {
    const net = parseNet(item.block);
    return net ? [{ net, item }] : [];
  });
  const regions = regionsBySite(placed).slice(0, MOST);
  const squares = regions.flatMap((region, i) => {
    const [left, top] = [(i % ROW) * (SIDE + GAP), Math.floor(i / ROW) * (SIDE + 2 * GAP)];
    const tiles = region.blocks.map(({ item, rect }) => {
      const [x, y, width, height] = [
        left + rect.x * SIDE,
        top + rect.y * SIDE,
        rect.width * SIDE,
        rect.height * SIDE,
      ].map((n) => n.toFixed(1));
      const name =
        width && Number(width) > 40 && Number(height) > 24
          ? `<text x="${Number(x) + 5}" y="${Number(y) + 15}"${item.sources >= 5 ? ' style="fill:#fff"' : ''}>${escapeHtml(item.site.slice(0, 14))}</text>`
          : '';
      return `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="${shadeOf(item.sources)}" stroke="#9aa7b2"><title>${escapeHtml(
        `${item.block} at ${item.site}: ${plural(item.sources, 'source')}, ${plural(item.scans, 'scan')}`,
      )}</title></rect>${name}`;
    });
    return [...tiles, `<text x="${left}" y="${top + SIDE + 13}">${netText(region)}</text>`];
  });
  const rows = Math.ceil(regions.length / ROW);
  const touched = map.blocks.filter(({ sources }) => sources > 0);
  const legend = shades.map(
    ([least, colour], i) =>
      `<svg viewBox="0 0 10 10" style="width:.7em;display:inline" aria-hidden="true"><rect width="10" height="10" fill="${colour}" stroke="#9aa7b2"/></svg> ${
        least === 0
          ? 'none'
          : i === shades.length - 1
            ? `${least} and more`
            : (shades[i + 1]?.[0] ?? 0) - 1 === least
              ? String(least)
              : `${least} to ${(shades[i + 1]?.[0] ?? 0) - 1}`
      }`,
  );
  return `<p>${touched.length === 0 ? 'None was probed.' : `${plural(touched.length, 'block')} of ${count(map.blocks.length)} ${touched.length === 1 ? 'was' : 'were'} probed. Sensors report how many addresses were probed, not which, so the whole block is shaded.`}${placed.length < map.blocks.length ? ' IPv6 blocks are not drawn.' : ''}</p>
<svg viewBox="0 0 ${ROW * (SIDE + GAP)} ${rows * (SIDE + 2 * GAP)}" role="img" aria-label="${escapeHtml(
    `${map.blocks.length} address blocks by number of sources: ${
      touched.map(({ block, site, sources }) => `${block} at ${site} ${sources}`).join(', ') || 'none'
    }`,
  )}">${squares.join('')}</svg>
<p>Sources: ${legend.join(' &#160; ')}</p>`;
}
