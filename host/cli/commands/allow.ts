/** `blockwatch allow add|list|remove`: who is let off. */
import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import { parseBlock, parseMac } from '../../../src/protocol/address.js';
import { ID_RULE, validId } from '../../../src/protocol/topics.js';
import type { AllowEntry } from '../../api/types.js';
import { transactionWithRetry } from '../../collector/store/enrolments.js';
import { addException, listExceptions, removeException } from '../../collector/store/exceptions.js';
import { UserError } from '../../common/errors.js';
import { effect } from '../../wording/words.js';
import { storeOption, withStore } from '../support/store.js';
import type { Column, RowFormat } from '../support/table.js';
import { formatOption, printRows } from '../support/table.js';
import { parseUntil } from '../support/time.js';

const LONGEST_REASON = 200;
const LONGEST_NAME = 60;

interface AddOptions {
  store: string;
  source: string;
  target: string;
  site: string;
  service?: number;
  until?: number;
  reason: string;
  by: string;
}

async function add({ store, service, until, ...options }: AddOptions): Promise<void> {
  const { source, target, site, reason, by } = options;
  if (source === '' && target === '' && site === '' && service === undefined) {
    throw new UserError('BW_USAGE', {
      problem:
        'An entry for any source at any place would hold back everything: name a --source, a --target, a --site or a --service.',
    });
  }
  const id = await withStore(store, (db) =>
    transactionWithRetry(db, (tx) =>
      addException(
        tx,
        { source, target, site, service: service ?? null, until: until ?? null, reason, by },
        Date.now(),
      ),
    ),
  );
  console.log(
    `Entry ${id} holds from now on${until === undefined ? '' : ` until ${new Date(until).toISOString().slice(0, 16).replace('T', ' ')} UTC`}. What it covers is stored and marked, and alarms nobody.`,
  );
}

const until = (entry: AllowEntry): string =>
  entry.removed
    ? 'removed'
    : entry.until === null
      ? 'for ever'
      : `${Date.parse(entry.until) <= Date.now() ? 'expired ' : ''}${entry.until.slice(0, 16).replace('T', ' ')}`;

const columns: Column<AllowEntry>[] = [
  { title: 'id', cell: (entry) => entry.id, right: true },
  { title: 'source', cell: (entry) => entry.source || 'any' },
  { title: 'target', cell: (entry) => entry.target || 'any' },
  { title: 'site', cell: (entry) => entry.site || 'any' },
  { title: 'service', cell: (entry) => String(entry.service ?? 'any') },
  { title: 'until (UTC)', cell: until },
  { title: 'reason', cell: (entry) => `${entry.reason} (${entry.by}, ${entry.created.slice(0, 10)})` },
  { title: 'effect', cell: (entry) => effect(entry, Date.now()) },
];
const members: (keyof AllowEntry & string)[] = [
  'id',
  'source',
  'target',
  'site',
  'service',
  'until',
  'reason',
  'by',
  'created',
  'heldBack',
  'heldBackSince',
  'removed',
];

async function list(options: { store: string; format: RowFormat; all?: boolean }): Promise<void> {
  printRows(
    options.format,
    await withStore(options.store, (db) => listExceptions(db, options.all)),
    columns,
    members,
    'Nobody is let off.',
  );
}

async function remove(text: string, options: { store: string }): Promise<void> {
  const id = /^\d{1,15}$/.test(text) ? Number(text) : 0;
  const done = await withStore(options.store, (db) =>
    transactionWithRetry(db, (tx) => removeException(tx, id, Date.now())),
  );
  if (!done)
    throw new UserError('BW_USAGE', { problem: `There is no entry "${text}"; "blockwatch allow list" shows them.` });
  console.log(`Entry ${id} holds back nothing from now on. What it held back stays marked.`);
}

function text(longest: number) {
  return (given: string): string => {
    const value = given.trim();
    // eslint-disable-next-line no-control-regex
    if (value === '' || value.length > longest || /[\u0000-\u001f\u007f]/.test(value))
      throw new InvalidArgumentError(`It must be one line of 1 to ${longest} characters.`);
    return value;
  };
}

