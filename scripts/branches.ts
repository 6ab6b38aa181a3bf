/**
 * `npm run branches [-- --minutes=60] [--captures=DIR] [--live] [--quick] [--json]`: twelve branch offices (scripts/branches/plan.ts), each a
 * Linux sensor on a labelled capture, some with thin scanners among its traffic, through a real mosquitto to one collector. Then the
 * command line and the page in Chromium are asked who scans where, and their answers are held against the labels: every labelled scanner
 * and nobody else. Exit 1 where somebody tells it otherwise.
 *
 * --minutes: so much time of each branch, its capture seen again every three minutes, ending now, and read as fast as it goes (--quick: 15).
 * --live: and then as it happens, at the captures' own pace, until Ctrl-C, for looking at it. --quick: without the figures.
 */
import { chromium } from 'playwright-core';
import { chromiumPath, requirement } from '../test/support/requirement.js';
import type { Figure } from './bench/table.js';
import { formatTable as formatFigures } from './bench/table.js';
import { alertsPerSecond, firstPaint, memory } from './branches/figures.js';
import { capturesFolder, expectedStory, readBranches } from './branches/plan.js';
import { Scene } from './branches/scene.js';
import type { Check } from './branches/told.js';
import { askCommandLine, askOutputs, askPage } from './branches/told.js';
import { formatTable } from './evaluate/table.js';

const MINUTE = 60_000;
const args = process.argv.slice(2);
const textOf = (name: string): string | undefined =>
  args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
const [quick, live] = [args.includes('--quick'), args.includes('--live')];
const minutes = Number(textOf('minutes') ?? (quick ? 15 : 60));

function refuse(problem: string): never {
  console.error(`branches: ${problem}`);
  process.exit(1);
}
if (!(minutes >= 15))
  refuse('--minutes must be 15 or more: a sensor whispers every five minutes, and only after it knows its branch.');
for (const need of ['mosquitto', 'chromium'] as const)
  if (!requirement(need).available) refuse(`It takes ${need}: ${requirement(need).reason}.`);

const branches = readBranches(textOf('captures') ?? capturesFolder);
const story = expectedStory(branches);
const scene = await Scene.open();
const browser = await chromium.launch({
  executablePath: chromiumPath() ?? 'chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu'],
});
try {
  if (live) {
    await past();
    await scene.rest();
    await scene.start(branches, { from: Date.now(), length: 24 * 60 * MINUTE, every: 3 * MINUTE }, 1);
    console.log(
      `Page and API   ${scene.collector.http}\nMQTT broker    ${scene.mosquitto.url}\n${branches.length} branches, ${minutes} minutes past and from now on as it happens; Ctrl-C ends it.`,
    );
    await new Promise((resolve) => process.once('SIGINT', resolve));
  } else {
    await look();
  }
} finally {
  await browser.close();
  await scene.close();
}

async function past(): Promise<void> {
  await scene.start(branches, { from: Date.now() - minutes * MINUTE, length: minutes * MINUTE, every: 3 * MINUTE });
  await scene.settled();
}

async function look(): Promise<void> {
  const begin = performance.now();
  await past();
  const seconds = (performance.now() - begin) / 1000;
  const checks = [
    ...(await askCommandLine(scene, story)),
    ...(await askOutputs(scene, story)),
    ...(await askPage(browser, scene, story)),
  ];
  const what = `${minutes} minutes of ${branches.length} branches, ${scene.frames} frames, in ${seconds.toFixed(1)} s`;
  const figures: Figure[] = quick
    ? []
    : [...memory(scene, `after ${what}`), ...(await firstPaint(browser, scene)), await alertsPerSecond(scene, 5000)];
  if (args.includes('--json'))
    console.log(JSON.stringify({ minutes, frames: scene.frames, seconds, checks, figures }, null, 1));
  else tell(what, checks, figures);
  if (checks.some(({ wrong }) => wrong.length > 0)) process.exitCode = 1;
}

function tell(what: string, checks: readonly Check[], figures: readonly Figure[]): void {
  console.log(`${what}\n`);
  console.log(
    formatTable(
      ['branch', 'capture', 'labelled', 'thin, among its traffic'],
      branches.map(({ site, sensor, capture, scanners, thin }) => [
        `${site}/${sensor}`,
        capture,
        [...new Set(scanners.map(({ source }) => source))].join(', ') || '-',
        thin.map(({ source, probes }) => `${source} (${probes})`).join(', ') || '-',
      ]),
    ),
  );
  console.log(
    `\n${formatTable(
      ['asked', 'tells of', 'verdict'],
      checks.map(({ who, told, wrong }) => [who, told, wrong.length === 0 ? 'as the labels say' : wrong.join(' ')]),
    )}`,
  );
  if (figures.length > 0) console.log(`\n${formatFigures(figures)}`);
}
