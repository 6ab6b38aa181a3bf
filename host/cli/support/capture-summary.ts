/** The sentences that tell what was read of a capture: without them, a wrong `--home` looks like a quiet network. */
import type { Contents } from '../../capture/contents.js';
import type { FrameOrder } from '../../capture/order.js';
import { duration } from '../../wording/format.js';

/** Whole, unlike elsewhere: the figures are compared with those of other programs. */
const grouped = new Intl.NumberFormat('en-GB');
const count = (value: number): string => grouped.format(value);
const plural = (value: number, one: string): string => `${count(value)} ${one}${value === 1 ? '' : 's'}`;

export interface CaptureSummary {
  contents: Contents;
  order: Pick<FrameOrder, 'outOfOrder' | 'tooLate'>;
  /** The engine's, by name. */
  counters: Record<string, number>;
  /** Scans in the output. */
  scans: number;
  /** Frames lost to the engine's faults. */
  framesLost: number;
  /** Whether home was named with `--home`. */
  isHomeNamed: boolean;
  interrupted: boolean;
}

/** One line: what was read, what not, and what looks wrong. */
export function captureSummary(summary: CaptureSummary): string {
  const { contents, interrupted } = summary;
  const { first, last } = contents;
  const frames = plural(contents.frames, 'frame');
  if (contents.frames === 0) return `${interrupted ? 'Interrupted: ' : ''}Read no frame.`;
  const span = `over ${duration(last - first)} (from ${seconds(first)})`;
  const found = `${plural(contactsOf(summary), 'contact')}, ${plural(summary.scans, 'scan')}`;
  return [
    `${interrupted ? 'Interrupted; read' : 'Read'} ${frames} ${span}: ${found}.`,
    home(summary),
    unread(summary),
    envelopes(contents),
    order(summary),
  ]
    .filter((sentence) => sentence !== '')
    .join(' ');
}

const contactsOf = ({ counters }: CaptureSummary): number => counters['contacts'] ?? 0;

const seconds = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

function home({ contents, isHomeNamed }: CaptureSummary): string {
  const unseen = contents.homeUnseen;
  if (!isHomeNamed)
    return contents.isHomeSeen ? '' : "No frame has a private address: name the site's own blocks with --home.";
  if (unseen.length === 0) return '';
  const blocks = unseen.map((block) => `--home ${block}`).join(' or ');
  return contents.isHomeSeen
    ? `No frame has an address of ${blocks}.`
    : `No frame has an address of ${blocks}: check it.`;
}

function unread({ contents, counters, framesLost }: CaptureSummary): string {
  const sum = (...names: string[]): number => names.reduce((all, name) => all + (counters[name] ?? 0), 0);
  const parts: [number, string][] = [
    [sum('ignoredLink'), 'of unsupported link types'],
    [sum('ignoredEncrypted'), 'encrypted'],
    [sum('ignoredProtocol'), 'of other protocols'],
    [
      sum('malformedLink', 'malformedArp', 'malformedIpv4', 'malformedIpv6', 'malformedTransport'),
      'malformed or cut off',
    ],
    [framesLost, 'lost to faults of the engine'],
  ];
  const listed = parts.filter(([n]) => n > 0).map(([n, what]) => `${count(n)} ${what}`);
  const cut = contents.cut > 0 ? `The capture cut headers off ${plural(contents.cut, 'frame')}.` : '';
  return [listed.length > 0 ? `Not read: ${listed.join(', ')}.` : '', cut].filter((part) => part !== '').join(' ');
}

function envelopes({ envelopes: found }: Contents): string {
  if (found.size === 0) return '';
  const all = [...found].sort((a, b) => b[1] - a[1]);
  const sum = all.reduce((n, [, frames]) => n + frames, 0);
  return `Encapsulated: ${plural(sum, 'frame')} (${all.map(([name]) => name).join(', ')}).`;
}

function order({ order: { outOfOrder, tooLate } }: CaptureSummary): string {
  if (outOfOrder === 0) return '';
  const late = tooLate > 0 ? `${plural(tooLate, 'frame')} too late to sort` : 'sorted';
  return `Out of order in ${plural(outOfOrder, 'place')}, ${late}.`;
}
