/** What is asked of an enrolment: from the command line, or from a row of a CSV file; checked before anything is done. */
import { X509Certificate } from 'node:crypto';
import type { Provisioning } from '../../src/protocol/provisioning.js';
import { PROVISIONING_VERSION, readProvisioning } from '../../src/protocol/provisioning.js';
import { ID_RULE, validId } from '../../src/protocol/topics.js';
import { WireError } from '../../src/protocol/wire-error.js';
import { brokerPlace, readBrokerUrl, shownBrokerUrl } from '../common/broker-url.js';
import { UserError } from '../common/errors.js';
import { readOptionFile } from '../common/option-file.js';
import type { Board } from '../firmware/boards.js';
import { boards } from '../firmware/boards.js';
import { CsvError, readCsv } from './csv.js';

/** One sensor to be. Empty texts: nothing said. */
export interface Wanted {
  site: string;
  sensor: string;
  board: string;
  /** `mqtts://HOST:PORT` */
  broker: string;
  wifi: Provisioning['wifi'];
  tap: string;
  home: string[];
  timeServer: string;
  /** Where it was asked for: the CSV's line; 0 on the command line. */
  line: number;
}

/** What rows leave open. */
export type Defaults = Omit<Wanted, 'site' | 'sensor' | 'line'>;

export const csvColumns = [
  'site',
  'sensor',
  'board',
  'broker',
  'home',
  'wifi_ssid',
  'wifi_password',
  'tap',
  'time_server',
] as const;

/** The authority's certificate: DER in base64, which is the inside of its PEM file. */
export function readAuthority(path: string): string {
  const pem = readOptionFile('--ca', path);
  const wrong = (reason: string): UserError => new UserError('BW_FILE', { option: '--ca', path, reason });
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(pem);
  } catch {
    throw wrong('it is no certificate in PEM form');
  }
  if (!certificate.ca) throw wrong("it is a server's certificate; name that of the authority which signed it");
  if (Date.parse(certificate.validTo) < Date.now()) throw wrong(`the certificate ended on ${certificate.validTo}`);
  return certificate.raw.toString('base64');
}

/** @throws UserError where it is no broker's URL, or has an account in it: each sensor gets one of its own */
function checkBroker(text: string): URL {
  const url = readBrokerUrl(text);
  if (!url || !/^\/?$/.test(url.pathname)) {
    throw new WireError(
      `The broker "${shownBrokerUrl(text).slice(0, 80)}" is not a URL such as mqtts://broker.example:8883.`,
    );
  }
  if (url.username || url.password)
    throw new WireError("The broker's URL has an account in it; each sensor gets one of its own, so leave it out.");
  return url;
}

/** The whole provisioning, checked as the board checks it. */
export function provisioningOf(
  wanted: Wanted,
  secrets: { user: string; password: string; configKey: string; ca: string },
): Provisioning {
  const { tls, host, port } = brokerPlace(checkBroker(wanted.broker));
  if (tls && secrets.ca === '')
    throw new WireError(
      "A board knows no authorities of its own: name the one that signed the broker's certificate with --ca FILE.",
    );
  return readProvisioning(
    JSON.stringify({
      version: PROVISIONING_VERSION,
      site: wanted.site,
      sensor: wanted.sensor,
      broker: {
        host,
        port,
        tls,
        user: secrets.user,
        password: secrets.password,
        ca: tls ? secrets.ca : '',
      },
      wifi: wanted.wifi,
      tap: wanted.tap,
      home: wanted.home,
      timeServer: wanted.timeServer,
      configKey: secrets.configKey,
    }),
  );
}

const boardOf = (name: string): Board | undefined => (Object.hasOwn(boards, name) ? boards[name] : undefined);

/** A network that is missing, or one too many; empty where all is well. A Linux box (no board) is on its network already. */
export function wifiProblem(board: string, ssid: string): string {
  const uplink = boardOf(board)?.uplink;
  if (uplink === 'wifi' && ssid === '')
    return `No WiFi is named, and the uplink of ${board} is WiFi; give --wifi-ssid or a column "wifi_ssid".`;
  if (uplink === 'ethernet' && ssid !== '')
    return `A WiFi is named, and the uplink of ${board} is its Ethernet; leave out --wifi-ssid and the column "wifi_ssid".`;
  return '';
}

