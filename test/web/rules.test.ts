import assert from 'node:assert/strict';
import { judgement, limits, rules } from '../../host/web/client/lib/rules.js';
import { configSettings } from '../../src/protocol/config.js';
import { weightConstant } from '../engine/weights.js';
import { describeWith } from '../support/requirement.js';
import { Visitor } from './browser.js';
import { fleetAnswers, whatIfOf } from './fleet-data.js';
import type { MockServer } from './mock-server.js';
import { fourSensors, scan, tenScans } from './sample-data.js';

describe('the thresholds on the page', () => {
  for (const { name, value, scale } of rules) {
    it(`the page's ${name} is what the engine has`, () => {
      assert.equal(weightConstant(name), value * scale);
    });
  }

  it("and a config's table name the same defaults of the engine", () => {
    const { evidence, alertsPerMinute } = configSettings;
    assert.equal(evidence.engine * 32, weightConstant('ALERT_EVIDENCE'));
    assert.equal(alertsPerMinute.engine, weightConstant('ALERTS_PER_MINUTE'));
    assert.ok(evidence.what.endsWith(`default, ${evidence.engine}`), evidence.what);
    const shown = rules.filter(({ setting }) => setting !== undefined);
    assert.deepEqual(
      shown.map(({ setting, value }) => [setting, value]),
      [
        ['evidence', evidence.engine],
        ['alertsPerMinute', alertsPerMinute.engine],
      ],
    );
  });
});

describe('what other thresholds would have told, in words', () => {
  const now = Date.UTC(2026, 0, 1);
  it('other thresholds are told as so many alerts more and fewer', () => {
    assert.equal(judgement({ more: 3, fewer: 1, alerts: 214 }), 'at most 3 more, 1 fewer; it was 214 alerts.');
    assert.equal(judgement({ more: 0, fewer: 0, alerts: 1 }), 'Nothing would change: it stays at 1 alert.');
  });

  it('the judgement names what it cannot know', () => {
    assert.match(limits(whatIfOf(now, 5, 0)), /four most suspicious sources/);
    assert.match(limits(whatIfOf(now, 1, 0)), /of what stayed below nothing is known/);
    assert.match(limits({ ...whatIfOf(now, 9, 0), complete: false }), /newest is counted/);
  });

  it('warns of nothing where nothing is unknown', () =>
    assert.equal(limits({ ...whatIfOf(now, 9, 0), others: 0 }), ''));
});

const full = (server: MockServer): void => {
  server.scans = tenScans(Date.now());
  server.sensors = fourSensors(Date.now());
  for (const [path, answer] of fleetAnswers()) server.more.set(path, answer);
};

describeWith(['chromium'], 'the rules on the page', () => {
  const visitor = new Visitor();
  before(() => visitor.start());
  after(() => visitor.stop());
  afterEach(() => visitor.leave());

  it('judge anew while a threshold is moved, by key too', async () => {
    const { page, complaints } = await visitor.visit(full, '/#/rules');
    await page.getByText('Nothing would change: it stays at 214 alerts.').waitFor();
    const slider = page.getByRole('slider', { name: 'Evidence that accuses' });
    await slider.focus();
    for (let i = 0; i < 3; i++) await slider.press('ArrowLeft');
    await page.getByText('at most 3 more; it was 214 alerts.').waitFor();
    await page.getByText('"evidence": 5').waitFor();
    assert.equal(await slider.getAttribute('aria-valuetext'), '5 nats');
    assert.deepEqual(complaints, []);
  });

  it('show what an allow entry has held back, and since when', async () => {
    const { page } = await visitor.visit(full, '/#/rules');
    await page.getByText(/^held back 312 alerts since \w+day$/).waitFor();
    await page.getByText('has held back nothing yet').waitFor();
  });

  it('keep the allow list on the command line: the page writes nothing', async () => {
    const { page } = await visitor.visit(full, '/#/rules');
    await page.getByText('npx blockwatch allow add').waitFor();
    await page.getByText('10.4.0.0/16 at berlin').waitFor();
    assert.equal(await page.locator('.allow form').count(), 0);
  });

  it('list known scanners, and until when each list counts', async () => {
    const { page } = await visitor.visit(full, '/#/rules');
    await page.getByRole('row', { name: /benign-research research, benign noise 1,840 .* never/ }).waitFor();
    await page.getByRole('row', { name: /misp-feed known adversaries 23,011/ }).waitFor();
  });

  it('keep research scanners and whoever is let off from the alarm, and show them in the list, by a filter too', async () => {
    const { page, complaints } = await visitor.visit((server) => {
      full(server);
      const one = (source: string, changes: object): void =>
        server.push({
          ...scan(Date.now(), { source, open: true, severity: 'critical' }),
          id: `berlin/tap-1/9/${source.length}${source.at(-1)}`,
          ...changes,
        });
      server.scans = [];
      server.more.delete('campaigns');
      one('198.51.100.1', {
        known: { label: 'Sweep lab', list: 'research', kind: 'research', since: new Date().toISOString() },
      });
      one('198.51.100.2', { allowed: '3' });
      one('198.51.100.3', {
        known: { label: 'Botnet', list: 'feed', kind: 'indicator', since: new Date().toISOString() },
      });
    }, '/');
    await page.locator('.scan').nth(2).waitFor();
    await page.locator('.now .alarm').waitFor();
    assert.equal(await page.locator('.now .alarm').count(), 1);
    assert.match(await page.locator('.now .alarm').innerText(), /198\.51\.100\.3/);
    await page.getByText('research: Sweep lab').waitFor();
    await page.getByText('adversary: Botnet').waitFor();
    for (const [value, source] of [
      ['research', '198.51.100.1'],
      ['allowed', '198.51.100.2'],
      ['indicator', '198.51.100.3'],
      ['loud', '198.51.100.3'],
    ] as const) {
      await page.getByLabel('Known or not').selectOption(value);
      await page.locator('.scan').filter({ hasText: source }).waitFor();
      assert.equal(await page.locator('.scan').count(), 1, value);
      assert.match(page.url(), new RegExp(`who=${value}`));
    }
    assert.deepEqual(complaints, []);
  });

  it('are there without allow list and lists where the collector has neither', async () => {
    const { page } = await visitor.visit((server) => {
      server.sensors = fourSensors(Date.now());
    }, '/#/rules');
    await page.getByText('cannot judge anew').waitFor();
    await page.getByRole('rowheader', { name: 'Evidence that accuses' }).waitFor();
    assert.deepEqual(
      [await page.getByText('Allow list', { exact: true }).isVisible(), await page.locator('.known').isVisible()],
      [false, false],
    );
  });
});
