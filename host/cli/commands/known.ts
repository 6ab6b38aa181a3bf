/** `blockwatch known import|list|remove|export`: lists of known scanners. */
import { createReadStream, statSync } from 'node:fs';
import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import { FAMILY_IPV4, FAMILY_IPV6 } from '../../../src/engine/constants/codes.js';
import type { Block } from '../../../src/protocol/address.js';
import { formatAddress } from '../../../src/protocol/address.js';
import type { KnownList } from '../../api/types.js';
import { readList } from '../../collector/known/read.js';
import { readSourceReports } from '../../collector/query/source-reports.js';
import type { Finding } from '../../collector/rules/known-entry.js';
import { cleanLabel } from '../../collector/rules/known-entry.js';
import { LOOK_BACK } from '../../collector/rules/thresholds.js';
import { chooseWatchlist } from '../../collector/rules/watchlist.js';
import { KnownImport, listKnown, readEntries, readIndicators, removeKnown } from '../../collector/store/known.js';
import { UserError } from '../../common/errors.js';
import { fleetKey } from '../../common/identity.js';
import { printable } from '../../common/printable.js';
import { changeConfigs } from '../../enrolment/configs.js';
import { count, plural } from '../../wording/format.js';
import type { NamedSensor } from '../support/named-sensor.js';
import { showProgress } from '../support/progress.js';
import type { Published } from '../support/publishing.js';
import { publish, publishing, selection, which } from '../support/publishing.js';
import { storeOption, withStore } from '../support/store.js';
import type { Column, RowFormat } from '../support/table.js';
import { formatOption, printRows } from '../support/table.js';
import { parseUntil } from '../support/time.js';

/** Bad lines printed; all are counted. */
const MAX_SHOWN = 10;
/** Bytes read at once. */
const CHUNK = 1 << 16;
/** Newest entries of a list considered for the watch list: some lie within others. */
const MAX_NEWEST = 1000;

interface ImportOptions {
  store: string;
  name: string;
  kind: KnownList['kind'];
  label: string;
  expires?: number;
}

/** Lines that were not imported, counted. */
class Skipped {
  bad = 0;
  readonly shown: string[] = [];
  readonly passed = new Map<string, number>();

  take(finding: Exclude<Finding, { what: 'entry' }>): void {
    if (finding.what === 'passed') this.passed.set(finding.why, (this.passed.get(finding.why) ?? 0) + 1);
    else if (this.bad++ < MAX_SHOWN) this.shown.push(`line ${finding.line}: ${finding.reason}`);
  }

  print(path: string): void {
    for (const text of this.shown) console.error(printable(`blockwatch: ${path}, ${text}; skipped.`));
    if (this.bad > MAX_SHOWN)
      console.error(`blockwatch: ${path}: ${plural(this.bad - MAX_SHOWN, 'more bad line')} skipped.`);
    for (const [why, n] of [...this.passed].sort((a, b) => b[1] - a[1]))
      console.log(printable(`Skipped: ${count(n)} ${why}`));
  }
}

async function importList(path: string, { store, ...list }: ImportOptions): Promise<void> {
  const wrong = (reason: string): UserError => new UserError('BW_LIST', { path, reason });
  const size = path === '-' ? 0 : sizeOf(path, wrong);
  const progress = showProgress('Importing', process.stderr, size === 0);
  const skipped = new Skipped();
  await withStore(store, async (db) => {
    const now = Date.now();
    const target = await KnownImport.begin(
      db,
      { name: list.name, kind: list.kind, label: list.label, expires: list.expires ?? null },
      now,
    );
    try {
      const stream = path === '-' ? process.stdin : createReadStream(path, { highWaterMark: CHUNK });
      let cut: string | undefined;
      for await (const read of readList(stream, now)) {
        progress.at(read.bytes, size);
        cut = read.cut;
        for (const finding of read.findings) {
          if (finding.what === 'entry') await target.add(finding.entry);
          else skipped.take(finding);
        }
      }
      progress.end();
      skipped.print(path);
      if (cut) throw wrong(cut);
      const { entries, repeated } = await target.settle();
      if (entries === 0) throw wrong('it contains no address');
      await target.finish();
      const again = repeated > 0 ? `; ${plural(repeated, 'duplicate')} skipped` : '';
      console.log(`The list ${list.name} has ${plural(entries, 'entry', 'entries')}${again}.`);
    } catch (error) {
      progress.end();
      await target.abandon();
      const { code } = error as NodeJS.ErrnoException;
      throw code?.startsWith('E') && !(error instanceof UserError) ? wrong(code) : error;
    }
  });
}

