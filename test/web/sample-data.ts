/** Scans, sensors and sources to try the page with: documentation addresses only (RFC 5737, RFC 3849). */
import type {
  Gap,
  Now,
  Scan,
  ScanHistory,
  Sensor,
  SensorState,
  Source,
  Timeline,
  TimelineBucket,
} from '../../host/api/types.js';

const MINUTE = 60_000;

/** A scan with sensible defaults; times are given as milliseconds before `now`. */
export function scan(now: number, changes: Partial<Scan> & { began?: number; seen?: number } = {}): Scan {
  const { began = 5 * MINUTE, seen = 20_000, ...rest } = changes;
  const site = rest.site ?? 'berlin';
  const sensor = rest.sensor ?? 'tap-1';
  return {
    id: `${site}/${sensor}/3/${began}`,
    site,
    sensor,
    open: false,
    stage: 'end',
    verdict: 'scan',
    kind: 'host-sweep',
    severity: 'medium',
    source: '203.0.113.66',
    aggregate: false,
    protocol: 'tcp',
    direction: 'inbound',
    targets: 128,
    services: [445],
    serviceCount: 1,
    probes: 131,
    answered: 0,
    refused: 14,
    silent: 22,
    dark: 92,
    first: new Date(now - began).toISOString(),
    last: new Date(now - seen).toISOString(),
    received: new Date(now - seen).toISOString(),
    evidence: 42.5,
    confidence: 99,
    spoofable: false,
    decoy: false,
    sources: 1,
    tool: '',
    technique: 'T1595.001',
    shape: [40, 90, 255, 210, 180, 160, 120, 60],
    shapeStep: 32768,
    ...rest,
  };
}

/** Ten scans of every colour; two are open. */
export function tenScans(now: number): Scan[] {
  return [
    scan(now, { open: true, stage: 'progress', severity: 'high', began: 4 * MINUTE, seen: 3_000, tool: 'masscan' }),
    scan(now, {
      open: true,
      stage: 'progress',
      site: 'lyon',
      sensor: 'tap-eth',
      kind: 'port-scan',
      severity: 'critical',
      source: '10.20.4.17',
      direction: 'internal',
      technique: 'T1046',
      targets: 1,
      services: [22, 80, 443, 445, 3389, 8080, 5432, 6379],
      serviceCount: 1000,
      probes: 1024,
      answered: 7,
      refused: 993,
      silent: 24,
      dark: 0,
      began: 2 * MINUTE,
      seen: 5_000,
      tool: 'nmap',
      confidence: 98,
      shape: [255, 240, 250, 244, 251, 236, 120, 0],
    }),
    scan(now, {
      site: 'porto',
      sensor: 'tap-1',
      kind: 'block-scan',
      source: '198.51.100.23',
      services: [23, 2323],
      serviceCount: 2,
      targets: 241,
      probes: 480,
      tool: 'mirai',
      severity: 'high',
      dark: 210,
      silent: 30,
      refused: 0,
      spoofable: true,
      began: 14 * MINUTE,
      seen: 9 * MINUTE,
      confidence: 91,
    }),
    scan(now, {
      site: 'berlin',
      sensor: 'tap-2',
      kind: 'icmp-sweep',
      protocol: 'icmp',
      services: [],
      serviceCount: 0,
      source: '192.0.2.9',
      targets: 64,
      probes: 64,
      severity: 'low',
      answered: 12,
      refused: 0,
      silent: 8,
      dark: 44,
      began: 22 * MINUTE,
      seen: 21 * MINUTE,
      confidence: 88,
      spoofable: true,
      technique: 'T1595.001',
    }),
    scan(now, {
      site: 'lyon',
      sensor: 'tap-eth',
      kind: 'arp-sweep',
      protocol: 'arp',
      direction: 'internal',
      services: [],
      serviceCount: 0,
      source: '02:00:5e:00:53:1f',
      targets: 254,
      probes: 254,
      severity: 'medium',
      answered: 31,
      refused: 0,
      silent: 0,
      dark: 223,
      technique: 'T1018',
      began: 35 * MINUTE,
      seen: 34 * MINUTE,
    }),
    scan(now, {
      site: 'porto',
      kind: 'udp-scan',
      protocol: 'udp',
      source: '2001:db8:77:1::53',
      aggregate: true,
      services: [53, 123, 161, 1900],
      serviceCount: 9,
      targets: 18,
      probes: 160,
      severity: 'low',
      confidence: 67,
      spoofable: true,
      refused: 90,
      silent: 60,
      dark: 10,
      began: 47 * MINUTE,
      seen: 40 * MINUTE,
      evidence: 6.2,
    }),
    scan(now, {
      source: '198.51.100.23',
      services: [22, 2222],
      serviceCount: 2,
      answered: 3,
      targets: 56,
      began: 80 * MINUTE,
      seen: 70 * MINUTE,
      tool: 'zmap',
      severity: 'high',
    }),
    scan(now, {
      site: 'oslo',
      sensor: 'wifi',
      kind: 'host-sweep',
      direction: 'outbound',
      source: '10.8.0.140',
      services: [23],
      targets: 3120,
      probes: 3300,
      severity: 'critical',
      tool: 'mirai',
      answered: 2,
      dark: 0,
      silent: 2800,
      refused: 318,
      began: 190 * MINUTE,
      seen: 150 * MINUTE,
      technique: '',
    }),
    scan(now, {
      site: 'oslo',
      sensor: 'wifi',
      kind: 'digest',
      verdict: 'notice',
      source: '',
      protocol: '',
      direction: '',
      services: [],
      serviceCount: 0,
      targets: 0,
      probes: 412,
      severity: 'low',
      answered: 0,
      refused: 0,
      silent: 0,
      dark: 0,
      confidence: 0,
      evidence: 0,
      technique: '',
      began: 200 * MINUTE,
      seen: 199 * MINUTE,
    }),
    scan(now, {
      site: 'oslo',
      sensor: 'wifi',
      kind: 'arp-sweep',
      protocol: 'arp',
      source: '',
      services: [],
      serviceCount: 0,
      targets: 75,
      probes: 80,
      severity: 'low',
      answered: 0,
      refused: 0,
      silent: 0,
      dark: 75,
      spoofable: true,
      confidence: 72,
      evidence: 8.1,
      began: 300 * MINUTE,
      seen: 290 * MINUTE,
    }),
  ];
}

