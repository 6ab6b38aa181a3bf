/** A sensor's update in a world that a test can break: a slot in flash that outlives the sensor, a boot loader, a collector. */
import { Outbox } from '../../src/app/core/outbox.js';
import { SensorApp } from '../../src/app/core/sensor.js';
import type { ImageSlot, UpdateTimes } from '../../src/app/core/update.js';
import { beginTrial } from '../../src/app/core/update.js';
import type { Manifest, Offer } from '../../src/protocol/update.js';
import { encodeBlock, encodeManifest, encodeOffer, readFetch, signedText } from '../../src/protocol/update.js';
import { FakeBroker, FakeTime } from './world.js';

export const topic = 'blockwatch/1/berlin/tap/';
export const KEY = 'aa'.repeat(64);
export const OTHER_KEY = 'bb'.repeat(64);

/** A sum that stands for SHA-256 where there is none: FNV-1a, eight times. What hashes as what is not this test's matter. */
class Sum {
  #value = 0x811c9dc5;

  write(bytes: Uint8Array): void {
    for (const byte of bytes) this.#value = Math.imul(this.#value ^ byte, 0x01000193) >>> 0;
  }

  close(): string {
    return (this.#value + 0x100000000).toString(16).slice(1).repeat(8);
  }
}

const sums = new WeakMap<Uint8Array, string>();

function sumOf(bytes: Uint8Array): string {
  let known = sums.get(bytes);
  if (known === undefined) {
    const sum = new Sum();
    sum.write(bytes);
    known = sum.close();
    sums.set(bytes, known);
  }
  return known;
}

/** A signature that stands for one: the key's first half and the text's sum. */
export const signWith = (key: string, manifest: string): string =>
  key.slice(0, 64) + sumOf(Uint8Array.from(signedText(manifest), (c) => c.charCodeAt(0)));

const verify = (key: string, text: string, signature: string): boolean =>
  signature === key.slice(0, 64) + sumOf(Uint8Array.from(text, (c) => c.charCodeAt(0)));

const images = new Map<string, Uint8Array>();

/** Always the same bytes for the same size and seed; not to be changed. */
export function imageBytes(size: number, seed = 1): Uint8Array {
  const name = `${size} ${seed}`;
  let image = images.get(name);
  if (!image) {
    image = new Uint8Array(size);
    for (let i = 0; i < size; i++) image[i] = (Math.imul(i + seed, 2654435761) >>> 13) & 0xff;
    images.set(name, image);
  }
  return image;
}

/** Two slots and a boot loader, as on a board: erased by the sector as bytes come, on trial until confirmed. */
export class FakeMachine {
  slots: [Uint8Array, Uint8Array] = [new Uint8Array(0), new Uint8Array(0)];
  running: 0 | 1 = 0;
  versions: [string, string] = ['1.0.0', ''];
  state: ImageSlot['state'] = 'settled';
  kept: string | undefined;
  /** Flash operations (an erase, a write, a note) until the power fails; what is under way is then half done. */
  cutAfter = Infinity;
  operations = 0;
  erased = 0;
  starts = 0;
  broken: { write?: string; activate?: string; keep?: string; read?: string } = {};
  readonly size: number;
  readonly #sector = 4096;
  #at = 0;
  #next: 0 | 1 | undefined;

  constructor(size = 300_000) {
    this.size = size;
    this.slots = [new Uint8Array(size).fill(0xff), new Uint8Array(size).fill(0xff)];
  }

  get other(): Uint8Array {
    return this.slots[1 - this.running] as Uint8Array;
  }

  /** The power has failed: nothing that comes after has any effect. */
  dead = false;

  #operation(half: () => void, whole: () => void): void {
    if (!this.dead && ++this.operations <= this.cutAfter) return whole();
    if (!this.dead) half();
    this.dead = true;
    throw new Error('the power failed');
  }

  readonly slot: ImageSlot = ((machine: FakeMachine): ImageSlot => ({
    get size() {
      return machine.size;
    },
    get state() {
      return machine.state;
    },
    begin: (at) => {
      machine.#at = at;
      if (machine.state === 'returned') machine.state = 'settled';
    },
    write: (bytes) => {
      if (machine.broken.write) throw new Error(machine.broken.write);
      for (let i = 0; i < bytes.length; i++) {
        const at = machine.#at + i;
        if (at % machine.#sector !== 0) continue;
        machine.#operation(
          () => machine.other.fill(0x55, at, at + 2000),
          () => {
            machine.other.fill(0xff, at, at + machine.#sector);
            machine.erased++;
          },
        );
      }
      const half = bytes.length >> 1;
      const put = (length: number): void => {
        for (let i = 0; i < length; i++)
          machine.other[machine.#at + i] = (machine.other[machine.#at + i] as number) & (bytes[i] as number);
      };
      machine.#operation(
        () => put(half),
        () => put(bytes.length),
      );
      machine.#at += bytes.length;
    },
    read: (at, length) => {
      if (machine.broken.read) throw new Error(machine.broken.read);
      return machine.other.slice(at, at + length);
    },
    activate: () => {
      if (machine.broken.activate) throw new Error(machine.broken.activate);
      machine.#operation(
        () => {},
        () => {
          machine.#next = machine.running === 0 ? 1 : 0;
        },
      );
    },
    confirm: () =>
      machine.#operation(
        () => {},
        () => {
          machine.state = 'settled';
        },
      ),
    giveBack: () =>
      machine.#operation(
        () => {},
        () => {
          machine.#return();
          machine.dead = true;
        },
      ),
  }))(this);

  write(text: string): void {
    if (this.broken.keep) throw new Error(this.broken.keep);
    this.#operation(
      () => {},
      () => {
        this.kept = text;
      },
    );
  }

  /** What the boot loader does: the new image on trial the first time, the one before when that is over without a word. */
  start(newVersion: string): void {
    this.starts++;
    if (this.dead) this.cutAfter = Infinity;
    this.dead = false;
    if (this.#next !== undefined) {
      this.running = this.#next;
      this.#next = undefined;
      this.versions[this.running] = newVersion;
      this.state = 'trial';
    } else if (this.state === 'trial') this.#return();
  }

  get version(): string {
    return this.versions[this.running] as string;
  }

  #return(): void {
    this.running = this.running === 0 ? 1 : 0;
    this.state = 'returned';
  }
}

