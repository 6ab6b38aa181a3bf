/** Line charts as SVG, for docs/plots: readable on a light and on a dark page, without fonts or scripts of their own. */

export interface Line {
  name: string;
  points: ReadonlyArray<readonly [number, number]>;
  /** A staircase: each value holds until the next. */
  steps?: boolean;
}

export interface Chart {
  title: string;
  x: string;
  y: string;
  lines: Line[];
  /** Horizontal marks: name and height. */
  marks?: ReadonlyArray<readonly [string, number]>;
  logX?: boolean;
  ticksX?: ReadonlyArray<readonly [number, string]>;
  lowest?: number;
  highest?: number;
}

const [width, height] = [720, 360];
const [left, right, top, bottom] = [64, 176, 40, 52];
/** Okabe and Ito's colours, told apart by people with any colour vision. */
const colours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#7f7f7f'];

const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** Round steps of 1, 2 or 5 times a power of ten, about `count` of them. */
function ticks(low: number, high: number, count: number): number[] {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough) ?? rough;
  const out: number[] = [];
  for (let at = Math.ceil(low / step) * step; at <= high + step / 1e6; at += step) out.push(Number(at.toFixed(6)));
  return out;
}

export function draw(chart: Chart): string {
  const points = chart.lines.flatMap((line) => line.points);
  const scale = chart.logX ? Math.log10 : (n: number): number => n;
  const xs = points.map(([x]) => scale(x));
  const ys = [...points.map(([, y]) => y), ...(chart.marks ?? []).map(([, y]) => y)];
  const [x0, x1] = [Math.min(...xs), Math.max(...xs)];
  const [y0, y1] = [chart.lowest ?? Math.min(0, ...ys), chart.highest ?? Math.max(...ys)];
  const px = (x: number): number => left + ((scale(x) - x0) / (x1 - x0 || 1)) * (width - left - right);
  const py = (y: number): number =>
    height - bottom - ((Math.min(y1, Math.max(y0, y)) - y0) / (y1 - y0 || 1)) * (height - top - bottom);
  const out: string[] = [];
  const text = (x: number, y: number, what: string, more = ''): void =>
    void out.push(`<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${more}>${escapeXml(what)}</text>`);
  for (const y of ticks(y0, y1, 6)) {
    out.push(`<path d="M${left} ${py(y).toFixed(1)}H${width - right}" stroke="#d0d0d0"/>`);
    text(left - 8, py(y) + 4, String(y), 'text-anchor="end"');
  }
  const labels = chart.ticksX ?? ticks(x0, x1, 8).map((x) => [x, String(x)] as const);
  for (const [x, label] of labels) {
    out.push(`<path d="M${px(x).toFixed(1)} ${height - bottom}v5" stroke="#606060"/>`);
    text(px(x), height - bottom + 19, label, 'text-anchor="middle"');
  }
  for (const [name, y] of chart.marks ?? []) {
    out.push(`<path d="M${left} ${py(y).toFixed(1)}H${width - right}" stroke="#202020" stroke-dasharray="5 4"/>`);
    text(width - right + 8, py(y) + 4, name);
  }
  chart.lines.forEach((line, i) => {
    const colour = colours[i % colours.length] as string;
    let path = '';
    for (const [x, y] of line.points) {
      path += path === '' ? 'M' : line.steps ? `H${px(x).toFixed(1)}V` : 'L';
      path += path.endsWith('V') ? py(y).toFixed(1) : `${px(x).toFixed(1)} ${py(y).toFixed(1)}`;
    }
    out.push(`<path d="${path}" fill="none" stroke="${colour}" stroke-width="2.2"/>`);
    const y = top + 18 * i + (chart.marks?.length ? 34 : 6);
    out.push(`<path d="M${width - right + 8} ${y}h18" stroke="${colour}" stroke-width="3"/>`);
    text(width - right + 31, y + 4, line.name);
  });
  text(left, 22, chart.title, 'font-weight="bold" font-size="14"');
  text((left + width - right) / 2, height - 12, chart.x, 'text-anchor="middle"');
  out.push(
    `<text transform="translate(16 ${(height - bottom + top) / 2}) rotate(-90)" text-anchor="middle">${escapeXml(chart.y)}</text>`,
  );
  out.push(`<path d="M${left} ${top}V${height - bottom}H${width - right}" fill="none" stroke="#606060"/>`);
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12" fill="#202020">\n` +
    `<rect width="${width}" height="${height}" fill="#ffffff"/>\n${out.join('\n')}\n</svg>\n`
  );
}
