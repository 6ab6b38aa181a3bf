/**
 * `npm run plots [-- --simulation=FILE]`: draws docs/plots/*.svg. The walks are the real engine's, read from its page; the threshold's
 * curve is that of `npm run evaluate`; the shares found are those of `npm run simulate -- --json > FILE`, and stay as they are
 * without it.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../host/common/paths.js';
import { type Chart, draw, type Line } from './plots/chart.js';
import { Probe } from './plots/walks.js';
import type { DetectionCell } from './simulate/detection.js';
import { Dice } from './simulate/dice.js';
import { ACK, FrameWriter, ip, type Mac, macOf, RST_ACK, routerMac, SYN, SYN_ACK } from './simulate/frames.js';

const folder = join(projectRoot, 'docs/plots');
const home = ['10.20.0.0/16'];
const writer = new FrameWriter();
const frame = (): Buffer => Buffer.from(writer.bytes.subarray(0, writer.length));
const lan = (host: number): number => ip('10.20.8.0') + host;
const outsider = '203.0.113.66';
const monitor = '10.20.1.10';
const minute = 60_000;

function save(name: string, chart: Chart): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.svg`), draw(chart));
  console.log(`docs/plots/${name}.svg`);
}

type Outcome = 'answered' | 'refused' | 'silent';

let port = 20000;

/** One connection attempt and what comes of it. */
function attempt(probe: Probe, from: string, to: number, service: number, outcome: Outcome, after: number): void {
  const macs: [Mac, Mac] = [from.startsWith('10.20.') ? macOf(ip(from)) : routerMac, macOf(to)];
  const back: [Mac, Mac] = [macs[1], macs[0]];
  port = 20000 + ((port - 19999) % 40000);
  writer.tcp(macs, ip(from), to, port, service, SYN, 1000, 0);
  probe.send(frame(), after);
  if (outcome === 'silent') return;
  writer.tcp(back, to, ip(from), service, port, outcome === 'answered' ? SYN_ACK : RST_ACK, 5000, 1001);
  probe.send(frame());
  if (outcome === 'refused') return;
  writer.tcp(macs, ip(from), to, port, service, ACK, 1001, 5001);
  probe.send(frame());
}

/** A branch whose hosts 1..100 of the /24 answered somebody lately. */
function branch(): Probe {
  const probe = new Probe(home);
  for (let host = 1; host <= 100; host++) attempt(probe, '198.51.100.9', lan(host), 443, 'answered', 5);
  return probe;
}

function walk(name: string, probes: number, source: string, step: (probe: Probe, n: number) => void): Line {
  const probe = branch();
  const points: [number, number][] = [[0, 0]];
  for (let n = 1; n <= probes; n++) {
    step(probe, n);
    probe.wait(2000);
    const nats = probe.evidence(source);
    if (!Number.isNaN(nats)) points.push([n, Math.min(nats, 30)]);
  }
  return { name, points };
}

save('walks', {
  title: 'Evidence against five sources, contact by contact',
  x: 'first contacts',
  y: 'nats',
  marks: [['8 nats: accused', 8]],
  lowest: -10,
  highest: 26,
  lines: [
    walk('sweep, nobody there', 20, outsider, (probe, n) => attempt(probe, outsider, lan(100 + n), 445, 'silent', 200)),
    walk('sweep, 1 in 5 answers', 20, outsider, (probe, n) =>
      attempt(probe, outsider, lan(n % 5 ? 100 + n : n), 445, n % 5 ? 'silent' : 'answered', 200),
    ),
    walk('sweep, closed ports', 20, outsider, (probe, n) => attempt(probe, outsider, lan(n), 445, 'refused', 200)),
    walk('monitor, 1 in 5 dead', 20, monitor, (probe, n) =>
      attempt(probe, monitor, lan(n % 5 ? n : 100 + n), 161, n % 5 ? 'answered' : 'silent', 200),
    ),
    walk('client of three servers', 20, outsider, (probe, n) =>
      attempt(probe, outsider, lan(1 + (n % 3)), 443, 'answered', 200),
    ),
  ],
});

/** What is left of evidence and of credit as time goes on without a contact. */
function fading(name: string, source: string, begin: (probe: Probe) => void): Line {
  const probe = branch();
  begin(probe);
  const points: [number, number][] = [];
  for (let quarter = 0; quarter <= 4 * 36; quarter++) {
    points.push([quarter / 4, probe.evidence(source)]);
    probe.wait(15 * minute);
  }
  return { name, points: points.filter(([, nats]) => !Number.isNaN(nats)) };
}

