/**
 * A branch's traffic as its tap sees it: the capture again and again, moved in time, thin scanners' probes in between, and chatter that never
 * stops, since a tap that sees nothing is blind; in time order.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { readCapture } from '../../host/capture/read.js';
import type { Frame } from '../../host/sensor/engine-runner.js';
import type { FrameInput } from '../../host/sensor/sensor.js';
import { LINK_ETHERNET } from '../../src/engine/constants/codes.js';
import { FrameWriter, ip, macOf, routerMac, SYN } from '../simulate/frames.js';
import type { Thin } from './plan.js';

const BATCH = 256;
/** Where thin scanners ask: behind the router, where no capture has anybody. */
const ABSENT = ip('10.20.200.0');
/** Milliseconds between two frames of chatter: mDNS of one host to all. */
const BEAT = 2000;
const chatter = new FrameWriter();
chatter.announce(
  macOf(ip('10.20.1.24')),
  Uint8Array.of(1, 0, 0x5e, 0, 0, 0xfb),
  ip('10.20.1.24'),
  ip('224.0.0.251'),
  5353,
  5353,
  60,
);
const beat = (timeMs: number): Frame => ({
  timeMs,
  link: LINK_ETHERNET,
  bytes: chatter.bytes,
  offset: 0,
  captured: chatter.length,
  original: chatter.wire,
});

export interface Hours {
  /** Milliseconds since 1970. */
  from: number;
  /** Milliseconds. */
  length: number;
  /** Milliseconds from one begin of the capture to the next. */
  every: number;
}

/** Frames of a capture, the first at 0 ms. */
export function readFrames(path: string): Frame[] {
  const frames: Frame[] = [];
  readCapture(path, (timeMs, link, bytes, offset, captured, original) => {
    frames.push({
      timeMs,
      link,
      bytes: Buffer.from(bytes.subarray(offset, offset + captured)),
      offset: 0,
      captured,
      original,
    });
  });
  const begin = frames[0]?.timeMs ?? 0;
  for (const frame of frames) frame.timeMs -= begin;
  return frames;
}

/** Probes for addresses that nobody has, nobody answers; from the middle of the time on, when the sensor knows its branch. */
export function thinProbes({ source, port, probes, gap }: Thin, { from, length }: Hours, branch: number): Frame[] {
  const writer = new FrameWriter();
  const begin = from + Math.max(0, length / 2 - probes * gap) + 1000 * branch;
  return Array.from({ length: probes }, (_, i) => {
    const target = ABSENT + ((branch * 37 + i * 11 + port) % 1000);
    writer.tcp([routerMac, macOf(target)], ip(source), target, 40_000 + 97 * i + branch, port, SYN, 1000 + i, 0);
    return {
      timeMs: begin + i * gap,
      link: LINK_ETHERNET,
      bytes: Buffer.from(writer.bytes.subarray(0, writer.length)),
      offset: 0,
      captured: writer.length,
      original: writer.wire,
    };
  });
}

/** The sensor's input: not live, so that it is read as fast as it goes, or by its own clock where the sensor has a speed. */
export class BranchInput implements FrameInput {
  readonly live = false;
  /** Resolves when all was read; from then on there is chatter only, as it happens. */
  readonly finished: Promise<void>;
  frameCount = 0;
  #finish: () => void = () => {};
  #closed = false;

  constructor(
    readonly capture: readonly Frame[],
    readonly probes: readonly Frame[],
    readonly hours: Hours,
  ) {
    this.finished = new Promise((resolve) => (this.#finish = resolve));
  }

  async *frames(): AsyncIterable<Frame[]> {
    let batch: Frame[] = [];
    for (const frame of this.#inOrder()) {
      if (this.#closed) break;
      batch.push(frame);
      if (batch.length < BATCH) continue;
      yield batch;
      this.frameCount += batch.length;
      batch = [];
    }
    yield batch;
    this.frameCount += batch.length;
    this.#finish();
    for (; !this.#closed; await sleep(BEAT)) yield [beat(Date.now())];
  }

  lost(): number {
    return 0;
  }

  close(): void {
    this.#closed = true;
  }

  *#inOrder(): Generator<Frame> {
    const { from, length, every } = this.hours;
    const waiting = this.#between();
    let next = waiting.next();
    for (let begin = from; begin < from + length; begin += every) {
      for (const frame of this.capture) {
        const timeMs = begin + frame.timeMs;
        for (; !next.done && next.value.timeMs <= timeMs; next = waiting.next()) yield next.value;
        yield { ...frame, timeMs };
      }
    }
    for (; !next.done; next = waiting.next()) yield next.value;
  }

  /** Probes and chatter. */
  *#between(): Generator<Frame, undefined> {
    const { from, length } = this.hours;
    const probes = [...this.probes].sort((a, b) => a.timeMs - b.timeMs);
    for (let next = from; next < from + length; next += BEAT) {
      while (probes[0] && probes[0].timeMs <= next) yield probes.shift() as Frame;
      yield beat(next);
    }
    yield* probes;
    return undefined;
  }
}
