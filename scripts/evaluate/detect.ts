/** One capture through the engine as a judge wants it: when was who first accused, and how often had they probed by then. */
import { existsSync, readFileSync } from 'node:fs';
import { FrameOrder } from '../../host/capture/order.js';
import { readCaptureFile } from '../../host/capture/read.js';
import { Engine } from '../../host/sensor/engine.js';
import { finishCapture } from '../../host/sensor/engine-runner.js';
import { Random } from '../bench/random.js';
import { preludeOf } from '../zoo/prelude.js';
import { type Direction, Homes } from './homes.js';
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

export interface Conditions {
  seed: [number, number];
  /** Share of the frames, 0..1, that the engine never gets to see, by chance, as on a tap that loses. */
  drop?: number;
  /** One direction only, as on an asymmetric path: the packets that come from home to the outside are missing, or those that go home. */
  missing?: Direction;
  /** After twenty minutes of the office's ordinary traffic, where the label has such a placement. */
  learned?: boolean;
  /** How long time runs on after the last frame, ms. */
  afterMs?: number;
  /** Evidence that accuses, nats; absent: the engine's default. */
  evidence?: number;
}

/** Throws a UserError for a capture that cannot be read. */
export async function detect(path: string, label: Label, conditions: Conditions): Promise<Detected> {
  const { seed, drop = 0, missing, evidence } = conditions;
  const random = new Random(seed[0]);
  const engine = await Engine.load({ home: label.home ?? [], seed, ...(evidence === undefined ? {} : { evidence }) });
  const homes = new Homes(label.home ?? []);
  const probes = new ProbeCounter(label.scanners.map((scanner) => scanner.source));
  const detections: Detection[] = [];
  const accused = new Set<string>();
  const drain = (timeMs: number): void => {
    for (const record of engine.takeRecords()) {
      if (record.verdict !== 'scan' || accused.has(record.source)) continue;
      accused.add(record.source);
      detections.push({
        source: record.source,
        kind: record.kind,
        aggregate: record.aggregate,
        time: Math.max(record.time, timeMs),
      });
    }
  };
  if (conditions.learned && label.learned)
    for (const { time, bytes } of preludeOf(path, label)) {
      engine.push(time, 1, bytes, 0, Math.min(96, bytes.length), bytes.length);
      engine.run();
      drain(time);
    }
  let last = NaN;
  const order = new FrameOrder((timeMs, link, bytes, offset, captured, original) => {
    probes.take(timeMs, link, bytes, offset, captured);
    last = timeMs;
    if (missing && homes.direction(link, bytes, offset, captured) === missing) return;
    if (drop > 0 && random.next() < drop * 2 ** 32) return;
    engine.push(timeMs, link, bytes, offset, captured, original);
    // A batch of one frame: then the record is this frame's, and its time is known closer than a record's whole milliseconds.
    engine.run();
    drain(timeMs);
  });
  await readCaptureFile(path, order);
  for (let after = 1000; after <= (conditions.afterMs ?? 0); after += 1000) {
    engine.tick(last + after);
    drain(last + after);
  }
  finishCapture(engine, last + (conditions.afterMs ?? 0));
  drain(0);
  return { packets: order.frames, detections, probes };
}

/** How a capture's name ends, packed or not. */
export const captureSuffix = /\.(pcap|pcapng)(\.gz|\.zst)?$/;

/** The label beside a capture; undefined where there is none. Throws an Error of one sentence where it is none. */
export function labelOf(path: string): Label | undefined {
  const file = path.replace(captureSuffix, '.json');
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
