import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import Ajv from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { connectAsync } from 'mqtt';
import { checkOutputs } from '../../host/collector/outputs/model/config.js';
import type { TestCollector } from '../support/collector.js';
import { alert, clientOf, health, scratch, status, testCollector } from '../support/collector.js';

describe('the HTTP API', () => {
  const files = scratch();
  let collector: TestCollector;
  before(async () => {
    mkdirSync(files.path('web'));
    writeFileSync(files.path('web/index.html'), '<!doctype html><html><title>page</title></html>');
    writeFileSync(files.path('web/main.js'), '1');
    collector = await testCollector(files.path('store.db'), {
      page: files.path('web'),
      outputs: checkOutputs(
        { outputs: [{ name: 'eve', format: 'eve', to: `file://${files.path('eve.json')}` }] },
        '/x.json',
      ),
    });
    const sensor = await connectAsync(collector.broker, { clientId: clientOf() });
    const messages = [
      status(),
      health({ counters: { frames: 100, heldBack: 2 }, figures: { uptime: 10_000 } }),
      alert(1),
      alert(2, { record: { stage: 'end' } }),
      alert(5, {
        record: {
          episode: 4,
          source: '2001:db8::7',
          kind: 'port-scan',
          severity: 'critical',
          aggregate: true,
          last: 1_760_000_000_500,
        },
      }),
      alert(6, {
        record: {
          episode: 5,
          source: '02:00:00:aa:bb:cc',
          kind: 'arp-sweep',
          direction: 'internal',
          last: 1_760_000_000_400,
        },
      }),
    ];
    for (const { topic, payload } of messages) await sensor.publishAsync(topic, Buffer.from(payload), { qos: 1 });
    await sensor.publishAsync('blockwatch/1/berlin/tap-1/alert', 'junk', { qos: 1 });
    await sensor.endAsync();
  });
  after(async () => {
    await collector.close();
    files.remove();
  });

  const get = (path: string): ReturnType<TestCollector['get']> => collector.get(path);
  const ids = async (query: string): Promise<string[]> =>
    (await get(`/api/v1/scans?${query}`)).body.scans.map(({ id }: { id: string }) => id.split('/')[3]);
  const refused = async (path: string, status_: number, message: RegExp): Promise<void> => {
    const { status: code, body } = await get(path);
    assert.deepEqual([code, Object.keys(body).sort()], [status_, ['error', 'message']]);
    assert.match(body.message, message);
    assert.match(body.error, /^BW_/);
  };

  describe('is described by its OpenAPI document', () => {
    const examples: Record<string, string> = {
      '/api/v1/now': '/api/v1/now',
      '/api/v1/outputs': '/api/v1/outputs',
      '/api/v1/scans': '/api/v1/scans',
      '/api/v1/scans/{site}/{sensor}/{boot}/{episode}': '/api/v1/scans/berlin/tap-1/1/3',
      '/api/v1/sources': '/api/v1/sources',
      '/api/v1/sources/{address}': '/api/v1/sources/203.0.113.7',
      '/api/v1/sensors': '/api/v1/sensors',
      '/api/v1/gaps': '/api/v1/gaps',
      '/api/v1/rejected': '/api/v1/rejected',
      '/api/v1/timeline': '/api/v1/timeline',
      '/api/v1/map': '/api/v1/map',
      '/api/v1/matrix': '/api/v1/matrix?from=2025-10-09T08:00:00Z&to=2025-10-09T09:00:00Z',
      '/api/v1/what-if': '/api/v1/what-if?from=2025-10-09T08:00:00Z&to=2025-10-09T09:00:00Z',
      '/api/v1/allow': '/api/v1/allow',
      '/api/v1/incidents': '/api/v1/incidents?state=open',
      '/api/v1/known': '/api/v1/known',
      '/api/v1/campaigns': '/api/v1/campaigns?from=2025-10-09T08:00:00Z&to=2025-10-09T09:00:00Z',
      '/api/v1/verdicts': '/api/v1/verdicts?from=2025-10-09T08:00:00Z&to=2025-10-09T09:00:00Z',
      '/healthz': '/healthz',
    };

    it('which names every route of the contract', async () => {
      const { body } = await get('/api/v1/openapi.json');
      assert.deepEqual(
        Object.keys(body.paths).sort(),
        [
          ...Object.keys(examples),
          '/api/v1/events',
          '/api/v1/export',
          '/api/v1/campaigns/{id}',
          '/feeds/block.txt',
          '/feeds/block6.txt',
          '/metrics',
        ].sort(),
      );
    });

    for (const [route, path] of Object.entries(examples)) {
      it(`${route} answers as the OpenAPI document says`, async () => {
        const { body: document } = await get('/api/v1/openapi.json');
        const schema = document.paths[route].get.responses['200'].content['application/json'].schema;
        const ajv = new Ajv.default({ strict: false });
        addFormats.default(ajv);
        const { status: code, body } = await get(path);
        assert.equal(code, 200);
        const valid = ajv.validate(schema, body);
        assert.ok(valid, ajv.errorsText());
      });
    }
  });

  it('gives every member of a scan that types.ts names', async () => {
    const { body } = await get('/api/v1/scans/berlin/tap-1/1/3');
    assert.equal(Object.keys(body.scan).length, 32);
    assert.deepEqual(
      body.history.map(({ sequence, stage }: { sequence: number; stage: string }) => [sequence, stage]),
      [
        [1, 'start'],
        [2, 'end'],
      ],
    );
    assert.deepEqual(body.scan.services, [22]);
  });

  it('gives what is stored as a file in each format, and says in a sentence what cannot be', async () => {
    const take = async (query: string): Promise<Response> => fetch(`${collector.url}/api/v1/export?${query}`);
    for (const [format, type] of [
      ['ndjson', 'application/x-ndjson'],
      ['csv', 'text/csv'],
      ['eve', 'application/x-ndjson'],
      ['ecs', 'application/x-ndjson'],
      ['ocsf', 'application/x-ndjson'],
      ['stix', 'application/stix+json'],
      ['cef', 'text/plain'],
    ] as const) {
      const answer = await take(`format=${format}&source=203.0.113.7`);
      assert.equal(answer.status, 200);
      assert.ok(answer.headers.get('content-type')?.startsWith(type), format);
      assert.match(answer.headers.get('content-disposition') ?? '', /^attachment; filename="blockwatch-scans\.\w+"$/);
      assert.match(await answer.text(), /203\.0\.113\.7/);
    }
    assert.deepEqual((await (await take('what=sources')).text()).trim().split('\n').length, 3);
    assert.equal((await fetch(`${collector.url}/api/v1/export?format=csv`, { method: 'HEAD' })).status, 200);
    await refused(
      '/api/v1/export?what=sensors&format=stix',
      400,
      /^Stix is for scans and campaigns; sensors can be ndjson or csv\.$/,
    );
    await refused('/api/v1/export?format=xml', 400, /"format" must be one of ndjson, csv,/);
    await refused(
      '/api/v1/export?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z',
      400,
      /"from" must be before its "to"/,
    );
  });

  it('lists scans newest first and filters them', async () => {
    assert.deepEqual(await ids(''), ['3', '4', '5']);
    assert.deepEqual(await ids('state=open'), ['4', '5']);
    assert.deepEqual(await ids('state=ended'), ['3']);
    assert.deepEqual(await ids('kind=arp-sweep'), ['5']);
    assert.deepEqual(await ids('severity=critical&verdict=scan'), ['4']);
    assert.deepEqual(await ids('site=lyon'), []);
    assert.deepEqual(await ids('site=berlin&sensor=tap-1&source=203.0.113.7'), ['3']);
  });

  it('finds an address however it is written', async () => {
    assert.deepEqual(await ids('source=2001:DB8:0::7'), ['4']);
    assert.equal((await get('/api/v1/sources/2001:0db8:0:0::7')).body.source.source, '2001:db8::7');
    assert.equal((await get(`/api/v1/sources/${encodeURIComponent('02:00:00:AA:BB:CC')}`)).body.scans.length, 1);
  });

  it('gives pages: `next` is the `before` of the next one, and null on the last', async () => {
    const first = (await get('/api/v1/scans?limit=2')).body;
    const second = (await get(`/api/v1/scans?limit=2&before=${encodeURIComponent(first.next)}`)).body;
    assert.deepEqual([first.scans.length, second.scans.length, second.next], [2, 1, null]);
    assert.deepEqual(await ids('before=2025-10-09T08:53:20.450Z'), ['5']);
  });

  it('gives gaps, sensors with their health, and what was refused', async () => {
    assert.deepEqual(
      (await get('/api/v1/gaps')).body.gaps.map(({ from, to }: { from: number; to: number }) => [from, to]),
      [[3, 4]],
    );
    const [sensor] = (await get('/api/v1/sensors')).body.sensors;
    assert.deepEqual(
      [sensor.missing, sensor.framesPerSecond, sensor.health.frames, sensor.health.traps],
      [2, 10, 100, 0],
    );
    const [refusal] = (await get('/api/v1/rejected')).body.rejected;
    assert.equal(refusal.payload, Buffer.from('junk').toString('hex'));
  });

  it('gives a timeline of the span that is asked for', async () => {
    const { body } = await get('/api/v1/timeline?from=2025-10-09T08:53:00Z&to=2025-10-09T08:54:00Z&buckets=6');
    assert.deepEqual([body.bucketSeconds, body.buckets.length], [10, 6]);
    assert.deepEqual(body.buckets[2].started, { low: 0, medium: 2, high: 0, critical: 1 });
  });

  describe('refuses, in a sentence,', () => {
    it('refuses a route that is not there', () => refused('/api/v1/nothing', 404, /nothing at \/api\/v1\/nothing/));
    it('refuses a scan that is not there', () =>
      refused('/api/v1/scans/berlin/tap-1/1/99', 404, /no scan berlin\/tap-1\/1\/99/));
    it('refuses a source that is not there', () =>
      refused('/api/v1/sources/192.0.2.99', 404, /There is no record of 192\.0\.2\.99/));
    it('refuses a malformed address', () =>
      refused('/api/v1/sources/kitchen', 400, /not an IPv4, IPv6 or MAC address/));
    it('refuses a boot that is not a number', () =>
      refused('/api/v1/scans/berlin/tap-1/x/3', 400, /path's "boot" must be integer/));
    it('refuses a limit out of bounds', () =>
      refused('/api/v1/scans?limit=501', 400, /query's "limit" must be <= 500/));
    it('refuses a limit that is not a number', () =>
      refused('/api/v1/gaps?limit=many', 400, /query's "limit" must be integer/));
    it('refuses a filter that is misspelt', () => refused('/api/v1/scans?sevrity=high', 400, /query has no "sevrity"/));
    it('refuses a severity that is not known', () =>
      refused('/api/v1/scans?severity=extreme', 400, /must be one of low, medium, high, critical/));
    it('refuses a malformed page position', () =>
      refused('/api/v1/scans?before=yesterday', 400, /"before" is neither/));
    it('refuses a malformed time', () =>
      refused('/api/v1/timeline?from=yesterday', 400, /query's "from" must match format/));
    it('refuses a timeline that ends before it begins', () =>
      refused('/api/v1/timeline?from=2025-10-09T09:00:00Z&to=2025-10-09T08:00:00Z', 400, /must be before/));
    it('refuses a timeline over centuries', () =>
      refused('/api/v1/timeline?from=1025-10-09T09:00:00Z&to=2025-10-09T08:00:00Z', 400, /at most 400 days/));
    it("refuses a path that leaves the page's folder", () =>
      refused('/..%2f..%2fetc%2fpasswd', 404, /./).catch(() => refused('/..%2f..%2fetc%2fpasswd', 403, /./)));
    it('refuses an address that is broken', () => refused('/api/v1/sources/%', 400, /./));
  });

  it('is read-only: other methods are refused', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
      const reply = await fetch(`${collector.url}/api/v1/scans`, { method });
      assert.deepEqual([reply.status, reply.headers.get('allow')], [405, 'GET, HEAD']);
      assert.equal(((await reply.json()) as { error: string }).error, 'BW_METHOD');
    }
  });

  it('answers HEAD as it answers GET, without the body', async () => {
    const reply = await fetch(`${collector.url}/api/v1/now`, { method: 'HEAD' });
    assert.deepEqual([reply.status, await reply.text()], [200, '']);
  });

  it('sends the headers that keep other pages out, with errors too', async () => {
    for (const path of ['/', '/api/v1/now', '/api/v1/nothing']) {
      const { headers } = await fetch(collector.url + path);
      assert.match(headers.get('content-security-policy') ?? '', /default-src 'self'/);
      assert.deepEqual([headers.get('x-content-type-options'), headers.get('x-frame-options')], ['nosniff', 'DENY']);
      assert.equal(headers.get('access-control-allow-origin'), null);
    }
  });

  it('does not answer to a foreign host name that points to loopback', async () => {
    const ask = (host: string): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        request(`${collector.url}/api/v1/now`, { headers: { host } }, (reply) => {
          reply.resume();
          resolve(reply.statusCode);
        })
          .on('error', reject)
          .end();
      });
    assert.deepEqual(
      await Promise.all(['evil.example', 'localhost:1', '127.0.0.1', '[::1]:80'].map(ask)),
      [421, 200, 200, 200],
    );
  });

  it('serves the page and its files', async () => {
    const page = await fetch(`${collector.url}/`);
    assert.match(await page.text(), /<title>page/);
    assert.match((await fetch(`${collector.url}/main.js`)).headers.get('content-type') ?? '', /javascript/);
  });
});

describe('a page that is not built', () => {
  const files = scratch();
  after(files.remove);

  it('is reported at the start and in the browser, and the API works', async () => {
    const collector = await testCollector(files.path('store.db'), { page: files.path('nothing') });
    assert.match(collector.reports[0] ?? '', /page is not built/);
    const reply = await fetch(collector.url);
    assert.equal(reply.status, 503);
    assert.match(await reply.text(), /npm run build/);
    assert.deepEqual((await collector.get('/healthz')).body, { ok: true });
    await collector.close();
  });
});
