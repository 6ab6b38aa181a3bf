/** `blockwatch outputs list|test|dead|forget`: what is pushed, and how it is doing. */
import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { Argument, Option } from 'commander';
import type { Output } from '../../api/types.js';
import { readOutputs } from '../../collector/outputs/model/config.js';
import { findingOf } from '../../collector/outputs/model/finding.js';
import { transportOf } from '../../collector/outputs/outputs.js';
import { listOutputs } from '../../collector/query/outputs.js';
import type { Database } from '../../collector/store/database.js';
import { transactionWithRetry } from '../../collector/store/enrolments.js';
import type { Dead } from '../../collector/store/outbox.js';
import { forget, listDead, retryDead } from '../../collector/store/outbox.js';
import { UserError } from '../../common/errors.js';
import { iso } from '../../common/iso.js';
import { ago, count, plural } from '../../wording/format.js';
import { Client, collectorOption } from '../support/client.js';
import { storeOption, withStore } from '../support/store.js';
import type { Column, RowFormat } from '../support/table.js';
import { formatOption, printRows } from '../support/table.js';

const since = (iso: string | null): string => (iso === null ? '' : ago(Date.now() - Date.parse(iso)));

const columns: Column<Output>[] = [
  { title: 'name', cell: (one) => one.name },
  { title: 'kind', cell: (one) => one.kind },
  { title: 'state', cell: (one) => one.state },
  { title: 'sent', cell: (one) => count(one.sent), right: true },
  { title: 'failed', cell: (one) => count(one.failed), right: true },
  {
    title: 'waiting',
    cell: (one) => (one.lag === 0 ? '0' : `${count(one.lag)}, since ${since(one.oldest)}`),
    right: true,
  },
  { title: 'given up', cell: (one) => count(one.deadLetters), right: true },
  { title: 'last sent', cell: (one) => since(one.lastSent) },
  { title: 'last error', cell: (one) => (one.lastError ? `${one.lastError} (${since(one.lastErrorTime)})` : '') },
];
const members: (keyof Output & string)[] = [
  'name',
  'kind',
  'state',
  'sent',
  'failed',
  'lag',
  'oldest',
  'deadLetters',
  'lost',
  'lastSent',
  'lastError',
  'lastErrorTime',
];

async function list(options: { collector: string; format: RowFormat }): Promise<void> {
  const { outputs } = await new Client(options.collector).get<{ outputs: Output[] }>('outputs');
  printRows(
    options.format,
    outputs,
    columns,
    members,
    'Nothing is pushed: the collector was started without --outputs.',
  );
}

async function test(name: string, options: { outputs: string }): Promise<void> {
  const config = readOutputs(options.outputs);
  const one = config.outputs.find((output) => output.name === name);
  if (!one)
    throw new UserError('BW_USAGE', {
      problem: `There is no output "${name}" in ${options.outputs}; it has ${config.outputs.map((output) => output.name).join(', ')}.`,
    });
  const transport = transportOf(one);
  const key = `test#${randomUUID()}`;
  try {
    await transport.send([findingOf({ what: 'test', key, time: Date.now() }, config.page)]);
  } catch (error) {
    throw new UserError('BW_DELIVERY', { name, reason: (error as Error).message });
  } finally {
    await transport.close();
  }
  const say = one.kind === 'stdout' ? console.error : console.log;
  say(
    `The output ${name} took a test message, ${key}.${one.kind === 'syslog' ? ' Syslog acknowledges nothing: look whether it is there.' : ''}`,
  );
}

interface DeadRow extends Pick<Dead, 'attempts' | 'reason'> {
  givenUp: string;
  key: string;
  text: string;
}

const deadColumns: Column<DeadRow>[] = [
  { title: 'given up', cell: (one) => since(one.givenUp) },
  { title: 'attempts', cell: (one) => String(one.attempts), right: true },
  { title: 'reason', cell: (one) => one.reason },
  { title: 'message', cell: (one) => one.key },
  { title: 'text', cell: (one) => one.text },
];

