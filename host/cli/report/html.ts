/** A report as a single self-contained HTML file with SVG charts, printable on A4. */
import { count } from '../../wording/format.js';
import type { Report, SourceLine } from './data.js';
import { activityOf } from './data.js';
import { escapeHtml } from './escape.js';
import { mapPicture } from './map.js';
import { MAX_ROWS, periodText, summary, urgentLine, utc } from './words.js';

/** Distinguishable by lightness, too, for greyscale printing. */
const colours = { critical: '#7a0c2e', high: '#c2402a', medium: '#e09a2f', low: '#9db8c9' } as const;
const order = ['critical', 'high', 'medium', 'low'] as const;

const style = `
:root { color-scheme: light; font: 15px/1.5 system-ui, sans-serif; color: #1c2733; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; line-height: 1.2; } h2 { font-size: 1.15rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; font-size: .85rem; } th { text-align: left; }
th, td { padding: .25rem .6rem .25rem 0; border-bottom: 1px solid #dde4ea; vertical-align: top; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
svg { width: 100%; height: auto; display: block; } svg text { font: 11px system-ui, sans-serif; fill: #45525f; }
.wide { overflow-x: auto; } footer { margin-top: 2rem; color: #5a6672; font-size: .85rem; }
@media print { body { margin: 0; max-width: none; } h2 { break-after: avoid; } tr, svg { break-inside: avoid; } }`;

/** Started scans, stacked by severity. */
function timelinePicture(report: Report): string {
  const { buckets } = report.facts.timeline;
  const totals = buckets.map((bucket) => order.reduce((sum, name) => sum + bucket.started[name], 0));
  const most = Math.max(...totals, 1);
  const [width, height, left, bottom] = [900, 160, 36, 20];
  const step = (width - left) / Math.max(1, buckets.length);
  const bars = buckets.flatMap((bucket, i) => {
    let top = height;
    return [...order]
      .reverse()
      .filter((name) => bucket.started[name] > 0)
      .map((name) => {
        const size = (bucket.started[name] / most) * (height - 12);
        top -= size;
        return `<rect x="${(left + i * step).toFixed(1)}" y="${top.toFixed(1)}" width="${Math.max(1, step - 1).toFixed(1)}" height="${size.toFixed(1)}" fill="${colours[name]}"/>`;
      });
  });
  const sum = totals.reduce((total, n) => total + n, 0);
  return `<svg viewBox="0 0 ${width} ${height + bottom}" role="img" aria-label="Scans started over time: ${sum} in total, at most ${most} in one bar">
<line x1="${left}" y1="${height}" x2="${width}" y2="${height}" stroke="#9aa7b2"/><text x="0" y="12">${count(most)}</text><text x="0" y="${height}">0</text>
${bars.join('')}<text x="${left}" y="${height + 15}">${utc(report.facts.from)}</text>
<text x="${width}" y="${height + 15}" text-anchor="end">${utc(report.facts.to)}</text></svg>
<p>${order.map((name) => `<svg viewBox="0 0 10 10" style="width:.7em;display:inline" aria-hidden="true"><rect width="10" height="10" fill="${colours[name]}"/></svg> ${name}`).join(' &#160; ')}</p>`;
}

/** Which source reached which site: a long row is a scan across many sites. */
function matrixPicture(report: Report): string {
  const rows = [...report.spread].sort((a, b) => b.sites.length - a.sites.length).slice(0, 30);
  const { sites } = report;
  const [label, cell, head] = [
    270,
    Math.max(8, Math.min(28, 620 / Math.max(1, sites.length))),
    18 + 6 * Math.max(0, ...sites.map((site) => Math.min(18, site.length))),
  ];
  const cells = rows.flatMap((line, y) =>
    line.sites.map(
      (site) =>
        `<rect x="${(label + sites.indexOf(site) * cell).toFixed(1)}" y="${head + y * 20}" width="${(cell - 2).toFixed(1)}" height="17" fill="${colours[line.severity]}"><title>${escapeHtml(`${line.source} at ${site}`)}</title></rect>`,
    ),
  );
  const heads = sites.map((site, x) => {
    const at = label + x * cell + cell / 2;
    return `<text x="${at.toFixed(1)}" y="${head - 6}" transform="rotate(-60 ${at.toFixed(1)} ${head - 6})">${escapeHtml(site.slice(0, 18))}</text>`;
  });
  return `<svg viewBox="0 0 960 ${head + rows.length * 20 + 4}" role="img" aria-label="${rows.length} sources by ${sites.length} sites; the same is in the table below">
${heads.join('')}${rows.map((line, y) => `<text x="0" y="${head + y * 20 + 13}">${escapeHtml(line.source)}</text>`).join('')}${cells.join('')}</svg>`;
}

