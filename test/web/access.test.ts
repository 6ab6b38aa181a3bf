/** The page for everyone: keyboard, screen readers, contrast, small screens, no motion. */
import assert from 'node:assert/strict';
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { describeWith } from '../support/requirement.js';
import { until, Visitor } from './browser.js';
import { fleetAnswers } from './fleet-data.js';
import type { MockServer } from './mock-server.js';
import { fourSensors, gaps, scan, tenScans } from './sample-data.js';

const full = (server: MockServer): void => {
  server.scans = tenScans(Date.now());
  server.sensors = fourSensors(Date.now());
  server.gaps = gaps(Date.now());
  for (const [path, answer] of fleetAnswers()) server.more.set(path, answer);
};

/** Every state worth looking at: name, data, address, and what is done there. */
const states: [
  name: string,
  set: (server: MockServer) => void,
  path: string,
  act: (page: Page, server: MockServer) => Promise<unknown>,
][] = [
  ['the watch', full, '/', (page) => page.locator('.plot .bar').first().waitFor()],
  [
    "a scan's panel",
    full,
    '/',
    async (page) => {
      await page.locator('#scans .stretch').first().click();
      await page.locator('.panel td').first().waitFor();
    },
  ],
  ['the sources', full, '/#/sources', (page) => page.locator('.sources tbody tr').first().waitFor()],
  [
    'one source',
    full,
    '/#/source/198.51.100.23',
    async (page) => {
      await page.locator('.source-head .says').waitFor();
      await page.getByText('Why we think so').first().click();
    },
  ],
  [
    'the sensors',
    full,
    '/#/sensors',
    async (page) => {
      await page.locator('.sensor').nth(3).waitFor();
      for (const summary of await page.locator('.sensor summary').all()) await summary.click();
      await page.locator('.groups dt').first().waitFor();
    },
  ],
  [
    "the timeline's table",
    full,
    '/',
    async (page) => {
      await page.getByText('As a table').click();
      await page.locator('.timeline tbody tr').first().waitFor();
    },
  ],
  [
    'the map',
    full,
    '/#/map',
    async (page) => {
      await page.locator('.tile').first().waitFor();
      await page.getByText('All blocks in a table').click();
      await page.locator('.page tbody td:visible').first().waitFor();
    },
  ],
  ['the matrix', full, '/#/matrix', (page) => page.locator('.matrix tbody tr').first().waitFor()],
  ['a campaign', full, '/#/campaign/pattern-23', (page) => page.locator('.campaign-page h2').waitFor()],
  [
    'the rules',
    full,
    '/#/rules',
    async (page) => {
      await page.getByText('suppressed 312').waitFor();
      const slider = page.getByRole('slider', { name: 'Alert threshold' });
      await slider.fill('5');
      await page.getByText('at most 3 more').waitFor();
    },
  ],
  [
    'the help',
    full,
    '/',
    async (page) => {
      await page.locator('#scans .scan').first().waitFor();
      await page.keyboard.press('?');
      await page.getByRole('dialog').waitFor();
    },
  ],
  ['no sensor yet', () => undefined, '/', (page) => page.getByRole('heading', { name: 'No sensor yet' }).waitFor()],
  ['no sensor on their page', () => undefined, '/#/sensors', (page) => page.locator('.page code:visible').waitFor()],
  [
    'a collector that is gone',
    full,
    '/',
    async (page, server) => {
      await page.locator('#scans .scan').first().waitFor();
      await server.close();
      await page.getByRole('button', { name: 'Try now' }).waitFor();
    },
  ],
];

