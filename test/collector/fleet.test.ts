import assert from 'node:assert/strict';
import { connectAsync } from 'mqtt';
import { group } from '../../host/collector/fleet/campaigns.js';
import { falseAlarm, thresholdFor } from '../../host/collector/fleet/chance.js';
import { servicesText } from '../../host/collector/fleet/phrases.js';
import type { Campaign, FleetVerdict, Scan, Source, Whispered } from '../../host/collector/types.js';
import { ordinal } from '../../host/web/client/format.js';
import type { TimedRecord } from '../../src/protocol/record.js';
import { Dice } from '../../scripts/simulate/dice.js';
import { T0, alert, clientOf, scratch, status, testCollector } from './world.js';
import type { AlertChanges, TestCollector } from './world.js';

describe('the chance of a false conviction', () => {
  it('is certain where nothing is said, and e^-x of one sensor above its whisper', () => {
    assert.equal(falseAlarm(8, 0), 1);
    assert.ok(Math.abs(falseAlarm(1, 13.8155) - 1e-6) < 1e-9);
  });

  it('falls with the evidence and rises with the sensors that watch', () => {
    for (let nats = 1; nats < 60; nats++) assert.ok(falseAlarm(12, nats + 1) <= falseAlarm(12, nats));
    for (let n = 2; n < 60; n++) assert.ok(falseAlarm(n + 1, 25) > falseAlarm(n, 25));
  });

  it('gives back the evidence that convicts', () => {
    for (const n of [1, 3, 8, 40, 200]) {
      const nats = thresholdFor(n, 1e-6);
      assert.ok(falseAlarm(n, nats) <= 1e-6 && falseAlarm(n, nats - 0.02) > 1e-6, String(n));
    }
  });

  it('bounds what exponential sensors say that speak from two nats on', () => {
    const dice = new Dice(7);
    const n = 12;
    const runs = 40_000;
    for (const nats of [8, 12, 16]) {
      let hits = 0;
      for (let run = 0; run < runs; run++) {
        let sum = 0;
        for (let i = 0; i < n; i++) {
          const most = dice.exponential(1);
          if (most >= 2) sum += most;
        }
        if (sum >= nats) hits++;
      }
      const expected = falseAlarm(n, nats);
      // Five standard deviations of a count.
      assert.ok(Math.abs(hits / runs - expected) < 5 * Math.sqrt(expected / runs), `${nats}: ${hits / runs}, not ${expected}`);
    }
  });

  it('stays a number where the evidence or the fleet is huge', () => {
    assert.equal(falseAlarm(5_000, 1e6), 0);
    assert.ok(falseAlarm(5_000, 100) > 0.999);
    assert.ok(Number.isFinite(thresholdFor(5_000, 1e-6)));
  });
});

describe('words of the fleet', () => {
  it('counts as people do', () => {
    assert.deepEqual([1, 3, 10, 11, 12, 13, 21, 22, 23, 101, 111].map(ordinal),
      ['first', 'third', 'tenth', '11th', '12th', '13th', '21st', '22nd', '23rd', '101st', '111th']);
  });

  it('names a service, a few, or some of many, and none where there are none', () => {
    assert.equal(servicesText([445], 'tcp'), 'TCP 445 (SMB)');
    assert.equal(servicesText([22, 80, 443], 'tcp'), 'TCP 22, 80 and 443');
    assert.equal(servicesText([22, 80, 443, 445], 'udp'), 'UDP 22, 80 and 2 more');
    assert.equal(servicesText([], 'tcp'), '');
    assert.equal(servicesText([7], 'icmp'), '');
  });
});

const MINUTE = 60_000;
const DAY = 86_400_000;