function kindsPicture(report: Report): string {
  const most = Math.max(...report.kinds.map(([, n]) => n), 1);
  const rows = report.kinds.map(
    ([name, n], y) => `<text x="0" y="${y * 20 + 13}">${escapeHtml(name)}</text>
<rect x="160" y="${y * 20 + 2}" width="${((n / most) * 640).toFixed(1)}" height="14" fill="#4f7d9c"/><text x="${(168 + (n / most) * 640).toFixed(1)}" y="${y * 20 + 13}">${count(n)}</text>`,
  );
  return `<svg viewBox="0 0 900 ${report.kinds.length * 20 + 4}" role="img" aria-label="${escapeHtml(report.kinds.map(([name, n]) => `${name} ${n}`).join(', '))}">${rows.join('')}</svg>`;
}

function sourceTable(lines: readonly SourceLine[]): string {
  const rows = lines.slice(0, MAX_ROWS).map(
    (
      line,
    ) => `<tr><th scope="row">${escapeHtml(line.source)}</th><td>${line.severity}</td><td>${escapeHtml(line.sites.join(', '))}</td>
<td class="n">${count(line.scans)}</td><td class="n">${count(line.targets)}</td><td class="n">${count(line.probes)}</td><td>${activityOf(line)}</td>
<td>${utc(line.first)}</td><td>${utc(line.last)}</td></tr>`,
  );
  const rest = lines.length - MAX_ROWS;
  return `<div class="wide"><table><thead><tr><th>Source</th><th>Severity</th><th>Sites</th><th class="n">Scans</th><th class="n">Addresses</th><th class="n">Probes</th><th>Kinds</th>
<th>First</th><th>Last</th></tr></thead><tbody>${rows.join('')}</tbody></table></div>${rest > 0 ? `<p>… and ${rest} more.</p>` : ''}`;
}

export function htmlReport(report: Report): string {
  const { facts } = report;
  const title = `Scan report, ${periodText(facts.from, facts.to)}`;
  const parts = [
    `<h1>${title}</h1>`,
    ...summary(report).map((sentence) => `<p>${escapeHtml(sentence)}</p>`),
    '<h2>Scans over time</h2>',
    timelinePicture(report),
  ];
  if (report.urgent.length > 0)
    parts.push(
      '<h2>Needs action</h2><ul>',
      ...report.urgent.slice(0, MAX_ROWS).map((scan) => `<li>${escapeHtml(urgentLine(scan))}</li>`),
      '</ul>',
    );
  if (facts.map.blocks.length > 0) parts.push('<h2>Home address blocks</h2>', mapPicture(facts.map));
  if (report.spread.length > 0)
    parts.push('<h2>Sources at several sites</h2>', matrixPicture(report), sourceTable(report.spread));
  if (report.sources.length > 0) parts.push('<h2>Sources</h2>', sourceTable(report.sources));
  if (report.kinds.length > 0) parts.push('<h2>Kinds of scan</h2>', kindsPicture(report));
  parts.push(
    `<footer>Period: ${utc(facts.from)} to ${utc(facts.to)}. Created ${utc(facts.made)} from ${escapeHtml(facts.collector)}.</footer>`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="content-security-policy" content="default-src 'none'; style-src 'unsafe-inline'"><title>${title}</title><style>${style}</style></head>
<body><main>${parts.join('\n')}</main></body></html>
`;
}
