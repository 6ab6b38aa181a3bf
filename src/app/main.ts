/**
 * The sensor on a board. Reads like the block diagram of docs/ARCHITECTURE.md:
 *
 *   tap ──frames──► engine ──records──► app ──messages──► outbox ──► uplink ──► broker
 *                                        ▲                              │
 *                                        └────────── config ◄───────────┘
 *
 * Nothing here throws to the event loop: on XS that would be a restart. A part that cannot continue reports it and
 * waits.
 */
import { board } from 'blockwatch/app/boards/current';
import Timer from 'timer';
import type { Config } from '../protocol/config.js';
import { readConfig } from '../protocol/config.js';
import type { Provisioning } from '../protocol/provisioning.js';
import { readProvisioning } from '../protocol/provisioning.js';
import { clientId } from '../protocol/topics.js';
import { nextBoot } from './core/boot-number.js';
import { FlashOutbox } from './core/flash-outbox.js';
import { stateOf } from './core/light.js';
import type { OutboxStorage } from './core/outbox.js';
import { Outbox } from './core/outbox.js';
import { Progress } from './core/progress.js';
import type { Trust } from './core/reading.js';
import { beginReading } from './core/reading.js';
import { SensorApp } from './core/sensor.js';
import { beginTrial } from './core/update.js';
import { SensorClock } from './xs/clock.js';
import { hmac } from './xs/hmac.js';
import { mqttConnector } from './xs/mqtt.js';
import { SerialDesk } from './xs/serial.js';
import { say, timers } from './xs/timers.js';
import { sha256, verify } from './xs/verify.js';
import { Watch } from './xs/watch.js';

/** Milliseconds between two batches of records: 160 a second at most, many times the engine's budget. */
const NEXT_RECORDS = 50;
/**
 * Messages the outbox holds. Each takes some 16 slots of XS's heap (firmware:check counts them), the scarcest memory.
 */
const CAPACITY = 64;
const WINDOW = 4;
/** Milliseconds that a deliberate restart waits for messages in flight. */
const FAREWELL = 5_000;
/** Milliseconds between checks of everything without a wake-up of its own: a lost wake, the watchdog, the light. */
const TURN = 1_000;
/** Milliseconds that the light shows a scan. */
const ALERT_SHOWN = 60_000;

/** The value stored under `name`, parsed by `read`; undefined if it is missing or invalid. */
function stored<T>(name: string, read: (text: string) => T): T | undefined {
  try {
    const text = board.read(name);
    return text === undefined ? undefined : read(text);
  } catch (error) {
    say(`What was kept as ${name} is no good: ${(error as Error).message}`);
    return undefined;
  }
}

function countBoot(): number {
  const boot = nextBoot(Number(stored('boot', (text) => text)), board.hasTime ? Date.now() / 1000 : 0, () =>
    board.random(),
  );
  store('boot', String(boot));
  return boot;
}

/** Unintended restarts: the mark of the previous run is still there. */
function countRestart(): number {
  const before = Number(stored('restarts', (text) => text)) || 0;
  const unasked = stored('running', (text) => text) === 'yes';
  store('running', 'yes');
  if (!unasked) return before;
  store('restarts', String(before + 1));
  return before + 1;
}

function store(name: string, text: string): void {
  try {
    board.write(name, text);
  } catch (error) {
    say(`${name} cannot be kept: ${(error as Error).message}`);
  }
}

function openStorage(): OutboxStorage | undefined {
  try {
    return new FlashOutbox(board.flash);
  } catch (error) {
    say(`The outbox is kept in memory only: ${(error as Error).message}`);
    return undefined;
  }
}

