/** A report as Markdown (CommonMark with GitHub's tables). */

import { printable } from '../../common/printable.js';
import { duration } from '../../wording/format.js';
import type { Report, SourceLine } from './data.js';
import { activityOf } from './data.js';
import { MAX_ROWS, periodText, summary, urgentLine, utc } from './words.js';

const levels = '\u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588';

/** One character per bucket; a bucket that is not zero is never drawn as empty. */
export function sparkline(values: readonly number[]): string {
  const most = Math.max(...values, 1);
  return values
    .map((value) => (value === 0 ? '\u00b7' : levels[Math.min(7, Math.floor((value / most) * 7.999))]))
    .join('');
}

/** Escapes text from outside: it must not become a table border, a link or HTML. */
export const escapeMarkdown = (text: string): string =>
  printable(text)
    .replace(/[\\`*_{}[\]()#+!|]/g, '\\$&')
    .replace(/[&<>]/g, (mark) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[mark] as string);

const table = (heads: readonly string[], rows: ReadonlyArray<readonly string[]>): string[] => [
  `| ${heads.join(' | ')} |`,
  `|${heads.map(() => ' --- ').join('|')}|`,
  ...rows.map((row) => `| ${row.join(' | ')} |`),
];

function sourceTable(lines: readonly SourceLine[]): string[] {
  const rest = lines.length - MAX_ROWS;
  return [
    ...table(
      ['Source', 'Severity', 'Sites', 'Scans', 'Addresses', 'Probes', 'Kinds', 'First', 'Last'],
      lines
        .slice(0, MAX_ROWS)
        .map((line) => [
          escapeMarkdown(line.source),
          line.severity,
          escapeMarkdown(line.sites.join(', ')),
          String(line.scans),
          String(line.targets),
          String(line.probes),
          activityOf(line),
          utc(line.first),
          utc(line.last),
        ]),
    ),
    ...(rest > 0 ? ['', `… and ${rest} more.`] : []),
  ];
}

export function markdownReport(report: Report): string {
  const { facts } = report;
  const started = facts.timeline.buckets.map((bucket) => Object.values(bucket.started).reduce((sum, n) => sum + n, 0));
  const lines = [
    `# Scan report, ${periodText(facts.from, facts.to)}`,
    '',
    ...summary(report).map((sentence) => `- ${escapeMarkdown(sentence)}`.replace(/\\([()])/g, '$1')),
    '',
    '## Scans over time',
    '',
    `Started scans, ${facts.timeline.buckets.length} bars of ${duration(facts.timeline.bucketSeconds * 1000)} each:`,
    '',
    '```',
    sparkline(started),
    '```',
    '',
  ];
  if (report.urgent.length > 0)
    lines.push(
      '## Needs action',
      '',
      ...report.urgent.slice(0, MAX_ROWS).map((scan) => `- ${escapeMarkdown(urgentLine(scan))}`),
      '',
    );
  if (report.spread.length > 0) lines.push('## Sources at several sites', '', ...sourceTable(report.spread), '');
  if (report.sources.length > 0) lines.push('## Sources', '', ...sourceTable(report.sources), '');
  if (report.kinds.length > 0)
    lines.push(
      '## Kinds of scan',
      '',
      ...table(
        ['Kind', 'Scans'],
        report.kinds.map(([name, n]) => [name, String(n)]),
      ),
      '',
    );
  lines.push(`Period: ${utc(facts.from)} to ${utc(facts.to)}. Created ${utc(facts.made)} from ${facts.collector}.`, '');
  return lines.join('\n');
}
