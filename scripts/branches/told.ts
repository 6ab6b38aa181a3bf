/** The story as each of them tells it: the command line, the page, the pushed outputs. */
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import type { Campaign, FleetVerdict, Scan, Sensor, Source } from '../../host/api/types.js';
import type { Story } from './plan.js';
import { differences } from './plan.js';
import type { Scene } from './scene.js';
import { pushed } from './scene.js';

export interface Check {
  who: string;
  /** What it showed, in short. */
  told: string;
  /** Sentences; none where it is right. */
  wrong: string[];
}

type Told = Map<string, string[]>;

function gather<T>(rows: readonly T[], source: (row: T) => string, sites: (row: T) => readonly string[]): Told {
  const told: Told = new Map();
  for (const row of rows) told.set(source(row), [...new Set([...(told.get(source(row)) ?? []), ...sites(row)])].sort());
  return told;
}

const inShort = (told: Told): string =>
  `${told.size} source${told.size === 1 ? '' : 's'} at ${new Set([...told.values()].flat()).size} branches`;
const both = ({ accused, fleetOnly }: Story): Told => new Map([...accused, ...fleetOnly]);

export async function askCommandLine(scene: Scene, story: Story): Promise<Check[]> {
  const rows = async <T>(...args: string[]): Promise<T[]> =>
    (await scene.command(...args, '--format', 'json', '--limit', '500'))
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as T);
  const scans = gather(
    (await rows<Scan>('scans', '--state', 'all')).filter(({ verdict }) => verdict === 'scan'),
    (one) => one.source,
    (one) => [one.site],
  );
  const sources = gather(
    await rows<Source>('sources'),
    (one) => one.source,
    (one) => one.sites,
  );
  const campaigns = gather(
    await rows<Campaign>('campaigns'),
    (one) => one.key,
    (one) => one.sites,
  );
  const convicted = await rows<FleetVerdict>('verdicts', '--convicted');
  const unaccused = gather(
    convicted.filter(({ alone }) => !alone),
    (one) => one.source,
    (one) => one.sites,
  );
  const blamed = convicted.filter(({ source }) => !both(story).has(source));
  const lines = (await scene.command('sensors', '--format', 'json'))
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Sensor);
  return [
    { who: 'blockwatch scans', told: inShort(scans), wrong: differences('It', scans, story.accused) },
    { who: 'blockwatch sources', told: inShort(sources), wrong: differences('It', sources, both(story)) },
    { who: 'blockwatch campaigns', told: inShort(campaigns), wrong: differences('It', campaigns, both(story)) },
    {
      who: 'blockwatch verdicts',
      told: `${inShort(unaccused)} that only the fleet convicts`,
      wrong: [
        ...differences('It', unaccused, story.fleetOnly),
        ...blamed.map(({ source }) => `It convicts ${source}, whom no label names.`),
      ],
    },
    {
      who: 'blockwatch sensors',
      told: `${lines.length} sensors`,
      wrong: sensorsWrong(
        story,
        lines.map((one) => ({ name: `${one.site}/${one.sensor}`, state: one.state })),
      ),
    },
  ];
}

function sensorsWrong(story: Story, sensors: readonly { name: string; state: string }[]): string[] {
  const missing = story.sensors.filter((name) => !sensors.some((one) => one.name === name));
  return [
    ...missing.map((name) => `It does not know ${name}.`),
    ...sensors.filter(({ state }) => state !== 'online').map(({ name, state }) => `It calls ${name} ${state}.`),
  ];
}

interface EveAlert {
  src_ip?: string;
  ether?: { src_mac: string };
  alert: { metadata: Record<string, string[]> };
}

/** What was pushed of sources, by the formats' own members: scans, and convictions by the fleet. */
export async function askOutputs(scene: Scene, story: Story): Promise<Check[]> {
  const read: Record<(typeof pushed)[number], (line: string) => { what: string; source: string; sites: string[] }> = {
    eve(line) {
      const {
        src_ip,
        ether,
        alert: { metadata },
      } = JSON.parse(line) as EveAlert;
      return {
        what: metadata['tag']?.[0] ?? '',
        source: src_ip ?? ether?.src_mac ?? '',
        sites: metadata['blockwatch_sites'] ?? [],
      };
    },
    cef(line) {
      const member = (name: string): string =>
        new RegExp(`(?:^|[| ])${name}=(.*?)(?= [a-zA-Z0-9]+=|$)`).exec(line)?.[1] ?? '';
      return {
        what: member('cat'),
        source: member('src') || member('c6a2') || member('smac'),
        sites: member('cs4').split(/[ ,]+/).filter(Boolean),
      };
    },
    json(line) {
      const { what, source, sites } = JSON.parse(line) as { what: string; source: string; sites: string[] };
      return { what, source, sites };
    },
  };
  const checks: Check[] = [];
  for (const format of pushed) {
    const told = (await scene.output(format, 'conviction')).map(read[format]).filter(({ source }) => source !== '');
    const scans = gather(
      told.filter(({ what }) => what === 'scan'),
      (one) => one.source,
      (one) => one.sites,
    );
    const convicted = gather(
      told.filter(({ what }) => what === 'conviction'),
      (one) => one.source,
      (one) => one.sites,
    );
    // Convicted as soon as enough have spoken: the others may have come later.
    for (const [source, sites] of story.fleetOnly) {
      const said = convicted.get(source);
      if (said && said.length > 2 && said.every((site) => sites.includes(site))) convicted.set(source, sites);
    }
    for (const source of convicted.keys()) if (story.accused.has(source)) convicted.delete(source);
    checks.push({
      who: `output, ${format}`,
      told: `${told.length} messages, ${inShort(new Map([...scans, ...convicted]))}`,
      wrong: [...differences('It', scans, story.accused), ...differences('It', convicted, story.fleetOnly)],
    });
  }
  return checks;
}

