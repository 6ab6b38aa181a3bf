/**
 * nmap's options, enumerated in pairs: each scan type with each discovery type, each of both with each evasion, each scan type at each
 * kind of target, and what else it has.
 */
import type { Place } from '../lab.js';
import { targets } from '../plan.js';
import type { Cell } from './cell.js';

/** Twelve hosts (five that refuse and five that drop outside), and as many that do not exist. */
const some = { inside: '10.20.0.50-61,100-111', outside: '198.51.100.10-19,100-109' } as const;
const places = ['inside', 'outside'] as const;

const tcp = ['-p', '22,445,8080'];
/** Its ways to scan, each at three services of its own. */
const scans: Record<string, readonly string[]> = {
  ...Object.fromEntries(['sS', 'sT', 'sA', 'sW', 'sM', 'sN', 'sF', 'sX'].map((scan) => [scan, tcp])),
  sU: ['-p', '53,161,5353'],
  sY: ['-p', '22,2905,5060'],
  sZ: ['-p', '22,2905,5060'],
  sO: ['-p', '1,6,17,47,132'],
};
const scanNames = Object.keys(scans);
const scan = (name: string): string[] => [`-${name}`, ...(scans[name] as readonly string[])];

/** Its ways to find hosts before. On its own segment it asks by ARP whatever else is said, except with --disable-arp-ping. */
const discoveries: Record<string, readonly string[]> = {
  default: [],
  Pn: ['-Pn'],
  ...Object.fromEntries(
    ['PS22,80', 'PA80', 'PU40125', 'PY80', 'PE', 'PP', 'PM', 'PO1,2,4'].map((how) => [
      how.slice(0, 2),
      [`-${how}`, '--disable-arp-ping'],
    ]),
  ),
};

interface Evasion {
  args: readonly string[];
  /** What nmap can do it to: `tcp` only to the packets of TCP that it makes itself, `raw` to all that it makes itself. */
  of: 'tcp' | 'raw' | 'any';
  forged?: Record<Place, string>;
  decoys?: Record<Place, string>;
}
const evasions: Record<string, Evasion> = {
  f: { args: ['-f'], of: 'tcp' },
  mtu24: { args: ['--mtu', '24'], of: 'tcp' },
  D: {
    args: [],
    of: 'raw',
    decoys: { inside: '10.20.0.57,10.20.0.63,10.20.0.69', outside: '203.0.113.7,203.0.113.8,203.0.113.9' },
  },
  S: { args: [], of: 'raw', forged: { inside: '10.20.0.60', outside: '203.0.113.99' } },
  g53: { args: ['-g', '53'], of: 'raw' },
  g443: { args: ['-g', '443'], of: 'raw' },
  'data-length': { args: ['--data-length', '25'], of: 'raw' },
  'ip-options': { args: ['--ip-options', 'T'], of: 'raw' },
  ttl: { args: ['--ttl', '3'], of: 'raw' },
  badsum: { args: ['--badsum'], of: 'raw' },
  'spoof-mac': { args: ['--spoof-mac', '02:ab:cd:00:00:99'], of: 'raw' },
  'send-ip': { args: ['--send-ip'], of: 'raw' },
  'randomize-hosts': { args: ['--randomize-hosts'], of: 'any' },
  'max-rate': { args: ['--max-rate', '5'], of: 'any' },
};
const tcpNames = ['sS', 'sA', 'sW', 'sM', 'sN', 'sF', 'sX', 'PS', 'PA'];

const flags = 'SYNACK PSHACK URGACK FINPSHACK RST PSH SYNFIN SYNPSHURG ECE ACKECE URGPSHFINSYNRSTACK'.split(' ');
/** The services that nmap would try first. */
const udpPorts = '53,67,68,69,111,123,135,137,138,161,162,445,500,514,520,631,1434,1900,4500,5060';
/** Seconds between probes of -T0, -T1, -T2; the others are as fast as the line. */
const paces: Record<string, number> = { T0: 300, T1: 15, T2: 0.4, T3: 0, T4: 0, T5: 0 };

const short = new Set(
  [
    ['inside', 'sS/default sA/Pn sU/Pn sn/default sn/PE scanflags/SYNACK absent/sS abroad-block/sS one-that-drops/sS'],
    ['outside', 'sS/Pn sA/Pn sU/Pn sN/PE sn/PE one-that-refuses/sS one-that-drops/sS'],
  ].flatMap(([place, names]) => (names as string).split(' ').map((name) => `${place}/nmap/${name}`)),
);

function nmap(place: Place, what: string, args: readonly string[], where: string, more: Partial<Cell> = {}): Cell {
  const id = `${place}/nmap/${what}`;
  const gently = ['-n', '-T4', '--max-retries', '1', '--host-timeout', '20s'];
  const all = [...gently, ...args, ...where.split(' ')];
  return {
    id,
    tool: 'nmap',
    place,
    command: 'nmap',
    args: all,
    limit: 45,
    ...(short.has(id) ? { short: true } : {}),
    ...more,
  };
}

function evading(place: Place, what: string, name: string, args: readonly string[]): Cell {
  const { args: given, forged, decoys } = evasions[name] as Evasion;
  const id = `${what}/${name}`;
  if (decoys)
    return nmap(place, id, [...args, '-D', `${decoys[place]},ME`], some[place], { decoys: decoys[place].split(',') });
  if (!forged) return nmap(place, id, [...args, ...given], some[place]);
  const cell = nmap(place, id, [...args, '-S', forged[place], '-e', 'eth0'], some[place], { forged: [forged[place]] });
  // The kernel finds no way for a source that is not its own, and nmap asks it for one.
  const address = `${forged[place]}/32 dev lo`;
  const line = `ip addr add ${address}; nmap ${cell.args.join(' ')}; ip addr del ${address}`;
  return { ...cell, command: 'sh', args: ['-c', line] };
}

