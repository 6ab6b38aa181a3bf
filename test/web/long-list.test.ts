/** Ten thousand scans in the list: few elements, every row reachable, and what the browser says of its long tasks. */
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { describeWith } from '../support/requirement.js';
import { until, Visitor } from './browser.js';
import type { MockServer } from './mock-server.js';
import { fourSensors, manyScans, scan } from './sample-data.js';

const MANY = 10_000;
/** Rows that may be elements at once: what fits a tall window, with a margin on both sides. */
const MAX_ROWS = 90;

const many = (server: MockServer): void => {
  server.scans = manyScans(Date.now(), MANY);
  server.sensors = fourSensors(Date.now());
  server.more.set('scans', () => ({ scans: server.scans, next: null }));
};

const count = (page: Page): Promise<number> => page.locator('#scans .scan').count();
const places = (page: Page): Promise<number[]> =>
  page.evaluate(`[...document.querySelectorAll('#scans .scan')]
  .filter((row) => row.getBoundingClientRect().bottom > 0 && row.getBoundingClientRect().top < innerHeight)
  .map((row) => Number(row.getAttribute('aria-posinset')))`);

describeWith(['chromium'], 'ten thousand scans in the list', () => {
  const visitor = new Visitor();
  before(() => visitor.start());
  after(() => visitor.stop());
  afterEach(() => visitor.leave());

  for (const width of [1440, 390]) {
    it(`are a few rows at a time, and whole, ${width} pixels wide`, async () => {
      const { page, complaints } = await visitor.visit(many, '/', { viewport: { width, height: 900 } });
      await page.evaluate(`globalThis.long = [];
        new PerformanceObserver((list) => long.push(...list.getEntries().map((entry) => entry.duration))).observe({ type: 'longtask' })`);
      await page.locator(`#scans .scan[aria-setsize="${MANY}"]`).first().waitFor();
      let most = await count(page);
      let furthest = 0;
      // A wheel turned for a while, then the scroll bar dragged to places all over.
      for (let i = 0; i < 60; i++) {
        await page.mouse.wheel(0, 700);
        await page.waitForTimeout(16);
        most = Math.max(most, await count(page));
      }
      for (const share of [0.2, 0.9, 0.5, 1]) {
        await page.evaluate(`scrollTo(0, document.documentElement.scrollHeight * ${share})`);
        await until(
          page,
          `[...document.querySelectorAll('#scans .scan')].some((row) => row.getBoundingClientRect().bottom > 0 && row.getBoundingClientRect().top < innerHeight)`,
        );
        const seen = await places(page);
        assert.deepEqual(
          seen,
          seen.map((_, i) => (seen[0] as number) + i),
        );
        furthest = Math.max(furthest, ...seen);
        most = Math.max(most, await count(page));
      }
      await page.evaluate('scrollTo(0, document.documentElement.scrollHeight)');
      await page.locator(`#scans .scan[aria-posinset="${MANY}"]`).waitFor();
      assert.ok(most <= MAX_ROWS, `${most} rows at once`);
      assert.ok(furthest > MANY / 2);
      const long = (await page.evaluate('long')) as number[];
      console.log(
        `      ${width} pixels: at most ${most} rows; ${long.length} tasks over 50 ms, the longest ${Math.round(Math.max(0, ...long))} ms`,
      );
      assert.deepEqual(complaints, []);
    });
  }

  it('stay in place while one of them is read and new ones arrive', async () => {
    const { page, server } = await visitor.visit(many);
    await page.locator(`#scans .scan[aria-setsize="${MANY}"]`).first().waitFor();
    await page.evaluate('scrollTo(0, 30000)');
    await until(page, 'document.querySelector("#scans .scan").getAttribute("aria-posinset") !== "1"');
    const top = (): Promise<unknown> =>
      page.evaluate(
        `[...document.querySelectorAll('#scans .scan')].find((row) => row.getBoundingClientRect().top > 0).dataset.id`,
      );
    await page.waitForTimeout(100);
    const before = await top();
    server.push({ ...scan(Date.now(), { source: '198.51.100.201', began: 10, seen: 0 }), id: 'berlin/tap-1/9/2' });
    await page.getByRole('button', { name: '1 new scan above' }).waitFor();
    assert.equal(await top(), before);
    await page.evaluate(`globalThis.long = [];
      new PerformanceObserver((list) => long.push(...list.getEntries().map((entry) => entry.duration))).observe({ type: 'longtask' })`);
    for (let i = 0; i < 40; i++) {
      server.push({
        ...scan(Date.now(), { source: `198.51.100.${i}`, began: 10, seen: 0 }),
        id: `berlin/tap-1/10/${i}`,
      });
      await page.waitForTimeout(25);
    }
    await page.getByRole('button', { name: '41 new scans above' }).waitFor();
    assert.equal(await top(), before);
    const long = (await page.evaluate('long')) as number[];
    console.log(
      `      40 scans in a second: ${long.length} tasks over 50 ms, the longest ${Math.round(Math.max(0, ...long))} ms`,
    );
  });

  it('ten thousand scans are filtered at once by a word', async () => {
    const { page } = await visitor.visit(many);
    await page.locator(`#scans .scan[aria-setsize="${MANY}"]`).first().waitFor();
    await page.getByLabel('Search').fill('203.0.113.37 smb');
    await until(page, 'document.querySelector("#scans .scan")?.getAttribute("aria-setsize") === "40"');
  });

  it('are asked for as the reader comes to their end', async () => {
    const { page, server } = await visitor.visit((mock) => {
      mock.scans = manyScans(Date.now(), 700);
      mock.sensors = fourSensors(Date.now());
    });
    await page.locator('#scans .scan[aria-setsize="200"]').first().waitFor();
    while (!(await page.locator('#scans .scan[aria-setsize="700"]').count())) {
      await page.mouse.wheel(0, 4000);
      await page.waitForTimeout(20);
    }
    assert.ok(server.asked.filter((path) => path.includes('before=')).length >= 3);
  });
});
