import assert from 'node:assert/strict';
import { matches, newestFirst, sortSources, worstFirst } from '../../host/web/client/lib/filter.js';
import type { Filter } from '../../host/web/client/lib/route.js';
import {
  filterQuery,
  pageQuery,
  parseFilter,
  parsePeriod,
  parseRoute,
  scanHref,
  sourceHref,
} from '../../host/web/client/lib/route.js';
import { kindNames } from '../../host/wording/words.js';
import { scan, sourcesOf, tenScans } from './sample-data.js';

const kinds = Object.keys(kindNames);
const none: Filter = { site: '', kind: '', severities: [], text: '', open: false, who: '' };

describe('addresses within the page', () => {
  it('the address of every view is read back', () => {
    assert.deepEqual(parseRoute(''), { view: 'overview' });
    assert.deepEqual(parseRoute('#/'), { view: 'overview' });
    assert.deepEqual(parseRoute('#/sources'), { view: 'sources' });
    assert.deepEqual(parseRoute('#/sensors'), { view: 'sensors' });
    for (const view of ['map', 'matrix', 'rules'] as const) assert.deepEqual(parseRoute(`#/${view}`), { view });
    assert.deepEqual(parseRoute('#/scan/berlin/tap-1/3/17'), { view: 'scan', id: 'berlin/tap-1/3/17' });
    assert.deepEqual(parseRoute('#/source/2001%3Adb8%3A%3A1'), { view: 'source', address: '2001:db8::1' });
  });

  it('an address of no view is said to be unknown', () => {
    for (const hash of ['#/nowhere', '#/scan', '#/scan/a/b/c', '#/scan/a//b/c', '#/source', '#/source/', '#/sensors/x'])
      assert.equal(parseRoute(hash).view, 'unknown', hash);
  });

  it('a broken escape in an address is kept as it is', () =>
    assert.deepEqual(parseRoute('#/source/%E0%A4%A'), { view: 'source', address: '%E0%A4%A' }));

  it('writes links that it reads back, whatever is in them', () => {
    const hostile = '"><script>#?&/%';
    assert.deepEqual(parseRoute(sourceHref(hostile)), { view: 'source', address: hostile });
    assert.deepEqual(parseRoute(scanHref('a b/<c>/1/2')), { view: 'scan', id: 'a b/<c>/1/2' });
  });
});

describe('filters in the address', () => {
  it('an address without filters gives none', () => {
    assert.equal(filterQuery(none), '');
    assert.deepEqual(parseFilter('', kinds), none);
  });

  it('filters written into an address are read back the same', () => {
    const filter: Filter = {
      site: 'new york',
      kind: 'port-scan',
      severities: ['critical', 'low'],
      text: '22 & ssh',
      open: true,
      who: 'research',
    };
    assert.deepEqual(parseFilter(filterQuery(filter), kinds), filter);
  });

  it('a parameter that is no filter is left out', () => {
    assert.deepEqual(parseFilter('?kind=party&severity=loud,high&state=maybe&who=nobody&x=1', kinds), {
      ...none,
      severities: ['high'],
    });
  });
});

describe('the time in the address', () => {
  it('is nothing when none was chosen, and each view has its own', () => {
    for (const search of [
      '',
      '?span=year',
      '?from=2026-01-01',
      '?from=2026-01-02&to=2026-01-01',
      '?from=x&to=y',
      '?span=toString',
    ]) {
      assert.equal(parsePeriod(search), undefined, search);
    }
    assert.equal(pageQuery(none, undefined), '');
  });

  it('comes back as it was, beside the filters', () => {
    for (const period of [{ span: 'week' }, { from: Date.UTC(2026, 0, 1), to: Date.UTC(2026, 0, 2) }] as const) {
      const query = pageQuery({ ...none, site: 'berlin' }, period);
      assert.deepEqual([parsePeriod(query), parseFilter(query, kinds).site], [period, 'berlin']);
    }
  });
});

describe('which scans are shown', () => {
  const now = Date.UTC(2026, 0, 1);
  const one = scan(now, { source: '203.0.113.66', services: [445], tool: 'masscan', site: 'berlin' });

  it('without a filter every scan is shown', () => assert.ok(tenScans(now).every((each) => matches(each, none))));

  it('by each word of the text, in any field and case', () => {
    for (const text of ['203.0.113', 'SMB', '445', 'masscan', 'berlin/tap', 'host sweep', 't1595', 'berlin smb'])
      assert.ok(matches(one, { ...none, text }), text);
    for (const text of ['oslo', '203.0.113.7', 'berlin ssh']) assert.ok(!matches(one, { ...none, text }), text);
  });

  it('by site, kind, severity and being open, all at once', () => {
    assert.ok(matches(one, { ...none, site: 'berlin', kind: 'host-sweep', severities: ['medium'] }));
    assert.ok(!matches(one, { ...none, site: 'oslo' }));
    assert.ok(!matches(one, { ...none, kind: 'udp-scan' }));
    assert.ok(!matches(one, { ...none, severities: ['high', 'low'] }));
    assert.ok(!matches(one, { ...none, open: true }));
  });

  it('newest first by their beginning, so that a growing scan keeps its place', () => {
    const early = scan(now, { began: 9000, seen: 10 });
    const late = scan(now, { began: 5000, seen: 4000 });
    assert.deepEqual([early, late].sort(newestFirst), [late, early]);
  });

  it('worst first where the news are short', () => {
    const [first] = tenScans(now).sort(worstFirst);
    assert.equal(first?.severity, 'critical');
  });
});

describe('the order of sources', () => {
  const sources = sourcesOf(tenScans(Date.UTC(2026, 0, 1)));

  it('puts the most severe first and the least severe first when reversed', () => {
    assert.equal(sortSources(sources, 'severity', false)[0]?.severity, 'critical');
    assert.equal(sortSources(sources, 'severity', true)[0]?.severity, 'low');
  });

  it('sources are sorted by the numbers of their addresses', () => {
    const order = sortSources(sources, 'source', false).map((source) => source.source);
    assert.ok(order.indexOf('10.8.0.140') < order.indexOf('10.20.4.17'));
  });

  it('leaves the list it was given alone', () => {
    const before = sources.map((source) => source.source);
    sortSources(sources, 'probes', false);
    assert.deepEqual(
      sources.map((source) => source.source),
      before,
    );
  });
});
