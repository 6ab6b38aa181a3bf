/** What the app costs on XS, in computrons: the same number on every machine and every day. */

import { FlashOutbox } from '../../../src/app/core/flash-outbox.js';
import { buildHealth } from '../../../src/app/core/health.js';
import { Outbox } from '../../../src/app/core/outbox.js';
import { RECORD_BYTES } from '../../../src/engine/constants/codes.js';
import { encodeAlert } from '../../../src/protocol/alert.js';
import { configSettings, readConfig } from '../../../src/protocol/config.js';
import { readRecord } from '../../../src/protocol/record.js';
import { sampleRecord } from '../../support/samples.js';

declare const print: (text: string) => void;
declare const meter: () => number;
declare const heap: () => number;

const TURNS = 64;
const clock = { now: () => 1_760_000_000_000, state: () => 'synced' as const, uptime: () => 5000 };
const record = sampleRecord();

/** Computrons a turn, after one that does not count. */
function cost(work: (turn: number) => void): number {
  work(0);
  const before = meter();
  for (let turn = 1; turn <= TURNS; turn++) work(turn);
  return Math.round((meter() - before) / TURNS);
}

const bytes = new Uint8Array(16 * 4096).fill(0xff);
const flash = {
  size: bytes.length,
  sectorSize: 4096,
  read: (at: number, length: number) => bytes.slice(at, at + length),
  write: (at: number, data: Uint8Array) => {
    bytes.set(data, at);
  },
  erase: (at: number) => {
    bytes.fill(0xff, at, at + 4096);
  },
};

const empty = heap();
const plain = new Outbox({ boot: 1, capacity: 96 });
const kept = new Outbox({ boot: 1, capacity: 96, storage: new FlashOutbox(flash) });
const view = new DataView(new ArrayBuffer(RECORD_BYTES));
const text = JSON.stringify({
  version: 1,
  home: ['10.20.0.0/16', 'fd20:20::/48'],
  watch: ['192.0.2.0/24'],
  healthSeconds: configSettings.healthSeconds.absent,
});

function through(outbox: Outbox): void {
  outbox.enqueue('alert', (sequence) => encodeAlert(record, { boot: 1, sequence, clock: 'synced' }));
  const message = outbox.take();
  if (message) outbox.acknowledge(message.place);
}

const figures: Record<string, number> = {
  readRecord: cost(() => readRecord(view, 0)),
  encodeAlert: cost((sequence) => encodeAlert(record, { boot: 1, sequence, clock: 'synced' })),
  alertThroughOutbox: cost(() => through(plain)),
  alertThroughFlash: cost(() => through(kept)),
  health: cost(() =>
    buildHealth({
      version: '0.1.0',
      clock,
      outbox: plain,
      engine: { counters: () => ({ frames: 1000, decoded: 900 }), traps: 0, framesLost: 0 },
      connections: 1,
      quota: { sent: 0, low: false },
      vitals: { freeHeap: 50_000 },
      config: { version: 1, refused: 0, problem: '', healthSeconds: 30 },
    }),
  ),
  readConfig: cost(() => readConfig(text)),
};
print(`metered ${JSON.stringify(figures)}`);

const before = heap();
const full = new Outbox({ boot: 1, capacity: 96 });
for (let i = 0; i < 96; i++)
  full.enqueue('alert', (sequence) => encodeAlert(record, { boot: 1, sequence, clock: 'synced' }));
const after = heap();
const slots = (value: number): number => Math.floor(value / 2 ** 32);
const chunks = (value: number): number => value % 2 ** 32;
print(
  `heap ${JSON.stringify({ slots: slots(after) - slots(before), chunks: chunks(after) - chunks(before), atStart: slots(empty), held: full.used })}`,
);
