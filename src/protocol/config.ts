/**
 * The sensor's config: retained JSON on `.../config`. It is validated as a whole before any of it is applied: a sensor
 * with half a config would watch something that nobody configured.
 */
import * as codes from '../engine/constants/codes.js';
import { parseBlock } from './address.js';
import { WireError } from './wire-error.js';

/** Maximum number of characters of the JSON text. */
export const CONFIG_LENGTH = 4096;

/** An integer within bounds, both included. */
interface NumberSetting {
  readonly lowest: number;
  readonly highest: number;
  /** The default. */
  readonly absent: number;
  /** The engine's behaviour at 0, if 0 is not simply "none". */
  readonly engine?: number;
  readonly unit?: string;
  readonly what: string;
}

/** A list of CIDR blocks; the maximum of each family is the room in the engine's config block. */
interface BlocksSetting {
  readonly ipv4: number;
  readonly ipv6: number;
  /** How an error names such a block, and a valid example. */
  readonly item: string;
  readonly example: string;
  readonly what: string;
}

export type Setting = NumberSetting | BlocksSetting;

/**
 * The members of a config beside its version: name, bounds, default and description. A member added here is parsed,
 * compared, offered by `blockwatch config set` and typed everywhere; a test compares docs/PROTOCOL.md with this table.
 */
export const configSettings = {
  home: {
    ipv4: codes.CONFIG_MAX_IPV4 as number,
    ipv6: codes.CONFIG_MAX_IPV6 as number,
    item: 'home block',
    example: '10.0.0.0/8',
    what: "the site's own address blocks (default: the private ranges)",
  },
  alertsPerMinute: {
    lowest: 0,
    highest: 6000,
    absent: 0,
    engine: 120,
    what: "alert limit per minute; a digest counts the rest (0: the engine's default)",
  },
  healthSeconds: { lowest: 5, highest: 3600, absent: 30, what: 'seconds between health messages' },
  evidence: {
    lowest: 0,
    highest: 100,
    absent: 0,
    engine: 8,
    unit: 'nats',
    what: "alert threshold in nats; 0: the engine's default, 8",
  },
  bytesPerDay: {
    lowest: 0,
    highest: 0xffffffff,
    absent: 0,
    what: 'daily limit for metered uplinks (0: no limit)',
  },
  sampleKey: {
    lowest: 0,
    highest: 0xffffffff,
    absent: 0,
    what: 'secret number shared by the whole fleet: under a flood all sensors report the same sources (0: none)',
  },
  watch: {
    ipv4: codes.CONFIG_MAX_WATCH as number,
    ipv6: 0,
    item: 'watched block',
    example: '192.0.2.0/24',
    what: 'IPv4 blocks of known adversaries, reported at first contact',
  },
} as const satisfies Record<string, Setting>;

type Settings = typeof configSettings;
export type ConfigMember = keyof Settings;

export type Config = {
  /** Number of this config, raised by its author; a lower one than that in force is refused. */
  version: number;
} & { -readonly [K in ConfigMember]: Settings[K] extends BlocksSetting ? string[] : number };

/** All members but `version`. */
export const configMembers = Object.keys(configSettings) as ConfigMember[];

const members: readonly string[] = ['version', ...configMembers];

export const takesBlocks = (setting: Setting): setting is BlocksSetting => 'ipv4' in setting;

/**
 * @param text the JSON as received
 * @throws WireError one sentence for the first error. An unknown member is an error too: a misspelt setting that is
 *   silently ignored seems to work.
 */
export function readConfig(text: string): Config {
  if (text.length > CONFIG_LENGTH) throw new WireError(`The config is longer than ${CONFIG_LENGTH} bytes.`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new WireError('The config is not JSON.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new WireError('The config is not a JSON object.');
  }
  const given = value as Record<string, unknown>;
  for (const name of Object.keys(given)) {
    if (!members.includes(name))
      throw new WireError(`The config has no member "${name.slice(0, 40)}"; it has ${members.join(', ')}.`);
  }
  const config: Record<string, number | string[]> = {
    version: readNumber('version', given['version'], { lowest: 1, highest: 0xffffffff }),
  };
  // biome-ignore lint/style/useForOf: an iterator costs a chip more than the reading does.
  for (let i = 0; i < configMembers.length; i++) {
    const name = configMembers[i] as ConfigMember;
    const setting: Setting = configSettings[name];
    const said = given[name];
    if ('ipv4' in setting) config[name] = said === undefined ? [] : readBlocks(name, said, setting);
    else config[name] = said === undefined ? setting.absent : readNumber(name, said, setting);
  }
  return config as Config;
}

/** Whether both have equal content. */
export function sameConfig(a: Config, b: Config): boolean {
  return a.version === b.version && configMembers.every((name) => same(a[name], b[name]));
}

function same(a: number | readonly string[], b: number | readonly string[]): boolean {
  if (typeof a === 'number' || typeof b === 'number') return a === b;
  return a.length === b.length && a.every((block, i) => block === b[i]);
}

function readNumber(name: string, value: unknown, { lowest, highest }: { lowest: number; highest: number }): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < lowest || value > highest) {
    throw new WireError(`The config's "${name}" is not a whole number from ${lowest} to ${highest}.`);
  }
  return value;
}

function readBlocks(name: string, value: unknown, { ipv4, ipv6, item, example }: BlocksSetting): string[] {
  if (!Array.isArray(value)) throw new WireError(`The config's "${name}" is not a list of blocks.`);
  let foundIpv4 = 0;
  let foundIpv6 = 0;
  for (const text of value as unknown[]) {
    const block = typeof text === 'string' ? parseBlock(text) : undefined;
    if (!block || (ipv6 === 0 && block.bytes.length !== 4)) {
      const shown = String(text).slice(0, 60);
      const form = ipv6 === 0 ? 'an IPv4 CIDR block' : 'a CIDR block';
      throw new WireError(`The config's ${item} "${shown}" is not ${form} such as ${example}.`);
    }
    if (block.bytes.length === 4) foundIpv4++;
    else foundIpv6++;
  }
  if (foundIpv4 > ipv4 || foundIpv6 > ipv6) {
    const most = ipv6 === 0 ? `${ipv4}` : `${ipv4} IPv4 and ${ipv6} IPv6`;
    throw new WireError(`The config's "${name}" has more than ${most} blocks.`);
  }
  return value as string[];
}
