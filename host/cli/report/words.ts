/** The opening sentences of a report, the same in every format. */
import { count, listed, plural } from '../../wording/format.js';
import { plain, sentence } from '../../wording/words.js';
import type { Report } from './data.js';

export const utc = (time: number | string): string =>
  `${new Date(time).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

const MONTHS = 'January February March April May June July August September October November December'.split(' ');

/** `22–29 November 2026`, `28 November – 3 December 2026`, `24 November 2026`: the days of a period, in UTC. */
export function periodText(from: number, to: number): string {
  // A period that ends at midnight does not include the day that begins then.
  const [first, last] = [new Date(from), new Date(Math.max(from, to - 1))];
  const day = (date: Date): number => date.getUTCDate();
  const month = (date: Date): string => MONTHS[date.getUTCMonth()] as string;
  const year = (date: Date): number => date.getUTCFullYear();
  const end = `${day(last)} ${month(last)} ${year(last)}`;
  if (year(first) !== year(last)) return `${day(first)} ${month(first)} ${year(first)} – ${end}`;
  if (month(first) !== month(last)) return `${day(first)} ${month(first)} – ${end}`;
  return day(first) === day(last) ? end : `${day(first)}–${end}`;
}

/** Rows of a list that a report shows; it counts the others. */
export const MAX_ROWS = 20;

export function summary(report: Report): string[] {
  const { facts, sources, spread, fleetOnly, urgent, silentSensors, missing } = report;
  const scans = report.severities.reduce((sum, [, n]) => sum + n, 0);
  const lines: string[] = [];
  if (scans === 0) lines.push('No scans were detected in this period.');
  else {
    const severe = report.severities
      .filter(([name, n]) => n > 0 && (name === 'critical' || name === 'high'))
      .map(([name, n]) => `${count(n)} ${name}`);
    lines.push(
      `${plural(scans, 'scan')} from ${plural(sources.length - fleetOnly.length, 'source')} at ${plural(new Set(facts.scans.map((scan) => scan.site)).size, 'site')}${
        severe.length ? `; ${listed(severe)}` : '; none high or critical'
      }.`,
    );
  }
  const [widest] = [...spread].sort((a, b) => b.sites.length - a.sites.length);
  if (widest) {
    lines.push(
      `${plural(spread.length, 'source')} reached more than one site; ${widest.source} reached ${count(widest.sites.length)}: ${someOf(widest.sites, 12)}.`,
    );
  }
  for (const one of fleetOnly.slice(0, 3)) lines.push(one.text);
  if (urgent.length > 0)
    lines.push(
      `${plural(urgent.length, 'scan needs', 'scans need')} action; ${
        urgent.length === 1 ? 'it is below' : `the ${Math.min(urgent.length, MAX_ROWS)} newest are below`
      }.`,
    );
  if (facts.sensors.length === 0) lines.push('No sensor has ever reported, so the absence of scans proves nothing.');
  else if (silentSensors.length > 0) {
    lines.push(
      `${count(silentSensors.length)} of ${plural(facts.sensors.length, 'sensor')} ${silentSensors.length === 1 ? 'is' : 'are'} not online now: ${someOf(
        silentSensors.map((sensor) => `${sensor.site}/${sensor.sensor} (${sensor.state})`),
        10,
      )}.`,
    );
  } else
    lines.push(
      `All ${plural(facts.sensors.length, 'sensor')} are online now.`.replace('All 1 sensor are', 'The one sensor is'),
    );
  if (missing > 0)
    lines.push(
      `${plural(missing, 'sensor message was', 'sensor messages were')} lost on the way and ${Math.round(missing) === 1 ? 'is' : 'are'} not in this report.`,
    );
  return lines;
}

/** `brussels, budapest and 28 more`. */
const someOf = (items: readonly string[], most: number): string =>
  listed(items.length > most ? [...items.slice(0, most), `${count(items.length - most)} more`] : items);

export const urgentLine = (scan: Report['urgent'][number]): string =>
  `${utc(scan.last)}, ${scan.site}/${scan.sensor}: ${plain(sentence(scan))}`;
