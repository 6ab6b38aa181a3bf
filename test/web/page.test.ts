/** What the page shows, in a real Chromium. */
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { describeWith } from '../support/requirement.js';
import { until, Visitor } from './browser.js';
import type { MockServer } from './mock-server.js';
import { fourSensors, gaps, manyScans, scan, sensor, tenScans } from './sample-data.js';

const full = (server: MockServer): void => {
  server.scans = tenScans(Date.now());
  server.sensors = fourSensors(Date.now());
  server.gaps = gaps(Date.now());
};

const rows = (page: Page) => page.locator('#scans .scan');
const text = async (page: Page, selector: string): Promise<string> =>
  (await page.locator(selector).first().innerText()).replace(/\s+/g, ' ');

describeWith(['chromium'], 'the page in a browser', () => {
  const visitor = new Visitor();
  before(() => visitor.start());
  after(() => visitor.stop());
  afterEach(() => visitor.leave());

  it('shows ten scans, and the active ones in a sentence each', async () => {
    const { page, complaints } = await visitor.visit(full);
    await rows(page).nth(9).waitFor();
    assert.equal(await rows(page).count(), 10);
    await page.getByRole('heading', { name: '2 active scans from 2 sources' }).waitFor();
    assert.match(
      await text(page, '.alarm'),
      /Your host 10\.20\.4\.17 has tried 1,000 TCP ports on one of your hosts; 7 answered\./,
    );
    assert.match(await text(page, '.alarm .next'), /Find this host/);
    assert.deepEqual(complaints, []);
  });

  it('says severity in words too, and confidence apart from spoofable', async () => {
    const { page } = await visitor.visit(full);
    const row = rows(page).filter({ hasText: '192.0.2.9' });
    await row.getByRole('img', { name: 'Low severity' }).waitFor();
    assert.match((await row.innerText()).replace(/\s+/g, ' '), /may be spoofed.* 88 %/);
    await row.getByRole('img', { name: 'Outcome: 12 answered, 8 silent, 44 dark' }).waitFor();
  });

  it('shows a scan that arrives live, first in the list, and says it to screen readers', async () => {
    const { page, server } = await visitor.visit(full);
    await rows(page).nth(9).waitFor();
    const one = { ...scan(Date.now(), { source: '198.51.100.200', began: 10, seen: 0 }), id: 'berlin/tap-1/9/1' };
    server.push(one);
    await page.locator('#scans .scan:first-child').filter({ hasText: '198.51.100.200' }).waitFor();
    assert.equal(
      await page.locator('.hidden[role=status]').textContent(),
      'New: Host sweep from 198.51.100.200 at berlin',
    );
    assert.equal(await rows(page).count(), 11);
  });

  it('brings an open scan up to date where it stands, without taking focus or scroll', async () => {
    const { page, server } = await visitor.visit(full);
    const row = rows(page).filter({ hasText: 'masscan' });
    await row.locator('.stretch').focus();
    const before = await page.evaluate('scrollY');
    const open = server.scans.find((one) => one.tool === 'masscan') ?? assert.fail('no scan by masscan');
    server.push({ ...open, targets: 4711, received: new Date().toISOString() });
    await row.getByText('4,711').waitFor();
    assert.equal(await page.evaluate('document.activeElement.getAttribute("href")'), `#/scan/${open.id}`);
    assert.equal(await page.evaluate('scrollY'), before);
  });

  it('moves an ended scan out of what goes on now', async () => {
    const { page, server } = await visitor.visit(full);
    await page.locator('.alarm').nth(1).waitFor();
    for (const one of server.scans.filter((each) => each.open))
      server.push({ ...one, open: false, stage: 'end', received: new Date().toISOString() });
    await page.getByRole('heading', { name: 'Quiet at the sites we can see' }).waitFor();
  });

  it('adds no rows above the reader until asked', async () => {
    const { page, server } = await visitor.visit((mock) => {
      full(mock);
      mock.scans = manyScans(Date.now(), 150);
    });
    await page.locator('#scans .scan[aria-setsize="150"]').nth(39).waitFor({ state: 'attached' });
    await page.evaluate('document.querySelectorAll("#scans .scan")[39].scrollIntoView()');
    server.push({ ...scan(Date.now(), { source: '198.51.100.201', began: 10, seen: 0 }), id: 'berlin/tap-1/9/2' });
    const button = page.getByRole('button', { name: '1 new scan above' });
    await button.waitFor();
    assert.equal(await rows(page).first().getAttribute('aria-setsize'), '150');
    await button.click();
    await rows(page).first().filter({ hasText: '198.51.100.201' }).waitFor();
  });

  it('asks for older scans on a click, a page at a time', async () => {
    const { page } = await visitor.visit((server) => {
      full(server);
      server.scans = manyScans(Date.now(), 500);
    });
    const whole = (number: number): Promise<void> =>
      page.locator(`#scans .scan[aria-setsize="${number}"]`).first().waitFor();
    const more = page.getByRole('button', { name: 'Show older scans' });
    await whole(200);
    // Not click(): it scrolls to the button, and scrolling to the end loads more by itself.
    await more.dispatchEvent('click');
    await whole(400);
    await more.dispatchEvent('click');
    await whole(500);
    await more.waitFor({ state: 'hidden' });
  });

  it('loads older scans while the reader scrolls to the end, until there are none', async () => {
    const { page } = await visitor.visit((server) => {
      full(server);
      server.scans = manyScans(Date.now(), 500);
    });
    await page.locator('#scans .scan[aria-setsize="200"]').first().waitFor();
    while (!(await page.locator('#scans .scan[aria-posinset="500"]').count())) {
      await page.evaluate('scrollTo(0, 0)');
      await page.evaluate('scrollTo(0, document.body.scrollHeight)');
      await page.waitForTimeout(20);
    }
    await page.getByRole('button', { name: 'Show older scans' }).waitFor({ state: 'hidden' });
  });

  it('filters, keeps the filters in the address, and finds them there again', async () => {
    const { page } = await visitor.visit(full);
    await rows(page).nth(9).waitFor();
    await page.getByLabel('Search').fill('ssh');
    await until(page, 'document.querySelectorAll("#scans .scan").length === 2');
    await page.getByRole('button', { name: 'Critical' }).click();
    await until(page, 'document.querySelectorAll("#scans .scan").length === 1');
    await until(page, 'location.search === "?severity=critical&text=ssh"');
    await page.reload();
    await rows(page).filter({ hasText: '10.20.4.17' }).waitFor();
    assert.equal(await rows(page).count(), 1);
    assert.equal(await page.getByLabel('Search').inputValue(), 'ssh');
    await page.getByRole('button', { name: 'Clear', exact: true }).click();
    await until(page, 'document.querySelectorAll("#scans .scan").length === 10 && location.search === ""');
  });

  it('asks the collector for older scans that fit a filter', async () => {
    const { page, server } = await visitor.visit(full);
    await rows(page).nth(9).waitFor();
    await page.getByLabel('Site', { exact: true }).selectOption('oslo');
    await until(page, 'document.querySelectorAll("#scans .scan").length === 3');
    while (!server.asked.some((path) => path.includes('site=oslo'))) await page.waitForTimeout(20);
  });

  it('says what to do where no scan fits', async () => {
    const { page } = await visitor.visit(full);
    await page.getByLabel('Search').fill('zebra');
    await page.getByRole('heading', { name: 'No scan matches these filters' }).waitFor();
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await rows(page).nth(9).waitFor();
  });

  it('opens a scan under its permanent link, with evidence and history', async () => {
    const now = Date.now();
    const { page } = await visitor.visit((server) => {
      full(server);
      server.scans = [scan(now, { began: 60_000 })];
    }, '/#/scan/berlin/tap-1/3/60000');
    const panel = page.getByRole('complementary', { name: 'Host sweep' });
    await panel.getByRole('cell', { name: 'Ended' }).waitFor();
    const shown = (await panel.innerText()).replace(/\s+/g, ' ');
    for (const part of [
      /probed 128 of your addresses for TCP 445 \(SMB\)/,
      /99 %, almost certain/,
      /92 dark/,
      /more than a billion times likelier/,
      /ATT&CK T1595\.001: Scanning IP Blocks/,
    ])
      assert.match(shown, part);
    assert.equal(
      await panel.getByRole('link', { name: /ATT&CK/ }).getAttribute('href'),
      'https://attack.mitre.org/techniques/T1595/001/',
    );
  });

  it('keeps focus in the panel while the scan in it grows', async () => {
    const { page, server } = await visitor.visit(full);
    await rows(page).filter({ hasText: 'masscan' }).locator('.stretch').click();
    const link = page.locator('.panel .links a').first();
    await page.locator('.panel td').first().waitFor();
    await link.focus();
    const open = server.scans.find((one) => one.tool === 'masscan') ?? assert.fail('no scan by masscan');
    server.push({ ...open, targets: 4711, received: new Date().toISOString() });
    await page.locator('.panel .figures').getByText('4,711').waitFor();
    await until(page, 'document.activeElement.matches(".panel .links a")');
  });

  it('reports an unknown scan instead of waiting', async () => {
    const { page } = await visitor.visit(full, '/#/scan/nowhere/tap/1/1');
    await page.getByText('The collector does not know this scan.').waitFor();
  });

  it('lists sources once for all sites, sorts them, and opens one', async () => {
    const { page } = await visitor.visit(full, '/#/sources');
    const body = page.locator('.sources tbody tr');
    await body.nth(6).waitFor();
    assert.match((await body.filter({ hasText: '198.51.100.23' }).innerText()).replace(/\s+/g, ' '), /porto, berlin/);
    const head = page.getByRole('columnheader', { name: 'Targets' });
    await head.getByRole('button').press('Enter');
    assert.equal(await head.getAttribute('aria-sort'), 'descending');
    assert.match(await body.first().innerText(), /10\.8\.0\.140/);
    await page.getByRole('link', { name: '198.51.100.23' }).click();
    await page.getByRole('heading', { name: '198.51.100.23' }).waitFor();
    assert.match(await text(page, '.source-head .says'), /2 scans at 2 sites \(porto and berlin\)/);
  });

  it('shows each sensor with its state, its losses and its health in words', async () => {
    const { page } = await visitor.visit(full, '/#/sensors');
    const card = page.locator('.sensor').filter({ hasText: 'oslo / wifi' });
    await card.getByText('Its health report is overdue.').waitFor();
    assert.match((await card.innerText()).replace(/\s+/g, ' '), /lost frames 1,204/);
    await card.getByText('Health', { exact: true }).click();
    await card.getByText('Lost at the tap').waitFor();
    assert.match(await text(page, '.gaps .explain'), /1 gap\. .*never arrived/);
    assert.match(
      (await page.locator('.gaps tbody tr').innerText()).replace(/\s+/g, ' '),
      /porto \/ tap-1 3 boot 7, 118 to 120/,
    );
  });

  it('takes a gap away again when what was missing arrives after all', async () => {
    const { page, server } = await visitor.visit(full, '/#/sensors');
    await page.locator('.gaps tbody tr').waitFor();
    const [gap] = server.gaps;
    server.gaps = [];
    server.send('gap', { ...gap, closed: new Date().toISOString() });
    await page.getByText('none is missing').waitFor();
  });

  it('says that all is quiet, and which sensors are online', async () => {
    const { page } = await visitor.visit((server) => {
      server.sensors = ['berlin', 'lyon', 'porto'].map((site) => sensor(Date.now(), site, 'tap-1', 'online'));
    });
    await page.getByRole('heading', { name: 'All quiet' }).waitFor();
    assert.match(await text(page, '.now'), /3 sensors online; last report .*No scan has been seen so far\./);
  });

  it('does not call it quiet when no sensor is online', async () => {
    const { page } = await visitor.visit((server) => {
      server.sensors = [sensor(Date.now(), 'berlin', 'tap-1', 'offline')];
    });
    await page.getByRole('heading', { name: 'No sensor is online' }).waitFor();
    await page.getByText('Check the power and the uplink of the sensors.').waitFor();
  });

  it('says that no sensor sees traffic while all that report are blind', async () => {
    const { page } = await visitor.visit((server) => {
      server.sensors = [sensor(Date.now(), 'berlin', 'tap-1', 'blind')];
    });
    await page.getByRole('heading', { name: 'No sensor sees traffic' }).waitFor();
    await page.getByText('Check the mirror port and the cable of the tap.').waitFor();
  });

  it('gives the exact command when there is no sensor yet', async () => {
    const { page } = await visitor.visit(() => undefined);
    await page.getByRole('heading', { name: 'No sensor yet' }).waitFor();
    assert.equal(
      await page.locator('.now code').textContent(),
      'npx blockwatch sensor eth0 --broker mqtt://127.0.0.1:1883 --site office --sensor tap-1',
    );
  });

  it('draws the timeline, and gives it as a table', async () => {
    const { page } = await visitor.visit(full);
    await page.locator('.plot .bar.critical').waitFor();
    await page.getByText('6 scans started in the last hour.').waitFor();
    await page.getByRole('button', { name: '24 hours' }).click();
    await page.getByText('10 scans started in the last 24 hours.').waitFor();
    await page.getByText('As a table').click();
    await page.locator('.timeline tbody tr').first().waitFor();
  });

  it("follows the system's theme, and the toggle against it", async () => {
    const { page } = await visitor.visit(full, '/', { colorScheme: 'dark' });
    const ground = (): Promise<string> => page.evaluate('getComputedStyle(document.body).backgroundColor');
    const dark = await ground();
    await page.getByRole('button', { name: 'Theme: system' }).click();
    const light = await ground();
    assert.notEqual(light, dark);
    await page.reload();
    await page.getByRole('button', { name: 'Theme: light' }).waitFor();
    assert.equal(await ground(), light);
  });
});
