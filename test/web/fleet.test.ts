/** What newer collectors add to the page, in a real Chromium; and that nothing is missed where they are older. */
import assert from 'node:assert/strict';
import { describeWith } from '../support/requirement.js';
import { until, Visitor } from './browser.js';
import { fleetAnswers } from './fleet-data.js';
import type { MockServer } from './mock-server.js';
import { fourSensors, scan, sourcesOf, tenScans } from './sample-data.js';

const DAY = 86_400_000;
const full = (server: MockServer): void => {
  server.scans = tenScans(Date.now());
  server.sensors = fourSensors(Date.now());
  for (const [path, answer] of fleetAnswers()) server.more.set(path, answer);
};

/** A visitor of three times, known as research, convicted by the fleet. */
const repeated = (server: MockServer): void => {
  full(server);
  const now = Date.now();
  const source = '203.0.113.66';
  server.scans = [
    scan(now, { source, began: 12 * DAY, seen: 12 * DAY - 60_000 }),
    scan(now, { source, began: 6 * DAY, seen: 6 * DAY - 60_000 }),
    scan(now, { source, tool: 'zmap' }),
  ];
  server.more.set(`sources/${source}`, () => ({
    scans: server.scans,
    source: {
      ...sourcesOf(server.scans)[0],
      visits: 3,
      known: {
        label: 'University scanning project',
        list: 'benign-research',
        kind: 'research',
        since: new Date(now - DAY).toISOString(),
      },
    },
  }));
  server.more.set('export', () => ({}));
};

