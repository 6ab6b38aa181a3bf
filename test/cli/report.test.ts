import assert from 'node:assert/strict';
import type { Campaign, Scan } from '../../host/api/types.js';
import type { Report, ReportFacts } from '../../host/cli/report/data.js';
import { buildReport } from '../../host/cli/report/data.js';
import { escapeHtml } from '../../host/cli/report/escape.js';
import { htmlReport } from '../../host/cli/report/html.js';
import { escapeMarkdown, markdownReport, sparkline } from '../../host/cli/report/markdown.js';
import { summary } from '../../host/cli/report/words.js';
import { campaignsOf, mapOf } from '../web/fleet-data.js';
import { fourSensors, gaps, scan, tenScans, timelineOf } from '../web/sample-data.js';

const now = Date.parse('2026-11-24T12:00:00Z');
const day = 86_400_000;

function report(scans: Scan[], changes: Partial<ReportFacts> = {}): Report {
  return buildReport({
    from: now - day,
    to: now,
    made: now,
    collector: 'http://127.0.0.1:8080',
    scans,
    timeline: timelineOf(scans, now - day, now, 24),
    sensors: fourSensors(now),
    gaps: [],
    campaigns: [],
    map: { ...mapOf(now), blocks: [] },
    ...changes,
  });
}

describe('a report', () => {
  it('adds up what one source did at several sites', () => {
    const { sources, spread } = report(
      ['berlin', 'lyon', 'porto'].map((site) => scan(now, { site, source: '198.51.100.7', targets: 10, probes: 20 })),
    );
    assert.equal(sources.length, 1);
    assert.deepEqual(
      [spread[0]?.sites, spread[0]?.scans, spread[0]?.targets, spread[0]?.probes],
      [['berlin', 'lyon', 'porto'], 3, 30, 60],
    );
  });

  it('counts the addresses of two scans at one sensor once', () => {
    const { sources } = report([
      scan(now, { source: '198.51.100.7', targets: 10 }),
      scan(now, { source: '198.51.100.7', targets: 64 }),
    ]);
    assert.deepEqual(
      sources.map(({ scans, targets }) => [scans, targets]),
      [[2, 64]],
    );
  });

  it('lists sources seen only fleet-wide, and no campaign with scans a second time', () => {
    const [thin, shared] = campaignsOf(now) as [Campaign, Campaign];
    const one = report([scan(now, { source: '203.0.113.50' })], {
      campaigns: [{ ...thin, scans: 0, kinds: [] }, shared],
    });
    assert.deepEqual(one.sources.map(({ source, scans }) => [source, scans]).sort(), [
      ['203.0.113.50', 1],
      ['203.0.113.66', 0],
    ]);
    assert.ok(summary(one).includes(thin.text));
    assert.match(summary(one)[0] ?? '', /^1 scan from 1 source at 1 site/);
    for (const text of [htmlReport(one), markdownReport(one)]) assert.match(text, /seen only fleet-wide/);
    assert.deepEqual(report([scan(now, {})], { campaigns: [thin] }).fleetOnly, []);
  });

  it('draws the address blocks, those of a site that uses the same ones apart, and names each', () => {
    const map = mapOf(now);
    const html = htmlReport(report([], { map }));
    for (const { block, site } of map.blocks.filter(({ block: text }) => !text.includes(':')))
      assert.ok(html.includes(`${block} at ${site}:`), `${block} at ${site}`);
    assert.ok(!htmlReport(report([])).includes('Home address blocks'));
    const named = { ...map, blocks: map.blocks.slice(0, 1).map((one) => ({ ...one, site: '<b>x' })) };
    assert.ok(!htmlReport(report([], { map: named })).includes('<b>x'));
  });

  it('puts the gravest source first, then the one at most sites', () => {
    const { sources } = report([
      scan(now, { source: '192.0.2.1', severity: 'medium', probes: 9999 }),
      scan(now, { source: '192.0.2.2', severity: 'high' }),
      scan(now, { source: '192.0.2.3', severity: 'medium', site: 'lyon' }),
      scan(now, { source: '192.0.2.3', severity: 'low', site: 'oslo' }),
    ]);
    assert.deepEqual(
      sources.map((line) => line.source),
      ['192.0.2.2', '192.0.2.3', '192.0.2.1'],
    );
  });

  it('names no source for scans that have none, and leaves notices out', () => {
    const { sources, severities } = report([
      scan(now, { source: '', sources: 40, kind: 'distributed-scan' }),
      scan(now, { verdict: 'notice', kind: 'new-talker' }),
    ]);
    assert.deepEqual(sources, []);
    assert.deepEqual(
      severities.filter(([, n]) => n > 0),
      [['medium', 1]],
    );
  });

  it('asks for action on footholds, critical scans and scanning internal hosts, and on nothing else', () => {
    const { urgent } = report([
      scan(now, { kind: 'foothold', source: 'a' }),
      scan(now, { severity: 'critical', source: 'b' }),
      scan(now, { direction: 'outbound', source: 'c' }),
      scan(now, { severity: 'high', source: 'd' }),
      scan(now, { severity: 'low', source: 'e' }),
    ]);
    assert.deepEqual(urgent.map((one) => one.source).sort(), ['a', 'b', 'c']);
  });

  it('counts messages that went missing in its time only, and no gap that was closed', () => {
    const lost = gaps(now);
    assert.equal(report([], { gaps: lost }).missing, 3);
    assert.equal(
      report([], { gaps: lost.map((gap) => ({ ...gap, found: new Date(now - 2 * day).toISOString() })) }).missing,
      0,
    );
    assert.equal(report([], { gaps: lost.map((gap) => ({ ...gap, closed: gap.found })) }).missing, 0);
  });

  it('says that nothing was noticed, and what that is worth', () => {
    assert.deepEqual(summary(report([], { sensors: [] })), [
      'No scans were detected in this period.',
      'No sensor has ever reported, so the absence of scans proves nothing.',
    ]);
    assert.deepEqual(summary(report([], { sensors: fourSensors(now).slice(0, 1) })), [
      'No scans were detected in this period.',
      'The one sensor is online now.',
    ]);
  });

  it('a report sums the time up in sentences', () => {
    const lines = summary(report([scan(now, { site: 'lyon' }), scan(now, { severity: 'high' })], { gaps: gaps(now) }));
    assert.equal(lines[0], '2 scans from 1 source at 2 sites; 1 high.');
    assert.match(lines[1] ?? '', /^1 source reached more than one site; 203\.0\.113\.66 reached 2: berlin and lyon\.$/);
    assert.match(
      lines.join(' '),
      /2 of 4 sensors are not online now: oslo\/wifi \(late\) and porto\/tap-1 \(offline\)\./,
    );
    assert.match(lines.at(-1) ?? '', /^3 sensor messages were lost/);
  });
});

