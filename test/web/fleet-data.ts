/**
 * Twelve sites, one low-rate distributed scanner across all of them: answers of the newer routes, for the page's tests.
 */

import type {
  AddressMap,
  AllowEntry,
  Campaign,
  FleetVerdict,
  Incident,
  KnownList,
  MapBlock,
  Matrix,
  MatrixRow,
  Output,
  WhatIf,
} from '../../host/api/types.js';

const MINUTE = 60_000;
const siteNames = [
  'aarhus',
  'berlin',
  'cork',
  'delft',
  'espoo',
  'faro',
  'gdansk',
  'halle',
  'izmir',
  'jena',
  'kiel',
  'lyon',
];

/** A number in [0, 1) that only depends on `n`. */
const dice = (n: number): number => {
  const x = Math.sin(n * 12.9898) * 43758.5453;
  return x - Math.floor(x);
};

export function mapOf(now: number, steps = 24): AddressMap {
  const from = now - steps * 60 * MINUTE;
  const block = (name: string, site: string, i: number): MapBlock => {
    const size = 2 ** (32 - Number(name.split('/')[1]));
    const sourcesBy = Array.from({ length: steps }, (_, at) =>
      dice(i * 31 + at) > 0.72 ? Math.ceil(dice(i * 7 + at) * (i % 4 === 0 ? 30 : 4)) : 0,
    );
    const touchedBy = sourcesBy.map((sources, at) => (sources ? Math.ceil(size * dice(i + at) ** 4) : 0));
    const sources = Math.max(...sourcesBy) + 1;
    return {
      block: name,
      site,
      sensors: [`${site}/tap-1`],
      shared: false,
      sources,
      scans: sources + 4,
      probes: sources * 170,
      touched: Math.max(...touchedBy, 1),
      answered: i % 3,
      severity: (['low', 'medium', 'high', 'critical'] as const)[i % 4] ?? 'low',
      first: new Date(from).toISOString(),
      last: new Date(now - i * MINUTE).toISOString(),
      sourcesBy,
      touchedBy,
    };
  };
  return {
    from: new Date(from).toISOString(),
    to: new Date(now).toISOString(),
    stepSeconds: 3600,
    complete: true,
    blocks: [
      ...siteNames.map((site, i) => block(`10.${i}.0.0/16`, site, i)),
      block('192.0.2.0/25', 'berlin', 13),
      block('198.51.100.0/24', 'lyon', 14),
      block('2001:db8:7::/48', 'lyon', 15),
      {
        ...block('10.12.0.0/15', 'nice', 3),
        sources: 0,
        scans: 0,
        probes: 0,
        touched: 0,
        severity: '',
        first: null,
        last: null,
        sourcesBy: new Array<number>(steps).fill(0),
        touchedBy: new Array<number>(steps).fill(0),
      },
    ],
    unplaced: [{ site: 'porto', sensor: 'tap-1', scans: 3, sources: 2 }],
  };
}

export function matrixOf(now: number): Matrix {
  const row = (
    source: string,
    sites: readonly string[],
    changes: Partial<MatrixRow>,
    probes: (i: number) => number,
    scans: number,
  ): MatrixRow => {
    const cells = sites.map((site, i) => ({
      site,
      scans,
      probes: probes(i),
      targets: probes(i),
      evidence: 1.9 + probes(i) * 0.8,
      foothold: false,
    }));
    return {
      source,
      severity: scans ? 'medium' : '',
      evidence: cells.reduce((sum, cell) => sum + cell.evidence, 0),
      sensors: cells.length,
      probes: cells.reduce((sum, cell) => sum + cell.probes, 0),
      first: new Date(now - 300 * MINUTE).toISOString(),
      last: new Date(now - 7 * MINUTE).toISOString(),
      cells,
      ...changes,
    };
  };
  const thin = row('203.0.113.66', siteNames, {}, (i) => 1 + (i % 2), 0);
  const rows = [
    thin,
    row('198.51.100.23', siteNames.slice(2, 7), { severity: 'high' }, (i) => 40 + i * 90, 1),
    ...Array.from({ length: 18 }, (_, i) =>
      row(
        `192.0.2.${i + 9}`,
        siteNames
          .filter((_b, j) => dice(i * 17 + j) > 0.88)
          .slice(0, 2)
          .concat(siteNames[(i * 5) % 12] as string)
          .filter((site, at, all) => all.indexOf(site) === at),
        { severity: i % 5 === 0 ? 'critical' : 'low' },
        () => Math.ceil(dice(i) * 700),
        1,
      ),
    ),
  ];
  const broken = rows[2]?.cells[0];
  if (broken) broken.foothold = true;
  rows.sort((a, b) => b.cells.length - a.cells.length || b.evidence - a.evidence);
  return {
    from: new Date(now - 24 * 60 * MINUTE).toISOString(),
    to: new Date(now).toISOString(),
    sites: siteNames,
    rows,
    more: 41,
    complete: true,
  };
}