async function dead(name: string, options: { store: string; format: RowFormat; retry?: boolean }): Promise<void> {
  await withStore(options.store, async (db) => {
    await known(db, name);
    if (options.retry) {
      const many = await transactionWithRetry(db, (tx) => retryDead(tx, name));
      console.log(many === 0 ? 'There is none.' : `The collector sends ${plural(many, 'message')} once more.`);
      return;
    }
    const rows = (await listDead(db, name, false, 1000)).map(
      ({ event, time, attempts, reason }): DeadRow => ({
        givenUp: iso(time),
        attempts,
        reason,
        key: event.key,
        text: findingOf(event).text,
      }),
    );
    printRows(
      options.format,
      rows,
      deadColumns,
      ['givenUp', 'attempts', 'reason', 'key', 'text'],
      'None was given up.',
    );
  });
}

async function remove(name: string, options: { store: string }): Promise<void> {
  await withStore(options.store, async (db) => {
    await known(db, name);
    await transactionWithRetry(db, (tx) => forget(tx, name));
  });
  console.log(
    `The output ${name} is forgotten: how far it was, and its dead letters. A collector that has it in its config makes it anew when it starts.`,
  );
}

async function known(db: Database, name: string): Promise<void> {
  const all = await listOutputs(db);
  if (!all.some((one) => one.name === name)) {
    const others = all.length > 0 ? `it has ${all.map((one) => one.name).join(', ')}` : 'it has none';
    throw new UserError('BW_USAGE', { problem: `The store has no output "${name}"; ${others}.` });
  }
}

const nameArgument = (): Argument => new Argument('<NAME>', 'its name in the config');

export function register(program: Command): void {
  const outputs = program
    .command('outputs')
    .summary('what is pushed, and how it is doing: list, test, dead, forget')
    .description(
      'Shows what the collector pushes to other tools (docs/OUTPUTS.md), tries an output, and looks after the messages that were given up.',
    );
  outputs
    .command('list', { isDefault: true })
    .summary('show each output: sent, failed, waiting, given up')
    .description(
      'Lists the outputs of a collector: how many messages each has delivered, how many wait and since when, how many attempts failed and why the last one ' +
        'did, and how many messages were given up.',
    )
    .addOption(collectorOption())
    .addOption(formatOption())
    .addHelpText('after', '\nExamples:\n  blockwatch outputs\n  blockwatch outputs list --format json')
    .action(list);
  outputs
    .command('test')
    .summary('send one test message')
    .description(
      "Sends one message that says it is a test, at once and past the queue, with the output's own format, address and credentials.",
    )
    .addArgument(nameArgument())
    .addOption(new Option('--outputs <FILE>', 'the config of the outputs').makeOptionMandatory())
    .addHelpText('after', '\nExample:\n  blockwatch outputs test soc --outputs outputs.json')
    .action(test);
  outputs
    .command('dead')
    .summary('show the messages that an output gave up, or send them once more')
    .description(
      'Lists the messages that a webhook refused, or failed to take so often that the output went on without them. --retry asks the collector to send each once more.',
    )
    .addArgument(nameArgument())
    .option('--retry', 'send them once more')
    .addOption(formatOption())
    .addOption(storeOption())
    .addHelpText(
      'after',
      '\nExamples:\n  blockwatch outputs dead ticket-hook\n  blockwatch outputs dead ticket-hook --retry',
    )
    .action(dead);
  outputs
    .command('forget')
    .summary('forget an output that is gone')
    .description(
      'Removes an output from the store, how far it was and its dead letters. What waits for an output that nobody has in a config any more is otherwise kept for a week.',
    )
    .addArgument(nameArgument())
    .addOption(storeOption())
    .addHelpText('after', '\nExample:\n  blockwatch outputs forget old-siem')
    .action(remove);
}
