/** Small drawings: severity, confidence, outcome, pace. Each says in text what it says in colour. */

import type { Severity } from '../../../../src/protocol/record.js';
import type { Known, Scan } from '../../../api/types.js';
import { count } from '../../../wording/format.js';
import { serviceName } from '../../../wording/services.js';
import type { Piece } from '../../../wording/words.js';
import { confidenceLabel, severityNames } from '../../../wording/words.js';
import type { Child } from './dom.js';
import { h, s } from './dom.js';

/** Shapes differ as much as colours do: ring, diamond, triangle, filled octagon with a bar. On a grid of 16. */
const shapes: Record<Severity, string> = {
  low: 'M8 3a5 5 0 1 1 0 10a5 5 0 1 1 0-10zm0 2.2a2.8 2.8 0 1 0 0 5.6a2.8 2.8 0 1 0 0-5.6z',
  medium: 'M8 1.6l6.4 6.4l-6.4 6.4l-6.4-6.4z',
  high: 'M8 1.6l7 12.6h-14z',
  critical: 'M5 .8h6l4.2 4.2v6l-4.2 4.2h-6l-4.2-4.2v-6zM7 3.6v5.6h2v-5.6zM7 10.6v2h2v-2z',
};

export function severityMark(severity: Severity, size = 16): SVGSVGElement {
  return s(
    'svg',
    {
      class: `severity ${severity}`,
      viewBox: '0 0 16 16',
      width: size,
      height: size,
      role: 'img',
      'aria-label': `${severityNames[severity]} severity`,
    },
    s('title', null, `${severityNames[severity]} severity`),
    s('path', { d: shapes[severity], 'fill-rule': 'evenodd' }),
  );
}

/** The same shape as decoration beside a word that says it. */
export function severityShape(severity: Severity, size = 14): SVGSVGElement {
  return s(
    'svg',
    { class: `severity ${severity}`, viewBox: '0 0 16 16', width: size, height: size, 'aria-hidden': 'true' },
    s('path', { d: shapes[severity], 'fill-rule': 'evenodd' }),
  );
}

/** Lines on a grid of 16, drawn in the colour of the text. */
const icons = {
  arrow: 'M3 8h9M8.5 4.5L12 8l-3.5 3.5',
  back: 'M13 8H4M7.5 4.5L4 8l3.5 3.5',
  close: 'M4 4l8 8M12 4l-8 8',
  check: 'M3 8.5l3.5 3.5L13 4.5',
  mask:
    'M1.5 5.5c4 -1.6 9 -1.6 13 0c.3 4 -1.6 6.4 -4 6.4c-1.4 0 -1.8 -1.2 -2.5 -1.2s-1.1 1.2 -2.5 1.2' +
    'c-2.4 0 -4.3 -2.4 -4 -6.4zM4.6 7.6h2M9.4 7.6h2',
  link: 'M6.5 9.5l3-3M7 5l1.2-1.2a2.7 2.7 0 0 1 3.9 3.9L11 9M9 11l-1.2 1.2a2.7 2.7 0 0 1-3.9-3.9L5 7',
  sun:
    'M8 5.2a2.8 2.8 0 1 1 0 5.6a2.8 2.8 0 1 1 0-5.6zM8 1.2v1.6M8 13.2v1.6M1.2 8h1.6M13.2 8h1.6' +
    'M3.2 3.2l1.1 1.1M11.7 11.7l1.1 1.1M12.8 3.2l-1.1 1.1M4.3 11.7l-1.1 1.1',
  moon: 'M13 9.7A5.6 5.6 0 0 1 6.3 3a5.4 5.4 0 1 0 6.7 6.7z',
  system: 'M2 3h12v8H2zM6 14h4M8 11v3',
  search: 'M7 2.5a4.5 4.5 0 1 1 0 9a4.5 4.5 0 1 1 0-9zM10.4 10.4L14 14',
  copy: 'M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3',
  warn: 'M8 2l6.5 11.5h-13zM8 6.5v3.2M8 11.4v.6',
} as const;

export function icon(name: keyof typeof icons, size = 16): SVGSVGElement {
  return s(
    'svg',
    { class: 'icon', viewBox: '0 0 16 16', width: size, height: size, 'aria-hidden': 'true' },
    s('path', { d: icons[name] }),
  );
}

