/** The page as a real collector serves it: small, compressed, nothing from elsewhere. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { chromium } from 'playwright-core';
import { pageFolder } from '../../host/common/paths.js';
import type { TestCollector } from '../support/collector.js';
import { scratch, testCollector } from '../support/collector.js';
import { chromiumPath, describeWith } from '../support/requirement.js';

/** Bytes over the wire until everything is there, headers and all. */
const MAX_BYTES = 160_000;

describeWith(['chromium'], "the page's first visit", () => {
  const files = scratch();
  let browser: Browser;
  let collector: TestCollector;
  before(async () => {
    browser = await chromium.launch({
      executablePath: chromiumPath() ?? '/usr/bin/chromium',
      args: ['--headless', '--no-sandbox', '--disable-gpu'],
    });
    collector = await testCollector(files.path('store.db'), { page: pageFolder });
  });
  after(async () => {
    await browser.close();
    await collector.close();
    files.remove();
  });

  it('is small, and makes requests to the collector only', async () => {
    const page = await browser.newPage();
    const elsewhere: string[] = [];
    const complaints: string[] = [];
    const encodings = new Map<string, string | undefined>();
    page.on('request', (request) => request.url().startsWith(collector.url) || elsewhere.push(request.url()));
    page.on(
      'response',
      (response) => void encodings.set(new URL(response.url()).pathname, response.headers()['content-encoding']),
    );
    page.on(
      'console',
      (message) =>
        message.type() === 'error' &&
        !message.text().startsWith('Failed to load resource') &&
        complaints.push(message.text()),
    );
    page.on('pageerror', (error) => complaints.push(String(error)));
    await page.goto(collector.url);
    await page.getByRole('heading', { name: 'No sensor yet' }).waitFor();
    const { bytes, requests, paint } = (await page.evaluate(`(() => {
      const all = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')];
      return { bytes: all.reduce((sum, one) => sum + one.transferSize, 0), requests: all.length,
        paint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0 };
    })()`)) as { bytes: number; requests: number; paint: number };
    console.log(`      ${bytes} bytes in ${requests} requests, first contentful paint after ${Math.round(paint)} ms`);
    assert.deepEqual([elsewhere, complaints], [[], []]);
    assert.ok(bytes < MAX_BYTES, `${bytes} bytes`);
    for (const path of ['/main.js', '/style.css', '/'])
      assert.match(encodings.get(path) ?? 'none', /^(gzip|br)$/, path);
  });

  it('costs little the second time: files that did not change are not sent again', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(collector.url);
    await page.getByRole('heading', { name: 'No sensor yet' }).waitFor();
    const codes: number[] = [];
    page.on('response', (response) => response.url().endsWith('.js') && codes.push(response.status()));
    await page.reload();
    await page.getByRole('heading', { name: 'No sensor yet' }).waitFor();
    const second = (await page.evaluate(
      'performance.getEntriesByType("resource").filter((one) => one.name.endsWith(".js")).reduce((sum, one) => sum + one.transferSize, 0)',
    )) as number;
    console.log(`      ${second} bytes of scripts on the second visit`);
    assert.ok(second < MAX_BYTES / 4, String(second));
    await context.close();
  });

  it('is whole in both encodings and without one', async () => {
    for (const encoding of ['gzip', 'br', 'identity']) {
      const text = await (await fetch(`${collector.url}/main.js`, { headers: { 'accept-encoding': encoding } })).text();
      assert.equal(text, readFileSync(join(pageFolder, 'main.js'), 'utf8'), encoding);
    }
  });
});
