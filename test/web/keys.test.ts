/** Keys, the help, and zooming the timeline, in a real Chromium. */
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { describeWith } from '../support/requirement.js';
import { until, Visitor } from './browser.js';
import { fleetAnswers } from './fleet-data.js';
import type { MockServer } from './mock-server.js';
import { fourSensors, tenScans } from './sample-data.js';

const full = (server: MockServer): void => {
  server.scans = tenScans(Date.now());
  server.sensors = fourSensors(Date.now());
  for (const [path, answer] of fleetAnswers()) server.more.set(path, answer);
};
const period = async (page: Page): Promise<{ from: number; to: number }> => {
  const query = new URL(page.url()).searchParams;
  return { from: Date.parse(query.get('from') ?? ''), to: Date.parse(query.get('to') ?? '') };
};

describeWith(['chromium'], 'the page by keys', () => {
  const visitor = new Visitor();
  before(() => visitor.start());
  after(() => visitor.stop());
  afterEach(() => visitor.leave());

  it('has a help that a question mark opens and Escape closes', async () => {
    const { page, complaints } = await visitor.visit(full);
    await page.locator('#scans .scan').first().waitFor();
    await page.keyboard.press('?');
    const help = page.getByRole('dialog', { name: 'Keyboard shortcuts and symbols' });
    await help.waitFor();
    await page.keyboard.press('Escape');
    await help.waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: 'Help and keyboard shortcuts' }).click();
    await help.waitFor();
    assert.deepEqual(complaints, []);
  });

  it('opens each view with two keys, also the overview with its former key', async () => {
    const { page } = await visitor.visit(full);
    await page.locator('#scans .scan').first().waitFor();
    for (const [key, hash] of [
      ['m', '#/map'],
      ['x', '#/matrix'],
      ['s', '#/sources'],
      ['n', '#/sensors'],
      ['r', '#/rules'],
      ['o', '#/'],
      ['m', '#/map'],
      ['w', '#/'],
    ] as const) {
      await page.keyboard.press('g');
      await page.keyboard.press(key);
      await until(page, `location.hash === ${JSON.stringify(hash)}`);
    }
  });

  it('walks the rows with j and k, and does nothing while somebody types', async () => {
    const { page } = await visitor.visit(full);
    await page.locator('#scans .scan').nth(2).waitFor();
    const links = page.locator('#scans .stretch');
    await links.first().focus();
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await page.keyboard.press('k');
    assert.equal(
      await page.evaluate('document.activeElement.getAttribute("href")'),
      await links.nth(1).getAttribute('href'),
    );
    await page.keyboard.press('/');
    await until(page, 'document.activeElement.id === "filter-text"');
    await page.keyboard.type('j?gm');
    assert.equal(await page.getByLabel('Search').inputValue(), 'j?gm');
    assert.equal(await page.evaluate('location.hash'), '');
  });

  it('the search key works from any view', async () => {
    const { page } = await visitor.visit(full, '/#/matrix');
    await page.locator('.matrix tbody tr').first().waitFor();
    await page.keyboard.press('/');
    await until(page, 'document.activeElement.id === "filter-text" && location.hash === "#/"');
  });

  it('can disable single keys', async () => {
    const { page } = await visitor.visit(full);
    await page.locator('#scans .scan').first().waitFor();
    await page.keyboard.press('?');
    await page.getByLabel('Enable keyboard shortcuts').uncheck();
    await page.keyboard.press('Escape');
    await page.reload();
    await page.locator('#scans .scan').first().waitFor();
    await page.keyboard.press('?');
    await page.waitForTimeout(100);
    assert.equal(await page.getByRole('dialog').isVisible(), false);
  });

  it('zooms the timeline by plus and minus, and goes back to the present with 0', async () => {
    const { page, server } = await visitor.visit(full);
    await page.locator('.plot .bar').first().waitFor();
    const plot = page.getByRole('slider', { name: 'Scans over time' });
    await plot.press('End');
    await plot.press('+');
    await until(page, 'location.search.includes("from=")');
    const one = await period(page);
    assert.ok(Math.abs(one.to - one.from - 1_800_000) < 2, String(one.to - one.from));
    const before = new URL(page.url()).search;
    await plot.press('-');
    await until(page, `location.search !== ${JSON.stringify(before)}`);
    assert.ok((await period(page)).to - (await period(page)).from > 3_000_000);
    assert.ok(
      server.asked.some(
        (path) =>
          path.startsWith('/api/v1/timeline?') &&
          path.includes(encodeURIComponent(new Date(Math.floor(one.from / 30_000) * 30_000).toISOString())),
      ),
      server.asked.join('\n'),
    );
    await plot.press('0');
    await until(page, 'location.search === ""');
    await page.getByText(/scans started in the last hour/).waitFor();
  });

  it('zooms to what is drawn over with the pointer, and the link brings it back', async () => {
    const { page } = await visitor.visit(full);
    await page.locator('.plot .bar').first().waitFor();
    const box = (await page.locator('.plot').boundingBox()) ?? assert.fail('the plot is not shown');
    await page.mouse.move(box.x + box.width * 0.5, box.y + 60);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.75, box.y + 60, { steps: 4 });
    await page.locator('.brush').waitFor();
    await page.mouse.up();
    await until(page, 'location.search.includes("from=")');
    const { from, to } = await period(page);
    assert.ok(to - from > 600_000 && to - from < 1_200_000, String(to - from));
    await page.getByText(/started in this period/).waitFor();
    await page.reload();
    await page.getByText(/started in this period/).waitFor();
    await page.getByRole('button', { name: 'Reset' }).locator('visible=true').click();
    await page.getByText(/started in the last hour/).waitFor();
  });

  it('does not take a click on the timeline for a zoom', async () => {
    const { page } = await visitor.visit(full);
    await page.locator('.plot .bar').first().waitFor();
    await page.locator('.plot').click({ position: { x: 300, y: 60 } });
    await page.waitForTimeout(100);
    assert.equal(await page.evaluate('location.search'), '');
  });
});
