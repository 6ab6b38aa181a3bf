/**
 * One recorded cell at one tap through the engine, after an hour of honest traffic and with more of it beside the scan
 * (warm), or alone (cold); and what came of it.
 */
import { readCapture } from '../../host/capture/read.js';
import { Engine } from '../../host/sensor/engine.js';
import { knocksOf, type ScanRecord } from '../../src/protocol/record.js';
import { defaultSeed } from '../evaluate/detect.js';
import { covers } from '../evaluate/judge.js';
import { ProbeCounter } from '../evaluate/probes.js';
import { MINUTE, SECOND } from '../simulate/world.js';
import { sourcesOf } from './cells/cell.js';
import { type Frame, Honest, opening } from './honest.js';
import { type Tap, taps } from './lab.js';
import { home } from './plan.js';
import { captureOf, type Recorded } from './record.js';

export type Mode = 'warm' | 'cold';
/** From best to worst; `forged`: the address it forged is named, and not itself; `unseen`: none of the scanner's packets passed the tap. */
export type Told = 'named' | 'forged' | 'unnamed' | 'whispered' | 'wrong' | 'dark' | 'unseen';

export interface Verdict {
  id: string;
  tap: Tap;
  mode: Mode;
  told: Told;
  /** Probes of the scanner that the tap saw, and those up to the alert. */
  seen: number;
  probes?: number;
  seconds?: number;
  kind?: string;
  name?: string;
  tool?: string;
  spoofable?: boolean;
  /** Others that were accused, and are neither decoys nor accused without the scan. */
  wrong: string[];
  /** Why it is not named. */
  reason?: string;
}

const prelude = 60 * MINUTE;
/** Time goes on after the last frame: what waits for an answer waits no longer. */
const rest = 2 * MINUTE;
const begin = opening + prelude;
/** Fewer probes than this are no scan to any detector. */
export const fewProbes = 5;

const hearings = new Map<Tap, Honest>();
function hearing(tap: Tap): Honest {
  const known = hearings.get(tap) ?? new Honest(tap);
  hearings.set(tap, known);
  return known;
}

function read(path: string): Frame[] {
  const frames: Frame[] = [];
  readCapture(path, (time, _link, bytes, offset, captured, original) => {
    frames.push({ time, bytes: Buffer.from(bytes.subarray(offset, offset + captured)), captured, original });
  });
  return frames;
}

/** Probes so far apart; what follows one keeps its distance from it. */
function stretch(frames: Frame[], sources: string[], pace: number): Frame[] {
  let [base, probe] = [frames[0]?.time ?? 0, frames[0]?.time ?? 0];
  const counter = new ProbeCounter(sources);
  return frames.map((frame) => {
    const before = count(counter, sources, 0, Infinity);
    counter.take(frame.time, 1, frame.bytes, 0, frame.captured);
    if (count(counter, sources, 0, Infinity) > before) {
      base += pace;
      probe = frame.time;
    }
    return { ...frame, time: base + Math.min(frame.time - probe, 0.9 * pace) };
  });
}

/** By address; where it has none in its frames, by MAC. */
function count(counter: ProbeCounter, sources: string[], from: number, to: number): number {
  const counts = sources.map((source) => ({ source, count: counter.between(source, from, to) }));
  const isMac = (source: string): boolean => /^..:..:..:..:..:..$/.test(source);
  const byAddress = counts.filter(({ source }) => !isMac(source)).reduce((sum, one) => sum + one.count, 0);
  return byAddress > 0
    ? byAddress
    : Math.max(0, ...counts.filter(({ source }) => isMac(source)).map((one) => one.count));
}

interface Heard {
  records: Array<ScanRecord & { at: number }>;
  counters: Record<string, number>;
}

/** `frames` from `begin` on, beside honest traffic or alone. */
async function hear(tap: Tap, frames: readonly Frame[], mode: Mode, evidence?: number): Promise<Heard> {
  const engine = await Engine.load({ home, seed: defaultSeed, ...(evidence === undefined ? {} : { evidence }) });
  const end = (frames.at(-1)?.time ?? begin) + rest;
  const honest = hearing(tap);
  if (mode === 'warm') await honest.until(end);
  const beside = mode === 'warm' ? honest.frames : [];
  const records: Heard['records'] = [];
  let now = 0;
  const drain = (): void => {
    for (const record of engine.takeRecords()) records.push({ ...record, at: Math.max(record.time, now) });
  };
  // As the sensor does between frames: what is due then is due within these, ms.
  const pass = (until: number): void => {
    const from = now;
    for (const pause of [100, 1100, 3200])
      if (now > 0 && from + pause < until) {
        now = from + pause;
        engine.tick(now);
        drain();
      }
    now = until;
  };
  let next = 0;
  const take = (frame: Frame): void => {
    pass(frame.time);
    engine.push(frame.time, 1, frame.bytes, 0, frame.captured, frame.original);
    if (frame.time < begin) return;
    engine.run();
    drain();
  };
  for (const frame of beside) {
    if (frame.time > end) break;
    for (; next < frames.length && (frames[next] as Frame).time <= frame.time; next++) take(frames[next] as Frame);
    take(frame);
  }
  for (; next < frames.length; next++) take(frames[next] as Frame);
  for (let time = Math.max(now, begin) + SECOND; time <= end; time += SECOND) {
    engine.tick(time);
    now = time;
    drain();
  }
  engine.flush();
  drain();
  return { records, counters: engine.counters() };
}