function* evasive(place: Place): Generator<Cell> {
  for (const [name, { of }] of Object.entries(evasions)) {
    const may = (what: string): boolean => (of === 'tcp' ? tcpNames.includes(what) : of === 'any' || what !== 'sT');
    for (const what of scanNames) if (may(what)) yield evading(place, `${what}/Pn`, name, [...scan(what), '-Pn']);
    for (const [what, found] of Object.entries(discoveries))
      if (what !== 'Pn' && may(what)) yield evading(place, `sn/${what}`, name, ['-sn', ...found]);
  }
}

function* oneHost(): Generator<Cell> {
  const ways: Record<string, readonly string[]> = {
    ...Object.fromEntries(scanNames.map((what) => [what, [`-${what}`, '-F']])),
    sU: ['-sU', '-p', udpPorts],
    sO: ['-sO'],
    sV: ['-sV', '-F'],
    A: ['-A', '-F'],
    O: ['-O', '-F'],
    'top-ports-1000': ['-sS', '--top-ports', '1000'],
  };
  for (const [where, place, one] of [
    ['one-that-answers', 'inside', targets.lanAnswers],
    ['one-that-refuses', 'inside', targets.lanRefuses],
    ['one-that-drops', 'inside', targets.lanDrops],
    ['one-that-refuses', 'outside', targets.publicRefuses],
    ['one-that-drops', 'outside', targets.publicDrops],
    ['abroad-one-that-answers', 'inside', targets.abroadAnswers],
    ['abroad-one-that-drops', 'inside', targets.abroadDrops],
  ] as const)
    for (const [what, args] of Object.entries(ways)) yield nmap(place, `${where}/${what}`, [...args, '-Pn'], one);
}

function* blocks(): Generator<Cell> {
  for (const [where, place, block] of [
    ['abroad-block', 'inside', targets.abroad],
    ['alive', 'inside', targets.lanAlive],
    ['absent', 'inside', targets.lanAbsent],
    ['public-from-inside', 'inside', targets.public],
    ['alive', 'outside', targets.publicAlive],
    ['absent', 'outside', targets.publicAbsent],
    ['block', 'outside', targets.public],
  ] as const)
    for (const what of scanNames) yield nmap(place, `${where}/${what}`, [...scan(what), '-Pn'], block);
}

function* others(): Generator<Cell> {
  const multicast = 'targets-ipv6-multicast-echo,targets-ipv6-multicast-invalid-dst';
  for (const [place, what, args, where] of [
    ['inside', 'zombie-sI', '-sI 10.20.0.51:22 -Pn -p 22,80,445', '10.20.0.5 10.20.0.6'],
    ['inside', 'sL', '-sL', targets.lan],
    ['inside', 'traceroute', '-sn --traceroute', '192.0.2.0/27'],
    ['inside', 'script-broadcast-ping', '--script broadcast-ping -sn', '10.20.0.1'],
    ['inside', 'script-broadcast-dhcp', '--script broadcast-dhcp-discover -sn', '10.20.0.1'],
    ['inside', 'script-smb', '--script smb-os-discovery -p 445 -Pn', '10.20.0.50-73'],
    ['inside', 'sn-ipv6', '-6 -sn', 'fd20:20::40/122'],
    ['inside', 'sS-ipv6', '-6 -sS -Pn -p 22,445', 'fd20:20::40/123'],
    ['inside', 'sU-ipv6', '-6 -sU -Pn -p 53,161', 'fd20:20::40/124'],
    ['inside', 'sS-ipv6-one', '-6 -sS -Pn -F', 'fd20:20::35'],
    ['inside', 'script-ipv6-multicast', `-6 --script ${multicast} --script-args newtargets,interface=eth0`, '-sn'],
    ['outside', 'sS-ipv6', '-6 -sS -Pn -p 22,443', '2001:db8:20::0/123'],
    ['outside', 'sn-ipv6', '-6 -sn', '2001:db8:20::0/122'],
    ['outside', 'sS-ipv6-one', '-6 -sS -Pn -F', '2001:db8:20::10'],
    ['outside', 'traceroute', '-sn --traceroute', '198.51.100.10-19'],
    ['outside', 'sV-web', '-sV -p 80,443 -Pn', '198.51.100.8-23'],
  ] as const)
    yield nmap(place, what, args.split(' '), where);
}

export function* nmapCells(): Generator<Cell> {
  yield* oneHost();
  yield* blocks();
  yield* others();
  for (const place of places) {
    for (const what of scanNames)
      for (const [discovery, found] of Object.entries(discoveries))
        yield nmap(place, `${what}/${discovery}`, [...scan(what), ...found], some[place]);
    for (const [discovery, found] of Object.entries(discoveries))
      if (discovery !== 'Pn')
        yield nmap(place, `sn/${discovery}`, ['-sn', ...found], place === 'inside' ? targets.lan : targets.public);
    for (const set of flags)
      yield nmap(place, `scanflags/${set}`, ['-sS', '-Pn', ...tcp, '--scanflags', set], some[place]);
    for (const [template, pace] of Object.entries(paces)) {
      const args = ['-sS', '-Pn', '-p', '22', pace === 0 ? `-${template}` : '-T4'];
      yield nmap(place, `timing/${template}`, args, some[place], pace === 0 ? {} : { pace });
    }
  }
  for (const place of places) yield* evasive(place);
}
