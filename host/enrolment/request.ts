/** Enrolment requests from the command line or a CSV file, validated before anything is written. */
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

/** One sensor to enrol. Empty strings mean unspecified. */
export interface EnrolmentRequest {
  site: string;
  sensor: string;
  board: string;
  /** `mqtts://HOST:PORT` */
  broker: string;
  wifi: Provisioning['wifi'];
  tap: string;
  home: string[];
  timeServer: string;
  /** CSV line number; 0 for the command line. */
  line: number;
}

/** Defaults for members that a row leaves out. */
export type Defaults = Omit<EnrolmentRequest, 'site' | 'sensor' | 'line'>;

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

/** Reads the CA certificate: DER in base64, which is the content of its PEM file. */
export function readAuthority(path: string): string {
  const pem = readOptionFile('--ca', path);
  const wrong = (reason: string): UserError => new UserError('BW_FILE', { option: '--ca', path, reason });
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(pem);
  } catch {
    throw wrong('it is not a certificate in PEM form');
  }
  if (!certificate.ca) throw wrong('it is a server certificate; name the CA certificate that signed it');
  if (Date.parse(certificate.validTo) < Date.now()) throw wrong(`the certificate expired on ${certificate.validTo}`);
  return certificate.raw.toString('base64');
}

/** @throws WireError if it is not a broker's URL or contains credentials, because each sensor gets its own account */
function checkBroker(text: string): URL {
  const url = readBrokerUrl(text);
  if (!url || !/^\/?$/.test(url.pathname)) {
    throw new WireError(
      `The broker "${shownBrokerUrl(text).slice(0, 80)}" is not a URL such as mqtts://broker.example:8883.`,
    );
  }
  if (url.username || url.password)
    throw new WireError("The broker's URL contains an account; leave it out, because each sensor gets its own.");
  return url;
}

/** The complete provisioning, validated as the board does. */
export function provisioningOf(
  request: EnrolmentRequest,
  secrets: { user: string; password: string; configKey: string; ca: string },
): Provisioning {
  const { tls, host, port } = brokerPlace(checkBroker(request.broker));
  if (tls && secrets.ca === '')
    throw new WireError(
      "Boards ship with no CA certificates: pass the CA that signed the broker's certificate with --ca FILE.",
    );
  return readProvisioning(
    JSON.stringify({
      version: PROVISIONING_VERSION,
      site: request.site,
      sensor: request.sensor,
      broker: {
        host,
        port,
        tls,
        user: secrets.user,
        password: secrets.password,
        ca: tls ? secrets.ca : '',
      },
      wifi: request.wifi,
      tap: request.tap,
      home: request.home,
      timeServer: request.timeServer,
      configKey: secrets.configKey,
    }),
  );
}

const boardOf = (name: string): Board | undefined => (Object.hasOwn(boards, name) ? boards[name] : undefined);

/**
 * Reports a missing or superfluous WiFi network; empty if all is well. A Linux host (no board) is already connected.
 */
export function wifiProblem(board: string, ssid: string): string {
  const uplink = boardOf(board)?.uplink;
  if (uplink === 'wifi' && ssid === '')
    return `No WiFi is named, and the uplink of ${board} is WiFi; give --wifi-ssid or a column "wifi_ssid".`;
  if (uplink === 'ethernet' && ssid !== '')
    return (
      `A WiFi is named, and the uplink of ${board} is its Ethernet; ` +
      'leave out --wifi-ssid and the column "wifi_ssid".'
    );
  return '';
}

/** @throws WireError one sentence for the first problem */
export function checkRequest(request: EnrolmentRequest, ca: string): void {
  for (const [what, id] of [
    ['site', request.site],
    ['sensor', request.sensor],
  ] as const) {
    if (!validId(id)) throw new WireError(`The ${what} "${id.slice(0, 40)}" is not ${ID_RULE}.`);
  }
  if (request.board !== '' && !boardOf(request.board))
    throw new WireError(
      `There is no board "${request.board.slice(0, 40)}"; there are ${Object.keys(boards).join(', ')}.`,
    );
  if (request.broker === '')
    throw new WireError('No broker is named; give --broker mqtts://HOST:PORT or a column "broker".');
  const problem = wifiProblem(request.board, request.wifi.ssid);
  if (problem !== '') throw new WireError(problem);
  // Placeholders as long as the real secrets, so that size limits are checked now.
  provisioningOf(request, {
    user: `blockwatch/${request.site}/${request.sensor}`,
    password: 'x'.repeat(32),
    configKey: '0'.repeat(64),
    ca,
  });
}

/** @throws UserError BW_CSV for the first invalid row */
export function readRequestsCsv(path: string, defaults: Defaults, ca: string): EnrolmentRequest[] {
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
    if (rows.length === 0) throw new CsvError(1, 'No sensor follows the header.');
    const lines = new Map<string, number>();
    return rows.map(({ line, cells }) => {
      if (cells.length > names.length)
        throw new CsvError(
          line,
          `It has ${cells.length} cells, and the header ${names.length}; quote cells that contain a comma.`,
        );
      const cell = (name: (typeof csvColumns)[number]): string => cells[names.indexOf(name)] ?? '';
      const request: EnrolmentRequest = {
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
      // The command line's WiFi applies only to boards that use WiFi.
      if (!cell('wifi_ssid') && boardOf(request.board)?.uplink === 'ethernet')
        request.wifi = { ssid: '', password: '' };
      if (cell('wifi_password') && !cell('wifi_ssid'))
        throw new CsvError(line, 'It has a WiFi password and no "wifi_ssid".');
      try {
        checkRequest(request, ca);
      } catch (error) {
        throw error instanceof WireError ? new CsvError(line, error.message) : error;
      }
      const name = `${request.site}/${request.sensor}`;
      const other = lines.get(name);
      if (other !== undefined) throw new CsvError(line, `The sensor ${name} is on line ${other} already.`);
      lines.set(name, line);
      return request;
    });
  } catch (error) {
    throw error instanceof CsvError ? wrong(error.line, error.message) : error;
  }
}