function run(given: Provisioning, trust: Trust, desk: SerialDesk): void {
  say(`Blockwatch ${board.version} on ${board.name}: this sensor is ${given.site}/${given.sensor}.`);
  const boot = countBoot();
  const clock = new SensorClock(board.hasTime);
  const restarts = countRestart();
  const watch = new Watch(given.home, clock);
  const storage = openStorage();
  const outbox = new Outbox({ boot, capacity: CAPACITY, window: WINDOW, ...(storage ? { storage } : {}) });
  const config = trust === 'all' ? stored<Config>('config', readConfig) : undefined;
  store('reading', '');
  const app = new SensorApp({
    site: given.site,
    sensor: given.sensor,
    version: board.version,
    outbox,
    engine: watch,
    connector: mqttConnector(given.broker, clientId(given.site, given.sensor), board.lookAtTcp),
    clock,
    timers,
    // XS's own Math.random gives every board the same numbers, so its jitter would be the same everywhere.
    random: () => board.random() / 0x100000000,
    configKey: given.configKey,
    hmac,
    ...(config ? { config } : {}),
    home: given.home,
    vitals: () => {
      const { missed, ringDropped } = watch.lost;
      return { ...board.vitals(), tapLost: missed + ringDropped, ringDropped, restarts };
    },
    configure: (next) => {
      store('config', JSON.stringify(next));
      watch.configure(next);
    },
    update: {
      board: board.name,
      keys: board.releaseKeys,
      slot: board.slot,
      verify,
      sha256,
      read: () => board.read('update'),
      write: (text) => board.write('update', text),
      restart: () => app.stop(FAREWELL, restart),
    },
    say,
  });

  let next: Timer | undefined;
  let alerted = -ALERT_SHOWN;
  const takeMore = (): void => {
    next = undefined;
    takeRecords();
  };
  const takeRecords = (): void => {
    if (next) return;
    try {
      const records = watch.take();
      app.take(records);
      if (records.some(({ stage }) => stage === 'start')) alerted = clock.uptime();
      // A few at a time: a flood of records must leave the uplink its turns. The engine counts records that wait too
      // long.
      if (records.length > 0) next = Timer.set(takeMore, NEXT_RECORDS);
    } catch (error) {
      say(`Records could not be taken: ${(error as Error).message}`);
    }
  };
  const problem = watch.start(config, [board.random(), board.random()], given.tap || board.tap, takeRecords);
  if (problem) say(problem);
  Timer.repeat(() => {
    takeRecords();
    board.show(
      stateOf({
        fault: problem !== '',
        listening: watch.listening,
        online: app.uplink.state === 'online',
        alerted: clock.uptime() - alerted < ALERT_SHOWN,
      }),
    );
    board.alive();
  }, TURN);

  const command = (word: string): void => {
    if (word === 'trap') watch.provokeTrap();
    if (word === 'report') app.report();
    if (word === 'fill') fillHeap();
    if (word === 'hang') hang();
    if (word === 'throw') throw new Error('as asked');
  };
  board.command?.(command);
  desk.attend(given, forget, () => app.stop(FAREWELL, restart), command);

  const progress = new Progress({
    wifi: given.wifi.ssid,
    timeServer: given.timeServer,
    broker: given.broker.host,
    timers,
    say,
  });
  let started = false;
  const startUplink = (): void => {
    // A certificate's dates cannot be checked before the time is known.
    if (!started && given.broker.tls && clock.state() !== 'synced') return progress.waitFor('time');
    progress.waitFor('broker');
    if (!started) app.start();
    started = true;
  };
  progress.waitFor('network');
  board.connect(
    given.wifi,
    (up) => {
      if (!up) return progress.waitFor('network');
      if (!board.hasTime) clock.follow(given.timeServer, startUplink);
      startUplink();
    },
    say,
  );
}

/** For tests: uses all turns until the watchdog ends the program. */
function hang(): never {
  for (;;) Date.now();
}

/** For tests: uses up XS's memory, as a leak would. */
function fillHeap(): void {
  const taken: unknown[] = [];
  for (;;) taken.push({ next: taken, bytes: new Uint8Array(64) });
}

/**
 * Identity and everything received or found under it: secrets last, so that a power cut leaves a complete sensor or
 * none.
 */
function forget(): void {
  for (let at = 0; at < board.flash.size; at += board.flash.sectorSize) board.flash.erase(at);
  board.forget('config');
  board.forget('provisioning');
}

/** Deliberate: not counted as a restart. */
function restart(): void {
  store('running', '');
  board.restart();
}

export default function main(): void {
  // Before anything that a new image may have broken.
  board.alive();
  const desk = new SerialDesk(board);
  beginTrial(board.slot, timers, say, board.trial);
  const trust = beginReading(
    () => stored('reading', (text) => text),
    (text) => store('reading', text),
  );
  const given = trust === 'nothing' ? undefined : stored<Provisioning>('provisioning', readProvisioning);
  if (given) return run(given, trust, desk);
  store('reading', '');
  board.show('provisioning');
  say('This sensor is not provisioned: it waits on its serial port for what "blockwatch enroll" made.');
  desk.provision('provisioning', restart);
}
