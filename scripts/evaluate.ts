/**
 * `npm run evaluate [DIR] [--json] [--seed=N] [--drop=SHARE]`: every labelled capture of DIR (default test/captures) through
 * the engine, and how its verdicts compare with the labels. --drop leaves out that share of the frames, by chance, as a tap
 * that loses does. It measures and does not judge: exit 0 whatever comes out.
 */
import { readdirSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { projectRoot } from '../host/paths.js';
import { detect, labelOf } from './evaluate/detect.js';
import { judge, median, total, type CaptureResult } from './evaluate/judge.js';
import { formatTable } from './evaluate/table.js';

function row(result: CaptureResult): string[] {
  const found = result.scanners.filter((scanner) => scanner.found);
  const show = (value: number | undefined, digits = 0): string => (value === undefined ? '' : value.toFixed(digits));
  const missed = result.scanners.filter((scanner) => !scanner.found).map((scanner) => `${scanner.source} ${scanner.kind}`);
  return [
    result.capture, String(result.packets), result.scanners.length === 0 ? '-' : `${found.length}/${result.scanners.length}`,
    missed.length > 3 ? `${missed.length} sources` : missed.join(', '),
    result.falseAlerts.length === 0 ? '' : `+${result.falseAlerts.length} ${result.falseAlerts.slice(0, 3).map((f) => `${f.source} ${f.kind}`).join(', ')}`,
    show(median(found.map((scanner) => scanner.probes))), show(median(found.map((scanner) => scanner.seconds)), 2),
    [...new Set(found.map((scanner) => scanner.as))].slice(0, 3).join(', '),
  ];
}

const args = process.argv.slice(2);
const directory = resolve(args.find((arg) => !arg.startsWith('--')) ?? join(projectRoot, 'test/captures'));
/** The number after `--name=`. */
function numberOf(name: string, otherwise: number): number {
  const value = Number(args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3) ?? otherwise);
  return Number.isNaN(value) ? otherwise : value;
}

const seed: [number, number] = [numberOf('seed', 1) * 2654435761 >>> 0, 0x68637461];
const drop = numberOf('drop', 0);

if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory()) {
  console.error(`evaluate: there is no folder ${directory}.`);
  process.exitCode = 1;
} else {
  const results: CaptureResult[] = [];
  for (const name of readdirSync(directory).filter((file) => /\.pcap(ng)?$/.test(file)).sort()) {
    const path = join(directory, name);
    try {
      const label = labelOf(path);
      if (!label) continue;
      const { packets, detections, probes } = await detect(path, label, seed, drop);
      results.push(judge(basename(name).replace(/\.pcap(ng)?$/, ''), packets, label, detections, probes));
    } catch (error) {
      console.error(`evaluate: ${(error as Error).message}`);
    }
  }
  const summary = total(results);
  if (args.includes('--json')) {
    console.log(JSON.stringify({ directory, summary, captures: results }, null, 1));
  } else {
    console.log(formatTable(['capture', 'frames', 'found', 'missed', 'false alerts', 'probes', 'seconds', 'told as'], results.map(row)));
    console.log(`\n${results.length} captures: ${summary.scansFound} of ${summary.scans} scans found (recall ${summary.recall.toFixed(2)}), `
      + `${summary.falseAlerts} sources falsely accused in ${summary.disturbed} captures; `
      + `median to the alert: ${summary.medianProbes ?? '-'} probes, ${summary.medianSeconds?.toFixed(2) ?? '-'} s.`);
  }
}
