import assert from 'node:assert/strict';
import { connectAsync } from 'mqtt';
import type { Campaign, FleetVerdict, Scan, Source, Whispered } from '../../host/api/types.js';
import { group } from '../../host/collector/fleet/campaigns.js';
import { evaluateSource } from '../../host/collector/fleet/verdicts.js';
import { busiestDay } from '../../host/collector/query/first-contact-failures.js';
import type { SensorReport } from '../../host/collector/query/source-reports.js';
import { binomialTail, countNeeded, falseAlarm, thresholdFor } from '../../host/collector/rules/chance.js';
import { ordinal } from '../../host/wording/format.js';
import { servicesText } from '../../host/wording/phrases.js';
import { Dice } from '../../scripts/simulate/dice.js';
import type { TimedRecord } from '../../src/protocol/record.js';
import type { AlertChanges, TestCollector } from '../support/collector.js';
import { alert, clientOf, scratch, status, T0, testCollector } from '../support/collector.js';

describe('the chance of a false detection', () => {
  it('is certain without reports, and e^-x for one sensor above its reporting threshold', () => {
    assert.equal(falseAlarm(8, 0), 1);
    assert.ok(Math.abs(falseAlarm(1, 13.8155) - 1e-6) < 1e-9);
  });

  it('falls with the evidence and rises with the number of active sensors', () => {
    for (let nats = 1; nats < 60; nats++) assert.ok(falseAlarm(12, nats + 1) <= falseAlarm(12, nats));
    for (let n = 2; n < 60; n++) assert.ok(falseAlarm(n + 1, 25) > falseAlarm(n, 25));
  });

  it('is inverted by the evidence needed for a detection', () => {
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
      assert.ok(
        Math.abs(hits / runs - expected) < 5 * Math.sqrt(expected / runs),
        `${nats}: ${hits / runs}, not ${expected}`,
      );
    }
  });

  it('stays a number where the evidence or the fleet is huge', () => {
    assert.equal(falseAlarm(5_000, 1e6), 0);
    assert.ok(falseAlarm(5_000, 100) > 0.999);
    assert.ok(Number.isFinite(thresholdFor(5_000, 1e-6)));
    // (1 - e^-2)^n underflows for so many sensors: the bound must not drop to 0 because of that.
    assert.ok(falseAlarm(50_000, 1_000) > 0.999);
  });
});

describe('the chance of so many first-contact failures', () => {
  it("the chance of so many first-contact failures is the binomial's tail", () => {
    assert.equal(binomialTail(12, 0, 0.1), 1);
    assert.ok(Math.abs(binomialTail(3, 3, 0.1) - 0.001) < 1e-12);
    assert.ok(Math.abs(binomialTail(2, 1, 0.1) - 0.19) < 1e-12);
    assert.ok(Math.abs(binomialTail(8, 7, 0.1) - 7.3e-7) < 1e-9);
  });

  it('falls with the failures and rises with the number of active sites', () => {
    for (let k = 0; k < 40; k++) assert.ok(binomialTail(40, k + 1, 0.1) <= binomialTail(40, k, 0.1));
    for (let n = 8; n < 60; n++) assert.ok(binomialTail(n + 1, 8, 0.1) > binomialTail(n, 8, 0.1));
  });

  it('stays finite for a huge fleet, and is 0 where more sites report than exist', () => {
    assert.ok(Math.abs(binomialTail(50_000, 5_000, 0.1) - 0.5) < 0.01);
    assert.ok(binomialTail(50_000, 6_000, 0.1) < 1e-20);
    assert.equal(binomialTail(5, 6, 0.1), 0);
  });

  it('is inverted by the failures needed for a detection, or one more than all if not even those suffice', () => {
    assert.deepEqual(
      [3, 6, 8, 12, 40].map((n) => countNeeded(n, 8e-7, 0.1)),
      [4, 7, 7, 9, 16],
    );
    for (const n of [8, 12, 40]) {
      const k = countNeeded(n, 8e-7, 0.1);
      assert.ok(binomialTail(n, k, 0.1) <= 8e-7 && binomialTail(n, k - 1, 0.1) > 8e-7);
    }
  });
});

