/**
 * What runs the gauntlet: every cell is one tool with one set of options, from inside the office or from outside, at one kind of target.
 * nmap's options are enumerated in pairs: each scan type with each discovery type, each of both with each evasion, each scan type at
 * each kind of target.
 */
import type { Place } from './lab.js';
import { insideScanner, nat, outsideScanner, targets } from './plan.js';

export interface Cell {
  /** place/tool/what, in words without spaces: the name in the table, and what --only matches. */
  id: string;
  /** The program that must be there. */
  tool: string;
  place: Place;
  command: string;
  args: readonly string[];
  /** The most it may take, seconds. */
  limit: number;
  /** Told in its name instead of the scanner's own address: forged on purpose. */
  forged?: readonly string[];
  /** Other addresses that it forges beside its own: accusing them is neither right nor wrong. */
  decoys?: readonly string[];
  /** Seconds between probes that the judge stretches the recording to: nobody waits two hours for -T0. */
  pace?: number;
  /** Part of the short form. */
  short?: boolean;
}

/** Half of it lives: 12 hosts of each manner, and 12 that do not exist. */
const someInside = '10.20.0.50-61,100-111';
const someOutside = '198.51.100.10-19,100-109';
const inside = insideScanner.address;
const outside = outsideScanner.address;

/** nmap's ways to scan ports. */
const scans: Record<string, readonly string[]> = {
  sS: ['-sS', '-p', '22,445,8080'],
  sT: ['-sT', '-p', '22,445,8080'],
  sA: ['-sA', '-p', '22,445,8080'],
  sW: ['-sW', '-p', '22,445,8080'],
  sM: ['-sM', '-p', '22,445,8080'],
  sN: ['-sN', '-p', '22,445,8080'],
  sF: ['-sF', '-p', '22,445,8080'],
  sX: ['-sX', '-p', '22,445,8080'],
  sU: ['-sU', '-p', '53,161,5353'],
  sY: ['-sY', '-p', '22,2905,5060'],
  sZ: ['-sZ', '-p', '22,2905,5060'],
  sO: ['-sO', '-p', '1,6,17,47,132'],
};
/** Its ways to find hosts before. On the own segment it asks by ARP whatever else is said, except with --disable-arp-ping. */
const discoveries: Record<string, readonly string[]> = {
  default: [],
  Pn: ['-Pn'],
  PS: ['-PS22,80', '--disable-arp-ping'],
  PA: ['-PA80', '--disable-arp-ping'],
  PU: ['-PU40125', '--disable-arp-ping'],
  PY: ['-PY80', '--disable-arp-ping'],
  PE: ['-PE', '--disable-arp-ping'],
  PP: ['-PP', '--disable-arp-ping'],
  PM: ['-PM', '--disable-arp-ping'],
  PO: ['-PO1,2,4', '--disable-arp-ping'],
};
interface Evasion {
  args: readonly string[];
  /** nmap sends such packets only itself, not by connect(). */
  raw: boolean;
  forged?: (place: Place) => string;
  decoys?: boolean;
}
const decoysOf = (place: Place): string[] =>
  place === 'inside' ? ['10.20.0.57', '10.20.0.63', '10.20.0.69'] : ['203.0.113.7', '203.0.113.8', '203.0.113.9'];
const evasions: Record<string, Evasion> = {
  f: { args: ['-f'], raw: true },
  mtu24: { args: ['--mtu', '24'], raw: true },
  D: { args: [], raw: true, decoys: true },
  S: { args: [], raw: true, forged: (place) => (place === 'inside' ? '10.20.0.60' : '203.0.113.99') },
  g53: { args: ['-g', '53'], raw: true },
  g443: { args: ['-g', '443'], raw: true },
  'data-length': { args: ['--data-length', '25'], raw: true },
  'ip-options': { args: ['--ip-options', 'T'], raw: true },
  ttl: { args: ['--ttl', '3'], raw: true },
  badsum: { args: ['--badsum'], raw: true },
  'spoof-mac': { args: ['--spoof-mac', '02:ab:cd:00:00:99'], raw: true },
  'send-ip': { args: ['--send-ip'], raw: true },
  'randomize-hosts': { args: ['--randomize-hosts'], raw: false },
  'max-rate': { args: ['--max-rate', '5'], raw: false },
};
const flags = [
  'SYNACK',
  'PSHACK',
  'URGACK',
  'FINPSHACK',
  'RST',
  'PSH',
  'SYNFIN',
  'SYNPSHURG',
  'ECE',
  'ACKECE',
  'URGPSHFINSYNRSTACK',
];

