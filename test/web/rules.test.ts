import assert from 'node:assert/strict';
import { rules, whatIfCaveats, whatIfText } from '../../host/web/client/lib/rules.js';
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

describe('what-if analysis in words', () => {
  const now = Date.UTC(2026, 0, 1);
  it('counts the alerts that other thresholds would add and remove', () => {
    assert.equal(whatIfText({ more: 3, fewer: 1, alerts: 214 }), 'At most 3 more, 1 fewer; there were 214 alerts.');
    assert.equal(whatIfText({ more: 0, fewer: 0, alerts: 1 }), 'Nothing would change: still 1 alert.');
  });

  it('says what the stored records cannot answer', () => {
    assert.match(whatIfCaveats(whatIfOf(now, 5, 0)), /four most suspicious sources/);
    assert.match(whatIfCaveats(whatIfOf(now, 1, 0)), /Nothing is known about sources below that/);
    assert.match(whatIfCaveats({ ...whatIfOf(now, 9, 0), complete: false }), /Only the newest data is counted/);
  });

  it('has no caveat where nothing is unknown', () =>
    assert.equal(whatIfCaveats({ ...whatIfOf(now, 9, 0), others: 0 }), ''));
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

  it('update the what-if analysis while a threshold is moved, also by keyboard', async () => {
    const { page, complaints } = await visitor.visit(full, '/#/rules');
    await page.getByText('Nothing would change: still 214 alerts.').waitFor();
    const slider = page.getByRole('slider', { name: 'Alert threshold' });
    await slider.focus();
    for (let i = 0; i < 3; i++) await slider.press('ArrowLeft');
    await page.getByText('At most 3 more; there were 214 alerts.').waitFor();
    await page.getByText('"evidence": 5').waitFor();
    assert.equal(await slider.getAttribute('aria-valuetext'), '5 nats');
    assert.deepEqual(complaints, []);
  });

  it('show how many alerts an exception has suppressed, and since when', async () => {
    const { page } = await visitor.visit(full, '/#/rules');
    await page.getByText(/^suppressed 312 alerts since \w+day$/).waitFor();
    await page.getByText('no alerts suppressed yet').waitFor();
  });

  it('leave editing exceptions to the command line: the page writes nothing', async () => {
    const { page } = await visitor.visit(full, '/#/rules');
    await page.getByText('npx blockwatch exceptions add').waitFor();
    await page.getByText('10.4.0.0/16 at berlin').waitFor();
    assert.equal(await page.locator('.allow form').count(), 0);
  });

  it('list known scanners, and when each list expires', async () => {
    const { page } = await visitor.visit(full, '/#/rules');
    await page.getByRole('row', { name: /benign-research research, benign 1,840 .* never/ }).waitFor();
    await page.getByRole('row', { name: /misp-feed known adversaries 23,011/ }).waitFor();
  });

  it('show no alert for research scanners and sources with an exception, but list them, also by a filter', async () => {
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
      await page.getByLabel('Reputation').selectOption(value);
      await page.locator('.scan').filter({ hasText: source }).waitFor();
      assert.equal(await page.locator('.scan').count(), 1, value);
      assert.match(page.url(), new RegExp(`who=${value}`));
    }
    assert.deepEqual(complaints, []);
  });

  it('hide exceptions and lists where the collector has neither', async () => {
    const { page } = await visitor.visit((server) => {
      server.sensors = fourSensors(Date.now());
    }, '/#/rules');
    await page.getByText('has no what-if analysis').waitFor();
    await page.getByRole('rowheader', { name: 'Alert threshold' }).waitFor();
    assert.deepEqual(
      [await page.getByText('Exceptions', { exact: true }).isVisible(), await page.locator('.known').isVisible()],
      [false, false],
    );
  });
});