/** As the page stands in Chromium, read from what people see. */
export async function askPage(browser: Browser, scene: Scene, story: Story): Promise<Check[]> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 1000 }, locale: 'en-GB' });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on(
    'console',
    (message) =>
      message.type() === 'error' &&
      !message.text().startsWith('Failed to load resource') &&
      complaints.push(message.text()),
  );
  page.on('pageerror', (error) => complaints.push(String(error)));
  const open = async (hash: string, selector: string): Promise<void> => {
    await page.goto(`${scene.collector.http}/?span=day#/${hash}`);
    await page.locator(selector).first().waitFor();
    barriers.push(...(await barriersOf(page, hash === '' ? 'watch' : hash)));
    looked++;
  };
  const barriers: string[] = [];
  let looked = 0;
  try {
    await open('', '.now .tales li');
    const tales = await page.locator('.now .tales li').allInnerTexts();
    const [thin, sites] = [...story.fleetOnly][0] as [string, string[]];
    const unsaid = tales.some((text) => text.includes(thin) && sites.every((site) => text.includes(site)))
      ? []
      : [`It does not say that ${thin} goes on.`];
    await open(`source/${thin}`, 'table.whispers tbody tr');
    const suspecting = await page.locator('table.whispers tbody th').allInnerTexts();
    await open('sources', 'table.sources tbody tr');
    const sources = await readRows(page, 'table.sources tbody tr', 'th .address', 'td[data-label="Sites"]');
    await open('matrix', 'table.matrix tbody tr');
    const matrix = await readMatrix(page);
    await open('sensors', '.sensor');
    const sensors = (await page.evaluate(
      `[...document.querySelectorAll('.sensor')].map((one) => ({ name: one.querySelector('h3').textContent.replaceAll(' ', ''), state: one.dataset.state }))`,
    )) as { name: string; state: string }[];
    for (const [hash, selector] of [
      ['map', '.tile'],
      ['rules', 'input[type=range]:visible'],
      [`campaign/source-${thin}`, '.campaign-page h2'],
    ] as const)
      await open(hash, selector);
    const seen = new Map([...matrix].filter(([source]) => both(story).has(source)));
    const quiet = [...matrix].filter(([source]) => !both(story).has(source));
    return [
      { who: 'page, watch', told: `${tales.length} ${tales.length === 1 ? 'story' : 'stories'} now`, wrong: unsaid },
      {
        who: `page, ${thin}`,
        told: `what ${suspecting.length} sensors suspect`,
        wrong: differences('It', new Map([[thin, suspecting.sort()]]), story.fleetOnly),
      },
      { who: 'page, sources', told: inShort(sources), wrong: differences('It', sources, both(story)) },
      {
        who: 'page, matrix',
        told: `${inShort(seen)}${quiet.length ? `, and ${quiet.length} only whispered of` : ''}`,
        wrong: [
          ...differences('It', seen, both(story)),
          ...quiet.filter(([, sites]) => sites.length > 1).map(([source]) => `It has ${source} at several branches.`),
        ],
      },
      { who: 'page, sensors', told: `${sensors.length} sensors`, wrong: sensorsWrong(story, sensors) },
      { who: 'page, by axe-core', told: `${barriers.length} barriers on ${looked} views`, wrong: barriers },
      { who: 'page, its console', told: `${complaints.length} complaints`, wrong: complaints },
    ];
  } finally {
    await context.close();
  }
}

/** What keeps people out of this view: WCAG 2.2 A and AA, as far as axe-core can see. */
async function barriersOf(page: Page, view: string): Promise<string[]> {
  await page.evaluate(`window.axe ?? (() => { ${axe.source} })()`);
  const { violations, passes } = (await page.evaluate(
    `axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })`,
  )) as axe.AxeResults;
  if (passes.length === 0) return [`On ${view} axe-core found nothing to look at.`];
  return violations.map(({ help, nodes }) => `On ${view}: ${help}, ${nodes.length} times.`);
}

async function readRows(page: Page, rows: string, source: string, sites: string): Promise<Told> {
  const found = (await page.evaluate(
    `[...document.querySelectorAll(${JSON.stringify(rows)})].map((row) => [row.querySelector(${JSON.stringify(source)}).textContent, row.querySelector(${JSON.stringify(sites)}).title])`,
  )) as [string, string][];
  return new Map(found.map(([name, list]) => [name, list.split(/, | and /).sort()]));
}

async function readMatrix(page: Page): Promise<Told> {
  const found = (await page.evaluate(`(() => {
    const sites = [...document.querySelectorAll('table.matrix thead th.site')].map((one) => one.title);
    return [...document.querySelectorAll('table.matrix tbody tr')].map((row) => [row.querySelector('.address').textContent,
      [...row.querySelectorAll('td.cell')].flatMap((cell, i) => cell.title ? [sites[i]] : [])]);
  })()`)) as [string, string[]][];
  return new Map(found.map(([name, sites]) => [name, sites.sort()]));
}
