import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { connectAsync } from 'mqtt';
import { Metrics } from '../../host/collector/metrics/metrics.js';
import { openStore } from '../../host/collector/store/open.js';
import type { TestCollector } from '../support/collector.js';
import { alert, clientOf, health, scratch, status, testCollector, until } from '../support/collector.js';
import { describeWith, findProgram } from '../support/requirement.js';
import { sampleRecord } from '../support/samples.js';

/** A collector with one reported scanner, and what its feeds contain. */
async function withScanner(store: string): Promise<TestCollector> {
  const collector = await testCollector(store);
  const sensor = await connectAsync(collector.broker, { clientId: clientOf() });
  const now = Date.now();
  const record = (source: string, episode: number): object => ({
    record: { source, episode, spoofable: false, time: now, first: now - 1000, last: now },
  });
  for (const { topic, payload } of [
    status(),
    health({ counters: { frames: 1234 }, figures: { tapLost: 5 } }),
    alert(1, record('203.0.113.7', 1)),
    alert(2, record('2001:db8:5::7', 2)),
    alert(3, record('198.51.100.9', 3)),
    alert(3, record('198.51.100.9', 3)),
  ])
    await sensor.publishAsync(topic, Buffer.from(payload), { qos: 1 });
  await sensor.publishAsync('blockwatch/1/berlin/tap-1/alert', 'junk', { qos: 1 });
  await sensor.endAsync();
  return collector;
}

/** Set up before the calling suite's tests, and removed after them. */
function scannedCollector(): { collector: () => TestCollector; files: ReturnType<typeof scratch> } {
  const files = scratch();
  let collector: TestCollector;
  before(async () => {
    collector = await withScanner(files.path('store.db'));
  });
  after(async () => {
    await collector.close();
    files.remove();
  });
  return { collector: () => collector, files };
}

