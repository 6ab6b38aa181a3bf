/** What the collector and its page cost: first paint, memory, alerts a second. */
import { readFileSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { collectorAlertsPerSecond } from '../bench/collector-speed.js';
import { recordsOf, testCaptures } from '../bench/engine-speed.js';
import type { Figure } from '../bench/table.js';
import { median } from '../bench/table.js';
import type { Scene } from './scene.js';

const VISITS = 5;

/** Milliseconds from the start of the navigation, by Chromium's paint timing; each a first visit with an empty cache. */
export async function firstPaint(browser: Browser, scene: Scene): Promise<Figure[]> {
  const paints: number[] = [];
  const stories: number[] = [];
  for (let i = 0; i < VISITS; i++) {
    const context = await browser.newContext({ viewport: { width: 1440, height: 1000 } });
    const page = await context.newPage();
    await page.goto(scene.collector.http);
    await page.locator('.now h2, .scans li').first().waitFor();
    await page.locator('ol.scans li').first().waitFor();
    const [paint, story] = (await page.evaluate(
      `[performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0, performance.now()]`,
    )) as [number, number];
    paints.push(paint);
    stories.push(story);
    await context.close();
  }
  return [
    {
      name: 'page, first contentful paint',
      value: median(paints),
      unit: 'ms',
      note: `median of ${VISITS} first visits, Chromium's paint timing`,
    },
    { name: 'page, until the list of scans stands', value: median(stories), unit: 'ms', note: 'the same visits' },
  ];
}

/** Resident set, from /proc; nothing where there is none. */
export function memory(scene: Scene, note: string): Figure[] {
  let status: string;
  try {
    status = readFileSync(`/proc/${scene.collector.pid}/status`, 'utf8');
  } catch {
    return [];
  }
  const mebibytes = (name: string): number =>
    Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 102.4) / 10;
  return [
    { name: 'collector, memory (RSS) afterwards', value: mebibytes('VmRSS'), unit: 'MiB', note },
    {
      name: 'collector, memory (RSS) at most',
      value: mebibytes('VmHWM'),
      unit: 'MiB',
      note: 'pages, commands and all',
    },
  ];
}

export async function alertsPerSecond(scene: Scene, count: number): Promise<Figure> {
  const records = (await Promise.all(testCaptures().map((path) => recordsOf(path)))).flat();
  const speeds: number[] = [];
  for (let i = 0; i < 3; i++) speeds.push(await collectorAlertsPerSecond(records, count, scene.mosquitto.url));
  return {
    name: 'alerts taken in',
    value: Math.max(...speeds),
    unit: 'alerts/s',
    note: `${count} with QoS 1 through mosquitto into SQLite, best of 3`,
  };
}