/** @throws WireError one sentence for the first thing that is wrong */
export function checkWanted(wanted: Wanted, ca: string): void {
  for (const [what, id] of [
    ['site', wanted.site],
    ['sensor', wanted.sensor],
  ] as const) {
    if (!validId(id)) throw new WireError(`The ${what} "${id.slice(0, 40)}" is not ${ID_RULE}.`);
  }
  if (wanted.board !== '' && !boardOf(wanted.board))
    throw new WireError(
      `There is no board "${wanted.board.slice(0, 40)}"; there are ${Object.keys(boards).join(', ')}.`,
    );
  if (wanted.broker === '')
    throw new WireError('No broker is named; give --broker mqtts://HOST:PORT or a column "broker".');
  const problem = wifiProblem(wanted.board, wanted.wifi.ssid);
  if (problem !== '') throw new WireError(problem);
  // As long as the real ones will be, so that what does not fit is known now.
  provisioningOf(wanted, {
    user: `blockwatch/${wanted.site}/${wanted.sensor}`,
    password: 'x'.repeat(32),
    configKey: '0'.repeat(64),
    ca,
  });
}

/** @throws UserError BW_CSV for the first row that is wrong */
export function readWantedCsv(path: string, defaults: Defaults, ca: string): Wanted[] {
  const wrong = (line: number, problem: string): UserError => new UserError('BW_CSV', { path, line, problem });
  const text = readOptionFile('--csv', path).toString('utf8');
  try {
    const [heading, ...rows] = readCsv(text);
    const names = (heading?.cells ?? []).map((name) => name.toLowerCase());
    const unknown = names.find((name) => !(csvColumns as readonly string[]).includes(name));
    if (unknown !== undefined)
      throw new CsvError(1, `There is no column "${unknown.slice(0, 40)}"; there are ${csvColumns.join(', ')}.`);
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    if (twice) throw new CsvError(1, `The column "${twice}" is there twice.`);
    for (const name of ['site', 'sensor'])
      if (!names.includes(name))
        throw new CsvError(1, `The column "${name}" is missing; the first line names the columns.`);
    if (rows.length === 0) throw new CsvError(1, 'No sensor follows the heading.');
    const lines = new Map<string, number>();
    return rows.map(({ line, cells }) => {
      if (cells.length > names.length)
        throw new CsvError(
          line,
          `It has ${cells.length} cells, and the heading ${names.length}; a cell with a comma in it needs quotes.`,
        );
      const cell = (name: (typeof csvColumns)[number]): string => cells[names.indexOf(name)] ?? '';
      const wanted: Wanted = {
        site: cell('site'),
        sensor: cell('sensor'),
        line,
        board: cell('board') || defaults.board,
        broker: cell('broker') || defaults.broker,
        tap: cell('tap') || defaults.tap,
        timeServer: cell('time_server') || defaults.timeServer,
        home: cell('home')
          ? cell('home')
              .split(/[\s;,]+/)
              .filter((block) => block)
          : defaults.home,
        wifi: cell('wifi_ssid') ? { ssid: cell('wifi_ssid'), password: cell('wifi_password') } : defaults.wifi,
      };
      // What the command line says is for those rows that have one.
      if (!cell('wifi_ssid') && boardOf(wanted.board)?.uplink === 'ethernet') wanted.wifi = { ssid: '', password: '' };
      if (cell('wifi_password') && !cell('wifi_ssid'))
        throw new CsvError(line, 'It has a WiFi password and no "wifi_ssid".');
      try {
        checkWanted(wanted, ca);
      } catch (error) {
        throw error instanceof WireError ? new CsvError(line, error.message) : error;
      }
      const name = `${wanted.site}/${wanted.sensor}`;
      const other = lines.get(name);
      if (other !== undefined) throw new CsvError(line, `The sensor ${name} is on line ${other} already.`);
      lines.set(name, line);
      return wanted;
    });
  } catch (error) {
    throw error instanceof CsvError ? wrong(error.line, error.message) : error;
  }
}
