/** The arithmetic of the timeline: pure, in milliseconds and pixels. */
import type { TimelineBucket } from '../../../api/types.js';

export type Span = 'hour' | 'day' | 'week';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The presets: length, number of bars, and distance of the axis labels. */
export const spans: Record<Span, { label: string; phrase: string; length: number; buckets: number; tick: number }> = {
  hour: { label: '1 hour', phrase: 'the last hour', length: HOUR, buckets: 60, tick: 10 * MINUTE },
  day: { label: '24 hours', phrase: 'the last 24 hours', length: DAY, buckets: 72, tick: 3 * HOUR },
  week: { label: '7 days', phrase: 'the last 7 days', length: 7 * DAY, buckets: 84, tick: DAY },
};

/** Start and end on whole buckets, so that bars keep their edges between refreshes. */
export function range(span: Span, now: number): { from: number; to: number } {
  const { length, buckets } = spans[span];
  const step = length / buckets;
  const to = Math.ceil((now + 1) / step) * step;
  return { from: to - length, to };
}

/** The period of a view: up to now, or fixed, for a permanent link (milliseconds). */
export type Period = { span: Span } | { from: number; to: number };

export interface Window {
  from: number;
  to: number;
  buckets: number;
  tick: number;
  /** Follows `in` in a sentence. */
  phrase: string;
}

/** Lengths of bars, and distances of labels, in a chosen period. Seconds. */
const steps = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800,
];
const fitting = (length: number, most: number): number =>
  (steps.find((step) => length / (step * 1000) <= most) ?? 2_419_200) * 1000;

/** The shortest period: ten bars of a second. Milliseconds. */
export const SHORTEST = 10_000;

/** Whole bars that cover the period. */
export function windowOf(period: Period, now: number): Window {
  if ('span' in period) return { ...range(period.span, now), ...spans[period.span] };
  const length = Math.max(SHORTEST, period.to - period.from);
  const step = fitting(length, 84);
  const from = Math.floor(period.from / step) * step;
  const to = Math.max(from + step, Math.ceil((period.from + length) / step) * step);
  return { from, to, buckets: Math.round((to - from) / step), tick: fitting(length, 8), phrase: 'this period' };
}

/** The top of the scale: the smallest of 4, 10, 20, 40, 100 … not below `value`; half of it is an integer, too. */
export function niceTop(value: number): number {
  if (!(value > 4)) return 4;
  const power = 10 ** Math.floor(Math.log10(value));
  for (const factor of [1, 2, 4]) if (factor * power >= value) return factor * power;
  return 10 * power;
}

/** Times on round local hours or days between from and to, at least `tick` apart. */
export function timeTicks(from: number, to: number, tick: number, zoneMinutes: number): number[] {
  // Local midnight matters to a person reading the axis; zoneMinutes is what Date#getTimezoneOffset gives.
  const shift = zoneMinutes * MINUTE;
  const out: number[] = [];
  for (let t = Math.ceil((from - shift) / tick) * tick + shift; t <= to; t += tick) out.push(t);
  return out;
}

export const stackOrder = ['low', 'medium', 'high', 'critical'] as const;

export interface Segment {
  severity: (typeof stackOrder)[number];
  /** Share of the plot's height, from the bottom. */
  from: number;
  to: number;
}

/** The segments of one bar, the most severe on top; nothing for an empty bucket. */
export function stack(bucket: TimelineBucket, top: number): Segment[] {
  const out: Segment[] = [];
  let sum = 0;
  for (const severity of stackOrder) {
    const value = bucket.started[severity] ?? 0;
    if (value <= 0) continue;
    out.push({ severity, from: sum / top, to: (sum + value) / top });
    sum += value;
  }
  return out;
}

/** Scans that started in a bucket. */
export function total(bucket: TimelineBucket): number {
  return stackOrder.reduce((sum, severity) => sum + (bucket.started[severity] ?? 0), 0);
}
