/** What else Debian has that scans, as its manual says it is called. Each line is a shell's; it runs where the scanner is. */
import type { Place } from '../lab.js';
import { providerMac, routerMac } from '../plan.js';
import type { Cell } from './cell.js';

type Given = Pick<Cell, 'short' | 'forged'>;

/** @param what the program and what it does; Debian's packages of many programs name theirs in `program` */
function tool(
  place: Place,
  what: string,
  line: string,
  { program, ...given }: Given & { program?: string } = {},
): Cell {
  return {
    id: `${place}/${what}`,
    tool: program ?? (what.split('/')[0] as string),
    place,
    command: 'sh',
    args: ['-c', line],
    limit: 30,
    ...given,
  };
}

/** A line for each number $i, one after the other; and many at a time. */
const each = (from: number, to: number, line: string): string =>
  `for i in $(seq ${from} ${to}); do ${line}; done; true`;
const together = (from: number, to: number, line: string): string =>
  `for i in $(seq ${from} ${to}); do { ${line}; } >/dev/null 2>&1 & sleep 0.05; done; wait`;

const short = { short: true };

/** At a block of 256 addresses, and at one of its hosts that drops. */
function* routed(place: Place, at: string, base: string, one: string): Generator<Cell> {
  const net = `${base}.0/24`;
  const cell = (program: string, what: string, line: string, given?: Given): Cell =>
    tool(place, `${program}${at}/${what}`, line, given);

  const masscan = 'masscan -e eth0 --wait 2';
  yield cell('masscan', 'block', `${masscan} ${net} -p445 --rate 200`, short);
  yield cell('masscan', 'block-6-ports', `${masscan} ${net} -p22,80,443,445,3389,8080 --rate 500`);
  yield cell('masscan', 'one-300-ports', `${masscan} ${one} -p1-300 --rate 200`);
  yield cell('masscan', 'udp', `${masscan} ${net} -pU:161 --rate 200`);
  yield cell('masscan', 'ping', `${masscan} ${net} --ping --rate 200`);
  yield cell('masscan', 'sctp', `${masscan} ${net} --ports S:2905 --rate 200`);
  yield cell('masscan', 'banners', `${masscan} ${net} -p22,80 --banners --rate 100 --source-port 61000`);

  // zmap of Debian 12 waits for ever for a newer kernel's answer who the gateway is.
  const gateway = place === 'inside' ? routerMac : providerMac;
  const zmap = `zmap -b /dev/null -i eth0 -G ${gateway} -r 200 -c 2 -q -o /dev/null`;
  yield cell('zmap', 'tcp', `${zmap} -p 22 ${net}`, short);
  yield cell('zmap', 'icmp', `${zmap} -M icmp_echoscan ${net}`);
  yield cell('zmap', 'udp', `${zmap} -M udp -p 161 --probe-args=hex:302602010104067075626c6963 ${net}`);
  yield cell('zmap', 'upnp', `${zmap} -M upnp -p 1900 ${net}`);
  yield cell('zmap', 'ntp', `${zmap} -M ntp -p 123 ${net}`);

  yield cell('fping', 'block', `fping -q -r 0 -i 10 -g ${net}; true`, short);
  yield cell('fping', 'retries', `fping -q -r 3 -i 10 -g ${base}.50 ${base}.110; true`);
  yield cell('ping', 'block', together(50, 110, `ping -qc1 -W1 ${base}.$i`));
  yield cell('oping', 'block', together(50, 100, `timeout 1 oping -c1 -w 0.3 ${base}.$i`));

  const hping3 = (options: string, count = 80): string =>
    `timeout 12 hping3 -q ${options} --rand-dest ${base}.x -I eth0 -c ${count} -i u100000; true`;
  yield cell('hping3', 'syn-block', together(50, 110, `hping3 -q -S -p 445 -c 1 -i u1000 ${base}.$i`));
  yield cell('hping3', 'syn-rand-dest', hping3('-S -p 22', 100));
  yield cell('hping3', 'scan-one', `hping3 -q --scan 1-200 -S ${one}; true`);
  yield cell('hping3', 'udp-rand-dest', hping3('-2 -p 161', 100));
  yield cell('hping3', 'icmp-rand-dest', hping3('-1', 100));
  yield cell('hping3', 'icmp-timestamp', hping3('-1 -C 13', 100));
  yield cell('hping3', 'fragments', hping3('-S -p 22 -f -d 32'));
  yield cell('hping3', 'rawip', hping3('-0 -H 47'));
  for (const [flags, option] of Object.entries({
    ack: '-A',
    fin: '-F',
    'push-ack': '-P -A',
    'urg-ack': '-U -A',
    rst: '-R',
    null: '',
    'syn-ack': '-S -A',
    xmas: '-X',
    ymas: '-Y',
  }))
    yield cell('hping3', `flags-${flags}`, hping3(`${option} -p 80`));

  yield cell('onesixtyone', 'block', `onesixtyone -w 20 ${net} public; true`);
  yield cell('braa', 'block', `timeout 15 braa -r 1 -t 2 public@${base}.10-${base}.90:161:.1.3.6.1.2.1.1.1.0; true`);
  yield cell('snmpwalk', 'block', together(50, 80, `snmpwalk -v2c -c public -r0 -t1 ${base}.$i 1.3.6.1.2.1.1`));
  yield cell('nbtscan', 'block', `nbtscan -q ${net}; true`, short);
  yield cell('ike-scan', 'block', `ike-scan --retry=1 --sport=0 ${net}; true`);
  yield cell('ike-scan', 'sport-500', `ike-scan --retry=1 ${net}; true`);
  yield cell('svmap', 'block', `timeout 20 svmap ${net}; true`);
  yield cell('svmap', 'ports', `timeout 20 svmap -p5060-5062 ${base}.40-${base}.80; true`);
  yield cell('sipsak', 'block', together(50, 80, `timeout 1 sipsak -s sip:100@${base}.$i`));
  yield cell('pnscan', 'block', `pnscan -n 20 -t 800 ${net} 22; true`);
  yield cell('pnscan', 'one', `pnscan -n 20 -t 800 ${one} 1:120; true`);
  yield cell('scanssh', 'block', `timeout 25 scanssh -n 22 -i eth0 ${net}; true`);
  yield cell('dmitry', 'one', `timeout 28 dmitry -p -t 1 ${one}; true`);
  yield cell('nc', 'one', `timeout 28 nc -nz -w 1 ${one} 20-60; true`);
  yield cell('nc', 'block', together(50, 100, `nc -nz -w 1 ${base}.$i 445`));
  yield cell('ncat', 'udp', together(50, 100, `echo | timeout 5 ncat -nu -w 1 ${base}.$i 161`));
  yield cell('curl', 'block', together(50, 100, `curl -so /dev/null -m 1 http://${base}.$i/`));
  yield cell('sslscan', 'block', together(50, 80, `timeout 2 sslscan --connect-timeout=1 ${base}.$i:443`));
  yield cell('ssh-audit', 'block', together(50, 70, `timeout 4 ssh-audit -t 1 ${base}.$i`));
  yield cell('smbmap', 'block', together(50, 57, `timeout 25 smbmap -H ${base}.$i`));
  yield cell('smbclient', 'block', together(50, 80, `timeout 2 smbclient -N -L ${base}.$i`));
  yield cell('traceroute', 'block', together(50, 80, `timeout 4 traceroute -n -q1 -w1 -m4 ${base}.$i`));
  yield cell('traceroute', 'tcp', together(50, 80, `timeout 4 traceroute -T -p 443 -n -q1 -w1 -m4 ${base}.$i`));
  yield cell('mtr', 'block', together(50, 80, `timeout 4 mtr -n -r -c1 ${base}.$i`));
  yield cell('packit', 'syn', together(50, 100, `timeout 10 packit -t TCP -F S -D 22 -d ${base}.$i -i eth0 -c 1`));
}

