/** `blockwatch exceptions add|list|remove`: scans that raise no alert. */
import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import { parseBlock, parseMac } from '../../../src/protocol/address.js';
import { ID_RULE, validId } from '../../../src/protocol/topics.js';
import type { AllowEntry } from '../../api/types.js';
import { transactionWithRetry } from '../../collector/store/enrolments.js';
import { addException, listExceptions, removeException } from '../../collector/store/exceptions.js';
import { UserError } from '../../common/errors.js';
import { exceptionEffect } from '../../wording/words.js';
import { storeOption, withStore } from '../support/store.js';
import type { Column, RowFormat } from '../support/table.js';
import { formatOption, printRows } from '../support/table.js';
import { parseUntil } from '../support/time.js';

const MAX_REASON = 200;
const MAX_NAME = 60;

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
        'An exception without limits would suppress everything. Name a --source, a --target, a --site or a --service.',
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
    `Exception ${id} is active${until === undefined ? '' : ` until ${new Date(until).toISOString().slice(0, 16).replace('T', ' ')} UTC`}. Matching scans are recorded but raise no alert.`,
  );
}

const until = (entry: AllowEntry): string =>
  entry.removed
    ? 'removed'
    : entry.until === null
      ? 'never'
      : `${Date.parse(entry.until) <= Date.now() ? 'expired ' : ''}${entry.until.slice(0, 16).replace('T', ' ')}`;

const columns: Column<AllowEntry>[] = [
  { title: 'id', cell: (entry) => entry.id, right: true },
  { title: 'source', cell: (entry) => entry.source || 'any' },
  { title: 'target', cell: (entry) => entry.target || 'any' },
  { title: 'site', cell: (entry) => entry.site || 'any' },
  { title: 'service', cell: (entry) => String(entry.service ?? 'any') },
  { title: 'expires (UTC)', cell: until },
  { title: 'reason', cell: (entry) => `${entry.reason} (${entry.by}, ${entry.created.slice(0, 10)})` },
  { title: 'effect', cell: (entry) => exceptionEffect(entry, Date.now()) },
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
    'No exceptions.',
  );
}

async function remove(text: string, options: { store: string }): Promise<void> {
  const id = /^\d{1,15}$/.test(text) ? Number(text) : 0;
  const done = await withStore(options.store, (db) =>
    transactionWithRetry(db, (tx) => removeException(tx, id, Date.now())),
  );
  if (!done)
    throw new UserError('BW_USAGE', {
      problem: `There is no exception "${text}". Run "blockwatch exceptions list" to see them.`,
    });
  console.log(`Exception ${id} is removed. Scans that it suppressed stay marked.`);
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
      'It covers every source. Leave out --source, and name a --target, a --site or a --service.',
    );
  return given.toLowerCase();
}

function targetOf(given: string): string {
  if (!parseBlock(given))
    throw new InvalidArgumentError(
      'It must be one of your blocks, such as 10.20.0.0/16 or fd20:20::/48, without host bits.',
    );
  return given.toLowerCase();
}

export function register(program: Command): void {
  const allow = program
    .command('exceptions')
    .alias('allow')
    .summary('manage exceptions, which keep scans from raising alerts')
    .description(
      'Manage exceptions. A matching scan is recorded and marked, but raises no alert: it stays out of outputs, the block feed and campaign ' +
        'severity. The list shows how many alerts each exception suppressed.',
    );
  allow
    .command('add')
    .summary('except a source from alerting')
    .description(
      'Add an exception. A scan must match every option given. The exception applies at once, to scans reported from now on. ' +
        'Sensors report how many addresses were probed, not which, so --target applies to sensors whose home blocks all lie within it.',
    )
    .addOption(
      new Option('--source <ADDRESS>', 'source address, block or MAC address').argParser(sourceOf).default('', 'any'),
    )
    .addOption(new Option('--target <CIDR>', 'block of yours that it may scan').argParser(targetOf).default('', 'any'))
    .addOption(
      new Option('--site <SITE>', 'only at this site')
        .argParser((given) => {
          if (!validId(given)) throw new InvalidArgumentError(`It must be a site: ${ID_RULE}.`);
          return given;
        })
        .default('', 'any'),
    )
    .addOption(
      new Option('--service <PORT>', 'only scans of this port (default: any)').argParser((given) => {
        if (!/^\d{1,5}$/.test(given) || Number(given) > 65_535)
          throw new InvalidArgumentError('It must be a port from 0 to 65535.');
        return Number(given);
      }),
    )
    .addOption(
      new Option(
        '--until <TIME>',
        'expiry: 2026-12-31, 2026-12-31T18:00Z, or from now 12h, 30d (default: never)',
      ).argParser((given) => {
        const time = parseUntil(given, Date.now());
        if (time === undefined)
          throw new InvalidArgumentError(
            'It must be a time in the future, such as 2026-12-31, 2026-12-31T18:00Z, 12h or 30d.',
          );
        return time;
      }),
    )
    .addOption(
      new Option('--reason <TEXT>', 'why the scans are expected').argParser(text(MAX_REASON)).makeOptionMandatory(),
    )
    .addOption(
      new Option('--by <NAME>', 'who is responsible for it')
        .argParser(text(MAX_NAME))
        .default(account(), 'your user name'),
    )
    .addOption(storeOption())
    .addHelpText(
      'after',
      `
Examples:
  blockwatch exceptions add --source 192.0.2.200 --reason 'Our vulnerability scanner'
  blockwatch exceptions add --source 10.4.1.9 --target 10.4.0.0/16 --service 161 --until 30d --reason 'New monitoring moves in' --by ines`,
    )
    .action(add);
  allow
    .command('list')
    .summary('list exceptions and the alerts they suppressed')
    .description('List exceptions, including expired ones, and how many alerts each suppressed.')
    .option('--all', 'include removed exceptions')
    .addOption(formatOption())
    .addOption(storeOption())
    .addHelpText('after', '\nExample:\n  blockwatch exceptions list')
    .action(list);
  allow
    .command('remove')
    .summary('remove an exception')
    .description('Remove an exception at once. Scans that it suppressed stay recorded and marked.')
    .argument('<ID>', 'its number in "blockwatch exceptions list"')
    .addOption(storeOption())
    .addHelpText('after', '\nExample:\n  blockwatch exceptions remove 3')
    .action(remove);
}

function account(): string {
  try {
    return userInfo().username;
  } catch {
    // A user id without an account, as in containers.
    return 'unknown';
  }
}