describe('which scans belong together', () => {
  let made = 0;
  const scan = (source: string, changes: Partial<Scan> = {}): Scan => ({
    id: `x/y/1/${++made}`, site: 'berlin', sensor: 'tap-1', source, protocol: 'tcp', services: [23], serviceCount: 1,
    first: new Date(T0).toISOString(), last: new Date(T0 + MINUTE).toISOString(), ...changes,
  } as Scan);
  const named = (scans: Scan[]): string[] => group(scans).map(({ kind, key, scans: own }) => `${kind} ${key} ${own.length}`).sort();

  it('are those of one source, and nobody else\'s', () => {
    assert.deepEqual(named([scan('192.0.2.1'), scan('192.0.2.1', { site: 'lyon' }), scan('198.51.100.1')]), ['source 192.0.2.1 2', 'source 198.51.100.1 1']);
  });

  it('are those of three hosts of a /24, and not of two', () => {
    assert.deepEqual(named([scan('192.0.2.1'), scan('192.0.2.2')]), ['source 192.0.2.1 1', 'source 192.0.2.2 1']);
    assert.deepEqual(named([scan('192.0.2.1'), scan('192.0.2.2'), scan('192.0.2.9'), scan('192.0.3.9')]), ['network 192.0.2.0/24 3', 'source 192.0.3.9 1']);
  });

  it('are those of a /64, whatever the rest of the address', () => {
    assert.deepEqual(named([scan('2001:db8:1:2::1'), scan('2001:db8:1:2:ffff::9'), scan('2001:db8:1:2::7'), scan('2001:db8:1:3::7')]),
      ['network 2001:db8:1:2::/64 3', 'source 2001:db8:1:3::7 1']);
  });

  it('are those of many sources that want one service at one time at several branches', () => {
    const many = [1, 2, 3, 4, 5].map((n) => scan(`198.51.${n}.1`, { site: n % 2 ? 'berlin' : 'lyon', first: new Date(T0 + n * 20 * MINUTE).toISOString() }));
    assert.deepEqual(named(many), ['pattern TCP 23 5']);
    // At one branch only, with too few sources, with a long pause in between, for another service.
    assert.equal(named(many.map((one) => ({ ...one, site: 'berlin' }))).length, 5);
    assert.equal(named(many.slice(1)).length, 4);
    assert.equal(named(many.map((one, i) => (i < 2 ? one : { ...one, first: new Date(T0 + i * DAY).toISOString() }))).length, 5);
    assert.equal(named(many.map((one, i) => (i < 2 ? { ...one, services: [22] } : one))).length, 5);
  });

  it('loses no scan and tells none twice', () => {
    const dice = new Dice(3);
    const scans = Array.from({ length: 500 }, () => scan(`192.0.${Math.floor(dice.share() * 40)}.${Math.floor(dice.share() * 5)}`, {
      site: dice.share() < 0.5 ? 'berlin' : 'lyon', services: [[22, 23, 445][Math.floor(dice.share() * 3)] as number], first: new Date(T0 + Math.floor(dice.share() * DAY)).toISOString() }));
    const ids = group(scans).flatMap((one) => one.scans.map(({ id }) => id));
    assert.equal(ids.length, 500);
    assert.equal(new Set(ids).size, 500);
  });

  it('knows a MAC address for a source of its own', () => {
    assert.deepEqual(named([scan('02:00:00:00:00:01'), scan('02:00:00:00:00:02'), scan('02:00:00:00:00:03')]).length, 3);
  });
});

