/**
 * IPv4 blocks on a Hilbert curve: addresses that lie near each other in number lie near each other in the plane, and a
 * CIDR block is a square, or half of one. Pure. Lengths are shares of the region's side.
 */
export interface Net {
  /** First address, as a number. */
  base: number;
  prefix: number;
}

export interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Region<T> extends Net {
  blocks: { net: Net; item: T; rect: Rect }[];
}

/** Reads `10.1.0.0/16`; undefined for what is not IPv4. */
export function parseNet(text: string): Net | undefined {
  const found = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text);
  if (!found) return undefined;
  const [a = 0, b = 0, c = 0, d = 0, prefix = 0] = found.slice(1).map(Number);
  if (Math.max(a, b, c, d) > 255 || prefix > 32) return undefined;
  const address = ((a * 256 + b) * 256 + c) * 256 + d;
  return { base: address - (address % size(prefix)), prefix };
}

export function netText({ base, prefix }: Net): string {
  return `${[24, 16, 8, 0].map((shift) => Math.floor(base / 2 ** shift) % 256).join('.')}/${prefix}`;
}

const size = (prefix: number): number => 2 ** (32 - prefix);
const holds = (outer: Net, inner: Net): boolean =>
  outer.prefix <= inner.prefix && inner.base >= outer.base && inner.base < outer.base + size(outer.prefix);

/** Where the curve of `order` (4^order cells) is at step `index`; Wikipedia's d2xy. Cells from the upper left. */
export function hilbert(order: number, index: number): { x: number; y: number } {
  let x = 0;
  let y = 0;
  let rest = index;
  for (let side = 1; side < 2 ** order; side *= 2) {
    const right = Math.floor(rest / 2) % 2;
    const down = (rest % 2) ^ right;
    if (down === 0) {
      if (right === 1) [x, y] = [side - 1 - x, side - 1 - y];
      [x, y] = [y, x];
    }
    x += side * right;
    y += side * down;
    rest = Math.floor(rest / 4);
  }
  return { x, y };
}

/** Where a block lies in a region whose prefix is even. */
export function place(region: Net, net: Net): Rect {
  const depth = net.prefix - region.prefix;
  if (depth % 2 === 1) {
    const [a, b] = [0, 1].map((half) =>
      place(region, { base: net.base + half * size(net.prefix + 1), prefix: net.prefix + 1 }),
    ) as [Rect, Rect];
    const x = Math.min(a.x, b.x);
    const y = Math.min(a.y, b.y);
    return { x, y, width: Math.max(a.x, b.x) + a.width - x, height: Math.max(a.y, b.y) + a.height - y };
  }
  const side = 1 / 2 ** (depth / 2);
  const { x, y } = hilbert(depth / 2, (net.base - region.base) / size(net.prefix));
  return { x: x * side, y: y * side, width: side, height: side };
}

/** A block is at least 1/1024 of its region: 32 by 32 squares can still be told apart, and pointed at. */
const DEEPEST = 10;

/** The fewest regions in which no block is too small to be seen. */
export function regionsOf<T>(blocks: readonly { net: Net; item: T }[]): Region<T>[] {
  if (blocks.length === 0) return [];
  const cover = covering(blocks.map(({ net }) => net));
  const smallest = Math.max(...blocks.map(({ net }) => net.prefix));
  if (smallest - cover.prefix <= DEEPEST || blocks.length === 1) {
    const shown = [...blocks].sort((a, b) => a.net.prefix - b.net.prefix || a.net.base - b.net.base);
    return [{ ...cover, blocks: shown.map(({ net, item }) => ({ net, item, rect: place(cover, net) })) }];
  }
  // A block that a cut would go through stands by itself.
  const whole = blocks.filter(({ net }) => net.prefix < cover.prefix + 2);
  const quarters = [0, 1, 2, 3].map((i) => ({
    base: cover.base + i * size(cover.prefix + 2),
    prefix: cover.prefix + 2,
  }));
  return [
    ...whole.flatMap((one) => regionsOf([one])),
    ...quarters.flatMap((quarter) => regionsOf(blocks.filter(({ net }) => holds(quarter, net)))),
  ];
}

/** The smallest net with an even prefix that holds all. */
function covering(nets: readonly Net[]): Net {
  const [first] = nets as [Net];
  let prefix = Math.min(...nets.map((net) => net.prefix));
  for (; prefix > 0; prefix--) {
    const outer = { base: first.base - (first.base % size(prefix)), prefix };
    if (nets.every((net) => holds(outer, net))) break;
  }
  prefix -= prefix % 2;
  return { base: first.base - (first.base % size(prefix)), prefix };
}