describe('the day with the most first-contact failures', () => {
  const at = (site: string, hour: number, sensor = 'tap', refused = false) => ({
    site,
    sensor,
    heard: hour * 3_600_000,
    refused,
  });

  it('is found among the others, of each sensor the first', () => {
    const knocks = [at('a', 0), at('b', 1), at('a', 30), at('a', 31), at('c', 32), at('d', 50), at('e', 80)];
    assert.deepEqual(busiestDay(knocks), [at('a', 30), at('c', 32), at('d', 50)]);
  });

  it('the day with the most first-contact failures ends after twenty-four hours', () => {
    assert.equal(busiestDay([at('a', 0), at('b', 24)]).length, 1);
    assert.equal(busiestDay([at('a', 0), at('b', 23.99)]).length, 2);
  });

  it('the day with the most first-contact failures counts sites, not sensors', () => {
    assert.deepEqual(busiestDay([at('a', 0, 'x'), at('a', 1, 'y'), at('a', 2, 'z'), at('b', 40), at('c', 41)]), [
      at('b', 40),
      at('c', 41),
    ]);
  });

  it('counts a site once that reported a refusal and an unused address, as the latter', () => {
    assert.deepEqual(
      busiestDay([at('a', 0, 'tap', true), at('b', 1), at('a', 2), at('a', 3), at('b', 4, 'tap', true)]),
      [at('a', 2), at('b', 1)],
    );
  });

  it('has enough sites with unused addresses where that is required, and is empty where no day has them', () => {
    const refused = ['a', 'b', 'c', 'd'].map((site) => at(site, 0, 'tap', true));
    const met = ['a', 'b', 'c'].map((site, i) => at(site, 48 + i));
    assert.deepEqual(busiestDay([...refused, ...met], 3), met);
    assert.deepEqual(busiestDay([...refused, ...met.slice(1)], 3), []);
    assert.equal(busiestDay([...refused, ...met]).length, 4);
    const later = at('d', 60, 'tap', true);
    assert.deepEqual(busiestDay([...refused, ...met, later], 3), [...met, later]);
  });

  it('the day with the most first-contact failures is empty without failures', () =>
    assert.deepEqual(busiestDay([]), []));
});

