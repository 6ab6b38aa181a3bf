/**
 * Writes Mosquitto's files for the fleet: accounts (password_file), permissions (acl_file) and matching settings, from
 * the store's enrolments and the topic grammar. Foreign entries in the first two files are preserved.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  buildTopic,
  messageTypesDown,
  messageTypesUp,
  subscribedTypes,
  TOPIC_ROOT,
  topicFilter,
} from '../../src/protocol/topics.js';
import type { Enrolment } from '../collector/store/enrolments.js';
import { UserError } from '../common/errors.js';
import { accountName, hashPassword, newPassword } from '../common/identity.js';

export const DEFAULT_BROKER_FILES = 'blockwatch-data/broker';
/**
 * Account of the command line, which publishes configs and updates. With a collector's name, each "config set" would
 * disconnect that collector.
 */
export const OPERATOR = 'blockwatch-operator';
export const COLLECTOR = 'blockwatch-collector';

const BEGIN = '# blockwatch begin: written by "blockwatch broker-files", changes in here are lost';
const END = '# blockwatch end';

export interface BrokerFiles {
  directory: string;
  /** Newly created accounts, with the file that holds each password. */
  made: { name: string; file: string }[];
  sensors: number;
}

/** Lines of one user's ACL section. */
const lines = (access: 'read' | 'write' | 'readwrite', topics: readonly string[]): string[] =>
  topics.map((topic) => `topic ${access} ${topic}`);

/** @param collectors account names of the collectors */
export function aclText(enrolments: readonly Enrolment[], collectors: readonly string[]): string {
  const sections = collectors.map((name) => [
    `user ${name}`,
    ...lines('read', messageTypesUp.map(topicFilter)),
    ...lines('write', [topicFilter('block')]),
  ]);
  sections.push([
    `user ${OPERATOR}`,
    ...lines('read', messageTypesUp.map(topicFilter)),
    ...lines('readwrite', messageTypesDown.map(topicFilter)),
  ]);
  for (const { site, sensor } of enrolments.filter(({ revoked }) => revoked === null)) {
    const both = messageTypesUp.filter((messageType) => subscribedTypes.includes(messageType));
    sections.push([
      `user ${accountName(site, sensor)}`,
      ...lines(
        'write',
        messageTypesUp
          .filter((messageType) => !both.includes(messageType))
          .map((messageType) => buildTopic(site, sensor, messageType)),
      ),
      ...lines(
        'readwrite',
        both.map((messageType) => buildTopic(site, sensor, messageType)),
      ),
      ...lines(
        'read',
        messageTypesDown.map((messageType) => buildTopic(site, sensor, messageType)),
      ),
    ]);
  }
  return [BEGIN, ...sections.map((section) => `${section.join('\n')}\n`), END].join('\n');
}

/** Replaces Blockwatch's section of the text, or appends it. */
export function replacePart(text: string, part: string): string {
  const from = text.indexOf('# blockwatch begin');
  const to = text.indexOf(END);
  if (from < 0 || to < from) return `${text.replace(/\n*$/, text.trim() === '' ? '' : '\n\n')}${part}\n`;
  return text.slice(0, from) + part + text.slice(to + END.length);
}

/** Builds the password file; lines that belong to neither sensors nor `accounts` are preserved. */
export function passwordText(
  before: string,
  enrolments: readonly Enrolment[],
  accounts: ReadonlyMap<string, string>,
): string {
  const others = before
    .split('\n')
    .filter(
      (line) =>
        line.trim() !== '' &&
        !line.startsWith(accountName('', '').slice(0, -1)) &&
        !accounts.has(line.split(':')[0] as string),
    );
  const own = [...accounts].map(([name, hash]) => `${name}:${hash}`);
  const sensors = enrolments
    .filter(({ revoked }) => revoked === null)
    .map(({ site, sensor, account }) => `${accountName(site, sensor)}:${account}`);
  return `${[...others, ...own, ...sensors].join('\n')}\n`;
}

/** Settings for Mosquitto 2; those that matter to the firmware state their reason. */
function settingsText(directory: string): string {
  const at = (name: string): string => join(resolve(directory), name);
  return `# For a mosquitto 2 used by Blockwatch alone: include_dir this folder, or copy this file to
# /etc/mosquitto/conf.d.
# If there are other listeners, put "per_listener_settings true" before the first of them.
# mosquitto must be able to read the two files; it rereads them on SIGHUP (systemctl reload mosquitto).

listener 8883
allow_anonymous false
password_file ${at('password_file')}
acl_file ${at('acl_file')}
# No client can disconnect another by taking its name, so each collector needs its own account.
use_username_as_clientid true

# The boards support TLS 1.2 only: this sets the oldest version allowed.
tls_version tlsv1.2
# The server's certificate (with an RSA key), followed by the CA certificate that signed it:
# cat server.pem ca.pem > chain.pem
certfile ${at('chain.pem')}
keyfile ${at('server.key')}

# Messages wait here while no collector accepts them, across restarts too. Use a number, not 0 (no limit): with 0,
# mosquitto 2.0.11 disconnects a client that publishes without permission, instead of refusing the one message.
persistence true
max_queued_messages 1000000
`;
}

/** Replaces the file atomically. */
function replaceFile(path: string, text: string, mode: number): void {
  writeFileSync(`${path}.new`, text, { mode });
  renameSync(`${path}.new`, path);
}

const readIfThere = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
};

/**
 * Writes the files. Accounts of collectors and of the operator are created once; a separate file, for `--account`,
 * holds the password, and the broker gets the hash.
 */
export function writeBrokerFiles(
  directory: string,
  enrolments: readonly Enrolment[],
  collectors: readonly string[],
): BrokerFiles {
  const made: BrokerFiles['made'] = [];
  try {
    mkdirSync(directory, { recursive: true });
    const passwords = join(directory, 'password_file');
    const before = readIfThere(passwords);
    const accounts = new Map<string, string>();
    for (const name of [...collectors, OPERATOR]) {
      if (before.split('\n').some((line) => line.startsWith(`${name}:`))) continue;
      const password = newPassword();
      const file = join(directory, `${name}.account`);
      replaceFile(file, `${name}:${password}\n`, 0o600);
      accounts.set(name, hashPassword(password));
      made.push({ name, file });
    }
    replaceFile(passwords, passwordText(before, enrolments, accounts), 0o600);
    const acl = join(directory, 'acl_file');
    const earlier = readIfThere(acl);
    // Collectors named earlier remain collectors.
    const known = [...earlier.matchAll(/^user (\S+)\ntopic read (\S+)$/gm)]
      .filter(([, name, topic]) => name !== OPERATOR && topic === topicFilter('alert'))
      .map(([, name]) => name as string);
    replaceFile(acl, replacePart(earlier, aclText(enrolments, [...new Set([...known, ...collectors])])), 0o600);
    const settings = join(directory, 'mosquitto.conf');
    // Written once, because operators edit it.
    if (readIfThere(settings) === '') replaceFile(settings, settingsText(directory), 0o644);
  } catch (error) {
    throw new UserError('BW_OUTPUT', {
      path: directory,
      reason: (error as NodeJS.ErrnoException).code ?? String(error),
    });
  }
  return { directory, made, sensors: enrolments.filter(({ revoked }) => revoked === null).length };
}

/** Whether the name is valid for an account: not a sensor's, and without characters that break the files. */
export function validAccount(name: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name) && !name.startsWith(`${TOPIC_ROOT.split('/')[0]}/`);
}