describe('the block feed over HTTP', () => {
  const { collector, files } = scannedCollector();
  const get = (path: string, headers: Record<string, string | undefined> = {}): Promise<Response> =>
    fetch(collector().url + path, { headers: headers as Record<string, string> });
  const text = async (path: string): Promise<string> => (await get(path)).text();

  it('has a CIDR a line and nothing else, by family', async () => {
    assert.deepEqual((await text('/feeds/block.txt')).split('\n').sort(), ['', '198.51.100.9/32', '203.0.113.7/32']);
    assert.equal(await text('/feeds/block6.txt'), '2001:db8:5::/64\n');
    assert.equal(await text('/feeds/block.txt?family=6'), '2001:db8:5::/64\n');
    assert.equal((await text('/feeds/block.txt?family=all')).split('\n').length, 4);
    assert.equal((await get('/feeds/block.txt')).headers.get('content-type'), 'text/plain; charset=utf-8');
  });

  it('says what it is where asked to, in comments', async () => {
    const lines = (await text('/feeds/block6.txt?header=true')).split('\n');
    assert.match(lines[0] ?? '', /^# Blockwatch/);
    assert.match(
      lines[1] ?? '',
      /^# 1 of at most 1000; seen within 1440 minutes; confidence 95 % and severity medium at least$/,
    );
    assert.equal(lines[2], '2001:db8:5::/64');
  });

  it('answers 304 to who has it already, by tag and by date, and the whole to who has not', async () => {
    const first = await get('/feeds/block.txt');
    const tag = first.headers.get('etag') ?? '';
    const date = first.headers.get('last-modified') ?? '';
    assert.match(tag, /^"[\w-]{22}"$/);
    for (const headers of [
      { 'if-none-match': tag },
      { 'if-none-match': `"x", W/${tag}` },
      { 'if-none-match': '*' },
      { 'if-modified-since': date },
    ]) {
      const again = await get('/feeds/block.txt', headers);
      assert.deepEqual(
        [again.status, await again.text(), again.headers.get('etag')],
        [304, '', tag],
        JSON.stringify(headers),
      );
    }
    for (const headers of [
      { 'if-none-match': '"other"' },
      { 'if-none-match': '"other"', 'if-modified-since': date },
      { 'if-modified-since': new Date(Date.parse(date) - 60_000).toUTCString() },
      { 'if-modified-since': 'yesterday' },
      { 'if-none-match': tag.replaceAll('"', '') },
    ]) {
      assert.equal((await get('/feeds/block.txt', headers)).status, 200, JSON.stringify(headers));
    }
    assert.notEqual((await get('/feeds/block6.txt')).headers.get('etag'), tag);
  });

  it('refuses a question it does not know, and anything but reading', async () => {
    assert.equal((await get('/feeds/block.txt?family=5')).status, 400);
    assert.equal((await get('/feeds/block.txt?limit=5')).status, 400);
    assert.equal((await fetch(`${collector().url}/feeds/block.txt`, { method: 'POST' })).status, 405);
  });

  describeWith(['firewall'], 'at its consumers', () => {
    const bash = (script: string): string =>
      execFileSync('bash', ['-euo', 'pipefail', '-c', script], {
        encoding: 'utf8',
        env: { ...process.env, FEED: collector().url, DIR: files.path('.') },
      });
    // Not execFileSync, because the collector runs in this process.
    const run = async (script: string): Promise<string> => {
      const child = spawn('bash', ['-euo', 'pipefail', '-c', script], {
        env: { ...process.env, FEED: collector().url, DIR: files.path('.') },
      });
      let out = '';
      child.stdout.on('data', (piece: Buffer) => {
        out += piece.toString();
      });
      child.stderr.on('data', (piece: Buffer) => {
        out += piece.toString();
      });
      const code = await new Promise((resolve) => child.on('close', resolve));
      assert.equal(code, 0, out);
      return out;
    };

    it('is fetched by curl once and then only when it changed', async () => {
      const fetchIt =
        'curl -sf --etag-save $DIR/tag --etag-compare $DIR/tag -o $DIR/block.txt -w "%{http_code} %{size_download}" $FEED/feeds/block.txt';
      assert.match(await run(fetchIt), /^200 \d{2}/);
      assert.equal(await run(fetchIt), '304 0');
      assert.match(bash('cat $DIR/block.txt'), /203\.0\.113\.7\/32/);
    });

    it('fills an nftables set, in a network namespace, and the kernel has it', async () => {
      const out = await run(`
        { echo 'table inet filter { set block4 { type ipv4_addr; flags interval; }; set block6 { type ipv6_addr; flags interval; }; }'
          curl -sf $FEED/feeds/block.txt | sed 's/.*/add element inet filter block4 { & }/'
          curl -sf $FEED/feeds/block6.txt | sed 's/.*/add element inet filter block6 { & }/'; } > $DIR/rules.nft
        unshare -n sh -c 'nft -c -f $DIR/rules.nft && nft -f $DIR/rules.nft && nft list set inet filter block4 && nft list set inet filter block6'`);
      assert.match(out, /elements = \{ 198\.51\.100\.9, 203\.0\.113\.7 \}/);
      assert.match(out, /2001:db8:5::\/64/);
    });

    it('fills an ipset where the kernel has those, and is in its form anyway', async () => {
      const out = await run(`
        { echo 'create blockwatch hash:net family inet'; curl -sf $FEED/feeds/block.txt | sed 's/^/add blockwatch /'; } > $DIR/set
        unshare -n sh -c 'if ipset create try hash:net 2>/dev/null; then ipset restore -exist < $DIR/set && ipset list blockwatch; else cat $DIR/set; fi'`);
      assert.match(out, /203\.0\.113\.7/);
    });
  });
});

describe('the metrics', () => {
  const { collector, files } = scannedCollector();
  const metrics = async (): Promise<string> => (await fetch(`${collector().url}/metrics`)).text();

  it('count messages and alerts, and show sensors, queue and store', async () => {
    const text = await until(async () => {
      const all = await metrics();
      return all.includes('outcome="rejected"} 1') && all;
    }, 'the refused message');
    for (const line of [
      'blockwatch_alerts_total{kind="host-sweep",severity="medium",site="berlin"} 3',
      'blockwatch_messages_total{outcome="stored"} 3',
      'blockwatch_messages_total{outcome="duplicate"} 1',
      'blockwatch_ingest_queue_messages 0',
      'blockwatch_open_scans{standing="loud"} 3',
      'blockwatch_missing_messages 0',
      'blockwatch_sensor_frames_total{site="berlin",sensor="tap-1"} 1234',
      'blockwatch_sensor_lost_frames_total{site="berlin",sensor="tap-1"} 5',
      'blockwatch_sensors_not_shown 0',
    ]) {
      assert.ok(text.split('\n').includes(line), `${line} is not in\n${text}`);
    }
    assert.match(text, /^blockwatch_sensors\{state="online"\} \d$/m);
    assert.match(text, /^blockwatch_store_bytes [1-9]\d{4,}$/m);
    assert.match(text, /^process_resident_memory_bytes [1-9]\d{7,}$/m);
    assert.equal(
      (await fetch(`${collector().url}/metrics`)).headers.get('content-type'),
      'text/plain; version=0.0.4; charset=utf-8',
    );
  });

  it('have a histogram whose buckets rise to its count', async () => {
    const lines = (await metrics()).split('\n').filter((line) => line.startsWith('blockwatch_ingest_seconds'));
    const buckets = lines.filter((line) => line.includes('_bucket')).map((line) => Number(line.split(' ')[1]));
    assert.deepEqual(
      buckets,
      [...buckets].sort((a, b) => a - b),
    );
    assert.equal(
      lines.find((line) => line.startsWith('blockwatch_ingest_seconds_count'))?.split(' ')[1],
      String(buckets.at(-1)),
    );
    assert.ok(Number(buckets.at(-1)) >= 7);
  });

  it('no label of the metrics names a source', async () => {
    const text = await metrics();
    for (const source of ['203.0.113.7', '2001:db8', '198.51.100.9']) assert.ok(!text.includes(source), source);
  });

  it('stay bounded whatever sites come, and escape what is in a label', async () => {
    const db = await openStore(files.path('bounded.db'));
    const one = new Metrics();
    const told = (site: string): object => ({
      stored: 1,
      duplicates: 0,
      rejected: 0,
      alerts: [{ site, sensor: 's', boot: 1, sequence: 1, record: sampleRecord() }],
    });
    for (let i = 0; i < 2000; i++) one.committed(told(`site-${i}`) as never);
    const text = await one.write(db, Date.now(), 0);
    assert.equal(text.split('\n').filter((line) => line.startsWith('blockwatch_alerts_total{')).length, 501);
    assert.match(text, /site="other"\} 1500/);
    const odd = new Metrics();
    odd.committed(told('a"b\\c\nd') as never);
    assert.ok((await odd.write(db, Date.now(), 0)).includes('site="a\\"b\\\\c\\nd"'));
    await db.close();
  });

  describeWith(['prometheus'], 'for Prometheus', () => {
    it('promtool finds nothing wrong with the metrics', async () => {
      const {
        status: code,
        stdout,
        stderr,
      } = spawnSync(findProgram('promtool') as string, ['check', 'metrics'], {
        input: await metrics(),
        encoding: 'utf8',
      });
      assert.deepEqual([code, stdout + stderr], [0, '']);
    });

    it('a real Prometheus scrapes the metrics', async () => {
      const target = new URL(collector().url).host;
      writeFileSync(
        files.path('prometheus.yml'),
        `global: { scrape_interval: 1s }\nscrape_configs: [{ job_name: blockwatch, static_configs: [{ targets: ['${target}'] }] }]\n`,
      );
      const port = await import('node:net').then(
        ({ createServer }) =>
          new Promise<number>((resolve) => {
            const server = createServer().listen(0, '127.0.0.1', () => {
              const { port: free } = server.address() as { port: number };
              server.close(() => resolve(free));
            });
          }),
      );
      const child = spawn(
        findProgram('prometheus') as string,
        [
          `--config.file=${files.path('prometheus.yml')}`,
          `--storage.tsdb.path=${files.path('tsdb')}`,
          `--web.listen-address=127.0.0.1:${port}`,
        ],
        { stdio: 'ignore' },
      );
      try {
        const value = await until(async () => {
          // It answers "Service Unavailable" while it starts.
          const answer: unknown = await fetch(
            `http://127.0.0.1:${port}/api/v1/query?query=sum(blockwatch_alerts_total)`,
          )
            .then((reply) => reply.json())
            .catch(() => undefined);
          await new Promise((resolve) => setTimeout(resolve, 100));
          return (answer as { data?: { result: { value: [number, string] }[] } })?.data?.result[0]?.value[1];
        }, 'a scrape');
        assert.equal(value, '3');
      } finally {
        child.kill('SIGKILL');
        await new Promise((resolve) => child.on('close', resolve));
      }
    });
  });
});
