/** `blockwatch export scans|sources|campaigns|sensors`: stored data in other tools' formats. */
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { Argument, Option } from 'commander';
import type { ExportFormat, ExportKind } from '../../collector/outputs/export.js';
import { countScans, exportFormats, exportKinds, exportPieces, exportProblem } from '../../collector/outputs/export.js';
import { explainSystem } from '../../collector/outputs/model/transport.js';
import { UserError } from '../../common/errors.js';
import { plural } from '../../wording/format.js';
import { showProgress } from '../support/progress.js';
import { storeOption, withStore } from '../support/store.js';
import { siteOption, timeOption } from './lists.js';

interface Options {
  store: string;
  format: ExportFormat;
  from?: number;
  to?: number;
  source?: string;
  site?: string;
  out?: string;
}

async function run(what: ExportKind, { store, out, ...query }: Options): Promise<void> {
  const problem = exportProblem({ what, format: query.format });
  if (problem) throw new UserError('BW_USAGE', { problem: problem[0]?.toUpperCase() + problem.slice(1) });
  const rows = await withStore(store, async (db) => {
    // No progress bar when the terminal receives the export.
    const progress = showProgress('Exporting', process.stderr, out === undefined && process.stdout.isTTY);
    const total = what === 'scans' ? await countScans(db) : 0;
    let done = 0;
    const exported = (rows: number): void => {
      done = rows;
      progress.at(rows, total);
    };
    const pieces = Readable.from(exportPieces(db, { what, ...query }, Date.now(), exported));
    try {
      if (out === undefined) await pipeline(pieces, process.stdout, { end: false });
      else await intoFile(pieces, out);
    } finally {
      progress.end();
    }
    return done;
  });
  if (out !== undefined) console.log(`Exported ${plural(rows, what.slice(0, -1), what)} to ${out}.`);
}

/** Writes under another name until the file is complete. */
async function intoFile(pieces: Readable, out: string): Promise<void> {
  const part = `${out}.part`;
  try {
    await pipeline(pieces, createWriteStream(part, { mode: 0o640 }));
    await rename(part, out);
  } catch (error) {
    await rm(part, { force: true });
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    throw new UserError('BW_OUTPUT', { path: out, reason: explainSystem(error) });
  }
}

export function register(program: Command): void {
  program
    .command('export')
    .summary("export stored data in other tools' formats")
    .description(
      'Export scans, sources, campaigns or sensors from the store as NDJSON or CSV; scans and campaigns also as Suricata EVE, ECS, OCSF, STIX 2.1 or CEF (docs/OUTPUTS.md). ' +
        'The default period is everything stored, for campaigns the last seven days. A CSV cell that a spreadsheet would run as a formula gets an apostrophe.',
    )
    .addArgument(new Argument('<WHAT>', 'data to export').choices([...exportKinds]))
    .addOption(new Option('--format <FORMAT>', 'output format').choices([...exportFormats]).default('ndjson'))
    .addOption(timeOption('--from', 'only active since TIME'))
    .addOption(timeOption('--to', 'only last active before TIME'))
    .addOption(siteOption())
    .option('--source <ADDRESS>', 'only this source')
    .option('--out <FILE>', 'output file (default: standard output)')
    .addOption(storeOption())
    .addHelpText(
      'after',
      `
Examples:
  blockwatch export scans --from 30d --format csv --out scans.csv
  blockwatch export scans --source 203.0.113.7 --format stix --out sightings.json
  blockwatch export campaigns --format ocsf | curl --data-binary @- https://siem.example/ingest`,
    )
    .action(run);
}