describeWith(['chromium'], 'the fleet on the page', () => {
  const visitor = new Visitor();
  before(() => visitor.start());
  after(() => visitor.stop());
  afterEach(() => visitor.leave());

  it('shows a scan across twelve sites as one campaign, and does not repeat its scans', async () => {
    const { page, complaints } = await visitor.visit(full);
    await page.getByRole('heading', { name: 'One source across 12 sites' }).waitFor();
    const story = page.locator('.campaign');
    assert.equal(await story.count(), 1);
    assert.match(
      (await story.textContent()) ?? '',
      /Block it at the edge of every site.*aarhus.*99 %.*seen only fleet-wide, false-alarm odds 1 in 1\.2 million.*third visit, first seen 12 days ago/,
    );
    assert.equal(await page.locator('.now .alarm:not(.campaign)').filter({ hasText: '203.0.113.66' }).count(), 0);
    await story.getByRole('link').click();
    await until(page, 'location.hash === "#/source/203.0.113.66"');
    assert.deepEqual(complaints, []);
  });

  it('shows what is wrong with sensors above all, and only what still is', async () => {
    const { page } = await visitor.visit(full);
    const band = page.locator('.incidents');
    await band.getByText('the site is not monitored').waitFor();
    assert.equal(await band.locator('li').count(), 2);
  });

  it('shows how far each output is behind', async () => {
    const { page } = await visitor.visit(full);
    await page.getByText('41 messages behind').waitFor();
    await page.getByText('3 given up').waitFor();
    await page.getByText('Delivery fails and is retried: HTTP 503.').waitFor();
  });

  it('asks a collector without these routes once each, and shows none of them', async () => {
    const { page, server, complaints } = await visitor.visit((mock) => {
      mock.sensors = fourSensors(Date.now());
      mock.scans = tenScans(Date.now());
    });
    await page.getByRole('heading', { name: '2 active scans' }).waitFor();
    server.push({ ...scan(Date.now(), { source: '192.0.2.77' }), id: 'berlin/tap-1/9/9' });
    const asked = (path: string): number => server.asked.filter((one) => one.startsWith(`/api/v1/${path}`)).length;
    while (asked('now') < 2) await page.waitForTimeout(20);
    for (const path of ['incidents', 'campaigns', 'verdicts', 'outputs']) assert.equal(asked(path), 1, path);
    assert.deepEqual(
      [
        await page.locator('.incidents').isVisible(),
        await page.getByText('Outputs').isVisible(),
        await page.locator('.banner').isVisible(),
      ],
      [false, false, false],
    );
    assert.deepEqual(complaints, []);
  });

  it('a campaign of many sources has a page of its own', async () => {
    const { page } = await visitor.visit(full, '/#/campaign/pattern-23');
    await page.getByRole('heading', { name: '137 sources running one scan across 5 sites' }).waitFor();
    assert.equal(
      await page.locator('.campaign-page').getByRole('link', { name: '198.51.100.23' }).getAttribute('href'),
      '#/source/198.51.100.23',
    );
    await page.goto(`${page.url().split('#')[0]}#/campaign/nothing`);
    await page.getByText('does not know this campaign').waitFor();
  });

  it('knows a repeat visitor, and shows each visit with its reasons', async () => {
    const { page } = await visitor.visit(repeated, '/#/source/203.0.113.66');
    await page
      .locator('.mark.again')
      .getByText(/^third visit, first seen 1[12] days ago$/)
      .waitFor();
    assert.deepEqual(await page.locator('.visit h3').allTextContents(), ['Visit 3', 'Visit 2', 'Visit 1']);
    await page.getByText('Why we think so').first().click();
    await page.getByText('Probes to unused addresses').first().waitFor();
    await page.getByText('No single sensor could have detected it').waitFor();
    assert.deepEqual(await page.locator('.ratios dt').allTextContents(), [
      'contacts per host',
      'services per host',
      'contacts per service',
    ]);
    assert.equal(
      await page.getByRole('link', { name: 'T1595.001 Scanning IP Blocks' }).getAttribute('href'),
      'https://attack.mitre.org/techniques/T1595/001/',
    );
  });

  it('labels known sources, and asks for no action against a research scanner', async () => {
    const { page } = await visitor.visit(repeated, '/#/source/203.0.113.66');
    await page.getByText('Known research scanner: University scanning project').waitFor();
    await page.getByText('No action needed unless it gets in').waitFor();
  });

  it('offers the formats of other tools where the collector has them, and only there', async () => {
    const { page } = await visitor.visit(repeated, '/#/source/203.0.113.66');
    assert.equal(
      await page.getByRole('link', { name: 'STIX 2.1' }).getAttribute('href'),
      '/api/v1/export?format=stix&source=203.0.113.66',
    );
    const older = await visitor.visit(full, '/#/source/198.51.100.23');
    await older.page.locator('.visit').waitFor();
    while (!older.server.asked.some((path) => path.includes('/export'))) await older.page.waitForTimeout(20);
    assert.equal(await older.page.getByRole('link', { name: 'STIX 2.1' }).isVisible(), false);
  });

  it('marks known, returning and fleet-only sources in the list', async () => {
    const { page } = await visitor.visit((server) => {
      full(server);
      server.more.set('sources', () => ({
        sources: sourcesOf(server.scans).map((one, i) =>
          i
            ? one
            : {
                ...one,
                visits: 3,
                known: {
                  label: 'University scanning project',
                  list: 'benign-research',
                  kind: 'research',
                  since: new Date().toISOString(),
                },
                verdict: (server.more.get('verdicts')?.(new URLSearchParams()) as { verdicts: object[] } | undefined)
                  ?.verdicts[0],
              },
        ),
      }));
    }, '/#/sources');
    const marks = page
      .locator('.sources tbody tr')
      .filter({ hasText: 'University scanning project' })
      .locator('.marks');
    await marks.waitFor();
    assert.match((await marks.textContent()) ?? '', /3 visits.*seen only fleet-wide/);
    assert.equal(await page.getByText('seen only fleet-wide').locator('visible=true').count(), 1);
  });

  it("has the sensors' newer states in words and marks", async () => {
    const { page } = await visitor.visit((server) => {
      full(server);
      const [one, two, three, ...rest] = fourSensors(Date.now());
      // As a newer collector gives them.
      server.sensors = [
        { ...one, state: 'blind' },
        { ...two, state: 'gone' },
        { ...three, notes: ['wrong-clock'] },
        ...rest,
        { ...one, site: 'aarhus' },
      ] as typeof server.sensors;
    }, '/#/sensors');
    await page.getByText('1 sensor online, 1 late, 1 without traffic, 1 gone, 1 offline').waitFor();
    await page.getByText('its tap sees no traffic').waitFor();
    await page.getByText('Its clock is wrong').waitFor();
    assert.equal(await page.locator('.fleet li').count(), 5);
  });
});
