/** Reads the outputs' config, one JSON file. Each error is one sentence that names the member. */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, resolve } from 'node:path';
import type { ErrorObject } from 'ajv';
import { Ajv } from 'ajv';
import type { Kind, Severity } from '../../../../src/protocol/record.js';
import { kinds, severities } from '../../../../src/protocol/record.js';
import type { Output } from '../../../api/types.js';
import { UserError } from '../../../common/errors.js';
import type { EventKind } from '../../rules/event.js';
import { eventKinds } from '../../rules/event.js';
import { FLEET_DETECTION } from '../../rules/wire-names.js';
import type { Facility } from './facility.js';
import { facilities } from './facility.js';

const formats = ['eve', 'ecs', 'ocsf', 'stix', 'json', 'syslog', 'cef', 'digest'] as const;
type Format = (typeof formats)[number];

/** Output kind and supported formats by the scheme of `to`. */
const transports = {
  'file:': { kind: 'file', formats: ['eve', 'ecs', 'ocsf', 'stix', 'json', 'syslog', 'cef'] },
  'stdout:': { kind: 'stdout', formats: ['eve', 'ecs', 'ocsf', 'stix', 'json', 'syslog', 'cef'] },
  'udp:': { kind: 'syslog', formats: ['syslog', 'cef', 'eve', 'ecs', 'ocsf', 'json'] },
  'tcp:': { kind: 'syslog', formats: ['syslog', 'cef', 'eve', 'ecs', 'ocsf', 'stix', 'json'] },
  'tls:': { kind: 'syslog', formats: ['syslog', 'cef', 'eve', 'ecs', 'ocsf', 'stix', 'json'] },
  'http:': { kind: 'webhook', formats: ['eve', 'ecs', 'ocsf', 'stix', 'json'] },
  'https:': { kind: 'webhook', formats: ['eve', 'ecs', 'ocsf', 'stix', 'json'] },
  'smtp:': { kind: 'mail', formats: ['digest'] },
  'smtps:': { kind: 'mail', formats: ['digest'] },
} as const satisfies Record<string, { kind: Output['kind']; formats: readonly Format[] }>;

/** A secret: the name of a file or of an environment variable that holds it. */
type Secret = { file: string } | { env: string };

export interface OutputConfig {
  name: string;
  format: Format;
  to: URL;
  kind: Output['kind'];
  filter: { severity: Severity; events: EventKind[]; kinds: Kind[]; sites: string[]; research: boolean };
  facility: Facility;
  hostname: string;
  framing: 'octet-counting' | 'newline';
  tls: { ca?: Buffer; cert?: Buffer; key?: Buffer; servername?: string };
  /** Key that signs webhook requests. */
  secret?: string;
  headers: Record<string, string>;
  /** Milliseconds. */
  timeout: number;
  /** Refusals of one message after which it is dropped. */
  attempts: number;
  auth?: { user: string; password: string };
  mail: { from: string; to: string[]; every: 'hour' | 'day'; at: string };
}

export interface OutputsConfig {
  /** The page's URL, for links; empty if not configured. */
  page: string;
  outputs: OutputConfig[];
}

const text = (most = 1000): object => ({ type: 'string', minLength: 1, maxLength: most });
const object = (properties: Record<string, object>, required: string[] = []): object => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});
const secret = {
  type: 'object',
  properties: { file: text(), env: { type: 'string', pattern: '^[A-Za-z_][A-Za-z0-9_]*$' } },
  minProperties: 1,
  maxProperties: 1,
  additionalProperties: false,
};
const choice = (names: readonly string[]): object => ({ type: 'string', enum: names.filter((name) => name !== '') });
const several = (items: object): object => ({ type: 'array', items, minItems: 1, maxItems: 100 });

const outputsSchema = object(
  {
    page: { type: 'string', pattern: '^https?://[^\\s#?]+$' },
    outputs: {
      type: 'array',
      minItems: 1,
      maxItems: 50,
      items: object(
        {
          name: { type: 'string', pattern: '^[a-z0-9][a-z0-9-]{0,31}$' },
          format: choice(formats),
          to: text(),
          filter: object({
            severity: choice(severities),
            events: several(choice(eventKinds)),
            kinds: several(choice(kinds)),
            sites: several(text(32)),
            research: { type: 'boolean' },
          }),
          facility: choice(facilities),
          hostname: text(255),
          framing: choice(['octet-counting', 'newline']),
          tls: object({ ca: text(), cert: text(), key: text(), servername: text(255) }),
          secret,
          headers: {
            type: 'object',
            maxProperties: 20,
            additionalProperties: { anyOf: [{ type: 'string', maxLength: 4000 }, secret] },
          },
          timeout: { type: 'number', minimum: 1, maximum: 300 },
          attempts: { type: 'integer', minimum: 1, maximum: 1000 },
          user: text(255),
          password: secret,
          mail: object(
            {
              from: text(320),
              to: several(text(320)),
              every: choice(['hour', 'day']),
              at: { type: 'string', pattern: '^([01]\\d|2[0-3]):[0-5]\\d$' },
            },
            ['from', 'to'],
          ),
        },
        ['name', 'format', 'to'],
      ),
    },
  },
  ['outputs'],
);

