const base='/work/main/';
const { Ingest } = await import(base + 'host/collector/ingest.js');
const { openStore } = await import(base + 'host/collector/store/open.js');
const { alert, T0 } = await import(base + 'test/collector/world.js');
const { Cluster } = await import(base + 'test/collector/postgres.js');
const { listSources } = await import(base + 'host/collector/query/sources.js');
const { listScans } = await import(base + 'host/collector/query/scans.js');
const { readNow } = await import(base + 'host/collector/query/now.js');
const { readTimeline } = await import(base + 'host/collector/query/timeline.js');
const c = new Cluster(); await c.start();
for (const place of ['/tmp/q.db', await c.fresh()]) {
  const db = await openStore(place); const ingest = new Ingest(db); const N = 100000;
  const t = performance.now();
  for (let i = 0; i < N; i += 500) await Promise.all(Array.from({length: 500}, (_, k) => { const n = i + k; return ingest.accept(alert(n + 1, { record: { episode: n, stage: n % 50 ? 'end' : 'start', first: T0 + n * 100, last: T0 + n * 100 + (n % 7) * 20000, time: T0 + n * 100 + 130000, source: `198.${n % 200}.${(n >> 3) % 100}.1` } })); }));
  console.log(place.slice(0, 10), Math.round(N / ((performance.now() - t) / 1000)), 'alerts/s');
  for (const [name, work] of [['now', () => readNow(db, T0)], ['scans', () => listScans(db, { limit: 200, state: 'all' })], ['sources', () => listSources(db, 100)], ['sources500', () => listSources(db, 500)], ['timeline', () => readTimeline(db, T0, T0 + 1e7, 60)]]) {
    const b = performance.now(); await work(); console.log('  ', name, (performance.now() - b).toFixed(1), 'ms');
  }
  await ingest.close(); await db.close();
}
await c.stop();
