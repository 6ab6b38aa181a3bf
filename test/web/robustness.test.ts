/** The page when things go wrong: a collector that is gone, a line that breaks, names meant to do harm. */
import assert from 'node:assert/strict';
import { describeWith } from '../support/requirement.js';
import { Visitor } from './browser.js';
import type { MockServer } from './mock-server.js';
import { fourSensors, gaps, scan, sensor, tenScans } from './sample-data.js';

const full = (server: MockServer): void => {
  server.scans = tenScans(Date.now());
  server.sensors = fourSensors(Date.now());
  server.gaps = gaps(Date.now());
};

const views = ['/', '/#/sources', '/#/sensors'];

describeWith(['chromium'], 'the page when things go wrong', () => {
  const visitor = new Visitor();
  before(() => visitor.start());
  after(() => visitor.stop());
  afterEach(() => visitor.leave());

  it('says that the collector does not answer, keeps what it knows, and comes back by itself', async () => {
    const { page, server } = await visitor.visit(full);
    await page.locator('#scans .scan').nth(9).waitFor();
    const { port } = server;
    await server.close();
    const alert = page.getByRole('alert');
    await alert
      .filter({ hasText: /The collector does not answer\. This page shows data from \d\d:\d\d:\d\d\./ })
      .waitFor();
    await page.getByText(/Trying again/).waitFor();
    await page.getByText('Reconnecting').waitFor();
    assert.equal(await page.locator('#scans .scan').count(), 10);
    server.scans.unshift({
      ...scan(Date.now(), { source: '198.51.100.99', began: 10, seen: 0 }),
      id: 'berlin/tap-1/9/3',
    });
    await server.listen(port);
    await page.getByRole('button', { name: 'Try now' }).click();
    await page.locator('#scans .scan').filter({ hasText: '198.51.100.99' }).waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
    await page.locator('.banner').waitFor({ state: 'hidden' });
  });

  it('takes up a broken live line again and fetches what it missed', async () => {
    const { page, server } = await visitor.visit(full);
    await page.getByText('Live', { exact: true }).waitFor();
    server.drop();
    server.scans.unshift({
      ...scan(Date.now(), { source: '198.51.100.98', began: 10, seen: 0 }),
      id: 'berlin/tap-1/9/4',
    });
    await page.locator('#scans .scan').filter({ hasText: '198.51.100.98' }).waitFor();
    server.push({ ...scan(Date.now(), { source: '198.51.100.97', began: 5, seen: 0 }), id: 'berlin/tap-1/9/5' });
    await page.locator('#scans .scan').filter({ hasText: '198.51.100.97' }).waitFor();
  });

  it('passes on what a collector says that refuses', async () => {
    const { page } = await visitor.visit((server) => {
      server.refusal = { status: 503, message: 'The store does not answer. Check its address.' };
    });
    const alert = page.getByRole('alert');
    await alert.filter({ hasText: 'The collector refused: The store does not answer. Check its address.' }).waitFor();
  });

  it('goes on after events that make no sense', async () => {
    const { page, server, complaints } = await visitor.visit(full);
    await page.locator('#scans .scan').nth(9).waitFor();
    server.send('novelty', { a: 1 });
    server.send('scan', { ...scan(Date.now(), { began: 5 }), id: 'berlin/tap-1/9/6', source: '198.51.100.96' });
    await page.locator('#scans .scan').filter({ hasText: '198.51.100.96' }).waitFor();
    assert.deepEqual(complaints, []);
  });

  it('shows markup in names as text, even without the content security policy', async () => {
    const evil = '<img src=x onerror="window.pwned=1">';
    const hostile = (server: MockServer): void => {
      const one = scan(Date.now(), { open: true, source: evil, site: evil, sensor: '"><script>pwned=1</script>' });
      server.scans = [{ ...one, id: 'a/b/1/1' }];
      server.sensors = [
        sensor(Date.now(), evil, '<svg onload=pwned=1>', 'online', { version: evil, health: { [evil]: 1 } }),
      ];
      server.gaps = [{ site: evil, sensor: evil, boot: 1, from: 1, to: 2, found: new Date().toISOString() }];
    };
    const { page, server } = await visitor.visit(hostile, '/', { bypassCSP: true });
    await page.locator('.alarm').filter({ hasText: evil }).waitFor();
    await page.locator('#scans .c-source').filter({ hasText: evil }).waitFor();
    for (const view of ['/#/sources', `/#/source/${encodeURIComponent(evil)}`, '/#/scan/a/b/1/1', '/#/sensors']) {
      await page.goto(`${server.url}${view}`);
      await page.locator('main, .panel').filter({ hasText: evil }).first().waitFor();
    }
    await page.getByText('Health', { exact: true }).click();
    await page.locator('.groups dt').waitFor();
    assert.equal(await page.evaluate('window.pwned'), undefined);
    assert.equal(await page.locator('main img, main script, .panel img, .panel script').count(), 0);
  });

  it('keeps to its content security policy in every view', async () => {
    const { page, server, complaints } = await visitor.visit(full);
    for (const view of [...views, '/#/source/203.0.113.66', '/#/nowhere']) {
      await page.goto(`${server.url}${view}`);
      await page.locator('main h2:visible, main h3:visible').first().waitFor();
    }
    assert.deepEqual(complaints, []);
  });

  it('makes requests to its own collector only', async () => {
    const { page, server } = await visitor.visit(full);
    const elsewhere: string[] = [];
    page.on('request', (request) => {
      if (!request.url().startsWith(server.url)) elsewhere.push(request.url());
    });
    await page.reload();
    await page.locator('#scans .scan').nth(9).waitFor();
    assert.deepEqual(elsewhere, []);
  });

  it('says so when an address leads nowhere', async () => {
    const { page } = await visitor.visit(full, '/#/party');
    await page.getByRole('link', { name: 'Go to the overview' }).click();
    await page.locator('#scans .scan').first().waitFor();
  });
});