/** Many scans over the last days, by a fixed rule. */
export function manyScans(now: number, number: number): Scan[] {
  const severities = ['low', 'low', 'medium', 'low', 'medium', 'high', 'low', 'critical'] as const;
  const kinds = ['host-sweep', 'port-scan', 'icmp-sweep', 'block-scan', 'udp-scan'] as const;
  return Array.from({ length: number }, (_, i) =>
    scan(now, {
      kind: kinds[i % 5],
      severity: severities[(i * 5) % 8],
      site: ['berlin', 'lyon', 'porto', 'oslo'][i % 4],
      source: `203.0.113.${(i * 37) % 250}`,
      services: [[22], [445, 139], [80, 443, 8080], [3389], [23]][i % 5],
      serviceCount: (i % 5) + 1,
      protocol: kinds[i % 5] === 'udp-scan' ? 'udp' : 'tcp',
      targets: 8 + ((i * 71) % 900),
      began: (i + 1) * 11 * MINUTE,
      seen: (i + 1) * 11 * MINUTE - 4 * MINUTE,
      spoofable: i % 3 === 0,
      confidence: 60 + ((i * 13) % 40),
    }),
  );
}

export function sensor(
  now: number,
  site: string,
  name: string,
  state: SensorState,
  changes: Partial<Sensor> = {},
): Sensor {
  const age = { online: 2_000, late: 140_000, blind: 3_000, gone: 26 * MINUTE, offline: 26 * MINUTE, 'never-seen': 0 }[
    state
  ];
  return {
    site,
    sensor: name,
    state,
    notes: [],
    boot: 3,
    version: '0.1.0+engine.4f1c',
    firstSeen: new Date(now - 9 * 86_400_000).toISOString(),
    lastSeen: new Date(now - age).toISOString(),
    lastSequence: 812,
    missing: 0,
    health: {
      frames: 48_210_332,
      decoded: 47_900_110,
      ignoredProtocol: 310_222,
      contacts: 91_220,
      answered: 80_310,
      refused: 4_120,
      silent: 3_998,
      dark: 2_790,
      sourcesUsed: 214,
      sourcesPeak: 256,
      sourcesEvicted: 31,
      records: 806,
      recordsLost: 0,
      heldBack: 0,
      tapLost: 0,
      outboxUsed: 0,
      outboxCapacity: 64,
      outboxPeak: 9,
      uptime: 402_000_000,
      traps: 0,
      freeHeap: 88_432,
      somethingNewer: 5,
    },
    healthReceived: new Date(now - age).toISOString(),
    framesPerSecond: 412.4,
    ...changes,
  };
}