describe('a verdict', () => {
  const report = (site: string, changes: Partial<SensorReport> = {}): [string, SensorReport] => [
    `${site}/tap`,
    {
      site,
      scans: 0,
      probes: 1,
      targets: 1,
      evidence: 1.9,
      foothold: false,
      metUnusedAddress: true,
      failed: true,
      spoofable: true,
      ...changes,
    },
  ];
  const reports = (...all: [string, SensorReport][]) => ({
    sensors: new Map(all),
    severity: 0,
    suspicionReports: [],
    first: T0,
    last: T0,
  });
  const sites = (n: number): string[] => Array.from({ length: n }, (_, i) => `site-${i}`);

  it('detects a source after one failure at each of seven sites of eight, and not of six', () => {
    assert.equal(evaluateSource('x', reports(...sites(7).map((site) => report(site))), 8).convicted, true);
    assert.equal(evaluateSource('x', reports(...sites(6).map((site) => report(site))), 8).convicted, false);
  });

  it('detects a source whose first contact failed at each of eight sites, at some of them refused', () => {
    const refused = { metUnusedAddress: false, evidence: 0 };
    const went = (dark: number, all: number, of: number): boolean =>
      evaluateSource('x', reports(...sites(all).map((site, i) => report(site, i < dark ? {} : refused))), of).convicted;
    assert.equal(went(3, 8, 8), true);
    assert.equal(went(6, 8, 8), true);
    assert.equal(went(6, 7, 8), false);
    assert.equal(went(5, 11, 12), true);
    assert.equal(went(5, 10, 12), false);
  });

  it('does not detect a benign client refused everywhere by a service that was shut down', () => {
    for (const n of [8, 12, 40]) {
      const refused = sites(n).map((site, i) => report(site, i < 2 ? {} : { metUnusedAddress: false, evidence: 0 }));
      assert.deepEqual(
        [evaluateSource('x', reports(...refused), n).convicted, evaluateSource('x', reports(...refused), n).failed],
        [false, n],
      );
    }
  });

  it('may be wrong three times in a million: its three tests share that chance, whatever the fleet', () => {
    for (const n of [3, 5, 8, 12, 24, 40, 200]) {
      const { threshold, knocksNeeded, failedNeeded } = evaluateSource('x', reports(report('site-0')), n);
      const sum = falseAlarm(n, threshold) + binomialTail(n, knocksNeeded, 0.105) + binomialTail(n, failedNeeded, 0.18);
      assert.ok(sum <= 3e-6, `${n}: ${sum}`);
    }
  });

  it('asks more of a larger fleet, and says how much', () => {
    const { convicted, knocks, knocksNeeded, failed, failedNeeded } = evaluateSource(
      'x',
      reports(...sites(10).map((site) => report(site))),
      40,
    );
    assert.deepEqual([convicted, knocks, knocksNeeded, failed, failedNeeded], [false, 10, 17, 10, 21]);
  });

  it('a verdict takes two taps of a site for one', () => {
    const both = sites(4).flatMap((site): [string, SensorReport][] => [
      report(site, { evidence: 5 }),
      [`${site}/other`, report(site, { evidence: 4 })[1]],
    ]);
    const one = evaluateSource('x', reports(...both), 8);
    assert.deepEqual([one.sensors, one.knocks, one.evidence, one.convicted], [8, 4, 20, false]);
  });

  it('needs three sites, however much one or two have to say', () => {
    assert.equal(
      evaluateSource('x', reports(...sites(2).map((site) => report(site, { evidence: 90, scans: 1 }))), 8).convicted,
      false,
    );
  });

  it('is of an address that may be forged, until one sensor has seen that it is not', () => {
    assert.equal(evaluateSource('x', reports(...sites(8).map((site) => report(site))), 8).spoofable, true);
    assert.equal(
      evaluateSource('x', reports(report('site-9', { spoofable: false }), ...sites(8).map((site) => report(site))), 9)
        .spoofable,
      false,
    );
  });
});

