/**
 * The gauntlet's branch: the simulator's office (scripts/simulate/offices.ts), built of real Linux hosts. So the honest traffic that
 * comes before a scan is that of the very hosts the scan then meets, with their addresses and MACs.
 */
import { ipText, macOf } from '../simulate/frames.js';
import { lan, ours } from '../simulate/offices.js';

/** What a host does with what nobody asked it to serve: it refuses like a stock Linux, or drops it like a firewall. */
export type Manner = 'refuse' | 'drop';

export interface Host {
  /** Name of its namespace. */
  name: string;
  address: string;
  address6: string;
  mac: string;
  manner: Manner;
  /** TCP ports that answer; UDP ports do where any of these do. */
  serves: readonly number[];
}

const office = [22, 53, 80, 88, 135, 139, 389, 443, 445, 3389];
const webPorts = [80, 443];
const macText = (address: number): string =>
  [...macOf(address)].map((byte) => byte.toString(16).padStart(2, '0')).join(':');

function host(kind: 'l' | 'p', number: number, manner: Manner, serves: readonly number[]): Host {
  const address = kind === 'l' ? lan(number) : ours(number);
  const net6 = kind === 'l' ? 'fd20:20' : '2001:db8:20';
  return {
    name: `${kind}${number}`,
    address: ipText(address),
    address6: `${net6}::${number.toString(16)}`,
    mac: macText(address),
    manner,
    serves,
  };
}

/** The workstation that somebody else has taken over: it scans. */
export const insideScanner = {
  ...host('l', 66, 'refuse', []),
  /** As Linux makes it of the MAC. */
  linkLocal: 'fe80::aff:fe14:42',
};
export const outsideScanner = { address: '203.0.113.66', address6: '2001:db8:ffff::66' };
/** The router at both its ends, and the provider at the outside scanner's. */
export const routerMac = '02:ff:00:00:00:01';
export const providerMac = '02:fd:00:00:00:01';
/** What the office's own machines look like from outside. */
export const nat = ipText(ours(2));

/** On the office's segment: three servers, three printers, 24 workstations of which a third each drops, refuses and serves. */
export const hosts: readonly Host[] = [
  ...[5, 6, 7].map((number) => host('l', number, 'refuse', office)),
  ...[30, 31, 32].map((number) => host('l', number, 'refuse', [80, 515, 631, 9100])),
  ...Array.from({ length: 24 }, (_, i) =>
    i === 16 ? insideScanner : host('l', 50 + i, i % 3 === 0 ? 'drop' : 'refuse', i % 3 === 2 ? [135, 139, 445] : []),
  ),
  // Our servers in the internet: half refuse what they do not serve, half drop it.
  ...Array.from({ length: 10 }, (_, i) => host('p', 10 + i, i < 5 ? 'refuse' : 'drop', webPorts)),
];

/** UDP services of a host that serves anything. */
export const udpServices = [53, 67, 69, 123, 137, 161, 500, 1900, 5060];

export const home = ['10.20.0.0/16', '198.51.100.0/24', 'fd20:20::/48', '2001:db8:20::/48'];

/** What there is to scan, by name. */
export const targets = {
  /** The segment: 31 of 254 live. */
  lan: '10.20.0.0/24',
  /** Part of it where four in five live. */
  lanAlive: '10.20.0.50-78',
  lanAbsent: '10.20.0.100-139',
  lanAnswers: '10.20.0.5',
  lanRefuses: '10.20.0.51',
  lanDrops: '10.20.0.53',
  public: '198.51.100.0/24',
  publicAlive: '198.51.100.10-22',
  publicRefuses: '198.51.100.11',
  publicDrops: '198.51.100.16',
  publicAbsent: '198.51.100.100-139',
  /** In the internet: 0-63 answer and refuse, 64-127 drop, 128-255 do not exist. */
  abroad: '192.0.2.0/24',
  abroadAnswers: '192.0.2.10',
  abroadDrops: '192.0.2.70',
} as const;