function sourceOf(given: string): string {
  if (parseMac(given)) return given.toLowerCase();
  const block = parseBlock(given);
  if (!block)
    throw new InvalidArgumentError(
      'It must be an address, a block such as 192.0.2.0/24 without host bits, or a MAC address.',
    );
  if (block.prefix === 0)
    throw new InvalidArgumentError(
      'All addresses are any source: leave it out, and name a --target, a --site or a --service.',
    );
  return given.toLowerCase();
}

function targetOf(given: string): string {
  if (!parseBlock(given))
    throw new InvalidArgumentError(
      'It must be a block of yours such as 10.20.0.0/16 or fd20:20::/48, without host bits.',
    );
  return given.toLowerCase();
}

export function register(program: Command): void {
  const allow = program
    .command('allow')
    .summary('let somebody off: add, list, remove')
    .description(
      "Keeps the list of who is let off. A scan that an entry covers is stored and marked, and held back from alarm, outputs, block feed and the campaigns' " +
        'severity; how many alerts that were is shown.',
    );
  allow
    .command('add')
    .summary('let somebody off')
    .description(
      "Adds an entry. All that it names must fit. A scan's record says how many addresses were touched and not which: so --target holds at sensors all of " +
        'whose home blocks lie in it, and elsewhere not. It takes effect at once, for what arrives from now on.',
    )
    .addOption(
      new Option('--source <ADDRESS>', 'address, block or MAC address (default: any)')
        .argParser(sourceOf)
        .default('', 'any'),
    )
    .addOption(
      new Option('--target <CIDR>', 'block of yours that may be scanned (default: any)')
        .argParser(targetOf)
        .default('', 'any'),
    )
    .addOption(
      new Option('--site <SITE>', 'at this site only')
        .argParser((given) => {
          if (!validId(given)) throw new InvalidArgumentError(`It must be a site: ${ID_RULE}.`);
          return given;
        })
        .default('', 'any'),
    )
    .addOption(
      new Option('--service <PORT>', 'scans of this service only').argParser((given) => {
        if (!/^\d{1,5}$/.test(given) || Number(given) > 65_535)
          throw new InvalidArgumentError('It must be a port from 0 to 65535.');
        return Number(given);
      }),
    )
    .addOption(
      new Option(
        '--until <TIME>',
        'when it ends: 2026-12-31, 2026-12-31T18:00Z, or 12h, 30d from now (default: never)',
      ).argParser((given) => {
        const time = parseUntil(given, Date.now());
        if (time === undefined)
          throw new InvalidArgumentError(
            'It must be a time to come, such as 2026-12-31, 2026-12-31T18:00Z, or 12h, 30d from now.',
          );
        return time;
      }),
    )
    .addOption(new Option('--reason <TEXT>', 'why').argParser(text(LONGEST_REASON)).makeOptionMandatory())
    .addOption(
      new Option('--by <NAME>', "who says so (default: your account's name)")
        .argParser(text(LONGEST_NAME))
        .default(account(), "your account's name"),
    )
    .addOption(storeOption())
    .addHelpText(
      'after',
      `
Examples:
  blockwatch allow add --source 192.0.2.200 --reason 'Our vulnerability scanner'
  blockwatch allow add --source 10.4.1.9 --target 10.4.0.0/16 --service 161 --until 30d --reason 'New monitoring moves in' --by ines`,
    )
    .action(add);
  allow
    .command('list')
    .summary('show who is let off, and what that held back')
    .description('Lists the entries, expired ones too: their effect is what they held back while they held.')
    .option('--all', 'removed entries too')
    .addOption(formatOption())
    .addOption(storeOption())
    .addHelpText('after', '\nExample:\n  blockwatch allow list')
    .action(list);
  allow
    .command('remove')
    .summary('end an entry')
    .description('Ends an entry at once. What it held back stays stored and marked.')
    .argument('<ID>', 'its number in "blockwatch allow list"')
    .addOption(storeOption())
    .addHelpText('after', '\nExample:\n  blockwatch allow remove 3')
    .action(remove);
}

function account(): string {
  try {
    return userInfo().username;
  } catch {
    // An account without an entry in the system's list, as containers have it.
    return 'unknown';
  }
}
