/** One capture through the engine as a judge wants it: when was who first accused, and how often had they probed by then. */
import { existsSync, readFileSync } from 'node:fs';
import { readCapture } from '../../host/capture/read.js';
import { Engine } from '../../host/sensor/engine.js';
import { Random } from '../bench/random.js';
import type { Detection, Label } from './judge.js';
import { ProbeCounter } from './probes.js';

/** What `--seed=1` gives: the seed of every figure in the docs. */
export const defaultSeed: [number, number] = [2654435761, 0x68637461];

export interface Detected {
  packets: number;
  /** The first accusing record of each source. */
  detections: Detection[];
  probes: ProbeCounter;
}

/**
 * `drop` is the share of frames, 0..1, that the engine never gets to see, by chance, as on a tap that loses. Throws a UserError for
 * a capture that cannot be read.
 */
export async function detect(path: string, label: Label, seed: [number, number], drop = 0): Promise<Detected> {
  const random = new Random(seed[0]);
  const engine = await Engine.load({ home: label.home ?? [], seed });
  const probes = new ProbeCounter(label.scanners.map((scanner) => scanner.source));
  const detections: Detection[] = [];
  const accused = new Set<string>();
  const drain = (timeMs: number): void => {
    for (const record of engine.takeRecords()) {
      if (record.verdict !== 'scan' || accused.has(record.source)) continue;
      accused.add(record.source);
      detections.push({ source: record.source, kind: record.kind, time: Math.max(record.time, timeMs) });
    }
  };
  const packets = readCapture(path, (timeMs, link, bytes, offset, captured, original) => {
    probes.take(timeMs, link, bytes, offset, captured);
    if (drop > 0 && random.next() < drop * 2 ** 32) return;
    engine.push(timeMs, link, bytes, offset, captured, original);
    // A batch of one frame: then the record is this frame's, and its time is known closer than a record's whole milliseconds.
    engine.run();
    drain(timeMs);
  });
  engine.flush();
  drain(0);
  return { packets, detections, probes };
}

/** The label beside a capture; undefined where there is none. Throws an Error of one sentence where it is none. */
export function labelOf(path: string): Label | undefined {
  const file = path.replace(/\.pcap(ng)?$/, '.json');
  return existsSync(file) ? readLabel(file) : undefined;
}

export function readLabel(file: string): Label {
  let label: Partial<Label> | null;
  try {
    label = JSON.parse(readFileSync(file, 'utf8')) as Partial<Label> | null;
  } catch {
    throw new Error(`${file} is not a label: it cannot be read as JSON.`);
  }
  if (!Array.isArray(label?.scanners)) throw new Error(`${file} is not a label: it has no list "scanners".`);
  return label as Label;
}