const gently = ['-n', '-T4', '--max-retries', '1', '--host-timeout', '20s'];

function nmap(place: Place, id: string, args: readonly string[], where: string, more: Partial<Cell> = {}): Cell {
  return {
    id: `${place}/nmap/${id}`,
    tool: 'nmap',
    place,
    command: 'nmap',
    args: [...gently, ...args, ...where.split(' ')],
    limit: 45,
    ...more,
  };
}

function* nmapCells(): Generator<Cell> {
  const short = new Set(['sS/default', 'sS/Pn', 'sA/Pn', 'sU/Pn', 'sN/PE']);
  for (const place of ['inside', 'outside'] as const) {
    const some = place === 'inside' ? someInside : someOutside;
    for (const [scan, scanArgs] of Object.entries(scans))
      for (const [discovery, found] of Object.entries(discoveries))
        yield nmap(place, `${scan}/${discovery}`, [...scanArgs, ...found], some, {
          ...(short.has(`${scan}/${discovery}`) ? { short: true } : {}),
        });
    for (const [discovery, found] of Object.entries(discoveries))
      if (discovery !== 'Pn')
        yield nmap(place, `sn/${discovery}`, ['-sn', ...found], place === 'inside' ? targets.lan : targets.public, {
          ...(discovery === 'PE' || discovery === 'default' ? { short: true } : {}),
        });
    for (const [evasion, how] of Object.entries(evasions)) {
      const given = [...how.args];
      const more: Partial<Cell> = {};
      if (how.decoys) {
        given.push('-D', [...decoysOf(place), 'ME'].join(','));
        more.decoys = decoysOf(place);
      }
      const forged = how.forged?.(place);
      if (forged !== undefined) {
        given.push('-S', forged, '-e', 'eth0');
        more.forged = [forged];
      }
      for (const [scan, scanArgs] of Object.entries(scans))
        if (!(how.raw && scan === 'sT'))
          yield nmap(place, `${scan}/Pn/${evasion}`, [...scanArgs, '-Pn', ...given], some, more);
      for (const [discovery, found] of Object.entries(discoveries))
        if (discovery !== 'Pn')
          yield nmap(place, `sn/${discovery}/${evasion}`, ['-sn', ...found, ...given], some, more);
    }
    for (const set of flags)
      yield nmap(place, `scanflags/${set}`, ['-sS', '-Pn', '-p', '22,445,8080', '--scanflags', set], some, {
        ...(set === 'SYNACK' ? { short: true } : {}),
      });
    // One probe each, 300, 15 and 0.4 s apart; the other templates are as fast as the line.
    for (const [template, pace] of [
      ['T0', 300],
      ['T1', 15],
      ['T2', 0.4],
      ['T3', 0],
      ['T4', 0],
      ['T5', 0],
    ] as const)
      yield nmap(place, `timing/${template}`, ['-sS', '-Pn', '-p', '22', pace === 0 ? `-${template}` : '-T4'], some, {
        ...(pace === 0 ? {} : { pace }),
      });
  }
  const vertical: Record<string, readonly string[]> = {
    ...Object.fromEntries(Object.keys(scans).map((scan) => [scan, [`-${scan}`]])),
    sV: ['-sV'],
    A: ['-A'],
    O: ['-O'],
    'top-ports-1000': ['-sS', '--top-ports', '1000'],
  };
  for (const [name, place, one] of [
    ['one-that-answers', 'inside', targets.lanAnswers],
    ['one-that-refuses', 'inside', targets.lanRefuses],
    ['one-that-drops', 'inside', targets.lanDrops],
    ['one-that-refuses', 'outside', targets.publicRefuses],
    ['one-that-drops', 'outside', targets.publicDrops],
    ['abroad-one-that-answers', 'inside', targets.abroadAnswers],
    ['abroad-one-that-drops', 'inside', targets.abroadDrops],
  ] as const)
    for (const [scan, args] of Object.entries(vertical))
      yield nmap(
        place,
        `${name}/${scan}`,
        [
          ...args,
          '-Pn',
          ...(['sO', 'top-ports-1000'].includes(scan)
            ? []
            : scan === 'sU'
              ? ['-p', '53,67,68,69,111,123,135,137,138,161,162,445,500,514,520,631,1434,1900,4500,5060']
              : ['-F']),
        ],
        one,
        { ...(scan === 'sS' ? { short: true } : {}) },
      );
  for (const [name, where] of [
    ['abroad-block', targets.abroad],
    ['alive', targets.lanAlive],
    ['absent', targets.lanAbsent],
    ['public-from-inside', targets.public],
  ] as const)
    for (const [scan, scanArgs] of Object.entries(scans))
      yield nmap('inside', `${name}/${scan}`, [...scanArgs, '-Pn'], where, {
        ...(scan === 'sS' ? { short: true } : {}),
      });
  for (const [name, where] of [
    ['alive', targets.publicAlive],
    ['absent', targets.publicAbsent],
    ['block', targets.public],
  ] as const)
    for (const [scan, scanArgs] of Object.entries(scans))
      yield nmap('outside', `${name}/${scan}`, [...scanArgs, '-Pn'], where);
  for (const [id, args] of [
    ['zombie-sI', ['-sI', '10.20.0.51:22', '-Pn', '-p', '22,80,445', '10.20.0.5', '10.20.0.6']],
    ['sL', ['-sL', targets.lan]],
    ['traceroute', ['-sn', '--traceroute', '192.0.2.0/27']],
    ['script-broadcast-ping', ['--script', 'broadcast-ping', '-sn', '10.20.0.1']],
    ['script-broadcast-dhcp', ['--script', 'broadcast-dhcp-discover', '-sn', '10.20.0.1']],
    ['script-smb', ['--script', 'smb-os-discovery', '-p', '445', '-Pn', '10.20.0.50-73']],
    ['sn-ipv6', ['-6', '-sn', 'fd20:20::30-7f']],
    ['sS-ipv6', ['-6', '-sS', '-Pn', '-p', '22,445', 'fd20:20::30-5f']],
    ['sU-ipv6', ['-6', '-sU', '-Pn', '-p', '53,161', 'fd20:20::30-4f']],
    ['sS-ipv6-one', ['-6', '-sS', '-Pn', '-F', 'fd20:20::35']],
    [
      'script-ipv6-multicast',
      [
        '-6',
        '--script',
        'targets-ipv6-multicast-echo,targets-ipv6-multicast-invalid-dst',
        '--script-args',
        'newtargets,interface=eth0',
        '-sn',
      ],
    ],
  ] as const)
    yield nmap('inside', id, args.slice(0, -1), args.at(-1) as string);
  for (const [id, args] of [
    ['sS-ipv6', ['-6', '-sS', '-Pn', '-p', '22,443', '2001:db8:20::10-2f']],
    ['sn-ipv6', ['-6', '-sn', '2001:db8:20::0-3f']],
    ['sS-ipv6-one', ['-6', '-sS', '-Pn', '-F', '2001:db8:20::10']],
    ['traceroute', ['-sn', '--traceroute', '198.51.100.10-19']],
    ['sV-web', ['-sV', '-p', '80,443', '-Pn', '198.51.100.8-23']],
  ] as const)
    yield nmap('outside', id, args.slice(0, -1), args.at(-1) as string);
}