describe('fleet sentences', () => {
  it('fleet sentences count in words', () => {
    assert.deepEqual([1, 3, 10, 11, 12, 13, 21, 22, 23, 101, 111].map(ordinal), [
      'first',
      'third',
      'tenth',
      '11th',
      '12th',
      '13th',
      '21st',
      '22nd',
      '23rd',
      '101st',
      '111th',
    ]);
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
  const scan = (source: string, changes: Partial<Scan> = {}): Scan =>
    ({
      id: `x/y/1/${++made}`,
      site: 'berlin',
      sensor: 'tap-1',
      source,
      protocol: 'tcp',
      services: [23],
      serviceCount: 1,
      first: new Date(T0).toISOString(),
      last: new Date(T0 + MINUTE).toISOString(),
      ...changes,
    }) as Scan;
  const named = (scans: Scan[]): string[] =>
    group(scans)
      .map(({ kind, key, scans: own }) => `${kind} ${key} ${own.length}`)
      .sort();

  it("contain one source's scans, and no other's", () => {
    assert.deepEqual(named([scan('192.0.2.1'), scan('192.0.2.1', { site: 'lyon' }), scan('198.51.100.1')]), [
      'source 192.0.2.1 2',
      'source 198.51.100.1 1',
    ]);
  });

  it('are those of three hosts of a /24, and not of two', () => {
    assert.deepEqual(named([scan('192.0.2.1'), scan('192.0.2.2')]), ['source 192.0.2.1 1', 'source 192.0.2.2 1']);
    assert.deepEqual(named([scan('192.0.2.1'), scan('192.0.2.2'), scan('192.0.2.9'), scan('192.0.3.9')]), [
      'network 192.0.2.0/24 3',
      'source 192.0.3.9 1',
    ]);
  });

  it('are those of a /64, whatever the rest of the address', () => {
    assert.deepEqual(
      named([scan('2001:db8:1:2::1'), scan('2001:db8:1:2:ffff::9'), scan('2001:db8:1:2::7'), scan('2001:db8:1:3::7')]),
      ['network 2001:db8:1:2::/64 3', 'source 2001:db8:1:3::7 1'],
    );
  });

  it('contain scans by many sources of one service at one time at several sites', () => {
    const many = [1, 2, 3, 4, 5].map((n) =>
      scan(`198.51.${n}.1`, { site: n % 2 ? 'berlin' : 'lyon', first: new Date(T0 + n * 20 * MINUTE).toISOString() }),
    );
    assert.deepEqual(named(many), ['pattern TCP 23 5']);
    // At one site only, with too few sources, with a long pause in between, for another service.
    assert.equal(named(many.map((one) => ({ ...one, site: 'berlin' }))).length, 5);
    assert.equal(named(many.slice(1)).length, 4);
    assert.equal(
      named(many.map((one, i) => (i < 2 ? one : { ...one, first: new Date(T0 + i * DAY).toISOString() }))).length,
      5,
    );
    assert.equal(named(many.map((one, i) => (i < 2 ? { ...one, services: [22] } : one))).length, 5);
  });

  it('loses no scan and repeats none', () => {
    const dice = new Dice(3);
    const scans = Array.from({ length: 500 }, () =>
      scan(`192.0.${Math.floor(dice.share() * 40)}.${Math.floor(dice.share() * 5)}`, {
        site: dice.share() < 0.5 ? 'berlin' : 'lyon',
        services: [[22, 23, 445][Math.floor(dice.share() * 3)] as number],
        first: new Date(T0 + Math.floor(dice.share() * DAY)).toISOString(),
      }),
    );
    const ids = group(scans).flatMap((one) => one.scans.map(({ id }) => id));
    assert.equal(ids.length, 500);
    assert.equal(new Set(ids).size, 500);
  });

  it('knows a MAC address for a source of its own', () => {
    assert.deepEqual(
      named([scan('02:00:00:00:00:01'), scan('02:00:00:00:00:02'), scan('02:00:00:00:00:03')]).length,
      3,
    );
  });
});

describe('the fleet', () => {
  const files = scratch();
  let collector: TestCollector;
  const sites = ['aarhus', 'berlin', 'cork', 'delft', 'espoo', 'faro', 'gdansk', 'halle'];
  const suspicionReport = { kind: 'whisper', stage: 'whisper', verdict: 'notice', severity: 'low' } as const;
  const knocks = {
    kind: 'knocks',
    stage: 'whisper',
    verdict: 'notice',
    severity: 'low',
    source: '',
    targets: 1,
    probes: 1,
    dark: 1,
    refused: 0,
    evidence: 0,
  } as const;
  const list = (...sources: string[]): Uint8Array =>
    new Uint8Array(sources.flatMap((source) => source.split('.').map(Number)));
  let sequence = 0;
  const of = (
    site: string,
    record: Partial<TimedRecord>,
    messageType: 'alert' | 'whisper' = 'alert',
    minutes = 0,
  ): AlertChanges & { sequence: number } => ({
    site,
    sequence: ++sequence,
    messageType,
    record: {
      episode: sequence,
      first: T0 + minutes * MINUTE,
      last: T0 + (minutes + 5) * MINUTE,
      time: T0 + (minutes + 5) * MINUTE,
      ...record,
    },
  });
  const get = async <T>(path: string): Promise<T> => {
    const { status: code, body } = await collector.get(`/api/v1/${path}`);
    assert.equal(code, 200, JSON.stringify(body));
    return body as T;
  };

  before(async () => {
    collector = await testCollector(files.path('store.db'), { clock: () => T0 + 60 * MINUTE });
    const messages = [
      // Two probes at each site; no sensor alerts on it.
      ...sites.map((site) =>
        of(site, { ...suspicionReport, source: '203.0.113.66', targets: 2, probes: 2, evidence: 4.2 }, 'whisper'),
      ),
      // The same suspicion reported again, once with more evidence: counted once.
      of('berlin', { ...suspicionReport, source: '203.0.113.66', targets: 2, probes: 2, evidence: 4.2 }, 'whisper'),
      // An unlucky benign source, at two sites.
      of('berlin', { ...suspicionReport, source: '198.51.100.200', targets: 2, probes: 2, evidence: 3 }, 'whisper'),
      of('cork', { ...suspicionReport, source: '198.51.100.200', targets: 2, probes: 2, evidence: 2.1 }, 'whisper'),
      // One failure at each of seven sites of eight, in lists with others; reported twice by one sensor.
      ...sites
        .slice(0, 7)
        .map((site) => of(site, { ...knocks, knocks: list('192.0.2.77', `198.51.100.${site.length}`) }, 'whisper')),
      of('berlin', { ...knocks, knocks: list('192.0.2.77') }, 'whisper'),
      // One at each of eight, three of them refused; a list is ordered by what the source met.
      ...sites.map((site, i) =>
        of(
          site,
          {
            ...knocks,
            targets: 2,
            dark: i < 5 ? 2 : 1,
            refused: i < 5 ? 0 : 1,
            knocks: list(`198.51.101.${site.length}`, '192.0.2.79'),
          },
          'whisper',
        ),
      ),
      // Reported as refused in one list and at an unused address in the other, in one batch.
      ...sites
        .slice(0, 7)
        .flatMap((site) => [
          of(site, { ...knocks, knocks: list('192.0.2.81') }, 'whisper'),
          of(site, { ...knocks, dark: 0, refused: 1, knocks: list('192.0.2.81') }, 'whisper'),
        ]),
      // Refused everywhere, and nothing else.
      ...sites.map((site) => of(site, { ...knocks, refused: 1, knocks: list('192.0.2.80') }, 'whisper')),
      // At two sites only.
      ...sites.slice(0, 2).map((site) => of(site, { ...knocks, knocks: list('192.0.2.78') }, 'whisper')),
      // Much evidence, but at one site.
      of('berlin', {
        source: '192.0.2.9',
        evidence: 90,
        targets: 254,
        probes: 254,
        services: [445],
        serviceCount: 1,
        protocol: 'tcp',
        kind: 'host-sweep',
      }),
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

  it('detects a source that no sensor could: two probes at each of eight sites', async () => {
    const { verdicts, complete } = await get<{ verdicts: FleetVerdict[]; complete: boolean }>('verdicts');
    assert.equal(complete, true);
    const [thin] = verdicts;
    assert.deepEqual(
      [thin?.source, thin?.convicted, thin?.alone, thin?.sensors, thin?.probes],
      ['203.0.113.66', true, false, 8, 16],
    );
    assert.ok(Math.abs((thin?.evidence ?? 0) - 33.5) < 0.3);
    assert.ok((thin?.falseAlarm ?? 1) < 1e-6);
    assert.deepEqual(thin?.sites, sites);
  });

  it('does not detect an unlucky benign source, nor one that a single site knows', async () => {
    const { verdicts } = await get<{ verdicts: FleetVerdict[] }>('verdicts');
    assert.equal(verdicts.find(({ source }) => source === '198.51.100.200')?.convicted, false);
    assert.equal(
      verdicts.some(({ source }) => source === '192.0.2.9'),
      false,
    );
    assert.deepEqual(
      verdicts
        .filter(({ convicted }) => convicted)
        .map(({ source }) => source)
        .sort(),
      ['192.0.2.77', '192.0.2.79', '192.0.2.81', '203.0.113.66'],
    );
  });

  it('detects a source after one probe at each of seven sites of eight, without a report by name', async () => {
    const { verdicts } = await get<{ verdicts: FleetVerdict[] }>('verdicts');
    const one = verdicts.find(({ source }) => source === '192.0.2.77');
    assert.deepEqual(
      [one?.convicted, one?.alone, one?.spoofable, one?.knocks, one?.knocksNeeded, one?.probes, one?.sites],
      [true, false, true, 7, 7, 7, sites.slice(0, 7)],
    );
    assert.equal(
      verdicts.some(({ source }) => source === '192.0.2.78'),
      false,
    );
  });

  it('detects a source after one probe at each of eight sites, five unused and three refused', async () => {
    const { verdicts } = await get<{ verdicts: FleetVerdict[] }>('verdicts');
    const one = verdicts.find(({ source }) => source === '192.0.2.79');
    assert.deepEqual(
      [one?.convicted, one?.spoofable, one?.knocks, one?.failed, one?.failedNeeded, one?.probes],
      [true, true, 5, 8, 8, 8],
    );
    assert.equal(
      verdicts.some(({ source }) => source === '192.0.2.80'),
      false,
    );
    const both = verdicts.find(({ source }) => source === '192.0.2.81');
    assert.deepEqual([both?.convicted, both?.knocks, both?.failed], [true, 7, 7]);
  });

  it('reports fleet-only detections as campaigns, each with a page', async () => {
    const { campaigns } = await get<{ campaigns: Campaign[] }>('campaigns');
    const thin = campaigns.filter(({ scans }) => scans === 0);
    assert.deepEqual(thin.map(({ key, probes }) => [key, probes]).sort(), [
      ['192.0.2.77', 7],
      ['192.0.2.79', 8],
      ['192.0.2.81', 7],
      ['203.0.113.66', 16],
    ]);
    assert.match(
      thin.find(({ key }) => key === '192.0.2.77')?.text ?? '',
      /^192\.0\.2\.77 is moving from site to site: at 7 of them its first contact within a day went to an unused address\. Only the fleet sees it\.$/,
    );
    assert.match(
      thin.find(({ key }) => key === '192.0.2.79')?.text ?? '',
      /^192\.0\.2\.79 is moving from site to site: at 8 of them its first contact within a day failed: unused address or refused\. Only the fleet sees it\.$/,
    );
    assert.equal((await get<Campaign>('campaigns/source-192.0.2.77')).key, '192.0.2.77');
    const { source, scans: told } = await get<{ source: Source; scans: Scan[] }>('sources/192.0.2.77');
    assert.deepEqual(
      [source.scans, source.sites.length, source.spoofable, told.length, source.verdict?.convicted],
      [0, 7, true, 0, true],
    );
    const { rows } = await get<{ rows: { source: string; cells: unknown[] }[] }>(
      `matrix?from=${new Date(T0).toISOString()}&to=${new Date(T0 + 61 * MINUTE).toISOString()}`,
    );
    assert.equal(rows.find((row) => row.source === '192.0.2.77')?.cells.length, 7);
  });

  it('reports nothing for a period without reports', async () => {
    const { verdicts } = await get<{ verdicts: FleetVerdict[] }>(
      `verdicts?from=${new Date(T0 - 3 * DAY).toISOString()}&to=${new Date(T0 - 2 * DAY).toISOString()}`,
    );
    assert.deepEqual(verdicts, []);
  });

  it('gives a campaign with its visits, foothold and time, and opens it by its id', async () => {
    const { campaigns } = await get<{ campaigns: Campaign[] }>('campaigns');
    const again = campaigns.find(({ key }) => key === '198.51.100.7');
    assert.deepEqual(
      [again?.kind, again?.visits, again?.foothold, again?.severity, again?.sites],
      ['source', 3, true, 'critical', ['cork', 'delft']],
    );
    assert.equal(again?.firstSeen, new Date(T0 - 12 * DAY).toISOString());
    assert.match(again?.text ?? '', /third visit\. It got in at delft/);
    assert.equal(
      again?.timeline.reduce((sum, { scans }) => sum + scans, 0),
      again?.scans,
    );
    const whole = await get<Campaign & { scanIds: string[] }>(`campaigns/${again?.id}`);
    assert.equal(whole.scanIds.length, 3);
    const quiet = campaigns.find(({ key }) => key === '192.0.2.9');
    assert.equal(quiet?.visits, 1);
    assert.match(
      quiet?.text ?? '',
      /^192\.0\.2\.9 (is scanning|scanned) at berlin for TCP 445 \(SMB\): 254 probes at 254 targets\.$/,
    );
  });

  it('filters campaigns by site and source', async () => {
    const keys = async (filter: string): Promise<string[]> =>
      (await get<{ campaigns: Campaign[] }>(`campaigns?${filter}`)).campaigns.map(({ key }) => key);
    assert.deepEqual((await keys('site=delft')).sort(), [
      '192.0.2.77',
      '192.0.2.79',
      '192.0.2.81',
      '198.51.100.7',
      '203.0.113.66',
    ]);
    assert.deepEqual(await keys('source=192.0.2.9'), ['192.0.2.9']);
    assert.deepEqual((await keys('site=espoo')).sort(), ['192.0.2.77', '192.0.2.79', '192.0.2.81', '203.0.113.66']);
    assert.deepEqual(await keys('source=192.0.2.77'), ['192.0.2.77']);
    assert.deepEqual(await keys('site=nowhere'), []);
  });

  it('knows no campaign that never was, and takes no time that runs backwards', async () => {
    assert.equal((await collector.get('/api/v1/campaigns/source-192.0.2.78')).status, 404);
    assert.equal(
      (await collector.get(`/api/v1/verdicts?from=${new Date(T0).toISOString()}&to=${new Date(T0 - 1).toISOString()}`))
        .status,
      400,
    );
  });

  it("says on a source's own page how often it came and what the fleet says", async () => {
    const { source } = await get<{ source: Source }>('sources/198.51.100.7');
    assert.equal(source.visits, 3);
    assert.equal(source.verdict?.alone, true);
    assert.equal((await get<{ source: Source }>('sources/192.0.2.9')).source.verdict, undefined);
  });

  it('shows a fleet-only detection like any source: in the list, on its own page, as a campaign', async () => {
    const thin = '203.0.113.66';
    const { sources } = await get<{ sources: Source[] }>('sources');
    const listed = sources.find(({ source }) => source === thin);
    assert.deepEqual(
      [listed?.scans, listed?.severity, listed?.probes, listed?.targets, listed?.sites],
      [0, 'medium', 16, 16, sites],
    );
    const own = await get<{ source: Source; scans: Scan[]; whispers: Whispered[] }>(`sources/${thin}`);
    assert.deepEqual([own.scans, own.source.verdict?.convicted, own.source.verdict?.alone], [[], true, false]);
    assert.deepEqual(own.whispers.map(({ site }) => site).sort(), sites);
    const [campaign, ...more] = (await get<{ campaigns: Campaign[] }>(`campaigns?source=${thin}`)).campaigns;
    assert.deepEqual([campaign?.key, campaign?.scans, campaign?.sites, more], [thin, 0, sites, []]);
    assert.match(
      campaign?.text ?? '',
      /^203\.0\.113\.66 (is scanning|scanned) at 8 sites.*too little at each for an alert there: 16 probes at 16 targets\. Only the fleet sees it\.$/,
    );
    assert.deepEqual((await get<Campaign & { scanIds: string[] }>(`campaigns/${campaign?.id}`)).scanIds, []);
  });

  it('shows a suspect on its own page, and lists it nowhere', async () => {
    const { source, whispers } = await get<{ source: Source; whispers: Whispered[] }>('sources/198.51.100.200');
    assert.deepEqual([source.severity, source.scans, source.verdict?.convicted], ['low', 0, false]);
    assert.deepEqual(whispers.map(({ site, evidence }) => [site, Math.round(evidence)]).sort(), [
      ['berlin', 3],
      ['cork', 2],
    ]);
    assert.ok(!(await get<{ sources: Source[] }>('sources')).sources.some((one) => one.source === '198.51.100.200'));
    assert.deepEqual((await get<{ campaigns: Campaign[] }>('campaigns?source=198.51.100.200')).campaigns, []);
    assert.equal((await collector.get('/api/v1/sources/198.51.100.201')).status, 404);
  });

  it('keeps the list of sources to its limit and its site', async () => {
    const names = async (filter: string): Promise<string[]> =>
      (await get<{ sources: Source[] }>(`sources?${filter}`)).sources.map(({ source }) => source);
    assert.equal((await names('limit=1')).length, 1);
    assert.deepEqual((await names('site=espoo')).sort(), ['192.0.2.77', '192.0.2.79', '192.0.2.81', '203.0.113.66']);
    assert.deepEqual(await names('site=nowhere'), []);
  });
});