/** Whom the engine accuses where nobody scans, by tap and mode. */
const innocent = new Map<string, Promise<Set<string>>>();
function accusedAnyway(tap: Tap, mode: Mode): Promise<Set<string>> {
  const key = `${tap} ${mode}`;
  const known =
    innocent.get(key) ??
    hear(tap, [], mode).then(
      ({ records }) => new Set(records.filter(({ verdict }) => verdict === 'scan').map(({ source }) => source)),
    );
  innocent.set(key, known);
  return known;
}

/** What the engine counts where the scan is alone. */
async function countedAs(tap: Tap, frames: readonly Frame[]): Promise<string> {
  const { counters } = await hear(tap, frames, 'cold');
  const counted = [
    'contacts',
    'answered',
    'refused',
    'silent',
    'dark',
    'repliesUnasked',
    'malformedArp',
    'ignoredProtocol',
  ]
    .filter((name) => (counters[name] ?? 0) > 0)
    .map((name) => `${counters[name]} ${name}`);
  return `counted as ${counted.join(', ') || 'nothing'}`;
}

/** At each tap, warm and cold. */
export async function judge(directory: string, recorded: Recorded, modes: readonly Mode[]): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  for (const tap of taps) for (const mode of modes) verdicts.push(await judgeAt(directory, recorded, tap, mode));
  if (verdicts.some(({ told }) => told !== 'unseen')) return verdicts;
  const last = recorded.said
    .trim()
    .split(/[\n\r]/)
    .at(-1);
  return verdicts.map((verdict) => ({ ...verdict, reason: `the tool sent nothing: ${last || 'it said nothing'}` }));
}

async function judgeAt(directory: string, recorded: Recorded, tap: Tap, mode: Mode): Promise<Verdict> {
  const { id, decoys } = recorded;
  const sources = sourcesOf(recorded, tap);
  let frames = read(captureOf(directory, id, tap));
  if (recorded.pace) frames = stretch(frames, sources, recorded.pace * SECOND);
  const shift = begin + SECOND - (frames[0]?.time ?? 0);
  frames = frames.map((frame) => ({ ...frame, time: frame.time + shift }));
  const counter = new ProbeCounter(sources);
  for (const { time, bytes, captured } of frames) counter.take(time, 1, bytes, 0, captured);
  const seen = count(counter, sources, 0, Infinity);
  const verdict = { id, tap, mode, seen, wrong: [] as string[] };
  if (seen === 0)
    return {
      ...verdict,
      told: 'unseen',
      reason:
        frames.length === 0 ? 'the tap saw no packets' : `the tap saw ${frames.length} packets, none of the scanner's`,
    };
  const { records } = await hear(tap, frames, mode);
  const anyway = await accusedAnyway(tap, mode);
  const isSource = (source: string, aggregate = false): boolean =>
    source !== '' &&
    sources.some((one) =>
      covers(
        { source: one, kind: '', protocol: '', firstProbe: 0, targets: 0 },
        { source, aggregate, kind: '', time: 0 },
      ),
    );
  const accusing = records.filter((record) => record.verdict === 'scan' && record.stage !== 'whisper');
  const isForged = (source: string): boolean => recorded.forged.includes(source);
  const hits = accusing.filter(({ source, aggregate }) => isSource(source, aggregate));
  const hit = hits.find(({ source }) => !isForged(source)) ?? hits[0];
  const isDecoy = (source: string): boolean => decoys.includes(source);
  const wrong = [...new Set(accusing.map(({ source }) => source))].filter(
    (source) => source !== '' && !isDecoy(source) && !anyway.has(source) && !isSource(source, true),
  );
  const first = frames.find(({ time }) => count(counter, sources, 0, time) > 0)?.time ?? begin;
  const told = (record: Heard['records'][number]): Partial<Verdict> => ({
    probes: count(counter, sources, 0, record.at),
    seconds: Math.max(0, (record.at - first) / 1000),
    kind: record.kind,
    name: record.source,
    ...(record.tool ? { tool: record.tool } : {}),
    ...(record.spoofable ? { spoofable: true } : {}),
  });
  if (hit) return { ...verdict, wrong, told: isForged(hit.source) ? 'forged' : 'named', ...told(hit) };
  const reason = seen < fewProbes ? `only ${seen} probes passed` : await countedAs(tap, frames);
  const whisper = records.find(
    (record) =>
      record.stage === 'whisper' &&
      (isSource(record.source, record.aggregate) ||
        (record.kind === 'knocks' && knocksOf(record).some(({ source }) => isSource(source)))),
  );
  const nameless = records.find(
    ({ source, kind, stage, at }) =>
      source === '' && stage === 'start' && kind !== 'digest' && kind !== 'knocks' && at >= begin,
  );
  if (nameless) return { ...verdict, wrong, told: 'unnamed', reason, ...told(nameless) };
  if (wrong.length > 0) return { ...verdict, wrong, told: 'wrong', reason };
  if (whisper) return { ...verdict, wrong, told: 'whispered', reason, ...told(whisper) };
  return { ...verdict, wrong, told: 'dark', reason };
}
