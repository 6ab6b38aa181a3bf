/** What a run is asked for, and what a trial works with. */
import { readFileSync } from 'node:fs';
import type { Scan } from '../../../host/api/types.js';
import type { Image } from '../../../host/firmware/image.js';
import { usualTimes } from '../../../host/serial/provision.js';
import type { Emulator } from './emulator.js';
import type { Measured } from './measured.js';
import type { Wire } from './network.js';
import type { Office } from './office.js';

export interface Run {
  board: string;
  qemu: string;
  machine: string;
  image: Image;
  flash: Buffer;
  folder: string;
  capture: string;
  trials: readonly string[];
  cuts: number;
  /** Whether what was measured is kept. */
  accept: boolean;
}

/** What a trial works with. */
export interface Bench {
  run: Run;
  board: Emulator;
  wire: Wire;
  office: Office;
  /** The board's provisioning, one line of JSON. */
  provisioning: string;
  measured: Measured;
  say(text: string): void;
}

/** An emulator beside other work takes its time. */
export const patient = { ...usualTimes, start: 60_000, keep: 60_000 };

export const say = (text: string): void => console.log(`  ${text}`);

/** Home blocks and scanners that stand beside a capture, where something does. */
export function labelOf(capture: string): { home: string[]; scanners: string[] } {
  try {
    const { home = [], scanners = [] } = JSON.parse(readFileSync(capture.replace(/\.pcap(ng)?$/, '.json'), 'utf8')) as {
      home?: string[];
      scanners?: { source: string }[];
    };
    return { home, scanners: scanners.map(({ source }) => source) };
  } catch {
    return { home: [], scanners: [] };
  }
}

export const sentence = ({ kind, source, probes, targets, severity }: Scan): string =>
  `${kind} by ${source ?? 'somebody'}: ${probes} probes at ${targets} addresses, ${severity}`;