describe('the fleet', () => {
  const files = scratch();
  let collector: TestCollector;
  const sites = ['aarhus', 'berlin', 'cork', 'delft', 'espoo', 'faro', 'gdansk', 'halle'];
  const whisper = { kind: 'whisper', stage: 'whisper', verdict: 'notice', severity: 'low' } as const;
  let sequence = 0;
  const of = (site: string, record: Partial<TimedRecord>, leaf: 'alert' | 'whisper' = 'alert', minutes = 0): AlertChanges & { sequence: number } => ({
    site, sequence: ++sequence, leaf, record: { episode: sequence, first: T0 + minutes * MINUTE, last: T0 + (minutes + 5) * MINUTE, time: T0 + (minutes + 5) * MINUTE, ...record },
  });
  const get = async <T>(path: string): Promise<T> => {
    const { status: code, body } = await collector.get(`/api/v1/${path}`);
    assert.equal(code, 200, JSON.stringify(body));
    return body as T;
  };

  before(async () => {
    collector = await testCollector(files.path('store.db'), { clock: () => T0 + 60 * MINUTE });
    const messages = [
      // Two probes at each branch; no sensor accuses it.
      ...sites.map((site) => of(site, { ...whisper, source: '203.0.113.66', targets: 2, probes: 2, evidence: 4.2 }, 'whisper')),
      // The same suspicion told again, and once more with more: counted once.
      of('berlin', { ...whisper, source: '203.0.113.66', targets: 2, probes: 2, evidence: 4.2 }, 'whisper'),
      // An unlucky visitor, at two branches.
      of('berlin', { ...whisper, source: '198.51.100.200', targets: 2, probes: 2, evidence: 3 }, 'whisper'),
      of('cork', { ...whisper, source: '198.51.100.200', targets: 2, probes: 2, evidence: 2.1 }, 'whisper'),
      // Loud, but at one branch.
      of('berlin', { source: '192.0.2.9', evidence: 90, targets: 254, probes: 254, services: [445], serviceCount: 1, protocol: 'tcp', kind: 'host-sweep' }),
      // Twelve days ago, six days ago, today; then it gets in.
      of('cork', { source: '198.51.100.7' }, 'alert', -12 * 24 * 60),
      of('cork', { source: '198.51.100.7' }, 'alert', -6 * 24 * 60),
      of('cork', { source: '198.51.100.7', kind: 'host-sweep' }, 'alert'),
      of('delft', { source: '198.51.100.7', kind: 'foothold', severity: 'high' }, 'alert', 10),
    ];
    for (const site of sites) {
      const client = await connectAsync(collector.broker, { clientId: clientOf({ site }) });
      const birth = status({ site });
      await client.publishAsync(birth.topic, Buffer.from(birth.payload), { qos: 1 });
      for (const { sequence: number, ...changes } of messages.filter((one) => one.site === site)) {
        const { topic, payload } = alert(number, changes);
        await client.publishAsync(topic, Buffer.from(payload), { qos: 1 });
      }
      await client.endAsync();
    }
  });
  after(async () => {
    await collector.close();
    files.remove();
  });

  it('convicts whom no sensor could: two probes at each of eight branches', async () => {
    const { verdicts, complete } = await get<{ verdicts: FleetVerdict[]; complete: boolean }>('verdicts');
    assert.equal(complete, true);
    const [thin] = verdicts;
    assert.deepEqual([thin?.source, thin?.convicted, thin?.alone, thin?.sensors, thin?.probes], ['203.0.113.66', true, false, 8, 16]);
    assert.ok(Math.abs((thin?.evidence ?? 0) - 33.5) < 0.3);
    assert.ok((thin?.falseAlarm ?? 1) < 1e-6);
    assert.deepEqual(thin?.sites, sites);
  });

  it('does not convict an unlucky visitor, nor one whom a single site knows', async () => {
    const { verdicts } = await get<{ verdicts: FleetVerdict[] }>('verdicts');
    assert.equal(verdicts.find(({ source }) => source === '198.51.100.200')?.convicted, false);
    assert.equal(verdicts.some(({ source }) => source === '192.0.2.9'), false);
    assert.deepEqual(verdicts.filter(({ convicted }) => convicted).map(({ source }) => source), ['203.0.113.66']);
  });

  it('says nothing of a time in which nobody spoke', async () => {
    const { verdicts } = await get<{ verdicts: FleetVerdict[] }>(`verdicts?from=${new Date(T0 - 3 * DAY).toISOString()}&to=${new Date(T0 - 2 * DAY).toISOString()}`);
    assert.deepEqual(verdicts, []);
  });

  it('tells a campaign with its visits, its foothold and its time, and opens it by its id', async () => {
    const { campaigns } = await get<{ campaigns: Campaign[] }>('campaigns');
    const again = campaigns.find(({ key }) => key === '198.51.100.7');
    assert.deepEqual([again?.kind, again?.visits, again?.foothold, again?.severity, again?.sites], ['source', 3, true, 'critical', ['cork', 'delft']]);
    assert.equal(again?.firstSeen, new Date(T0 - 12 * DAY).toISOString());
    assert.match(again?.text ?? '', /third visit\. It got in at delft/);
    assert.equal(again?.timeline.reduce((sum, { scans }) => sum + scans, 0), again?.scans);
    const whole = await get<Campaign & { scanIds: string[] }>(`campaigns/${again?.id}`);
    assert.equal(whole.scanIds.length, 3);
    const quiet = campaigns.find(({ key }) => key === '192.0.2.9');
    assert.equal(quiet?.visits, 1);
    assert.match(quiet?.text ?? '', /^192\.0\.2\.9 (is scanning|scanned) at berlin for TCP 445 \(SMB\): 254 probes at 254 targets\.$/);
  });

  it('filters campaigns by site and source', async () => {
    const keys = async (filter: string): Promise<string[]> => (await get<{ campaigns: Campaign[] }>(`campaigns?${filter}`)).campaigns.map(({ key }) => key);
    assert.deepEqual((await keys('site=delft')).sort(), ['198.51.100.7', '203.0.113.66']);
    assert.deepEqual(await keys('source=192.0.2.9'), ['192.0.2.9']);
    assert.deepEqual(await keys('site=espoo'), ['203.0.113.66']);
    assert.deepEqual(await keys('site=nowhere'), []);
  });

  it('knows no campaign that never was, and takes no time that runs backwards', async () => {
    assert.equal((await collector.get('/api/v1/campaigns/source-192.0.2.77')).status, 404);
    assert.equal((await collector.get(`/api/v1/verdicts?from=${new Date(T0).toISOString()}&to=${new Date(T0 - 1).toISOString()}`)).status, 400);
  });

  it('says on a source\'s own page how often it came and what the fleet says', async () => {
    const { source } = await get<{ source: Source }>('sources/198.51.100.7');
    assert.equal(source.visits, 3);
    assert.equal(source.verdict?.alone, true);
    assert.equal((await get<{ source: Source }>('sources/192.0.2.9')).source.verdict, undefined);
  });

  it('tells of whom only the fleet convicts as of any source: in the list, on a page of its own, as a campaign', async () => {
    const thin = '203.0.113.66';
    const { sources } = await get<{ sources: Source[] }>('sources');
    const listed = sources.find(({ source }) => source === thin);
    assert.deepEqual([listed?.scans, listed?.severity, listed?.probes, listed?.targets, listed?.sites], [0, 'medium', 16, 16, sites]);
    const own = await get<{ source: Source; scans: Scan[]; whispers: Whispered[] }>(`sources/${thin}`);
    assert.deepEqual([own.scans, own.source.verdict?.convicted, own.source.verdict?.alone], [[], true, false]);
    assert.deepEqual(own.whispers.map(({ site }) => site).sort(), sites);
    const [campaign, ...more] = (await get<{ campaigns: Campaign[] }>(`campaigns?source=${thin}`)).campaigns;
    assert.deepEqual([campaign?.key, campaign?.scans, campaign?.sites, more], [thin, 0, sites, []]);
    assert.match(campaign?.text ?? '', /^203\.0\.113\.66 (is scanning|scanned) at 8 branches.*too little at each for an alert there: 16 probes at 16 targets\. Only the fleet sees it\.$/);
    assert.deepEqual((await get<Campaign & { scanIds: string[] }>(`campaigns/${campaign?.id}`)).scanIds, []);
  });

  it('shows on a page of its own whom it only suspects, and lists it nowhere', async () => {
    const { source, whispers } = await get<{ source: Source; whispers: Whispered[] }>('sources/198.51.100.200');
    assert.deepEqual([source.severity, source.scans, source.verdict?.convicted], ['low', 0, false]);
    assert.deepEqual(whispers.map(({ site, evidence }) => [site, Math.round(evidence)]).sort(), [['berlin', 3], ['cork', 2]]);
    assert.ok(!(await get<{ sources: Source[] }>('sources')).sources.some((one) => one.source === '198.51.100.200'));
    assert.deepEqual((await get<{ campaigns: Campaign[] }>('campaigns?source=198.51.100.200')).campaigns, []);
    assert.equal((await collector.get('/api/v1/sources/198.51.100.201')).status, 404);
  });

  it('keeps the list of sources to its limit and its site', async () => {
    const names = async (filter: string): Promise<string[]> => (await get<{ sources: Source[] }>(`sources?${filter}`)).sources.map(({ source }) => source);
    assert.equal((await names('limit=1')).length, 1);
    assert.deepEqual(await names('site=espoo'), ['203.0.113.66']);
    assert.deepEqual(await names('site=nowhere'), []);
  });
});