function* link(): Generator<Cell> {
  const block = '10.20.0.0/24';
  for (const [what, options, given] of [
    ['block', '', short],
    ['slow', '-i 100 -r 1', {}],
    ['random', '-R', {}],
    ['arpspa-zero', '--arpspa=0.0.0.0', {}],
    ['arpspa-dest', '--arpspa=dest', {}],
    ['arpspa-forged', '--arpspa=10.20.0.60', { forged: ['10.20.0.60'] }],
    ['arpsha-forged', '--arpsha=02:ab:cd:00:00:98', {}],
    ['srcaddr-forged', '--srcaddr=02:ab:cd:00:00:97', {}],
    ['hardware-6', '--arphrd=6', {}],
    ['llc', '--llc', {}],
    ['vlan', '--vlan=0', {}],
    ['arp-reply', '--arpop=2', {}],
    ['padded', '--padding=aabbccddeeff', {}],
  ] as const)
    yield tool(
      'inside',
      `arp-scan/${what}`,
      `arp-scan -I eth0 ${options} ${what === 'slow' ? '10.20.0.50-10.20.0.200' : block}`,
      given,
    );
  // netdiscover asks in the name of the segment's host 67, whoever that is.
  const netdiscover = (options: string): string => `timeout 20 netdiscover -i eth0 ${options} -P -N; true`;
  const forged = ['10.20.0.67'];
  yield tool('inside', 'netdiscover/range', netdiscover(`-r ${block}`), { forged, ...short });
  yield tool('inside', 'netdiscover/no-sleep', netdiscover(`-S -r ${block}`), { forged });
  yield tool('inside', 'netdiscover/fast', netdiscover(`-f -S -r ${block}`), { forged });
  yield tool('inside', 'netdiscover/node-60', netdiscover(`-n 60 -r ${block}`), { forged: ['10.20.0.60'] });
  yield tool('inside', 'arping/block', together(50, 110, 'arping -q -c1 -w1 -I eth0 10.20.0.$i'));
  yield tool(
    'inside',
    'arping/duplicate-address-detection',
    together(50, 110, 'arping -q -D -c1 -w1 -I eth0 10.20.0.$i'),
  );
}