describe('a report as Markdown', () => {
  it('has a table of sources with as many columns in each row as in its heading', () => {
    const rows = markdownReport(report(tenScans(now)))
      .split('\n')
      .filter((line) => line.startsWith('|'));
    const cells = (row: string): number => row.split(/(?<!\\)\|/).length;
    const heading = rows.findIndex((row) => row.startsWith('| Source'));
    assert.ok(heading >= 0);
    for (const row of rows.slice(heading, heading + 5)) assert.equal(cells(row), cells(rows[heading] as string));
  });

  it('escapes outside text so that it cannot become a link, HTML or a column', () => {
    const text = markdownReport(report([scan(now, { site: '<img src=x>|[a](http://b)' as never })]));
    assert.doesNotMatch(text, /<img/);
    assert.doesNotMatch(text, /(?<!\\)\[a/);
    assert.equal(escapeMarkdown('a|b*c'), 'a\\|b\\*c');
  });

  it('draws a line of bars in which nothing is nothing and one is something', () => {
    assert.equal(sparkline([0, 1, 100]), '·▁█');
    assert.equal(sparkline([]), '');
    assert.equal(sparkline([0, 0]), '··');
  });
});

describe('a report as HTML', () => {
  const page = (scans: Scan[]): string => htmlReport(report(scans));

  it('needs no other file and allows no script', () => {
    const text = page(tenScans(now));
    assert.doesNotMatch(text, /<script|<link|src=|href=|url\(/);
    assert.match(text, /default-src 'none'/);
  });

  it('escapes outside text in HTML', () => {
    const text = page([scan(now, { site: '"><script>alert(1)</script>' as never }), scan(now, { site: 'lyon' })]);
    assert.doesNotMatch(text, /<script>/);
    assert.equal(escapeHtml('<a b="c">\'&'), '&lt;a b=&quot;c&quot;&gt;&#39;&amp;');
  });

  it('draws a cell for each site of a source that came to several', () => {
    const text = page([
      ...['berlin', 'lyon', 'porto'].map((site) => scan(now, { site })),
      scan(now, { source: '192.0.2.1' }),
    ]);
    assert.equal(text.match(/<title>203\.0\.113\.66 at /g)?.length, 3);
    assert.doesNotMatch(text, /<title>192\.0\.2\.1 at /);
  });

  it('an HTML report of nothing has no pictures', () => {
    const text = page([]);
    assert.doesNotMatch(text, /One source, several sites|Kinds of scan/);
    assert.match(text, /No scans were detected/);
  });
});
