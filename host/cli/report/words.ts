/** The sentences that a report begins with, the same in every form. */
import { count, listed, plural } from '../../wording/format.js';
import { plain, sentence } from '../../wording/words.js';
import type { Report } from './data.js';

export const utc = (time: number | string): string =>
  `${new Date(time).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** Rows that a report shows of a list; the rest is said as a number. */
export const MOST_ROWS = 20;

export function summary(report: Report): string[] {
  const { facts, sources, spread, thin, urgent, silentSensors, missing } = report;
  const scans = report.severities.reduce((sum, [, n]) => sum + n, 0);
  const lines: string[] = [];
  if (scans === 0) lines.push('No scan was noticed in this time.');
  else {
    const grave = report.severities
      .filter(([name, n]) => n > 0 && (name === 'critical' || name === 'high'))
      .map(([name, n]) => `${count(n)} ${name}`);
    lines.push(
      `${plural(scans, 'scan')} from ${plural(sources.length - thin.length, 'source')} at ${plural(new Set(facts.scans.map((scan) => scan.site)).size, 'site')}${
        grave.length ? `; ${listed(grave)}` : '; none of them high or critical'
      }.`,
    );
  }
  const [widest] = [...spread].sort((a, b) => b.sites.length - a.sites.length);
  if (widest) {
    lines.push(
      `${plural(spread.length, 'source')} came to more than one site; ${widest.source} came to ${count(widest.sites.length)}: ${listed(widest.sites.slice(0, 12))}${
        widest.sites.length > 12 ? ' ...' : ''
      }.`,
    );
  }
  for (const one of thin.slice(0, 3)) lines.push(one.text);
  if (urgent.length > 0)
    lines.push(
      `${plural(urgent.length, 'scan needs', 'scans need')} a person; ${urgent.length === 1 ? 'it is' : 'they are'} listed first below.`,
    );
  if (facts.sensors.length === 0) lines.push('No sensor has ever reported: that nothing was seen proves nothing.');
  else if (silentSensors.length > 0) {
    lines.push(
      `${count(silentSensors.length)} of ${plural(facts.sensors.length, 'sensor')} ${silentSensors.length === 1 ? 'is' : 'are'} not online now: ${listed(
        silentSensors.slice(0, 10).map((sensor) => `${sensor.site}/${sensor.sensor} (${sensor.state})`),
      )}${silentSensors.length > 10 ? ' ...' : ''}.`,
    );
  } else
    lines.push(
      `All ${plural(facts.sensors.length, 'sensor')} are online now.`.replace('All 1 sensor are', 'The one sensor is'),
    );
  if (missing > 0)
    lines.push(`${plural(missing, 'message')} of sensors were lost on the way and are not in this report.`);
  return lines;
}

export const urgentLine = (scan: Report['urgent'][number]): string =>
  `${utc(scan.last)}, ${scan.site}/${scan.sensor}: ${plain(sentence(scan))}`;