export function whatIfOf(now: number, evidence: number, targets: number): WhatIf {
  const one = (source: string, nats: number, id: string): WhatIf['moreOf'][number] => ({
    id,
    source,
    site: 'berlin',
    sensor: 'tap-1',
    evidence: nats,
    targets: 5,
    last: new Date(now - 90 * MINUTE).toISOString(),
  });
  const more =
    evidence < 8 ? [one('203.0.113.66', 6.1, ''), one('192.0.2.14', 5.4, ''), one('192.0.2.15', 5.2, '')] : [];
  const fewer = evidence > 8 || targets > 4 ? [one('198.51.100.7', 8.4, 'berlin/tap-1/3/9')] : [];
  return {
    from: new Date(now - 7 * 24 * 60 * MINUTE).toISOString(),
    to: new Date(now).toISOString(),
    base: { evidence: 8, targets: 0 },
    asked: { evidence, targets },
    alerts: 214,
    others: 12,
    whispers: 61,
    more: more.length,
    fewer: fewer.length,
    moreOf: more,
    fewerOf: fewer,
    complete: true,
  };
}

const ago = (now: number, minutes: number): string => new Date(now - minutes * MINUTE).toISOString();

export function campaignsOf(now: number): Campaign[] {
  const thin: Campaign = {
    id: 'source-203.0.113.66',
    kind: 'source',
    key: '203.0.113.66',
    sources: ['203.0.113.66'],
    sourceCount: 1,
    sites: siteNames,
    sensors: 12,
    scans: 14,
    probes: 18,
    targets: 18,
    services: [445],
    kinds: ['whisper', 'host-sweep'],
    severity: 'high',
    confidence: 99,
    foothold: false,
    inside: false,
    spoofable: false,
    first: ago(now, 190),
    last: ago(now, 2),
    open: true,
    visits: 3,
    firstSeen: ago(now, 12.5 * 1440),
    timeline: Array.from({ length: 24 }, (_, i) => ({
      time: ago(now, (24 - i) * 8),
      scans: i % 5 === 3 ? 0 : (i * 7) % 4,
    })),
    text: 'The host 203.0.113.66 probed 18 of your addresses at 12 sites for TCP 445 (SMB), one or two at each.',
  };
  return [
    thin,
    {
      ...thin,
      id: 'pattern-23',
      kind: 'pattern',
      key: 'TCP 23',
      sources: ['198.51.100.23', '192.0.2.14'],
      sourceCount: 137,
      sites: siteNames.slice(0, 5),
      services: [23, 2323],
      severity: 'medium',
      confidence: 82,
      open: false,
      visits: 1,
      text: '137 sources probe TCP 23 in the same rhythm at 5 sites.',
    },
  ];
}

export function verdictsOf(now: number): FleetVerdict[] {
  return [
    {
      source: '203.0.113.66',
      sites: siteNames,
      sensors: 12,
      evidence: 36.6,
      threshold: 14,
      knocks: 2,
      knocksNeeded: 9,
      failed: 3,
      failedNeeded: 10,
      falseAlarm: 8.3e-7,
      convicted: true,
      alone: false,
      spoofable: true,
      probes: 18,
      first: ago(now, 190),
      last: ago(now, 2),
    },
  ];
}

