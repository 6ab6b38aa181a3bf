/**
 * Composes the mail digest: the incidents of a period, worst first, each once, in the page's own sentences. Text and
 * HTML have the same content.
 */
import type { Severity } from '../../../../src/protocol/record.js';
import { severityRank } from '../../../../src/protocol/record.js';
import { escapeHtml as escapeMarkup } from '../../../common/printable.js';
import { absolute, count, listed, plural } from '../../../wording/format.js';
import { gravestFirst, severityNames } from '../../../wording/words.js';
import type { Finding } from '../model/finding.js';
import { printable } from '../model/finding.js';

/** Incidents listed individually, and incidents retained to find the worst. */
const MAX_LISTED = 25;
const MAX_RETAINED = 2000;
const MAX_SOURCES = 10_000;

/** Summarizes any number of messages in bounded memory. */
export class Summary {
  #incidents = new Map<string, Finding>();
  readonly #sources = new Set<string>();
  readonly #sites = new Set<string>();
  /** Incidents no longer retained, by severity. */
  readonly #dropped: Record<Severity, number> = { low: 0, medium: 0, high: 0, critical: 0 };
  messages = 0;

  add(finding: Finding): void {
    this.messages++;
    if (finding.source !== '' && this.#sources.size < MAX_SOURCES) this.#sources.add(finding.source);
    for (const site of finding.sites) this.#sites.add(site);
    this.#incidents.set(finding.uid, finding);
    if (this.#incidents.size >= 2 * MAX_RETAINED) this.#retainWorst();
  }

  #retainWorst(): void {
    const all = [...this.#incidents.values()].sort(worse);
    for (const { severity } of all.slice(MAX_RETAINED)) this.#dropped[severity]++;
    this.#incidents = new Map(all.slice(0, MAX_RETAINED).map((finding) => [finding.uid, finding]));
  }

  get #more(): number {
    return Object.values(this.#dropped).reduce((sum, n) => sum + n, 0);
  }

  get incidents(): number {
    return this.#incidents.size + this.#more;
  }

  get sources(): number {
    return this.#sources.size;
  }

  get sites(): string[] {
    return [...this.#sites].sort();
  }

  /** Worst first; `more` is the number left out. */
  worst(): { findings: Finding[]; more: number } {
    const all = [...this.#incidents.values()].sort(worse);
    return { findings: all.slice(0, MAX_LISTED), more: all.length - Math.min(MAX_LISTED, all.length) + this.#more };
  }

  by(severity: Severity): number {
    return (
      this.#dropped[severity] + [...this.#incidents.values()].filter((finding) => finding.severity === severity).length
    );
  }
}

const worse = (a: Finding, b: Finding): number =>
  severityRank(b.severity) - severityRank(a.severity) ||
  b.confidence - a.confidence ||
  b.targets - a.targets ||
  (a.time < b.time ? 1 : -1);

export interface Mail {
  subject: string;
  text: string;
  html: string;
}

/** Milliseconds since 1970. */
export function composeDigest(summary: Summary, from: number, to: number, page: string): Mail {
  const counts = gravestFirst
    .filter((severity) => summary.by(severity) > 0)
    .map((severity) => `${count(summary.by(severity))} ${severity}`);
  const what = plural(summary.incidents, 'incident');
  const subject = `Blockwatch: ${what} (${counts.join(', ')}) at ${plural(summary.sites.length, 'site')}`;
  const times = `${absolute(new Date(from).toISOString())} to ${absolute(new Date(to).toISOString())}`;
  const known = summary.sources > 0 ? ` by ${plural(summary.sources, 'known source')}` : '';
  const { sites } = summary;
  const where = listed(sites.length > 6 ? [...sites.slice(0, 5), `${sites.length - 5} more`] : sites);
  const intro = `From ${times}, Blockwatch saw ${what}${known} at ${where}.`;
  const { findings, more } = summary.worst();
  const rest = more > 0 ? `And ${plural(more, 'more incident')}, none of them worse than these.` : '';
  return {
    subject: printable(subject),
    text: [
      printable(intro),
      '',
      ...findings.flatMap(textOf),
      ...(rest ? [rest, ''] : []),
      ...(page ? [`All of it: ${page}/`] : []),
    ]
      .join('\n')
      .trimEnd()
      .concat('\n'),
    html:
      '<!doctype html><html lang="en"><body style="font:15px/1.5 sans-serif;color:#1b1b1b;max-width:44em">' +
      `<p>${escapeHtml(intro)}</p>${findings.map(htmlOf).join('')}${rest ? `<p>${escapeHtml(rest)}</p>` : ''}` +
      `${page ? `<p><a href="${escapeHtml(page)}/">All of it</a></p>` : ''}</body></html>`,
  };
}

const originOf = (finding: Finding): string =>
  finding.site ? `${finding.site}/${finding.sensor}` : plural(finding.sites.length, 'site');

function textOf(finding: Finding): string[] {
  return [
    `${severityNames[finding.severity].toUpperCase()}  ${printable(finding.name)}, ` +
      `${printable(originOf(finding))}, ${absolute(finding.last)}`,
    `  ${printable(finding.text)}`,
    `  ${printable(finding.advice)}`,
    ...(finding.link ? [`  ${printable(finding.link)}`] : []),
    '',
  ];
}

function htmlOf(finding: Finding): string {
  const name = `${severityNames[finding.severity]}: ${printable(finding.name)}`;
  const title = finding.link ? `<a href="${escapeHtml(finding.link)}">${escapeHtml(name)}</a>` : escapeHtml(name);
  return (
    `<h3 style="margin:1.2em 0 0;font-size:1em">${title}</h3>` +
    `<p style="margin:0;color:#5a5a5a">${escapeHtml(originOf(finding))}, ${escapeHtml(absolute(finding.last))}</p>` +
    `<p style="margin:.2em 0">${escapeHtml(finding.text)}</p>` +
    `<p style="margin:.2em 0"><b>${escapeHtml(finding.advice)}</b></p>`
  );
}

/** An attacker controls parts of these texts: escape all markup. */
const escapeHtml = (text: string): string => escapeMarkup(printable(text));