/** Eight bars of probes over time. */
export function sparkline(shape: readonly number[], width = 72, height = 22): SVGSVGElement {
  const step = width / Math.max(1, shape.length);
  const svg = s('svg', { class: 'spark', viewBox: `0 0 ${width} ${height}`, width, height, 'aria-hidden': 'true' });
  shape.forEach((value, i) => {
    const bar = Math.max(1, (Math.min(255, Math.max(0, value)) / 255) * height);
    svg.append(
      s('rect', {
        x: (i * step).toFixed(2),
        y: (height - bar).toFixed(2),
        width: (step - 2).toFixed(2),
        height: bar.toFixed(2),
        rx: 1,
        class: value > 0 ? '' : 'none',
      }),
    );
  });
  return svg;
}

export const outcomes = [
  ['answered', 'answered'],
  ['refused', 'refused'],
  ['silent', 'silent'],
  ['dark', 'dark'],
] as const;

/** `12 answered, 3 refused, 40 dark`: the outcome bar in words; what is zero is left out. */
export function outcomeWords(scan: Pick<Scan, 'answered' | 'refused' | 'silent' | 'dark'>): string {
  const parts = outcomes.filter(([key]) => scan[key] > 0).map(([key, name]) => `${count(scan[key])} ${name}`);
  return parts.join(', ') || 'no outcome yet';
}

/** Shares of the outcomes, by width, colour and texture. */
export function outcomeBar(scan: Pick<Scan, 'answered' | 'refused' | 'silent' | 'dark'>): HTMLElement {
  const bar = h('div', {
    class: 'outcome',
    role: 'img',
    'aria-label': `Outcome: ${outcomeWords(scan)}`,
    title: outcomeWords(scan),
  });
  for (const [key] of outcomes) {
    if (!scan[key]) continue;
    const part = h('span', { class: key });
    // A single answer among thousands is the most important pixel of the bar: it never gets thinner than CSS' minimum.
    part.style.flexGrow = String(scan[key]);
    bar.append(part);
  }
  return bar;
}

/** Five steps, filled by confidence. */
export function confidenceMark(confidence: number): HTMLElement {
  const svg = s('svg', { viewBox: '0 0 28 12', width: 28, height: 12, 'aria-hidden': 'true' });
  const filled = Math.round(Math.min(100, Math.max(0, confidence)) / 20);
  for (let i = 0; i < 5; i++) {
    const height = 4 + i * 2;
    svg.append(s('rect', { x: i * 6, y: 12 - height, width: 4, height, rx: 1, class: i < filled ? 'on' : 'off' }));
  }
  return h(
    'span',
    { class: 'confidence', title: `Confidence ${confidence} %: ${confidenceLabel(confidence)}` },
    svg,
    h('span', { class: 'hidden' }, 'Confidence '),
    h('b', null, `${confidence} %`),
  );
}

/** Shown only as a warning: packets alone cannot prove that a source is genuine. */
export function spoofableMark(): HTMLElement {
  const title = 'It never reacted to a reply: the source address may be spoofed';
  return h('span', { class: 'mark forged', title }, icon('mask', 14), 'may be spoofed');
}

/** The label that a list gives the source: the word, not just the colour, says whether it is benign. */
export function knownMark(known: Known): HTMLElement {
  return h(
    'span',
    { class: `mark known ${known.kind}`, title: `On the list ${known.list}` },
    `${known.kind === 'research' ? 'research' : 'adversary'}: ${known.label}`,
  );
}

/** `22 SSH`: port and service name. */
export function serviceChips(
  services: readonly number[],
  serviceCount: number,
  protocol: string,
  most: number,
): Child[] {
  const out: Child[] = [];
  const shown = services.slice(0, most);
  for (const port of shown) {
    const name = serviceName(port, protocol);
    // The space is for copying and for screen readers; visually the margin separates them.
    out.push(h('span', { class: 'chip' }, h('b', null, String(port)), name ? ` ${name}` : null), ' ');
  }
  const rest = Math.max(serviceCount, services.length) - shown.length;
  if (rest > 0) out.push(h('span', { class: 'more' }, `+${count(rest)}`));
  return out;
}

/** A sentence with its address in monospace and its first number in bold. */
export function prose(pieces: readonly Piece[]): Child[] {
  return pieces.map((piece) =>
    piece.mark === 'address'
      ? h('span', { class: 'address' }, piece.text)
      : piece.mark === 'strong'
        ? h('b', null, piece.text)
        : piece.text,
  );
}
