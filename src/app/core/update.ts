/**
 * The firmware's update: from a signed offer to an image that has proved itself, or back to the one before.
 *
 *   none ─offer─► waiting ─its slice─► fetching ─complete─► checking ─hash right─► (restart) trial ─birth─► none
 *                    ▲                  │  ▲                   │                              │
 *                    │                  └──┘ one block a time  └─ hash wrong ─► failed ◄──────┘ no birth in time
 *
 * An image runs only if three conditions hold, none of which the broker controls: a valid signature by a release key,
 * the right hash of the complete image in flash, and a birth that the broker acknowledges. The sensor requests one
 * block at a time and accepts no other, so memory is bounded; a lost connection or power cut costs only the data since
 * the last mark.
 */

import type { HealthFigure, UpdateStep } from '../../protocol/health.js';
import { updateSteps } from '../../protocol/health.js';
import type { Offer, Verify } from '../../protocol/update.js';
import { compareVersions, encodeFetch, imageOf, readBlock, readOffer, signedText } from '../../protocol/update.js';
import { WireError } from '../../protocol/wire-error.js';
import type { Clock, Random, Timers } from './ports.js';

/** Storage of the inactive image. Each call may throw: flash wears out. */
export interface ImageSlot {
  /** Capacity in bytes. */
  readonly size: number;
  /**
   * `trial`: the running image is new and unconfirmed. `returned`: the image last tried in the other slot was rolled
   * back, by the app or the boot loader. `settled`: neither.
   */
  readonly state: 'settled' | 'trial' | 'returned';
  /** Prepares for writing from offset `at`: 0, or a multiple of MARK up to which an earlier run has written. */
  begin(at: number): void;
  /** Writes the next bytes. */
  write(bytes: Uint8Array): void;
  read(at: number, length: number): Uint8Array;
  /** Selects this image for the next start, on trial. Throws if the platform rejects the image. */
  activate(): void;
  /** Ends the trial of the running image and keeps it. */
  confirm(): void;
  /** Ends the trial of the running image and starts the previous one. Does not return. */
  giveBack(): void;
}

export interface Sha256 {
  write(bytes: Uint8Array): void;
  /** Lower-case hexadecimal. */
  close(): string;
}

export interface UpdateParts {
  board: string;
  /** Public release keys; any one may have signed (two during a key change). Empty: no update is accepted. */
  keys: readonly string[];
  slot: ImageSlot;
  verify: Verify;
  sha256(): Sha256;
  /** State that survives a restart, as a short text. A power cut during a write leaves the old or the new text. */
  read(): string | undefined;
  write(text: string): void;
  /** Sends a farewell and restarts. */
  restart(): void;
  times?: Partial<UpdateTimes>;
}

export interface UpdaterOptions extends UpdateParts {
  version: string;
  clock: Clock;
  timers: Timers;
  random: Random;
  /** Sends a request; false where there is no connection. */
  request(payload: Uint8Array): boolean;
  /** A value in the health message has changed. */
  changed(): void;
  say(sentence: string, level?: 'info' | 'warn'): void;
}

/** Milliseconds. */
export const updateTimes = {
  /** Between two blocks: alerts and engine records have priority. */
  pause: 20,
  /** A missing answer is requested again after this time, which doubles on each retry, with jitter. */
  answer: 15_000,
  answerMost: 600_000,
  /**
   * Between two signature checks. A check costs a board a good part of a second, and a flood of offers must not use it
   * all.
   */
  look: 10_000,
  /** Between two starts of writing: a sender that alternates two valid offers must not wear out the flash. */
  begin: 600_000,
  /** Between two parts of the hash: other tasks get their slices. */
  part: 5,
};
export type UpdateTimes = typeof updateTimes;

/** Time in which a new image must have its birth acknowledged, ms. */
export const TRIAL = 600_000;
/** Bytes of a block: with the copies made by TLS and MQTT, this fits the free part of XS's heap. */
export const BLOCK = 1024;
/** The progress is recorded every so many bytes: sixteen sectors, so that it costs little flash wear. */
export const MARK = 65_536;
/** Bytes hashed in one slice. */
const READ_BYTES = 4096;
/** Number of failed images remembered, each by its newest attempt. */
const MAX_FAILED = 8;
/** Starts into the same image. More than one, because power may fail between this record and the boot loader's. */
const MAX_SWITCHES = 2;

