/** The map and the matrix in a real Chromium: what they show, by pointer and by key. */
import assert from 'node:assert/strict';
import { describeWith } from '../support/requirement.js';
import { until, Visitor } from './browser.js';
import { fleetAnswers, mapOf, matrixOf } from './fleet-data.js';
import type { MockServer } from './mock-server.js';
import { fourSensors, scan, tenScans } from './sample-data.js';

const full = (server: MockServer): void => {
  server.scans = tenScans(Date.now());
  server.sensors = fourSensors(Date.now());
  for (const [path, answer] of fleetAnswers()) server.more.set(path, answer);
};

describeWith(['chromium'], 'the pictures on the page', () => {
  const visitor = new Visitor();
  before(() => visitor.start());
  after(() => visitor.stop());
  afterEach(() => visitor.leave());

  it('the map shows each IPv4 block as a tile, and what it is about when pointed at', async () => {
    const { page, complaints } = await visitor.visit(full, '/#/map');
    await page.locator('.tile').nth(14).waitFor();
    assert.equal(await page.locator('.tile').count(), 15);
    await page.locator('.tile[data-block="lyon 198.51.100.0/24"]').hover();
    assert.match((await page.locator('.block-detail').textContent()) ?? '', /198\.51\.100\.0\/24.*lyon.*256 addresses/);
    assert.match(
      (await page.locator('.tile[data-block="nice 10.12.0.0/15"] .hidden').textContent()) ?? '',
      /nice: not probed$/,
    );
    assert.deepEqual(complaints, []);
  });

  it('the map can be walked with the arrow keys, one tab stop in all', async () => {
    const { page } = await visitor.visit(full, '/#/map');
    await page.locator('.tile').first().waitFor();
    assert.equal(await page.locator('.tile[tabindex="0"]').count(), 1);
    await page.locator('.tile[data-block="aarhus 10.0.0.0/16"]').focus();
    await page.keyboard.press('ArrowRight');
    assert.equal(await page.evaluate('document.activeElement.dataset.block'), 'berlin 10.1.0.0/16');
    await page.keyboard.press('ArrowDown');
    assert.equal(await page.evaluate('document.activeElement.dataset.block'), 'cork 10.2.0.0/16');
    assert.equal(await page.locator('.tile[tabindex="0"]').count(), 1);
  });

  it("the map's slider shows one step of its time, and says which", async () => {
    const { page } = await visitor.visit(full, '/#/map');
    const slider = page.getByRole('slider', { name: 'Time shown on the map' });
    await page.locator('.tile').first().waitFor();
    const figures = (): Promise<string[]> => page.locator('.tile-figure').allTextContents();
    const all = await figures();
    await slider.focus();
    await page.keyboard.press('ArrowRight');
    assert.match((await slider.getAttribute('aria-valuetext')) ?? '', /^\d{4}-.* to /);
    assert.notDeepEqual(await figures(), all);
    await page.keyboard.press('ArrowLeft');
    assert.match((await slider.getAttribute('aria-valuetext')) ?? '', /^All: /);
    assert.deepEqual(await figures(), all);
  });

  it('the map has a table with every block, IPv6 too, and names what cannot be placed', async () => {
    const { page } = await visitor.visit(full, '/#/map');
    await page.getByText('All blocks in a table').click();
    await page.getByRole('rowheader', { name: '2001:db8:7::/48' }).waitFor();
    await page.getByText('3 scans cannot be placed: porto/tap-1 does not report home blocks').waitFor();
  });

  it('the map gives each site its own plane where sites use the same addresses', async () => {
    const { page } = await visitor.visit((server) => {
      full(server);
      server.more.set('map', () => {
        const map = mapOf(Date.now());
        return { ...map, blocks: map.blocks.slice(0, 12).map((one) => ({ ...one, block: '10.20.0.0/16' })) };
      });
    }, '/#/map');
    await page.locator('.tile').nth(11).waitFor();
    assert.equal(await page.locator('.region').count(), 12);
    assert.match((await page.locator('.plane figcaption').first().textContent()) ?? '', /^aarhus · 10\.20\.0\.0\/16$/);
  });

  it('the map without blocks says how to get some', async () => {
    const { page } = await visitor.visit((server) => {
      full(server);
      server.more.set('map', () => ({
        from: new Date(0),
        to: new Date(),
        stepSeconds: 60,
        blocks: [],
        unplaced: [],
        complete: true,
      }));
    }, '/#/map');
    await page.getByRole('heading', { name: 'No address blocks yet' }).waitFor();
  });

  it('says that an older collector has no map or matrix, and nothing else breaks', async () => {
    for (const view of ['map', 'matrix']) {
      const { page, complaints } = await visitor.visit((server) => {
        server.sensors = fourSensors(Date.now());
      }, `/#/${view}`);
      await page.getByText(`This collector is older than the page and has no ${view}.`).waitFor();
      assert.equal(await page.locator('.banner').isVisible(), false);
      assert.deepEqual(complaints, []);
    }
  });

  it('the matrix puts the fleet-wide scan on top, and says it in a sentence', async () => {
    const { page } = await visitor.visit(full, '/#/matrix');
    const row = page.locator('.matrix tbody tr').first();
    await row.getByText('seen only fleet-wide').waitFor();
    await row.waitFor();
    assert.equal(await row.locator('.tile-key[data-mark="whisper"]').count(), 12);
    await page.getByText('203.0.113.66 reached 12 sites, and no single sensor could detect it.').waitFor();
    assert.match(
      (await row.locator('td').first().textContent()) ?? '',
      /aarhus: suspicion only, 1 probe to 1 target, 2\.7 nats/,
    );
    await row.getByRole('link').click();
    await until(page, 'location.hash === "#/source/203.0.113.66"');
  });

  it('the matrix that is open is asked for again when something happens', async () => {
    const { page, server } = await visitor.visit(full, '/#/matrix');
    await page.locator('.matrix tbody tr').first().waitFor();
    server.more.set('matrix', () => ({ ...matrixOf(Date.now()), rows: matrixOf(Date.now()).rows.slice(1) }));
    // It is asked for at most every five seconds, so something goes on happening.
    let i = 0;
    while ((await page.locator('.matrix tbody tr').first().textContent())?.includes('203.0.113.66')) {
      server.push({ ...scan(Date.now()), id: `berlin/tap-1/20/${i++}` });
      await page.waitForTimeout(500);
    }
    await page.getByText('198.51.100.23 reached 5 sites').waitFor();
  });

  it("the button of a picture's table copies it as CSV", async () => {
    const { page } = await visitor.visit(full, '/#/matrix', { permissions: ['clipboard-read', 'clipboard-write'] });
    await page.locator('.matrix tbody tr').first().waitFor();
    await page.getByRole('button', { name: 'Copy CSV of the matrix' }).click();
    await page.getByText('Copied').waitFor();
    const text = (await page.evaluate('navigator.clipboard.readText()')) as string;
    assert.match(
      text,
      /^Source,Site,Mark,Scans,Probes,Targets,"Evidence, nats"\r?\n203\.0\.113\.66,aarhus,suspicion only,0,1,1,2\.70/,
    );
  });

  it('a time that was chosen holds on every picture, and stands in the address', async () => {
    const { page, server } = await visitor.visit(
      full,
      '/?from=2026-01-01T10:00:00.000Z&to=2026-01-01T11:00:00.000Z#/matrix',
    );
    await page.locator('.matrix tbody tr').first().waitFor();
    assert.ok(
      server.asked.some((path) => path.startsWith('/api/v1/matrix?from=2026-01-01T10')),
      server.asked.join('\n'),
    );
    await page.getByRole('link', { name: 'Map' }).click();
    await page.locator('.tile').first().waitFor();
    assert.ok(
      server.asked.some((path) => path.startsWith('/api/v1/map?from=2026-01-01T10')),
      server.asked.join('\n'),
    );
    await page.getByRole('button', { name: 'Reset' }).locator('visible=true').click();
    await until(page, 'location.search === ""');
  });
});