/** Members that apply only to some kinds of output. */
const belongs: Record<string, readonly string[]> = {
  facility: ['file', 'stdout', 'syslog'],
  hostname: ['file', 'stdout', 'syslog'],
  framing: ['syslog'],
  tls: ['syslog', 'webhook', 'mail'],
  secret: ['webhook'],
  headers: ['webhook'],
  user: ['mail'],
  password: ['mail'],
  mail: ['mail'],
};

const check = new Ajv({ allErrors: false, strict: false }).compile(outputsSchema);

interface Raw {
  page?: string;
  outputs: { name: string; format: Format; to: string; [member: string]: unknown }[];
}

/** @throws UserError BW_OUTPUTS */
export function readOutputs(path: string, env: NodeJS.ProcessEnv = process.env): OutputsConfig {
  let raw: unknown;
  try {
    raw = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const reason =
      error instanceof SyntaxError
        ? `it is not JSON: ${error.message}`
        : `it cannot be read (${(error as NodeJS.ErrnoException).code})`;
    throw new UserError('BW_OUTPUTS', { path, reason });
  }
  return checkOutputs(raw, path, env);
}

/** @param path the config file; relative file names resolve against its folder */
export function checkOutputs(raw: unknown, path: string, env: NodeJS.ProcessEnv = process.env): OutputsConfig {
  const wrong = (reason: string): UserError => new UserError('BW_OUTPUTS', { path, reason });
  if (!check(raw)) throw wrong(explain(raw, check.errors?.[0] as ErrorObject));
  const { page = '', outputs } = raw as Raw;
  const names = new Set<string>();
  return {
    page: page.replace(/\/+$/, ''),
    outputs: outputs.map((one, i) => {
      const fault = (member: string, problem: string): UserError =>
        wrong(`outputs[${i}] "${one.name}": "${member}" ${problem}`);
      if (names.has(one.name)) throw fault('name', 'is used twice');
      names.add(one.name);
      return outputOf(one, dirname(path), env, fault);
    }),
  };
}

type Fault = (member: string, problem: string) => UserError;