describeWith(['chromium'], 'the page for everyone', () => {
  const visitor = new Visitor();
  before(() => visitor.start());
  after(() => visitor.stop());

  for (const [name, set, path, act] of states) {
    describe(name, () => {
      let page: Page;
      before(async () => {
        const visit = await visitor.visit(set, path, { bypassCSP: true, reducedMotion: 'reduce' });
        page = visit.page;
        await act(page, visit.server);
        await page.evaluate(axe.source);
      });
      after(() => visitor.leave());

      for (const colorScheme of ['light', 'dark'] as const) {
        it(`has nothing for axe to find in ${name}, ${colorScheme}`, async () => {
          await page.emulateMedia({ colorScheme });
          assert.ok(await page.evaluate(`matchMedia('(prefers-color-scheme: ${colorScheme})').matches`));
          const { violations } = (await page.evaluate('axe.run()')) as axe.AxeResults;
          assert.deepEqual(
            violations.map(
              ({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.html} ${node.failureSummary}`).join('\n')}`,
            ),
            [],
          );
        });
      }
    });
  }
});

describeWith(['chromium'], 'the page for everyone, by hand and in every width', () => {
  const visitor = new Visitor();
  before(() => visitor.start());
  after(() => visitor.stop());
  afterEach(() => visitor.leave());

  for (const [name, set, path, act] of states) {
    it(`never scrolls sideways in ${name}, from 360 pixels to 1920`, async () => {
      const { page, server } = await visitor.visit((mock) => {
        set(mock);
        const long = 'a-site-with-the-longest-name-12';
        if (mock.scans.length)
          mock.scans.push({
            ...scan(Date.now(), {
              open: true,
              site: long,
              sensor: long,
              source: '2001:db8:1111:2222:3333:4444:5555:6666',
              aggregate: true,
              targets: 4_294_967_295,
              probes: 4_294_967_295,
              spoofable: true,
              tool: 'raw-syn',
              began: 500,
            }),
            id: `${long}/${long}/4294967295/4294967295`,
          });
      }, path);
      await act(page, server);
      const wide: string[] = [];
      for (const width of [360, 390, 600, 768, 901, 1024, 1181, 1440, 1920]) {
        await page.setViewportSize({ width, height: 800 });
        const over = (await page.evaluate('document.documentElement.scrollWidth - innerWidth')) as number;
        if (over > 0) wide.push(`${width}: ${over} too wide`);
      }
      assert.deepEqual(wide, []);
    });
  }

  it('can be walked with the keyboard: skip link, search, a scan, and back to where one was', async () => {
    const { page } = await visitor.visit(full);
    await page.locator('#scans .scan').nth(9).waitFor();
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate('document.activeElement.textContent'), 'Skip to content');
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate('document.activeElement.id'), 'main');
    await page.keyboard.press('/');
    assert.equal(await page.evaluate('document.activeElement.id'), 'filter-text');
    const second = page.locator('#scans .stretch').nth(1);
    await second.focus();
    const href = await second.getAttribute('href');
    await page.keyboard.press('Enter');
    await until(page, 'document.activeElement.id === "panel-title"');
    await page.keyboard.press('Escape');
    await page.locator('.panel').waitFor({ state: 'hidden' });
    assert.equal(await page.evaluate('document.activeElement.getAttribute("href")'), href);
  });

  it('reads the timeline out bar by bar', async () => {
    const { page } = await visitor.visit(full);
    await page.locator('.plot .bar').first().waitFor();
    const plot = page.getByRole('slider', { name: 'Scans over time' });
    await plot.focus();
    await plot.press('Home');
    assert.equal(await plot.getAttribute('aria-valuenow'), '0');
    assert.match((await plot.getAttribute('aria-valuetext')) ?? '', / to \d\d:\d\d: no scan started\.$/);
    await plot.press('End');
    assert.equal(await plot.getAttribute('aria-valuenow'), '59');
    const said: string[] = [];
    for (let i = 0; i < 12; i++) {
      await plot.press('ArrowLeft');
      said.push((await plot.getAttribute('aria-valuetext')) ?? '');
    }
    assert.ok(
      said.some((one) => /1 scan started \(1 critical\), 1,024 probes/.test(one)),
      said.join('\n'),
    );
  });

  it('stays on the bar that is focused when new data comes', async () => {
    const { page, server } = await visitor.visit(full);
    await page.locator('.plot .bar').first().waitFor();
    const plot = page.getByRole('slider');
    await plot.press('Home');
    const before = server.asked.length;
    server.push({ ...scan(Date.now(), { began: 10, source: '198.51.100.5' }), id: 'berlin/tap-1/9/9' });
    await page.getByText('198.51.100.5', { exact: true }).first().waitFor();
    while (!server.asked.slice(before).some((path) => path.includes('/timeline'))) await page.waitForTimeout(20);
    assert.equal(await plot.getAttribute('aria-valuenow'), '0');
    assert.equal(await page.evaluate('document.activeElement.getAttribute("role")'), 'slider');
  });

  it('the control that Tab reaches has a visible outline', async () => {
    const { page } = await visitor.visit(full);
    await page.locator('#scans .scan').first().waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    assert.match(await page.evaluate('getComputedStyle(document.activeElement).outline'), /solid 2px/);
  });

  it('stands still for those who asked for no motion', async () => {
    const { page, server } = await visitor.visit(full, '/', { reducedMotion: 'reduce' });
    await page.locator('#scans .scan').nth(9).waitFor();
    server.push({ ...scan(Date.now(), { began: 10, source: '198.51.100.6' }), id: 'berlin/tap-1/9/8' });
    await page.locator('#scans .scan.new').waitFor();
    assert.equal(await page.evaluate('document.getAnimations().length'), 0);
  });

  it('has landmarks and one main heading', async () => {
    const { page } = await visitor.visit(full);
    for (const role of ['banner', 'main', 'search', 'navigation'] as const) await page.getByRole(role).waitFor();
    assert.equal(await page.getByRole('heading', { level: 1 }).count(), 1);
  });
});
