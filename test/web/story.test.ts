import assert from 'node:assert/strict';
import { csv } from '../../host/api/csv.js';
import type { Campaign } from '../../host/api/types.js';
import {
  campaignHeadline,
  campaignStep,
  chance,
  isLocal,
  isWide,
  ratios,
  verdictSentence,
  visitPhrase,
  visitSentence,
  visitsOf,
} from '../../host/wording/fleet.js';
import { campaignsOf, verdictsOf } from './fleet-data.js';
import { scan } from './sample-data.js';

const now = Date.UTC(2026, 0, 20);
const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
const [thin, shared] = campaignsOf(now) as [Campaign, Campaign];
const [verdict] = verdictsOf(now);

describe('a campaign in words', () => {
  it('has one headline with the number of sites', () => {
    assert.equal(campaignHeadline(thin), 'One source across 12 sites');
    assert.equal(campaignHeadline({ ...thin, sites: ['berlin'] }), 'One source at berlin');
    assert.equal(campaignHeadline(shared), '137 sources running one scan across 5 sites');
    assert.equal(
      campaignHeadline({ ...thin, kind: 'network', sourceCount: 9 }),
      '9 sources in one network across 12 sites',
    );
  });

  it('puts a foothold before everything', () => {
    assert.equal(campaignHeadline({ ...shared, foothold: true }), 'A scanner has got in');
    assert.match(campaignStep({ ...thin, foothold: true }), /^Act now/);
  });

  it('advises taking an internal host off the network, not blocking it at the edge', () =>
    assert.match(campaignStep({ ...thin, inside: true }), /your own host: take it off/));

  it('does not advise blocking what may be spoofed', () =>
    assert.match(campaignStep({ ...thin, spoofable: true }), /do not block on this alone/));

  it('does not advise blocking single sources of a distributed scan', () =>
    assert.match(campaignStep(shared), /single sources will not help/));

  it('is not shown for a single scan by one source at one site', () => {
    assert.ok(isWide(thin));
    assert.ok(!isWide({ ...thin, sites: ['berlin'], scans: 1 }));
  });
});

describe('a repeat visitor', () => {
  it('is known: which visit, and since when', () => {
    assert.equal(visitPhrase(3, new Date(now - 12 * DAY).toISOString(), now), 'third visit, first seen 12 days ago');
    assert.equal(visitPhrase(27, new Date(now - 2 * DAY).toISOString(), now), '27th visit, first seen 2 days ago');
  });

  it('a first visit is no repeat', () => assert.equal(visitPhrase(1, new Date(now).toISOString(), now), ''));

  it('has its scans by visit: a day of quiet ends one', () => {
    const scans = [
      scan(now, { began: 5 * DAY, seen: 5 * DAY - MINUTE }),
      scan(now, { began: 3 * MINUTE, seen: MINUTE }),
      scan(now, { began: DAY - 10 * MINUTE, seen: DAY - 12 * MINUTE, site: 'lyon', answered: 2 }),
    ];
    const visits = visitsOf(scans);
    assert.deepEqual(
      visits.map(({ number, scans: { length } }) => [number, length]),
      [
        [2, 2],
        [1, 1],
      ],
    );
    assert.equal(
      visitSentence(visits[0] as (typeof visits)[0]),
      '2 scans at berlin and lyon: 256 targets, 262 probes, 2 answered',
    );
  });

  it('a source without a scan has no visit', () => assert.deepEqual(visitsOf([]), []));
});

describe('the three ratios', () => {
  it('are contacts per host, services per host and contacts per service', () => {
    assert.deepEqual(
      ratios([{ site: 'berlin', sensor: 'tap-1', probes: 131, targets: 128, serviceCount: 1, services: [445] }]).map(
        ({ name, value }) => [name, Number(value.toFixed(3))],
      ),
      [
        ['contacts per host', 1.023],
        ['services per host', 0.008],
        ['contacts per service', 131],
      ],
    );
  });

  it('distinguish a sweep from a port scan', () => {
    const meaning = (targets: number, serviceCount: number): string =>
      ratios([{ site: 'berlin', sensor: 'tap-1', probes: 1000, targets, serviceCount, services: [] }])[1]?.meaning ??
      '';
    assert.match(meaning(1000, 1), /sweep/);
    assert.match(meaning(1, 1000), /port scan/);
  });

  it('are two fewer where there are no services, and none without targets', () => {
    assert.equal(
      ratios([{ site: 'berlin', sensor: 'tap-1', probes: 64, targets: 64, serviceCount: 0, services: [] }]).length,
      1,
    );
    assert.deepEqual(
      ratios([{ site: 'berlin', sensor: 'tap-1', probes: 64, targets: 0, serviceCount: 0, services: [] }]),
      [],
    );
    assert.deepEqual(ratios([]), []);
  });

  it('count a host once where two scans at one sensor went to it, and at every sensor', () => {
    const one = { site: 'berlin', sensor: 'tap-1', probes: 64, targets: 64, serviceCount: 1, services: [22] };
    assert.equal(ratios([one, one])[0]?.value, 2);
    assert.equal(ratios([one, { ...one, site: 'lyon' }])[0]?.value, 1);
  });

  it('separate scans of internal hosts from scans of external ones', () => {
    assert.deepEqual(
      (['inbound', 'internal', '', 'outbound', 'transit'] as const).map((direction) => isLocal({ direction })),
      [true, true, true, false, false],
    );
  });
});

describe("the fleet's verdict in words", () => {
  it('says that no single sensor could, and how often it is wrong', () => {
    assert.match(
      verdictSentence(verdict as NonNullable<typeof verdict>),
      /12 sensors at 12 sites together have 36\.6 nats.*No single sensor.*1 in 1\.2 million\.$/,
    );
  });

  it('names the threshold, also below it', () => {
    const few = { ...(verdict as NonNullable<typeof verdict>), evidence: 9, knocks: 9, failed: 10 };
    assert.match(
      verdictSentence(few),
      /^At 9 sites its first contact within one day was with an unused address; the fleet threshold is 9\. No single sensor/,
    );
    assert.match(
      verdictSentence({ ...few, knocks: 8 }),
      /^At 10 sites its first contact within one day failed \(unused address, or refused\); the fleet threshold is 10\. No single sensor/,
    );
    assert.match(
      verdictSentence({ ...(verdict as NonNullable<typeof verdict>), convicted: false, evidence: 9 }),
      /the fleet threshold is 14\.0\.$/,
    );
  });

  it('writes a probability as odds', () =>
    assert.deepEqual([0.25, 1 / 2981, 1 / 11_234_000, 0, 1e-12].map(chance), [
      '1 in 4',
      '1 in 3,000',
      '1 in 11 million',
      'less than 1 in a billion',
      'less than 1 in a billion',
    ]));
});

describe('CSV', () => {
  it('quotes what must be quoted, and ends lines as RFC 4180 says', () => {
    assert.equal(
      csv([
        ['a', 'b,c', 'say "x"'],
        [1, -2, 'd\ne'],
      ]),
      'a,"b,c","say ""x"""\r\n1,-2,"d\ne"\r\n',
    );
  });

  it('a CSV of scans gives a spreadsheet no formula', () =>
    assert.equal(csv([['=1+1', '@x', '-x', '+x', 'x=1']]), "'=1+1,'@x,'-x,'+x,x=1\r\n"));
});
