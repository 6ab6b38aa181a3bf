/**
 * `npm run evaluate [DIR] [--json] [--quick] [--seed=N] [--drop=SHARE] [--missing=from-home|to-home] [--evidence=NATS] [--learned]`: every labelled
 * capture of DIR (default test/captures) through the engine, and how its verdicts compare with the labels; then how that changes
 * with the threshold, with frames lost and with one direction missing (--quick leaves this out). With --learned the zoo's captures
 * come after twenty minutes of their office's ordinary traffic. The options choose the
 * conditions of the first table. It measures and does not judge: exit 0 whatever comes out.
 */
import { readdirSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { projectRoot } from '../host/common/paths.js';
import { type Conditions, captureSuffix, detect, labelOf } from './evaluate/detect.js';
import { type CaptureResult, isOwnLan, judge, median, type Summary, total } from './evaluate/judge.js';
import { formatTable } from './evaluate/table.js';

const args = process.argv.slice(2);
const directory = resolve(args.find((arg) => !arg.startsWith('--')) ?? join(projectRoot, 'test/captures'));

/** The text after `--name=`. */
function textOf(name: string): string | undefined {
  return args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
}

function numberOf(name: string): number | undefined {
  const value = Number(textOf(name) ?? NaN);
  return Number.isNaN(value) ? undefined : value;
}

const seedOf = (n: number): [number, number] => [(n * 2654435761) >>> 0, 0x68637461];

async function evaluate(conditions: Conditions, complain: boolean): Promise<CaptureResult[]> {
  const results: CaptureResult[] = [];
  for (const name of readdirSync(directory)
    .filter((file) => captureSuffix.test(file))
    .sort()) {
    const path = join(directory, name);
    try {
      const label = labelOf(path);
      if (!label) continue;
      const { packets, detections, probes } = await detect(path, label, conditions);
      results.push(judge(basename(name).replace(captureSuffix, ''), packets, label, detections, probes));
    } catch (error) {
      if (complain) console.error(`evaluate: ${(error as Error).message}`);
    }
  }
  return results;
}

function row(result: CaptureResult): string[] {
  const found = result.scanners.filter((scanner) => scanner.found);
  const show = (value: number | undefined, digits = 0): string => (value === undefined ? '' : value.toFixed(digits));
  const missed = result.scanners
    .filter((scanner) => !scanner.found)
    .map((scanner) => `${scanner.source} ${scanner.kind}`);
  return [
    result.capture,
    String(result.packets),
    result.scanners.length === 0 ? '-' : `${found.length}/${result.scanners.length}`,
    missed.length > 3 ? `${missed.length} sources` : missed.join(', '),
    result.falseAlerts.length === 0
      ? ''
      : `+${result.falseAlerts.length} ${result.falseAlerts
          .slice(0, 3)
          .map((f) => `${f.source} ${f.kind}`)
          .join(', ')}`,
    show(median(found.map((scanner) => scanner.probes))),
    show(median(found.map((scanner) => scanner.seconds)), 2),
    [...new Set(found.map((scanner) => scanner.as))].slice(0, 3).join(', '),
  ];
}

interface Sensitivity extends Conditions {
  name: string;
  summary: Summary;
}

/** One summary for each condition; where chance decides (frames lost), over five seeds. */
async function sensitivity(seed: [number, number]): Promise<Sensitivity[]> {
  const all: Sensitivity[] = [];
  const measure = async (
    name: string,
    conditions: Omit<Conditions, 'seed'>,
    seeds: [number, number][],
  ): Promise<void> => {
    const results: CaptureResult[] = [];
    for (const one of seeds) results.push(...(await evaluate({ ...conditions, seed: one }, false)));
    all.push({ name, ...conditions, seed, summary: total(results) });
  };
  for (const evidence of [2, 3, 4, 5, 6, 7, 8, 10, 12, 16, 24, 32])
    await measure(`threshold ${evidence} nats`, { evidence }, [seed]);
  const seeds = [1, 2, 3, 4, 5].map(seedOf);
  for (const drop of [0, 0.01, 0.1, 0.5]) await measure(`${drop * 100} % of frames lost`, { drop }, seeds);
  await measure('nothing from home to the outside', { missing: 'from-home' }, [seed]);
  await measure('nothing from the outside to home', { missing: 'to-home' }, [seed]);
  return all;
}

/** Share and its Wilson interval would pretend to more than some sixty captures can say: plain counts. */
function sensitivityRow({ name, summary }: Sensitivity): string[] {
  return [
    name,
    `${Number(summary.scansFound.toFixed(2))} of ${summary.scans}`,
    summary.recall.toFixed(3),
    String(summary.falseAlerts),
    String(summary.disturbed),
    String(summary.medianProbes ?? '-'),
  ];
}

if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory()) {
  console.error(`evaluate: there is no folder ${directory}.`);
  process.exitCode = 1;
} else {
  const missing = textOf('missing');
  const [drop, evidence] = [numberOf('drop'), numberOf('evidence')];
  const seed = seedOf(numberOf('seed') ?? 1);
  const results = await evaluate(
    {
      seed,
      ...(drop === undefined ? {} : { drop }),
      ...(evidence === undefined ? {} : { evidence }),
      learned: args.includes('--learned'),
      ...(missing === 'from-home' || missing === 'to-home' ? { missing } : {}),
    },
    true,
  );
  const summary = total(results);
  const conditions = args.includes('--quick') ? [] : await sensitivity(seed);
  if (args.includes('--json')) {
    console.log(JSON.stringify({ directory, summary, captures: results, sensitivity: conditions }, null, 1));
  } else {
    console.log(
      formatTable(
        ['capture', 'frames', 'found', 'missed', 'false alerts', 'probes', 'seconds', 'told as'],
        results.map(row),
      ),
    );
    const lan = median(results.flatMap((result) => result.scanners.filter(isOwnLan).map((scanner) => scanner.probes)));
    console.log(
      `\n${results.length} captures: ${summary.scansFound} of ${summary.scans} scans found (recall ${summary.recall.toFixed(2)}), ` +
        `${summary.falseAlerts} sources falsely accused in ${summary.disturbed} captures; ` +
        `median to the alert: ${summary.medianProbes ?? '-'} probes, ${summary.medianSeconds?.toFixed(2) ?? '-'} s` +
        `${lan === undefined ? '' : ` (sweeps of the own link: ${lan} probes)`}.`,
    );
    if (conditions.length > 0) {
      console.log(
        `\n${formatTable(['condition', 'scans found', 'recall', 'false alerts', 'in captures', 'median probes'], conditions.map(sensitivityRow))}`,
      );
    }
  }
}
