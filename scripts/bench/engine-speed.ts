/** Frames a second from a capture file to records, against the bare read of the same file by the same reader. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCapture } from '../../host/capture/read.js';
import { UserError } from '../../host/common/errors.js';
import { projectRoot } from '../../host/common/paths.js';
import { Engine } from '../../host/sensor/engine.js';
import type { TimedRecord } from '../../src/protocol/record.js';
import { compileProgram } from '../native.js';
import { median } from './table.js';
import { instantiate, RawEngine, Tape, taped } from './tape.js';

/** The mix's and the test captures' branch. */
const home = ['10.20.0.0/16', 'fd20:20::/32'];
const seed: [number, number] = [1, 2];
const captures = join(projectRoot, 'test/captures');

export interface Speed {
  frames: number;
  framesPerSecond: number;
  readPerSecond: number;
  ratio: number;
}

/** Runs both in turn, `rounds` times after one round to warm up, and takes the medians. */
export async function readSpeed(path: string, rounds: number): Promise<Speed> {
  const whole: number[] = [];
  const read: number[] = [];
  let frames = 0;
  for (let round = -1; round < rounds; round++) {
    let begin = performance.now();
    let seen = 0;
    readCapture(path, () => {
      seen++;
    });
    const readTime = performance.now() - begin;
    frames = seen;

    const engine = await Engine.load({ home, seed });
    begin = performance.now();
    let records = 0;
    readCapture(path, (timeMs, link, bytes, offset, captured, original) => {
      engine.push(timeMs, link, bytes, offset, captured, original);
    });
    engine.flush();
    records += engine.takeRecords().length;
    const wholeTime = performance.now() - begin;
    if (records === 0 && engine.counters()['frames'] === 0) throw new Error('the engine saw no frame');
    if (round >= 0) {
      read.push(readTime);
      whole.push(wholeTime);
    }
  }
  return {
    frames,
    framesPerSecond: frames / (median(whole) / 1000),
    readPerSecond: frames / (median(read) / 1000),
    ratio: median(whole.map((time, i) => time / (read[i] as number))),
  };
}

/** Frames a second of a C program that only steps through the file: the best of `rounds`. */
export function floorOfC(path: string, rounds: number): number {
  const program = compileProgram('floor', join(projectRoot, 'scripts/bench/floor.c'));
  return Math.max(
    ...Array.from({ length: rounds }, () => {
      const [frames, , nanoseconds] = execFileSync(program, [path], { encoding: 'utf8' }).split(' ').map(Number);
      return (frames as number) / ((nanoseconds as number) / 1e9);
    }),
  );
}

/** Feeds the first `frames` frames of a capture to the engine and writes all that it was fed as a tape. */
export function writeTape(path: string, tapePath: string, frames: number): void {
  const tape = new Tape();
  const raw = new RawEngine(taped(instantiate(), tape), home, seed);
  readCapture(path, (...frame) => {
    if (raw.frames < frames) raw.take(...frame);
  });
  raw.flush();
  tape.write(tapePath);
}

/** The captures of test/captures, by path. */
export function testCaptures(): string[] {
  if (!existsSync(captures)) return [];
  return readdirSync(captures)
    .filter((name) => /\.pcap(ng)?$/.test(name))
    .sort()
    .map((name) => join(captures, name));
}

/** All records of a capture, with the home blocks of its label where it has one. */
export async function recordsOf(path: string): Promise<TimedRecord[]> {
  const engine = await Engine.load({ home: homeOf(path), seed });
  try {
    readCapture(path, (...frame) => engine.push(...frame));
  } catch (error) {
    // Damaged on purpose: what could be read counts.
    if (!(error instanceof UserError)) throw error;
  }
  engine.flush();
  return engine.takeRecords();
}

export function homeOf(path: string): string[] {
  const label = path.replace(/\.\w+$/, '.json');
  return existsSync(label) ? ((JSON.parse(readFileSync(label, 'utf8')) as { home?: string[] }).home ?? home) : home;
}

/** Writes a test capture (classic pcap) over and over, each time later, until there are at least `frames` frames. */
export function repeatCapture(name: string, path: string, frames: number): void {
  const file = readFileSync(join(captures, `${name}.pcap`));
  const records = Buffer.from(file.subarray(24));
  const chunks: Buffer[] = [file.subarray(0, 24)];
  let written = 0;
  for (let pass = 0; written < frames; pass++) {
    const copy = Buffer.from(records);
    let first: number | undefined;
    let last = 0;
    for (let at = 0; at + 16 <= copy.length; at += 16 + copy.readUInt32LE(at + 8), written++) {
      first ??= copy.readUInt32LE(at);
      last = copy.readUInt32LE(at);
    }
    const later = pass * (last - (first ?? last) + 5);
    for (let at = 0; at + 16 <= copy.length; at += 16 + copy.readUInt32LE(at + 8)) {
      copy.writeUInt32LE(copy.readUInt32LE(at) + later, at);
    }
    chunks.push(copy);
  }
  writeFileSync(path, Buffer.concat(chunks));
}