/** From one address to another of a /64, in the way thc-ipv6 and ipv6toolkit want it. */
function* six(place: Place, net: string, from: string, to: string, gateway: string): Generator<Cell> {
  const range = `${net}${from}-${to}`;
  for (const [what, options] of Object.entries({
    range: '',
    syn: '-s 22,80',
    ack: '-a 80',
    udp: '-u 53',
    erroneous: '-e dst,hop',
  }))
    yield tool(place, `thc-ipv6/alive6-${what}`, `timeout 25 atk6-alive6 ${options} eth0 ${range}${gateway}; true`, {
      program: 'atk6-alive6',
    });
  for (const [what, options] of Object.entries({
    all: '',
    echo: '-p echo',
    unrec: '-p unrec',
    'random-source': '-f',
  }))
    yield tool(place, `ipv6toolkit/scan6-${what}`, `timeout 20 scan6 -i eth0 -d ${range} ${options}; true`, {
      program: 'scan6',
    });
  const one = `${net}${place === 'inside' ? '35' : '10'}`;
  for (const kind of ['tcp:1-100 -G syn', 'tcp:1-100 -G fin', 'tcp:1-100 -G ack', 'udp:1-100'])
    yield tool(
      place,
      `ipv6toolkit/scan6-one-${kind
        .split(' ')
        .map((word) => word.replace(/:.*/, ''))
        .join('')
        .replace('-G', '-')}`,
      `timeout 20 scan6 -i eth0 -d ${one} -j ${kind}; true`,
      { program: 'scan6' },
    );
  yield tool(
    place,
    'fping/ipv6',
    `for i in $(seq ${parseInt(from, 16)} ${parseInt(to, 16)}); do printf '${net}%x\\n' $i; done | fping -6 -q -r 0; true`,
  );
}

function* linkOfSix(): Generator<Cell> {
  const address = 'fd20:20::$(printf %x $i)';
  for (const [what, program, line] of [
    ['thc-ipv6/alive6-everybody', 'atk6-alive6', 'atk6-alive6 eth0; true'],
    ['thc-ipv6/alive6-link-local', 'atk6-alive6', 'timeout 25 atk6-alive6 -l eth0 fd20:20::30-7f; true'],
    ['thc-ipv6/node_query6', 'atk6-node_query6', together(48, 110, `timeout 1 atk6-node_query6 eth0 ${address}`)],
    ['thc-ipv6/thcping6', 'atk6-thcping6', together(48, 110, `timeout 1 atk6-thcping6 eth0 fd20:20::42 ${address}`)],
    ['thc-ipv6/detect_sniffer6', 'atk6-detect_sniffer6', 'timeout 10 atk6-detect_sniffer6 eth0; true'],
    ['ipv6toolkit/scan6-local', 'scan6', 'timeout 20 scan6 -i eth0 -L; true'],
    ['ndisc6/block', 'ndisc6', together(48, 110, `ndisc6 -q -1 -r1 -w 300 ${address} eth0`)],
    [
      'thc-ipv6/inverse_lookup6',
      'atk6-inverse_lookup6',
      each(48, 70, 'timeout 1 atk6-inverse_lookup6 eth0 $(printf 02:00:0a:14:00:%02x $i) >/dev/null 2>&1'),
    ],
  ] as const)
    yield tool('inside', what, line, { program });
}

export function* toolCells(): Generator<Cell> {
  yield* routed('inside', '', '10.20.0', '10.20.0.53');
  yield* routed('outside', '', '198.51.100', '198.51.100.16');
  yield* routed('inside', '/abroad', '192.0.2', '192.0.2.70');
  yield* link();
  yield* six('inside', 'fd20:20::', '32', '7f', '');
  yield* six('outside', '2001:db8:20::', '10', '3f', ' 2001:db8:ffff::1');
  yield* linkOfSix();
}