export const incidentsOf = (now: number): Incident[] => [
  {
    id: '1',
    site: 'porto',
    sensor: 'tap-1',
    kind: 'gone',
    since: ago(now, 26),
    until: null,
    text: 'has sent nothing for 26 minutes, so the site is not monitored. Check its power and uplink.',
  },
  {
    id: '2',
    site: 'oslo',
    sensor: 'wifi',
    kind: 'blind',
    since: ago(now, 8),
    until: null,
    text: 'sees no frames. Check the mirror port and the cable.',
  },
  {
    id: '3',
    site: 'lyon',
    sensor: 'tap-eth',
    kind: 'late',
    since: ago(now, 90),
    until: ago(now, 80),
    text: 'was late.',
  },
];

const outputsOf = (): Output[] => [
  {
    name: 'soc-syslog',
    kind: 'syslog',
    state: 'up',
    sent: 18_201,
    failed: 2,
    lag: 0,
    oldest: null,
    lastError: null,
    lastErrorTime: null,
    lastSent: '2026-11-24T08:00:00.000Z',
    deadLetters: 0,
    lost: 0,
  },
  {
    name: 'ticket-hook',
    kind: 'webhook',
    state: 'failing',
    sent: 77,
    failed: 12,
    lag: 41,
    oldest: '2026-11-24T07:10:00.000Z',
    lastError: 'HTTP 503',
    lastErrorTime: '2026-11-24T08:01:00.000Z',
    lastSent: '2026-11-24T07:09:00.000Z',
    deadLetters: 3,
    lost: 0,
  },
  {
    name: 'old-siem',
    kind: 'syslog',
    state: 'unattended',
    sent: 9,
    failed: 0,
    lag: 812,
    oldest: '2026-11-23T07:10:00.000Z',
    lastError: null,
    lastErrorTime: null,
    lastSent: '2026-11-23T07:09:00.000Z',
    deadLetters: 0,
    lost: 4,
  },
];

const allowOf = (now: number): AllowEntry[] => [
  {
    id: 'a1',
    source: '192.0.2.200',
    target: '10.0.0.0/8',
    site: '',
    service: null,
    until: null,
    reason: 'Our own vulnerability scanner',
    by: 'ines',
    created: ago(now, 5 * 1440),
    heldBack: 312,
    heldBackSince: ago(now, 2 * 1440),
  },
  {
    id: 'a2',
    source: '',
    target: '10.4.0.0/16',
    site: 'berlin',
    service: 161,
    until: ago(now, -9000),
    reason: 'New monitoring being moved in',
    by: 'sam',
    created: ago(now, 800),
    heldBack: 0,
    heldBackSince: null,
  },
];

const knownOf = (now: number): KnownList[] => [
  { name: 'benign-research', kind: 'research', label: '', entries: 1840, imported: ago(now, 6 * 1440), expires: null },
  {
    name: 'misp-feed',
    kind: 'indicator',
    label: 'Botnet',
    entries: 23_011,
    imported: ago(now, 300),
    expires: ago(now, -90 * 1440),
  },
];

/** All of them, by path. */
export function fleetAnswers(): [path: string, answer: (query: URLSearchParams) => object][] {
  return [
    ['map', (query) => mapOf(Date.now(), Number(query.get('steps') ?? 24))],
    ['matrix', () => matrixOf(Date.now())],
    ['campaigns', () => ({ campaigns: campaignsOf(Date.now()) })],
    [
      'campaigns/pattern-23',
      () => ({ ...campaignsOf(Date.now())[1], scanIds: ['berlin/tap-1/3/240000', 'lyon/tap-eth/3/120000'] }),
    ],
    ['verdicts', () => ({ verdicts: verdictsOf(Date.now()) })],
    ['incidents', () => ({ incidents: incidentsOf(Date.now()) })],
    ['outputs', () => ({ outputs: outputsOf() })],
    ['allow', () => ({ allow: allowOf(Date.now()) })],
    ['known', () => ({ lists: knownOf(Date.now()) })],
    ['what-if', (query) => whatIfOf(Date.now(), Number(query.get('evidence')), Number(query.get('targets')))],
  ];
}
