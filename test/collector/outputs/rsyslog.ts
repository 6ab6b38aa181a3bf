/**
 * An rsyslog for the tests, on free loopback ports, removed afterwards. Writes each parsed message as a line of JSON.
 */

import type { ChildProcess } from 'node:child_process';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../../support/collector.js';
import { freePort } from '../../support/mosquitto.js';
import { findProgram } from '../../support/requirement.js';

/** What rsyslog made of a message; names are its own properties. */
export interface Received {
  pri: string;
  version: string;
  timestamp: string;
  hostname: string;
  app: string;
  msgid: string;
  data: string;
  msg: string;
  input: string;
}

export class Rsyslog {
  readonly #directory = mkdtempSync(join(tmpdir(), 'blockwatch-rsyslog-'));
  #child: ChildProcess | undefined;
  readonly ports = { udp: 0, tcp: 0, tls: 0 };

  path(name: string): string {
    return join(this.#directory, name);
  }

  async start(): Promise<void> {
    makeCertificate(this.#directory);
    for (const name of ['udp', 'tcp', 'tls'] as const) this.ports[name] = await freePort();
    await this.run();
  }

  /** Starts it on the same ports. */
  async run(): Promise<void> {
    const { udp, tcp, tls } = this.ports;
    const property = (name: string, from: string, more = ''): string =>
      `constant(value="\\"${name}\\":\\"") property(name="${from}" format="json" ${more}) constant(value="\\",")`;
    writeFileSync(
      this.path('rsyslog.conf'),
      `
global(workDirectory="${this.#directory}" maxMessageSize="64k" parser.escapeControlCharactersOnReceive="off" net.enableDNS="off"
  defaultNetstreamDriverCAFile="${this.path('ca.pem')}" defaultNetstreamDriverCertFile="${this.path('cert.pem')}" defaultNetstreamDriverKeyFile="${this.path('key.pem')}")
module(load="imudp")
module(load="imptcp")
module(load="imtcp" streamDriver.name="ossl" streamDriver.mode="1" streamDriver.authMode="anon")
input(type="imudp" address="127.0.0.1" port="${udp}")
input(type="imptcp" address="127.0.0.1" port="${tcp}")
input(type="imtcp" address="127.0.0.1" port="${tls}")
template(name="all" type="list") {
  constant(value="{") ${property('pri', 'pri')} ${property('version', 'protocol-version')} ${property('timestamp', 'timereported', 'dateFormat="rfc3339"')} ${property('hostname', 'hostname')}
  ${property('app', 'app-name')} ${property('msgid', 'msgid')} ${property('data', 'structured-data')} ${property('msg', 'msg')} constant(value="\\"input\\":\\"")
  property(name="inputname" format="json") constant(value="\\"}\\n")
}
*.* action(type="omfile" file="${this.path('out.json')}" template="all" flushOnTXEnd="on")
`,
    );
    const child = spawn(
      findProgram('rsyslogd') as string,
      ['-n', '-f', this.path('rsyslog.conf'), '-i', this.path('pid')],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    this.#child = child;
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (said += text.toString()));
    await until(() => {
      if (child.exitCode !== null) throw new Error(`rsyslogd ended: ${said}`);
      return existsSync(this.path('pid'));
    }, 'the start of rsyslog');
  }

  /** In order of arrival, without rsyslog's own messages. */
  get received(): Received[] {
    if (!existsSync(this.path('out.json'))) return [];
    const lines = readFileSync(this.path('out.json'), 'utf8').split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as Received).filter(({ app }) => app !== 'rsyslogd');
  }

  clear(): void {
    writeFileSync(this.path('out.json'), '');
  }

  async halt(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
    rmSync(this.path('pid'), { force: true });
  }

  async stop(): Promise<void> {
    await this.halt();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** `ca.pem`, and `cert.pem` with `key.pem` for localhost and 127.0.0.1 that it signed. */
export function makeCertificate(directory: string): void {
  const at = (name: string): string => join(directory, name);
  const openssl = (...args: string[]): void =>
    void execFileSync(findProgram('openssl') as string, args, { stdio: 'ignore' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...key,
    '-keyout',
    at('ca-key.pem'),
    '-out',
    at('ca.pem'),
    '-days',
    '2',
    '-subj',
    '/CN=Test authority',
  );
  openssl('req', ...key, '-keyout', at('key.pem'), '-out', at('request.pem'), '-subj', '/CN=localhost');
  writeFileSync(at('names'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  openssl(
    'x509',
    '-req',
    '-in',
    at('request.pem'),
    '-CA',
    at('ca.pem'),
    '-CAkey',
    at('ca-key.pem'),
    '-CAcreateserial',
    '-out',
    at('cert.pem'),
    '-days',
    '2',
    '-extfile',
    at('names'),
  );
}