save('fading', {
  title: 'Evidence stays for days, credit for hours',
  x: 'hours without a contact',
  y: 'nats',
  marks: [['8 nats: accused', 8]],
  lines: [
    fading('three dark contacts', outsider, (probe) => {
      for (let n = 1; n <= 3; n++) attempt(probe, outsider, lan(120 + n), 445, 'silent', 300);
      probe.wait(2000);
    }),
    fading('credit of a monitor', monitor, (probe) => {
      for (let n = 1; n <= 30; n++) attempt(probe, monitor, lan(n), 161, 'answered', 300);
    }),
  ],
});

/** Noise on ten services, one contact a minute; after a day, two hundred sources look for port 8443. */
function shared(): Line[] {
  const probe = branch();
  const dice = new Dice(7);
  const services = [22, 23, 80, 445, 3389, 5900, 6379, 8080, 8443, 9200];
  const [scanned, noisy]: [number, number][][] = [[], []] as never;
  for (let n = 0; n < 34 * 60; n++) {
    const stranger = `${20 + dice.below(150)}.${dice.below(256)}.${dice.below(256)}.9`;
    attempt(probe, stranger, ip('10.20.64.0') + dice.below(16384), services[dice.below(10)] as number, 'silent', 1);
    if (n >= 24 * 60 && n < 30 * 60 && n % 2 === 0) {
      attempt(probe, `198.18.${dice.below(200)}.7`, ip('10.20.64.0') + dice.below(16384), 8443, 'silent', 1);
    }
    probe.wait(minute);
    if (n >= 20 * 60 && n % 5 === 0) {
      scanned?.push([n / 60, probe.score(8443)]);
      noisy?.push([n / 60, probe.score(23)]);
    }
  }
  return [
    { name: 'port 8443', points: scanned ?? [] },
    { name: 'port 23, noise only', points: noisy ?? [] },
  ];
}

save('shared', {
  title: 'A scan shared by 200 sources, one contact every two minutes from hour 24 to 30',
  x: 'hours',
  y: 'score, nats',
  marks: [['12 nats: told', 12]],
  lines: shared(),
});

interface Measured {
  sensitivity: {
    name: string;
    evidence?: number;
    summary: { recall: number; falseAlerts: number; medianProbes?: number };
  }[];
}

const measured = JSON.parse(
  execFileSync(process.execPath, [join(projectRoot, 'scripts/run.mjs'), 'scripts/evaluate', '--json'], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  }),
) as Measured;
const curve = measured.sensitivity.filter((row) => row.evidence !== undefined);
const along = (value: (row: Measured['sensitivity'][number]) => number): [number, number][] =>
  curve.map((row) => [row.evidence as number, value(row)]);
save('threshold', {
  title: 'The threshold on test/captures',
  x: 'evidence that accuses, nats (logarithmic)',
  y: 'see legend',
  logX: true,
  ticksX: curve.map((row) => [row.evidence as number, String(row.evidence)] as const),
  lines: [
    { name: 'scans found, %', points: along((row) => 100 * row.summary.recall) },
    { name: 'median probes', points: along((row) => row.summary.medianProbes ?? 0) },
    { name: 'innocents accused', points: along((row) => row.summary.falseAlerts) },
  ],
});

interface Simulated {
  detection?: DetectionCell[];
}

const file = process.argv.find((arg) => arg.startsWith('--simulation='))?.slice('--simulation='.length);
if (file) {
  const cells = (JSON.parse(readFileSync(file, 'utf8')) as Simulated).detection ?? [];
  const ways = [...new Set(cells.map((cell) => cell.plan.way))];
  const rate = '1/s';
  save('answering', {
    title: 'Scans found, by the share of their targets that answer (one probe a second)',
    x: 'targets that answer, %',
    y: 'scans found, %',
    highest: 100,
    lines: ways.map((way) => ({
      name: way,
      points: cells
        .filter(
          ({ plan, rate: pace }) =>
            plan.way === way &&
            pace === rate &&
            plan.good === 0 &&
            plan.liveHosts === 'open' &&
            plan.order === 'random',
        )
        .map((cell): [number, number] => [cell.plan.alive * 100, (100 * cell.found) / cell.runs])
        .sort((a, b) => a[0] - b[0]),
    })),
  });
} else {
  console.log(
    'docs/plots/answering.svg stays as it is: name the output of npm run simulate -- --json with --simulation=FILE.',
  );
}