function sizeOf(path: string, wrong: (reason: string) => UserError): number {
  try {
    const stat = statSync(path);
    if (stat.isDirectory()) throw wrong('it is a directory');
    return stat.size;
  } catch (error) {
    throw error instanceof UserError
      ? error
      : wrong(
          (error as NodeJS.ErrnoException).code === 'ENOENT'
            ? 'there is no such file'
            : ((error as NodeJS.ErrnoException).code ?? String(error)),
        );
  }
}

const columns: Column<KnownList>[] = [
  { title: 'list', cell: (one) => one.name },
  { title: 'kind', cell: (one) => one.kind },
  { title: 'label', cell: (one) => one.label },
  { title: 'entries', cell: (one) => String(one.entries), right: true },
  { title: 'imported (UTC)', cell: (one) => one.imported.slice(0, 16).replace('T', ' ') },
  {
    title: 'expires (UTC)',
    cell: (one) =>
      one.expires === null
        ? 'never'
        : `${one.expires.slice(0, 16).replace('T', ' ')}${Date.parse(one.expires) <= Date.now() ? ', expired' : ''}`,
  },
];
const members: (keyof KnownList & string)[] = ['name', 'kind', 'label', 'entries', 'imported', 'expires'];

async function list(options: { store: string; format: RowFormat }): Promise<void> {
  printRows(options.format, await withStore(options.store, listKnown), columns, members, 'No lists imported.');
}

const missing = (name: string): UserError =>
  new UserError('BW_USAGE', { problem: `There is no list "${name}". Run "blockwatch known list" to see them.` });

async function remove(name: string, options: { store: string }): Promise<void> {
  if (!(await withStore(options.store, (db) => removeKnown(db, name)))) throw missing(name);
  console.log(`Removed the list ${name}.`);
}

async function push(named: NamedSensor | undefined, options: Published & { dryRun?: boolean }): Promise<void> {
  const chosen = selection(named, options);
  await withStore(options.store, async (db) => {
    const now = Date.now();
    const { sources } = await readSourceReports(db, now - LOOK_BACK, now + 1);
    const watch = chooseWatchlist(
      await readIndicators(db, new Map([...sources].map(([source, { last }]) => [source, last])), MAX_NEWEST, now),
    );
    if (watch.length === 0)
      throw new UserError('BW_USAGE', {
        problem: 'No indicator list has an active IPv4 entry. Import one with "blockwatch known import".',
      });
    console.log(`${plural(watch.length, 'block')} to watch: ${watch.join(' ')}`);
    if (options.dryRun) return;
    await publish(
      db,
      await changeConfigs(db, chosen, (before) => ({ ...before, watch }), fleetKey(options.fleetKey, false), now),
      options,
    );
  });
}

const blockText = ({ bytes, prefix }: Block): string =>
  `${formatAddress(bytes.length === 4 ? FAMILY_IPV4 : FAMILY_IPV6, bytes)}/${prefix}`;