export function fourSensors(now: number): Sensor[] {
  return [
    sensor(now, 'berlin', 'tap-1', 'online'),
    sensor(now, 'lyon', 'tap-eth', 'online', { framesPerSecond: 8212, boot: 12 }),
    sensor(now, 'oslo', 'wifi', 'late', {
      framesPerSecond: 3.4,
      health: {
        frames: 90_233,
        tapLost: 1204,
        droppedWhispers: 14,
        heldBack: 6,
        traps: 1,
        signalLoss: 71,
        uptime: 61_000_000,
      },
    }),
    sensor(now, 'porto', 'tap-1', 'offline', { missing: 3, boot: 7 }),
  ];
}

export function gaps(now: number): Gap[] {
  return [
    { site: 'porto', sensor: 'tap-1', boot: 7, from: 118, to: 120, found: new Date(now - 26 * MINUTE).toISOString() },
  ];
}

const ranks = { low: 1, medium: 2, high: 3, critical: 4 };

/** Merges scans by source, as the collector does. */
export function sourcesOf(scans: readonly Scan[]): Source[] {
  const out = new Map<string, Source>();
  for (const one of scans) {
    if (!one.source || one.verdict !== 'scan') continue;
    const known = out.get(one.source);
    if (!known) {
      out.set(one.source, {
        source: one.source,
        scans: 1,
        openScans: Number(one.open),
        sites: [one.site],
        sensors: 1,
        first: one.first,
        last: one.last,
        targets: one.targets,
        probes: one.probes,
        severity: one.severity,
        confidence: one.confidence,
        spoofable: one.spoofable,
        kinds: [one.kind],
        tools: one.tool ? [one.tool] : [],
        services: [...one.services],
      });
      continue;
    }
    known.scans += 1;
    known.openScans += Number(one.open);
    if (!known.sites.includes(one.site)) known.sensors += 1;
    known.sites = [...new Set([...known.sites, one.site])];
    known.kinds = [...new Set([...known.kinds, one.kind])];
    known.tools = [...new Set([...known.tools, ...(one.tool ? [one.tool] : [])])];
    known.services = [...new Set([...known.services, ...one.services])].slice(0, 8);
    known.targets += one.targets;
    known.probes += one.probes;
    known.confidence = Math.max(known.confidence, one.confidence);
    known.spoofable &&= one.spoofable;
    if (ranks[one.severity] > ranks[known.severity]) known.severity = one.severity;
    if (one.first < known.first) known.first = one.first;
    if (one.last > known.last) known.last = one.last;
  }
  return [...out.values()];
}

export function nowOf(now: number, scans: readonly Scan[], sensors: readonly Sensor[]): Now {
  const states = { online: 0, late: 0, blind: 0, gone: 0, offline: 0, 'never-seen': 0 };
  for (const one of sensors) states[one.state] += 1;
  return {
    time: new Date(now).toISOString(),
    openScans: scans.filter((one) => one.open).length,
    scansLastHour: scans.filter((one) => Date.parse(one.first) > now - 60 * MINUTE).length,
    sources: sourcesOf(scans).length,
    sensors: states,
    incidents: 0,
    missing: sensors.reduce((sum, one) => sum + one.missing, 0),
    heldBack: 0,
  };
}

export function timelineOf(scans: readonly Scan[], from: number, to: number, number: number): Timeline {
  const step = (to - from) / number;
  const buckets: TimelineBucket[] = Array.from({ length: number }, (_, i) => ({
    time: new Date(from + i * step).toISOString(),
    started: { low: 0, medium: 0, high: 0, critical: 0 },
    probes: 0,
  }));
  for (const one of scans) {
    const bucket = buckets[Math.floor((Date.parse(one.first) - from) / step)];
    if (!bucket) continue;
    bucket.started[one.severity] += 1;
    bucket.probes += one.probes;
  }
  return {
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    bucketSeconds: step / 1000,
    buckets,
    summedUntil: null,
  };
}

export function historyOf(one: Scan): ScanHistory[] {
  const from = Date.parse(one.first);
  const length = Date.parse(one.last) - from;
  const steps = one.open ? [0.1, 0.4, 1] : [0.1, 0.4, 0.8, 1];
  return steps.map((share, i) => ({
    stage: i === 0 ? 'start' : share === 1 && !one.open ? 'end' : 'progress',
    kind: one.kind,
    targets: Math.ceil(one.targets * share),
    probes: Math.ceil(one.probes * share),
    serviceCount: Math.ceil(one.serviceCount * share),
    evidence: one.evidence * share,
    received: new Date(from + length * share).toISOString(),
    time: new Date(from + length * share).toISOString(),
    sequence: 100 + i,
  }));
}