function outputOf(one: Raw['outputs'][number], folder: string, env: NodeJS.ProcessEnv, fault: Fault): OutputConfig {
  const to = URL.canParse(one.to) ? new URL(one.to) : undefined;
  const transport =
    to && (transports as Record<string, { kind: OutputConfig['kind']; formats: readonly Format[] }>)[to.protocol];
  if (!to || !transport)
    throw fault(
      'to',
      `must begin with one of ${Object.keys(transports)
        .map((scheme) => (scheme === 'stdout:' ? scheme : `${scheme}//`))
        .join(', ')}`,
    );
  if (!transport.formats.includes(one.format))
    throw fault('format', `cannot be ${one.format} here: ${to.protocol} takes ${transport.formats.join(', ')}`);
  if (to.username || to.password)
    throw fault(
      'to',
      'contains a user or a password; name a file or an environment variable in "headers", or in "user" and "password"',
    );
  if (['udp:', 'tcp:', 'tls:'].includes(to.protocol) && (!to.port || !to.hostname))
    throw fault('to', `needs a host and a port, such as ${to.protocol}//siem.example:6514`);
  for (const [member, where] of Object.entries(belongs)) {
    if (one[member] !== undefined && !where.includes(transport.kind)) throw fault(member, `is not for ${to.protocol}`);
  }
  if (to.protocol === 'udp:' && one['framing'] !== undefined)
    throw fault('framing', 'is not for udp:, where a datagram is a message');
  const read = (member: string, name: string): Buffer => {
    try {
      return readFileSync(resolve(folder, name));
    } catch (error) {
      throw fault(member, `names ${name}, which cannot be read (${(error as NodeJS.ErrnoException).code})`);
    }
  };
  const reveal = (member: string, hidden: Secret): string => {
    const found = 'file' in hidden ? read(member, hidden.file).toString('utf8').trim() : (env[hidden.env] ?? '');
    if (found === '')
      throw fault(
        member,
        'file' in hidden
          ? `names ${hidden.file}, which is empty`
          : `names the environment variable ${hidden.env}, which is not set`,
      );
    return found;
  };
  const filter = (one['filter'] ?? {}) as Partial<OutputConfig['filter']>;
  const tls = (one['tls'] ?? {}) as { ca?: string; cert?: string; key?: string; servername?: string };
  const mail = one['mail'] as Partial<OutputConfig['mail']> | undefined;
  if (transport.kind === 'mail' && !mail) throw fault('mail', 'is missing: sender and recipients of the digest');
  if ((one['user'] === undefined) !== (one['password'] === undefined))
    throw fault('user', 'and "password" go together');
  const headers = Object.entries((one['headers'] ?? {}) as Record<string, string | Secret>).map(
    ([name, value]): [string, string] => [
      name.toLowerCase(),
      typeof value === 'string' ? value : reveal('headers', value),
    ],
  );
  for (const [name, value] of headers)
    if (!/^[a-z0-9-]+$/.test(name) || /[\r\n\0]/.test(value))
      throw fault('headers', `has ${JSON.stringify(name)}, which is not a valid header`);
  return {
    name: one.name,
    format: one.format,
    to,
    kind: transport.kind,
    filter: {
      severity: filter.severity ?? 'low',
      events: filter.events ?? ['scan', FLEET_DETECTION, 'campaign', 'incident'],
      kinds: filter.kinds ?? [],
      sites: filter.sites ?? [],
      research: filter.research ?? true,
    },
    facility: (one['facility'] as Facility | undefined) ?? 'local0',
    hostname: (one['hostname'] as string | undefined) ?? hostname(),
    framing:
      (one['framing'] as OutputConfig['framing'] | undefined) ??
      (one.format === 'syslog' || one.format === 'cef' ? 'octet-counting' : 'newline'),
    tls: {
      ...(tls.ca === undefined ? {} : { ca: read('tls.ca', tls.ca) }),
      ...(tls.cert === undefined ? {} : { cert: read('tls.cert', tls.cert) }),
      ...(tls.key === undefined ? {} : { key: read('tls.key', tls.key) }),
      ...(tls.servername === undefined ? {} : { servername: tls.servername }),
    },
    ...(one['secret'] === undefined ? {} : { secret: reveal('secret', one['secret'] as Secret) }),
    headers: Object.fromEntries(headers),
    timeout: ((one['timeout'] as number | undefined) ?? 10) * 1000,
    attempts: (one['attempts'] as number | undefined) ?? 10,
    ...(one['user'] === undefined
      ? {}
      : { auth: { user: one['user'] as string, password: reveal('password', one['password'] as Secret) } }),
    mail: { from: mail?.from ?? '', to: mail?.to ?? [], every: mail?.every ?? 'day', at: mail?.at ?? '07:00' },
  };
}

/** `outputs[1] "siem": "format" must be one of ...` */
function explain(raw: unknown, error: ErrorObject): string {
  const path = error.instancePath.split('/').slice(1);
  const member = memberPath(raw, path);
  const { keyword, params } = error as ErrorObject & { params: Record<string, unknown> };
  if (keyword === 'required') return `${member} lacks "${String(params['missingProperty'])}"`.trim();
  if (keyword === 'additionalProperties')
    return `${member} has a member "${String(params['additionalProperty'])}", which is unknown`.trim();
  if (keyword === 'enum') return `${member} must be one of ${(params['allowedValues'] as string[]).join(', ')}`;
  if (keyword === 'pattern') return `${member} ${patterns[path.at(-1) ?? ''] ?? 'has the wrong form'}`;
  if (path.includes('secret') || path.includes('password') || path.includes('headers'))
    return `${member} must be {"file": "NAME"} or {"env": "NAME"}${path.includes('headers') ? ', or a text' : ''}`;
  return `${member} ${error.message ?? 'is wrong'}`;
}

const patterns: Record<string, string> = {
  name: 'must consist of lower-case letters, digits and "-", at most 32',
  at: 'must be a time of day such as 07:00 (UTC)',
  page: 'must be an address such as https://blockwatch.example',
  env: 'must be the name of an environment variable',
};

function memberPath(raw: unknown, path: readonly string[]): string {
  if (path.length === 0) return 'it';
  if (path[0] !== 'outputs' || path.length === 1) return `"${path.join('.')}"`;
  const name = (raw as { outputs?: { name?: unknown }[] }).outputs?.[Number(path[1])]?.name;
  const one = `outputs[${path[1]}]${typeof name === 'string' ? ` "${name.slice(0, 40)}"` : ''}`;
  return path.length === 2 ? one : `${one}: "${path.slice(2).join('.')}"`;
}