export interface Given {
  keys?: string[];
  board?: string;
  times?: Partial<UpdateTimes>;
  random?: () => number;
  clock?: 'synced' | 'uptime';
}

/** Sensor, broker and collector. `run` goes on through power cuts and restarts until the time is over. */
export class UpdateWorld {
  readonly machine: FakeMachine;
  time = new FakeTime();
  broker = new FakeBroker(this.time);
  app!: SensorApp;
  readonly said: string[] = [];
  /** What the collector does with a request; by default it answers. */
  answer: (world: UpdateWorld, image: string, offset: number, length: number) => void = (
    world,
    image,
    offset,
    length,
  ) => world.give(image, offset, length);
  readonly image: Uint8Array;
  readonly given: Given;
  newVersion = '1.1.0';
  requests = 0;
  /** Milliseconds in which the collector answers once. */
  step = 50;
  /** How the broker is to a new image. */
  trialMode: FakeBroker['mode'] | undefined;
  #offered = '';
  #restart = false;

  constructor(image: Uint8Array, given: Given = {}, machine = new FakeMachine()) {
    this.image = image;
    this.given = given;
    this.machine = machine;
    this.start();
  }

  get id(): string {
    return sumOf(this.image).slice(0, 16);
  }

  start(): void {
    this.machine.start(this.newVersion);
    this.#restart = false;
    const { mode } = this.broker;
    this.time = new FakeTime();
    this.broker = new FakeBroker(this.time);
    this.broker.mode = this.machine.state === 'trial' ? (this.trialMode ?? mode) : mode;
    if (this.#offered) this.broker.retained.set(`${topic}update`, this.#offered);
    const { time, machine, given } = this;
    if (given.clock) time.state = () => given.clock as 'synced';
    beginTrial(machine.slot, time, (sentence) => this.said.push(sentence));
    this.app = new SensorApp({
      site: 'berlin',
      sensor: 'tap',
      version: machine.version,
      outbox: new Outbox({ boot: machine.starts }),
      connector: this.broker,
      clock: time,
      timers: time,
      engine: { traps: 0, framesLost: 0, counters: () => ({}) },
      random: given.random ?? (() => 0.5),
      configure: () => {},
      say: (sentence) => this.said.push(sentence),
      update: {
        board: given.board ?? 'wt32_eth01',
        keys: given.keys ?? [KEY],
        slot: machine.slot,
        verify,
        sha256: () => new Sum(),
        read: () => machine.kept,
        write: (text) => machine.write(text),
        restart: () => {
          this.#restart = true;
        },
        ...(given.times ? { times: given.times } : {}),
      },
    });
    this.app.start();
  }

  manifest(change: Partial<Manifest> = {}): Manifest {
    return {
      version: '1.1.0',
      board: 'wt32_eth01',
      size: this.image.length,
      sha256: sumOf(this.image),
      minimum: '',
      expires: 4_000_000_000,
      ...change,
    };
  }

  offer(change: Partial<Manifest> = {}, more: Partial<Offer> = {}, key = KEY): string {
    const text = more.text ?? encodeManifest(this.manifest(change));
    return encodeOffer({ text, signature: signWith(key, text), stagger: 0, attempt: 1, ...more });
  }

  /** Retained, as the collector publishes it. */
  publish(text: string): void {
    this.#offered = text;
    this.broker.send(`${topic}update`, text);
  }

  give(image: string, offset: number, length: number): void {
    this.broker.sendBytes(`${topic}block`, encodeBlock(image, offset, this.image.slice(offset, offset + length)));
  }

  /** Lets `ms` pass, in small steps in which the collector answers; restarts and cuts happen as they come. */
  run(ms: number, step = 50): void {
    for (let passed = 0; passed < ms; passed += step) {
      this.time.advance(step);
      const asked = this.broker.on('fetch');
      this.broker.arrived = this.broker.arrived.filter((message) => !asked.includes(message));
      for (const { payload } of asked) {
        this.requests++;
        const { image, offset, length } = readFetch(payload as Uint8Array);
        this.answer(this, image, offset, length);
      }
      if (this.#restart || this.machine.dead) this.start();
    }
  }

  /** Until the sensor is idle again, or a day has passed. */
  settle(most = 3_600_000): void {
    for (let passed = 0; passed < most; passed += 15_000) {
      this.run(15_000, this.step);
      if (this.app.uplink.state === 'online' && ['none', 'failed'].includes(this.app.updater?.step ?? '')) return;
    }
  }
}