/** State that survives a restart. */
interface StoredUpdate {
  /** Image and attempt; may be empty. */
  id: string;
  version: string;
  at: number;
  /** Number of times a start into it was begun. */
  switches: number;
  failed: string[];
  problem: string;
}

const idOf = ({ manifest, attempt }: Offer): string => `${imageOf(manifest.sha256)}.${attempt}`;
const imageIn = (id: string): string => id.slice(0, id.indexOf('.'));
const attemptIn = (id: string): number => Number(id.slice(id.indexOf('.') + 1));

export class Updater {
  /** Offers refused and images abandoned since the boot. */
  refused = 0;
  /** Blocks that were not requested. */
  strays = 0;
  problem = '';

  readonly #options: UpdaterOptions;
  readonly #times: UpdateTimes;
  #step: UpdateStep = 'none';
  #stored: StoredUpdate;
  #offer: Offer | undefined;
  #at = 0;
  /** Bytes requested and not received yet; 0: none. */
  #asked = 0;
  #silence = 0;
  #cancel: () => void = nothing;
  #looked = -Infinity;
  #began = -Infinity;
  #next: string | undefined;
  #cancelLook: () => void = nothing;

  constructor(options: UpdaterOptions) {
    this.#options = options;
    this.#times = { ...updateTimes, ...options.times };
    this.#stored = readStoredUpdate(options.read);
    this.problem = this.#stored.problem;
    if (options.slot.state === 'trial') this.#step = 'trial';
    else if (this.#stored.switches > 0) this.#resolveSwitch();
  }

  get step(): UpdateStep {
    return this.#step;
  }

  /** The update's part of the health message. */
  figures(): Partial<Record<HealthFigure, number>> {
    const here = this.#step === 'fetching' || this.#step === 'checking' ? this.#at : 0;
    return {
      updateStep: updateSteps.indexOf(this.#step),
      updateBytes: here,
      updatesRefused: this.refused,
      updateStrays: this.strays,
    };
  }

  /** The broker has acknowledged the birth. */
  online(): void {
    const { slot, version, say } = this.#options;
    if (this.#step === 'trial') {
      try {
        slot.confirm();
        this.#step = 'none';
        this.#store({ id: '', version: '', at: 0, switches: 0, problem: '' });
        this.problem = '';
        say(`Version ${version} has reached the broker: it stays.`);
      } catch (error) {
        say(`Version ${version} has reached the broker, and that cannot be written down: ${(error as Error).message}.`);
      }
    }
    if (this.#step !== 'fetching') return;
    // Requests made on the previous connection are lost.
    this.#silence = 0;
    this.#askIn(this.#options.random() * this.#times.look);
  }

  /** Takes a text from the update topic. The newest counts; checks are rate-limited. */
  offered(text: string): void {
    this.#cancelLook();
    if (text === '') {
      this.#next = undefined;
      return this.#withdrawn();
    }
    this.#next = text;
    const wait = this.#looked + this.#times.look - this.#options.clock.uptime();
    if (wait <= 0) this.#look();
    else this.#cancelLook = this.#options.timers.after(wait, () => this.#look());
  }

  /** Takes a payload from the block topic. */
  block(payload: Uint8Array): void {
    const offer = this.#offer;
    const block = readBlock(payload);
    if (
      this.#step !== 'fetching' ||
      !offer ||
      !block ||
      this.#asked === 0 ||
      block.image !== imageOf(offer.manifest.sha256) ||
      block.offset !== this.#at ||
      block.data.length !== this.#asked
    ) {
      this.strays++;
      return;
    }
    this.#asked = 0;
    this.#silence = 0;
    try {
      this.#options.slot.write(block.data);
    } catch (error) {
      return this.#fail(`The new image cannot be written: ${(error as Error).message}.`);
    }
    this.#at += block.data.length;
    if (this.#at === offer.manifest.size) return this.#check();
    if (this.#at % MARK === 0) this.#store({ at: this.#at });
    this.#askIn(this.#times.pause);
  }

  /** The previous image runs again: was the new one tried and rolled back, or did the power fail before the trial? */
  #resolveSwitch(): void {
    const { slot, version } = this.#options;
    const { switches, version: tried } = this.#stored;
    if (tried === version && slot.state === 'settled')
      return void this.#store({ id: '', version: '', at: 0, switches: 0, problem: '' });
    if (slot.state !== 'returned' && switches < MAX_SWITCHES) return;
    this.#fail(`Version ${tried} did not reach the broker and was taken back.`);
  }

  #withdrawn(): void {
    if (this.#step === 'trial') return;
    this.#cancel();
    this.#offer = undefined;
    this.#asked = 0;
    if (this.#step !== 'none') this.#options.say('The update was withdrawn.');
    this.#step = 'none';
    this.#options.changed();
  }

  #look(): void {
    const text = this.#next;
    if (text === undefined) return;
    const { clock, timers } = this.#options;
    // A manifest's expiry cannot be checked before the time is known. Only one image may be on trial.
    if (clock.state() !== 'synced' || this.#step === 'trial') {
      this.#cancelLook = timers.after(this.#times.look, () => this.#look());
      return;
    }
    this.#next = undefined;
    this.#looked = clock.uptime();
    try {
      this.#take(readOffer(text));
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.refused++;
      this.problem = error.message;
      this.#options.say(`An update was refused: ${error.message}`);
      this.#options.changed();
    }
  }

  /** @throws WireError if the offer must not be installed; an update in progress then continues */
  #take(offer: Offer): void {
    const { board, keys, slot, version, verify, clock } = this.#options;
    const { manifest } = offer;
    if (keys.length === 0) throw new WireError('This sensor has no release key: its firmware was built without one.');
    if (!keys.some((key) => verify(key, signedText(offer.text), offer.signature)))
      throw new WireError("The update's signature is of no release key that this sensor knows.");
    if (manifest.board !== board)
      throw new WireError(`The update is for the board ${manifest.board}, and this is ${board}.`);
    const order = compareVersions(manifest.version, version);
    if (order < 0)
      throw new WireError(`The update's version ${manifest.version} is older than ${version}, which runs.`);
    if (order === 0) return this.#withdrawn();
    if (manifest.minimum !== '' && compareVersions(version, manifest.minimum) < 0) {
      throw new WireError(
        `Version ${manifest.version} may follow ${manifest.minimum} and what is newer, and ${version} runs.`,
      );
    }
    if (manifest.size > slot.size)
      throw new WireError(`The image has ${manifest.size} bytes, and there is room for ${slot.size}.`);
    if (manifest.expires * 1000 <= clock.now()) throw new WireError(`The update to ${manifest.version} has expired.`);
    const id = idOf(offer);
    // It was reported when it failed; a repeated offer is not news.
    if (this.#stored.failed.some((known) => imageIn(known) === imageIn(id) && attemptIn(known) >= offer.attempt)) {
      if (this.#step === 'none') this.#step = 'failed';
      return;
    }
    if (this.#offer && idOf(this.#offer) === id && this.#step !== 'failed') return;
    this.#begin(offer, id);
  }

  #begin(offer: Offer, id: string): void {
    const { random, say, clock, timers } = this.#options;
    const { at, id: last } = this.#stored;
    const known = last === id && (at % MARK === 0 || at === offer.manifest.size);
    this.#cancel();
    this.#offer = offer;
    this.#asked = 0;
    this.#silence = 0;
    this.#at = known ? at : 0;
    this.problem = '';
    if (!known) this.#store({ id, version: offer.manifest.version, at: 0, switches: 0, problem: '' });
    // The update in progress has had its slice.
    const delay = this.#at > 0 ? 0 : Math.floor(random() * offer.stagger * 1000);
    const wait = Math.max(delay, this.#began + this.#times.begin - clock.uptime(), 0);
    this.#step = 'waiting';
    const resumed = this.#at > 0 ? `${this.#at} bytes of it are here` : 'it begins now';
    const progress = wait > 0 ? `it begins in ${Math.ceil(wait / 1000)} s` : resumed;
    say(`Version ${offer.manifest.version} is offered; ${progress}.`);
    this.#cancel = timers.after(wait, () => this.#open());
    this.#options.changed();
  }

  #open(): void {
    const offer = this.#offer as Offer;
    if (this.#at >= offer.manifest.size) return this.#check();
    this.#began = this.#options.clock.uptime();
    try {
      this.#options.slot.begin(this.#at);
    } catch (error) {
      return this.#fail(`The new image cannot be written: ${(error as Error).message}.`);
    }
    this.#step = 'fetching';
    this.#ask();
  }

  #askIn(ms: number): void {
    this.#cancel();
    this.#cancel = this.#options.timers.after(ms, () => this.#ask());
  }

  #ask(): void {
    const { manifest } = this.#offer as Offer;
    const length = Math.min(BLOCK, manifest.size - this.#at);
    this.#asked = this.#options.request(encodeFetch({ image: imageOf(manifest.sha256), offset: this.#at, length }))
      ? length
      : 0;
    // Half of the delay is random: a fleet whose collector was away must not send requests in step.
    const most = Math.min(this.#times.answerMost, this.#times.answer * 2 ** Math.min(this.#silence++, 10));
    this.#askIn(most * (0.5 + this.#options.random() / 2));
  }

  /** Reads back what was written: the flash content counts. */
  #check(): void {
    const { manifest } = this.#offer as Offer;
    const { slot, timers, sha256 } = this.#options;
    this.#cancel();
    this.#asked = 0;
    this.#step = 'checking';
    this.#at = manifest.size;
    this.#options.changed();
    const sum = sha256();
    let at = 0;
    const more = (): void => {
      try {
        for (const end = Math.min(at + READ_BYTES, manifest.size); at < end; ) {
          const bytes = slot.read(at, Math.min(BLOCK, end - at));
          sum.write(bytes);
          at += bytes.length;
        }
      } catch (error) {
        return this.#fail(`The new image cannot be read back: ${(error as Error).message}.`);
      }
      if (at < manifest.size) this.#cancel = timers.after(this.#times.part, more);
      else if (sum.close() === manifest.sha256) this.#switch();
      else this.#fail('What arrived is not the image that was signed.');
    };
    this.#cancel = timers.after(this.#times.part, more);
  }

  #switch(): void {
    const { manifest } = this.#offer as Offer;
    // Before the boot loader knows: an image that cannot start at all must still be recorded as tried.
    if (!this.#store({ at: manifest.size, switches: this.#stored.switches + 1 }))
      return this.#fail('The new image cannot be started: that it was tried could not be kept.');
    try {
      this.#options.slot.activate();
    } catch (error) {
      return this.#fail(`The new image is none for this machine: ${(error as Error).message}.`);
    }
    this.#options.say(`Version ${manifest.version} is complete and signed: starting it.`);
    this.#options.restart();
  }

  /** Final: this attempt at this image is not repeated. */
  #fail(sentence: string): void {
    this.#cancel();
    this.#offer = undefined;
    this.#asked = 0;
    this.#step = 'failed';
    this.refused++;
    this.problem = sentence;
    const { id: mine } = this.#stored;
    const failed = [mine, ...this.#stored.failed.filter((id) => imageIn(id) !== imageIn(mine))].slice(0, MAX_FAILED);
    this.#store({ id: '', version: '', at: 0, switches: 0, failed, problem: sentence });
    this.#options.say(sentence, 'warn');
    this.#options.changed();
  }

  #store(change: Partial<StoredUpdate>): boolean {
    this.#stored = { ...this.#stored, ...change };
    try {
      this.#options.write(JSON.stringify(this.#stored));
      return true;
    } catch (error) {
      this.#options.say(`How far the update is cannot be kept: ${(error as Error).message}.`);
      return false;
    }
  }
}

/**
 * Starts the trial of a new image, before anything else can fail: without an acknowledged birth in time, the image is
 * rolled back. If a fault, the watchdog or a power cut ends the trial earlier, the boot loader rolls back.
 *
 * @returns cancels the trial
 */
export function beginTrial(
  slot: ImageSlot,
  timers: Timers,
  say: (sentence: string) => void,
  trial = TRIAL,
): () => void {
  if (slot.state !== 'trial') return nothing;
  say(`This version is on trial: it stays when the broker has heard of it within ${Math.round(trial / 1000)} s.`);
  return timers.after(trial, () => {
    if (slot.state !== 'trial') return;
    say('This version did not reach the broker in time: the one before comes back.');
    slot.giveBack();
  });
}

function readStoredUpdate(read: () => string | undefined): StoredUpdate {
  const none = { id: '', version: '', at: 0, switches: 0, failed: [], problem: '' };
  try {
    const found = JSON.parse(read() ?? '{}') as Partial<StoredUpdate>;
    const whole = (value: unknown): number =>
      typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0;
    const text = (value: unknown): string => (typeof value === 'string' ? value : '');
    const failed = Array.isArray(found.failed) ? found.failed.filter((id) => typeof id === 'string') : [];
    return {
      id: text(found.id),
      version: text(found.version),
      at: whole(found.at),
      switches: whole(found.switches),
      failed,
      problem: text(found.problem),
    };
  } catch {
    return none;
  }
}

function nothing(): void {}