/** A tool that takes its targets in a way of its own. `{list}` stands for a file with one address a line. */
function tool(place: Place, id: string, line: string, more: Partial<Cell> = {}): Cell {
  const program = id.split('/')[0] as string;
  const name =
    { 'thc-ipv6': line.split(' ')[0] as string, snmp: 'snmpwalk', ipv6toolkit: line.split(' ')[0] as string }[
      program
    ] ?? program;
  return { id: `${place}/${id}`, tool: name, place, command: 'sh', args: ['-c', line], limit: 30, ...more };
}

const each = (range: string, line: string): string => `for i in $(seq ${range}); do ${line}; done`;

function* otherCells(): Generator<Cell> {
  const short = { short: true };
  for (const [place, net, some, one] of [
    ['inside', '10.20.0.0/24', '10.20.0.50-10.20.0.111', '10.20.0.53'],
    ['outside', '198.51.100.0/24', '198.51.100.10-198.51.100.60', '198.51.100.16'],
    ['inside', '192.0.2.0/24', '192.0.2.40-192.0.2.100', '192.0.2.70'],
  ] as const) {
    const at = net.startsWith('192') ? '/abroad' : '';
    const base = net.slice(0, net.lastIndexOf('.'));
    yield tool(place, `masscan${at}/block`, `masscan ${net} -p445 --rate 200 --wait 2 -e eth0`, short);
    yield tool(
      place,
      `masscan${at}/block-6-ports`,
      `masscan ${net} -p22,80,443,445,3389,8080 --rate 500 --wait 2 -e eth0`,
    );
    yield tool(place, `masscan${at}/one-300-ports`, `masscan ${one} -p1-300 --rate 200 --wait 2 -e eth0`);
    yield tool(place, `masscan${at}/udp`, `masscan ${net} -pU:161 --rate 200 --wait 2 -e eth0`);
    yield tool(place, `masscan${at}/ping`, `masscan ${net} --ping --rate 200 --wait 2 -e eth0`);
    yield tool(
      place,
      `masscan${at}/banners`,
      `masscan ${some} -p22,80,443 --banners --rate 100 --wait 3 -e eth0 --source-port 61000`,
    );
    yield tool(place, `masscan${at}/sctp`, `masscan ${net} --ports S:2905 --rate 200 --wait 2 -e eth0`);
    // It takes the gateway's link address from the kernel, which must know it.
    const zmap = `ping -qc1 -W1 ${place === 'inside' ? '10.20.0.1' : '203.0.113.1'} >/dev/null; zmap -b /dev/null -i eth0 -r 200 -c 2 -q`;
    yield tool(place, `zmap${at}/tcp`, `${zmap} -p 22 -o /dev/null ${net}`, short);
    yield tool(place, `zmap${at}/icmp`, `${zmap} -M icmp_echoscan -o /dev/null ${net}`);
    yield tool(
      place,
      `zmap${at}/udp`,
      `${zmap} -M udp -p 161 --probe-args=hex:302602010104067075626c6963 -o /dev/null ${net}`,
    );
    yield tool(place, `zmap${at}/synack`, `${zmap} -M tcp_synackscan -p 80 -o /dev/null ${net}`);
    yield tool(place, `fping${at}/block`, `fping -q -r 0 -i 10 -g ${net}; true`, short);
    yield tool(place, `fping${at}/retries`, `fping -q -r 3 -i 10 -g ${base}.50 ${base}.110; true`);
    yield tool(place, `ping${at}/block`, `${each('50 110', `ping -qc1 -W1 ${base}.$i & sleep 0.05`)}; wait`);
    yield tool(
      place,
      `hping3${at}/syn-block`,
      each('50 110', `hping3 -q -S -p 445 -c 1 -i u1000 ${base}.$i & sleep 0.1`) + '; wait',
    );
    yield tool(
      place,
      `hping3${at}/syn-rand-dest`,
      `timeout 12 hping3 -q -S -p 22 --rand-dest ${base}.x -I eth0 -c 100 -i u100000; true`,
    );
    yield tool(place, `hping3${at}/scan-one`, `hping3 -q --scan 1-200 -S ${one}; true`);
    yield tool(
      place,
      `hping3${at}/udp-rand-dest`,
      `timeout 12 hping3 -q -2 -p 161 --rand-dest ${base}.x -I eth0 -c 100 -i u100000; true`,
    );
    yield tool(
      place,
      `hping3${at}/icmp-rand-dest`,
      `timeout 12 hping3 -q -1 --rand-dest ${base}.x -I eth0 -c 100 -i u100000; true`,
    );
    yield tool(
      place,
      `hping3${at}/icmp-timestamp`,
      `timeout 12 hping3 -q -1 -C 13 --rand-dest ${base}.x -I eth0 -c 100 -i u100000; true`,
    );
    for (const [name, option] of [
      ['ack', '-A'],
      ['fin', '-F'],
      ['push-ack', '-P -A'],
      ['urg-ack', '-U -A'],
      ['rst', '-R'],
      ['null', ''],
      ['syn-ack', '-S -A'],
      ['xmas', '-X'],
      ['ymas', '-Y'],
    ] as const)
      yield tool(
        place,
        `hping3${at}/flags-${name}`,
        `timeout 12 hping3 -q ${option} -p 80 --rand-dest ${base}.x -I eth0 -c 80 -i u100000; true`,
      );
    yield tool(
      place,
      `hping3${at}/fragments`,
      `timeout 12 hping3 -q -S -p 22 -f -d 32 --rand-dest ${base}.x -I eth0 -c 80 -i u100000; true`,
    );
    yield tool(
      place,
      `hping3${at}/rawip`,
      `timeout 12 hping3 -q -0 -H 47 --rand-dest ${base}.x -I eth0 -c 80 -i u100000; true`,
    );
    yield tool(
      place,
      `onesixtyone${at}/block`,
      each('0 255', `echo ${base}.$i`) + ' | onesixtyone -c /dev/null -i /dev/stdin -w 20 public; true',
    );
    yield tool(
      place,
      `braa${at}/block`,
      `timeout 15 braa -r 1 -t 2 public@${base}.10-${base}.90:161:.1.3.6.1.2.1.1.1.0; true`,
    );
    yield tool(
      place,
      `snmp${at}/walk`,
      each('50 80', `snmpwalk -v2c -c public -r0 -t0.3 ${base}.$i system >/dev/null 2>&1`) + '; true',
    );
    yield tool(place, `nbtscan${at}/block`, `nbtscan -q ${net}; true`, short);
    yield tool(place, `ike-scan${at}/block`, `ike-scan --retry=1 --sport=0 ${net}; true`);
    yield tool(place, `ike-scan${at}/sport-500`, `ike-scan --retry=1 ${net}; true`);
    yield tool(place, `svmap${at}/block`, `timeout 20 svmap ${net}; true`);
    yield tool(
      place,
      `svmap${at}/tcp`,
      `timeout 20 sipvicious_svmap ${net} 2>/dev/null || timeout 20 svmap -p5060-5062 ${base}.40-80; true`,
    );
    yield tool(place, `pnscan${at}/block`, `pnscan -n 20 -t 800 ${net} 22; true`);
    yield tool(place, `pnscan${at}/one`, `pnscan -n 20 -t 800 ${one} 1:120; true`);
    yield tool(place, `scanssh${at}/block`, `timeout 25 scanssh -n 22 -i eth0 ${net}; true`);
    yield tool(place, `dmitry${at}/one`, `timeout 30 dmitry -p -t 1 ${one}; true`);
    yield tool(place, `nc${at}/one`, `nc -nz -w 1 ${one} 20-50; true`);
    yield tool(place, `nc${at}/block`, `${each('50 100', `nc -nz -w 1 ${base}.$i 445 & sleep 0.05`)}; wait`);
    yield tool(
      place,
      `ncat${at}/udp`,
      `${each('50 100', `ncat -nu -w 1 ${base}.$i 161 </dev/null & sleep 0.05`)}; wait`,
    );
    yield tool(
      place,
      `sslscan${at}/block`,
      `${each('50 80', `timeout 1 sslscan --no-colour --connect-timeout=1 ${base}.$i:443 >/dev/null & sleep 0.1`)}; wait`,
    );
    yield tool(
      place,
      `ssh-audit${at}/block`,
      `${each('50 70', `timeout 2 ssh-audit -t 1 ${base}.$i >/dev/null & sleep 0.2`)}; wait`,
    );
    yield tool(
      place,
      `smbmap${at}/block`,
      `timeout 30 smbmap --host-file /dev/stdin -q </dev/null; ${each('50 65', `timeout 2 smbmap -H ${base}.$i >/dev/null 2>&1`)}; true`,
    );
    yield tool(
      place,
      `smbclient${at}/block`,
      `${each('50 80', `timeout 1 smbclient -N -L ${base}.$i >/dev/null 2>&1 & sleep 0.1`)}; wait`,
    );
    yield tool(
      place,
      `curl${at}/block`,
      `${each('50 100', `curl -so /dev/null -m 1 http://${base}.$i/ & sleep 0.05`)}; wait`,
    );
    yield tool(
      place,
      `traceroute${at}/block`,
      `${each('50 80', `timeout 4 traceroute -n -q1 -w1 -m4 ${base}.$i >/dev/null & sleep 0.05`)}; wait`,
    );
    yield tool(
      place,
      `traceroute${at}/tcp`,
      `${each('50 80', `timeout 4 traceroute -T -p 443 -n -q1 -w1 -m4 ${base}.$i >/dev/null & sleep 0.05`)}; wait`,
    );
    yield tool(
      place,
      `mtr${at}/block`,
      `${each('50 80', `timeout 4 mtr -n -r -c1 ${base}.$i >/dev/null & sleep 0.05`)}; wait`,
    );
    yield tool(
      place,
      `sipsak${at}/block`,
      `${each('50 80', `timeout 1 sipsak -s sip:100@${base}.$i >/dev/null 2>&1 & sleep 0.05`)}; wait`,
    );
    yield tool(place, `amap${at}/one`, `timeout 20 amap -P -T 1 ${one} 1-100; true`);
    yield tool(
      place,
      `packit${at}/syn`,
      each('50 100', `packit -t TCP -F S -D 22 -d ${base}.$i -i eth0 -c 1 >/dev/null 2>&1`) + '; true',
    );
    yield tool(
      place,
      `oping${at}/block`,
      each('50 100', `timeout 1 oping -c1 -w 0.3 ${base}.$i >/dev/null 2>&1 & sleep 0.05`) + '; wait',
    );
  }
  // On the link. netdiscover asks in the name of the segment's host 67.
  const netdiscover = { forged: ['10.20.0.67'] };
  yield tool('inside', 'arp-scan/block', 'arp-scan -I eth0 10.20.0.0/24', short);
  yield tool('inside', 'arp-scan/localnet-slow', 'arp-scan -I eth0 -i 100 -r 1 10.20.0.50-10.20.0.200');
  yield tool('inside', 'arp-scan/random', 'arp-scan -I eth0 -R 10.20.0.0/24');
  yield tool('inside', 'arp-scan/arpspa-zero', 'arp-scan -I eth0 --arpspa=0.0.0.0 10.20.0.0/24');
  yield tool('inside', 'arp-scan/arpspa-dest', 'arp-scan -I eth0 --arpspa=dest 10.20.0.0/24');
  yield tool('inside', 'arp-scan/arpspa-forged', 'arp-scan -I eth0 --arpspa=10.20.0.60 10.20.0.0/24', {
    forged: ['10.20.0.60'],
  });
  yield tool('inside', 'arp-scan/arpsha-forged', 'arp-scan -I eth0 --arpsha=02:ab:cd:00:00:98 10.20.0.0/24');
  yield tool('inside', 'arp-scan/srcaddr-forged', 'arp-scan -I eth0 --srcaddr=02:ab:cd:00:00:97 10.20.0.0/24');
  yield tool('inside', 'arp-scan/hardware-6', 'arp-scan -I eth0 --arphrd=6 10.20.0.0/24');
  yield tool('inside', 'arp-scan/llc', 'arp-scan -I eth0 --llc 10.20.0.0/24');
  yield tool('inside', 'arp-scan/vlan', 'arp-scan -I eth0 --vlan=0 10.20.0.0/24');
  yield tool('inside', 'arp-scan/arp-reply', 'arp-scan -I eth0 --arpop=2 10.20.0.0/24');
  yield tool('inside', 'arp-scan/padded', 'arp-scan -I eth0 --padding=aabbccddeeff 10.20.0.0/24');
  yield tool('inside', 'netdiscover/range', 'timeout 20 netdiscover -i eth0 -r 10.20.0.0/24 -P -N; true', {
    ...short,
    ...netdiscover,
  });
  yield tool(
    'inside',
    'netdiscover/fast',
    'timeout 20 netdiscover -i eth0 -f -S -r 10.20.0.0/24 -P -N; true',
    netdiscover,
  );
  yield tool('inside', 'netdiscover/node-60', 'timeout 20 netdiscover -i eth0 -n 60 -r 10.20.0.0/24 -P -N; true', {
    forged: ['10.20.0.60'],
  });
  yield tool('inside', 'arping/block', `${each('50 110', 'arping -q -c1 -w1 -I eth0 10.20.0.$i & sleep 0.05')}; wait`);
  yield tool(
    'inside',
    'arping/zero',
    `${each('50 110', 'arping -q -0 -c1 -w1 -I eth0 10.20.0.$i & sleep 0.05')}; wait`,
  );
  yield tool('inside', 'arpspoof/one', 'timeout 6 arpspoof -i eth0 -t 10.20.0.52 10.20.0.1; true');
  // IPv6 on the link, and from outside.
  const six = 'fd20:20::';
  for (const [id, line] of [
    ['alive6', 'atk6-alive6 eth0'],
    ['alive6-range', `atk6-alive6 eth0 ${six}30-7f`],
    ['alive6-syn', `atk6-alive6 -s 22,80 eth0 ${six}30-7f`],
    ['alive6-ack', `atk6-alive6 -a 80 eth0 ${six}30-7f`],
    ['alive6-udp', `atk6-alive6 -u 53 eth0 ${six}30-7f`],
    ['alive6-erroneous', `atk6-alive6 -e dst,hop eth0 ${six}30-7f`],
    ['alive6-local', `atk6-alive6 -l eth0 ${six}30-7f`],
    ['node_query6', each('48 100', `timeout 1 atk6-node_query6 eth0 $(printf ${six}%x $i) >/dev/null 2>&1`) + '; true'],
    [
      'inverse_lookup6',
      each('48 80', 'timeout 1 atk6-inverse_lookup6 eth0 $(printf 02:00:0a:14:00:%02x $i) >/dev/null 2>&1') + '; true',
    ],
    ['detect_sniffer6', 'timeout 10 atk6-detect_sniffer6 eth0; true'],
    [
      'thcping6',
      each('48 100', `timeout 1 atk6-thcping6 eth0 ${six}42 $(printf ${six}%x $i) >/dev/null 2>&1`) + '; true',
    ],
    ['ndpexhaust6', `timeout 5 atk6-ndpexhaust6 eth0 ${six}; true`],
  ] as const)
    yield tool(
      'inside',
      `thc-ipv6/${id}`,
      line.startsWith('atk6') || line.startsWith('timeout') || line.startsWith('for') ? line : line,
    );
  for (const [id, line] of [
    ['scan6-local', 'timeout 20 scan6 -i eth0 -L; true'],
    ['scan6-range', `timeout 20 scan6 -i eth0 -d ${six}30-7f; true`],
    ['scan6-echo', `timeout 20 scan6 -i eth0 -d ${six}30-7f -p echo; true`],
    ['scan6-unrec', `timeout 20 scan6 -i eth0 -d ${six}30-7f -p unrec; true`],
    ['scan6-tcp', `timeout 20 scan6 -i eth0 -d ${six}35 -j tcp:1-100 -G syn; true`],
    ['scan6-tcp-fin', `timeout 20 scan6 -i eth0 -d ${six}35 -j tcp:1-100 -G fin; true`],
    ['scan6-udp', `timeout 20 scan6 -i eth0 -d ${six}35 -j udp:1-100; true`],
    ['scan6-random-source', `timeout 20 scan6 -i eth0 -f -d ${six}30-7f; true`],
  ] as const)
    yield { ...tool('inside', `ipv6toolkit/${id}`, line), tool: 'scan6' };
  yield {
    ...tool(
      'inside',
      'ndisc6/block',
      `${each('48 110', `ndisc6 -q -1 -r1 -w 300 $(printf ${six}%x $i) eth0 & sleep 0.05`)}; wait`,
    ),
    tool: 'ndisc6',
  };
  const far = '2001:db8:20::';
  for (const [id, line] of [
    ['alive6-range', `atk6-alive6 eth0 ${far}0-3f 2001:db8:ffff::1`],
    ['alive6-syn', `atk6-alive6 -s 22,80 eth0 ${far}0-3f 2001:db8:ffff::1`],
    ['alive6-udp', `atk6-alive6 -u 53 eth0 ${far}0-3f 2001:db8:ffff::1`],
  ] as const)
    yield tool('outside', `thc-ipv6/${id}`, line);
  yield {
    ...tool('outside', 'ipv6toolkit/scan6-range', `timeout 20 scan6 -i eth0 -d ${far}0-3f; true`),
    tool: 'scan6',
  };
  yield tool('outside', 'fping/ipv6', each('0 63', `printf '${far}%x\\n' $i`) + ' | fping -6 -q -r 0; true');
}

/** Whom an alert may name. */
export function sourcesOf(cell: Cell, tap: string): string[] {
  const own =
    cell.place === 'outside'
      ? [outside, outsideScanner.address6]
      : [...(tap === 'wan' ? [nat] : []), inside, insideScanner.address6, insideScanner.mac];
  return [...(cell.forged ?? []), ...own];
}

let all: Cell[] | undefined;
export function cells(): readonly Cell[] {
  all ??= [...otherCells(), ...nmapCells()].map((cell) => {
    const named = /^for .*do (?:timeout \d+ )?(\S+)/.exec(cell.args[1] ?? '');
    return cell.command === 'sh' && cell.id.includes('/thc-ipv6/')
      ? { ...cell, tool: named ? (named[1] as string) : (/atk6-\w+/.exec(cell.args[1] ?? '')?.[0] ?? cell.tool) }
      : cell;
  });
  return all;
}