async function exportList(name: string, options: { store: string }): Promise<void> {
  await withStore(options.store, async (db) => {
    const pages = await readEntries(db, name);
    if (!pages) throw missing(name);
    for await (const page of pages) {
      const text = page.map(({ block, label }) => `${blockText(block)}${label ? ` # ${label}` : ''}\n`).join('');
      if (!process.stdout.write(text)) await new Promise((resolve) => process.stdout.once('drain', resolve));
    }
  });
}

function nameOf(given: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(given))
    throw new InvalidArgumentError('It must be a letter or digit, then up to 63 letters, digits, ".", "_" or "-".');
  return given;
}

export function register(program: Command): void {
  const known = program
    .command('known')
    .summary('manage lists of known scanners')
    .description(
      'Manage lists of known scanners. Sources on a list are labelled everywhere. Research scanners are benign: they are recorded but raise no alert unless one gets in. ' +
        'Indicators are adversaries: their campaigns rank one severity higher. The evidence stays what the sensors saw.',
    );
  known
    .command('import')
    .summary('import a list')
    .description(
      'Import a list, or replace the list of that name, completely or not at all. Formats: plain text (an address or CIDR block per ' +
        'line, with comments), MISP JSON (events and feeds: ip-src, ip-dst, with or without port) or a STIX 2.1 bundle (address patterns). Invalid lines are printed ' +
        'with their number and skipped; other indicators (domains, hashes) are counted.',
    )
    .argument('<FILE>', 'file to import, or "-" for standard input')
    .addOption(new Option('--name <NAME>', 'name of the list').argParser(nameOf).makeOptionMandatory())
    .addOption(
      new Option('--kind <KIND>', 'research (benign scanners) or indicator (adversaries)')
        .choices(['research', 'indicator'])
        .makeOptionMandatory(),
    )
    .addOption(
      new Option('--label <TEXT>', 'label for entries without their own')
        .argParser(cleanLabel)
        .default('', 'the name of the list'),
    )
    .addOption(
      new Option('--expires <TIME>', 'expiry: 90d from now, or a date (default: never)').argParser((given) => {
        const time = parseUntil(given, Date.now());
        if (time === undefined)
          throw new InvalidArgumentError('It must be a time in the future, such as 90d or 2026-12-31.');
        return time;
      }),
    )
    .addOption(storeOption())
    .addHelpText(
      'after',
      `
Examples:
  blockwatch known import scanners.txt --name research --kind research --label 'University scanner'
  blockwatch known import bundle.json --name stix-feed --kind indicator --expires 90d
  curl -s https://feeds.example/drop.txt | blockwatch known import - --name drop --kind indicator --expires 7d`,
    )
    .action(importList);
  known
    .command('list')
    .summary('show the imported lists')
    .description('Show the imported lists, including expired ones.')
    .addOption(formatOption())
    .addOption(storeOption())
    .addHelpText('after', '\nExample:\n  blockwatch known list')
    .action(list);
  known
    .command('remove')
    .summary('remove a list')
    .description('Remove a list with all its entries, at once.')
    .argument('<NAME>', 'name of the list')
    .addOption(storeOption())
    .addHelpText('after', '\nExample:\n  blockwatch known remove drop')
    .action(remove);
  known
    .command('export')
    .summary('write a list as plain text')
    .description(
      'Write a list to standard output, one CIDR block per line with its label. "known import" can read it back.',
    )
    .argument('<NAME>', 'name of the list')
    .addOption(storeOption())
    .addHelpText('after', '\nExample:\n  blockwatch known export drop > drop.txt')
    .action(exportList);
  publishing(which(known.command('push')))
    .summary('push indicator blocks to the watch lists of sensors')
    .description(
      'Set the watch lists of sensors to IPv4 blocks of the indicator lists: first those with a source seen at any site in the last seven days, then the newest, as many as ' +
        'fit into a config. A sensor then reports such a source at its first contact.',
    )
    .option('--dry-run', 'print the blocks without changing anything')
    .addHelpText(
      'after',
      '\nExamples:\n  blockwatch known push --all --dry-run\n  blockwatch known push --all --broker mqtts://broker.example',
    )
    .action(push);
}
