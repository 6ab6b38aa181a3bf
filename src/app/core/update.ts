/**
 * The firmware's update: from a signed offer to an image that has proved itself, or back to the one before.
 *
 *   none ──good offer──► waiting ──its turn──► fetching ──all here──► checking ──hash right──► (restart) trial ──birth──► none
 *                           ▲                     │  ▲                    │                                │
 *                           │                     └──┘ a block at a time  └── hash wrong ──► failed ◄──────┘ no birth in time
 *
 * What runs is decided by three things, none of which a broker has: the release key's signature, the hash of what lies in
 * flash once it is all there, and that the new image reaches the broker. The sensor asks for each block and takes no other, so
 * memory is bounded and a cut connection, or a cut of the power, costs what came since the last mark.
 */

import type { HealthFigure, UpdateStep } from '../../protocol/health.js';
import { updateSteps } from '../../protocol/health.js';
import type { Offer, Verify } from '../../protocol/update.js';
import { compareVersions, encodeFetch, imageOf, readBlock, readOffer, signedText } from '../../protocol/update.js';
import { WireError } from '../../protocol/wire-error.js';
import type { Clock, Random, Timers } from './ports.js';

/** Where the image that does not run is kept. Each call may throw: flash wears out. */
export interface ImageSlot {
  /** Bytes it has room for. */
  readonly size: number;
  /**
   * `trial`: what runs is new and has to be confirmed; `returned`: what was tried last in the other place was given up by us
   * or by the boot loader; `settled`: neither.
   */
  readonly state: 'settled' | 'trial' | 'returned';
  /** Makes ready for bytes from `at` on: 0, or a multiple of MARK up to which an earlier run has written. */
  begin(at: number): void;
  /** The next bytes. */
  write(bytes: Uint8Array): void;
  read(at: number, length: number): Uint8Array;
  /** The next start is from it, on trial. Throws where the machine finds that this is no image of its own. */
  activate(): void;
  /** Ends the trial of what runs: it stays. */
  confirm(): void;
  /** Ends the trial of what runs: starts the one before. Does not come back. */
  giveBack(): void;
}

export interface Sha256 {
  write(bytes: Uint8Array): void;
  /** Lower-case hexadecimal. */
  close(): string;
}

export interface UpdateParts {
  board: string;
  /** Public release keys, any of which may have signed: two while one follows the other. Empty: no update is taken. */
  keys: readonly string[];
  slot: ImageSlot;
  verify: Verify;
  sha256(): Sha256;
  /** What is to be known over a restart, as a small text; a cut while it is written leaves the old one or the new one. */
  read(): string | undefined;
  write(text: string): void;
  /** Says farewell and starts anew. */
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
  /** Something that health tells has changed. */
  changed(): void;
  say(sentence: string, level?: 'info' | 'warn'): void;
}

/** Milliseconds. */
export const updateTimes = {
  /** Between two blocks: alerts and the engine's records come first. */
  pause: 20,
  /** An answer that stays out for so long is asked for again; twice as long each time, with jitter. */
  answer: 15_000,
  answerMost: 600_000,
  /** Between two looks at a signature, which cost a board a good part of a second: a flood of offers must not take it all. */
  look: 10_000,
  /** From one beginning to write to the next: whoever takes turns at offering two good images must not wear the flash out. */
  begin: 600_000,
  /** Between two parts of the hash: others get their turns. */
  part: 5,
};
export type UpdateTimes = typeof updateTimes;

/** A new image has this long, in milliseconds, to have its birth acknowledged. */
export const TRIAL = 600_000;
/** Bytes of a block: with the copies that TLS and MQTT make of it, what XS's heap has to spare. */
export const BLOCK = 1024;
/** Every so many bytes it is written down how far we are: sixteen sectors, so that this costs little of the flash. */
export const MARK = 65_536;
/** Bytes hashed in one turn. */
const PART = 4096;
/** Images that failed and are remembered, each by its newest attempt. */
const MOST_FAILED = 8;
/** Starts into the same image. Above one: power may fail between the note of it and the boot loader's. */
const MOST_SWITCHES = 2;

/** What outlives a restart. */
interface Kept {
  /** Image and attempt, or empty. */
  id: string;
  version: string;
  at: number;
  /** How often we began to start it. */
  switches: number;
  failed: string[];
  problem: string;
}

const idOf = ({ manifest, attempt }: Offer): string => `${imageOf(manifest.sha256)}.${attempt}`;
const imageIn = (id: string): string => id.slice(0, id.indexOf('.'));
const attemptIn = (id: string): number => Number(id.slice(id.indexOf('.') + 1));

export class Updater {
  /** Offers refused and images given up since the boot. */
  refused = 0;
  /** Blocks nobody asked for. */
  strays = 0;
  problem = '';

  readonly #options: UpdaterOptions;
  readonly #times: UpdateTimes;
  #step: UpdateStep = 'none';
  #kept: Kept;
  #offer: Offer | undefined;
  #at = 0;
  /** Bytes asked for and not here yet; 0: nothing is. */
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
    this.#kept = readKeptUpdate(options.read);
    this.problem = this.#kept.problem;
    if (options.slot.state === 'trial') this.#step = 'trial';
    else if (this.#kept.switches > 0) this.#resolveSwitch();
  }

  get step(): UpdateStep {
    return this.#step;
  }

  /** What health tells of it. */
  figures(): Partial<Record<HealthFigure, number>> {
    const here = this.#step === 'fetching' || this.#step === 'checking' ? this.#at : 0;
    return {
      updateStep: updateSteps.indexOf(this.#step),
      updateBytes: here,
      updatesRefused: this.refused,
      updateStrays: this.strays,
    };
  }

  /** The broker has acknowledged our birth. */
  online(): void {
    const { slot, version, say } = this.#options;
    if (this.#step === 'trial') {
      try {
        slot.confirm();
        this.#step = 'none';
        this.#keep({ id: '', version: '', at: 0, switches: 0, problem: '' });
        this.problem = '';
        say(`Version ${version} has reached the broker: it stays.`);
      } catch (error) {
        say(`Version ${version} has reached the broker, and that cannot be written down: ${(error as Error).message}.`);
      }
    }
    if (this.#step !== 'fetching') return;
    // Requests of the connection before are lost.
    this.#silence = 0;
    this.#askIn(this.#options.random() * this.#times.look);
  }

  /** A text arrived on our update topic. The newest counts; how soon it is looked at is limited. */
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

  /** A payload arrived on our block topic. */
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
    if (this.#at % MARK === 0) this.#keep({ at: this.#at });
    this.#askIn(this.#times.pause);
  }

  /** We are back where we were before: was the new image tried and given up, or did the power fail before it could be? */
  #resolveSwitch(): void {
    const { slot, version } = this.#options;
    const { switches, version: tried } = this.#kept;
    if (tried === version && slot.state === 'settled')
      return void this.#keep({ id: '', version: '', at: 0, switches: 0, problem: '' });
    if (slot.state !== 'returned' && switches < MOST_SWITCHES) return;
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
    // A manifest's end means nothing before the time is known. And one image on trial is enough.
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

  /** @throws WireError where it is not to be installed; what is under way then goes on */
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
    // Told when it failed; that a broker says it again is no news.
    if (this.#kept.failed.some((known) => imageIn(known) === imageIn(id) && attemptIn(known) >= offer.attempt)) {
      if (this.#step === 'none') this.#step = 'failed';
      return;
    }
    if (this.#offer && idOf(this.#offer) === id && this.#step !== 'failed') return;
    this.#begin(offer, id);
  }

  #begin(offer: Offer, id: string): void {
    const { random, say, clock, timers } = this.#options;
    const { at, id: last } = this.#kept;
    const known = last === id && (at % MARK === 0 || at === offer.manifest.size);
    this.#cancel();
    this.#offer = offer;
    this.#asked = 0;
    this.#silence = 0;
    this.#at = known ? at : 0;
    this.problem = '';
    if (!known) this.#keep({ id, version: offer.manifest.version, at: 0, switches: 0, problem: '' });
    // What was under way has had its turn.
    const turn = this.#at > 0 ? 0 : Math.floor(random() * offer.stagger * 1000);
    const wait = Math.max(turn, this.#began + this.#times.begin - clock.uptime(), 0);
    this.#step = 'waiting';
    say(
      `Version ${offer.manifest.version} is offered; ${wait > 0 ? `it begins in ${Math.ceil(wait / 1000)} s` : this.#at > 0 ? `${this.#at} bytes of it are here` : 'it begins now'}.`,
    );
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
    // Half of it is chance: a fleet whose collector was away must not ask in step.
    const most = Math.min(this.#times.answerMost, this.#times.answer * 2 ** Math.min(this.#silence++, 10));
    this.#askIn(most * (0.5 + this.#options.random() / 2));
  }

  /** Reads back what was written: what counts is what lies in flash. */
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
        for (const end = Math.min(at + PART, manifest.size); at < end; ) {
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
    // Before the boot loader knows: an image that cannot even start must be known to have been tried.
    if (!this.#keep({ at: manifest.size, switches: this.#kept.switches + 1 }))
      return this.#fail('The new image cannot be started: that it was tried could not be kept.');
    try {
      this.#options.slot.activate();
    } catch (error) {
      return this.#fail(`The new image is none for this machine: ${(error as Error).message}.`);
    }
    this.#options.say(`Version ${manifest.version} is complete and signed: starting it.`);
    this.#options.restart();
  }

  /** For good: this attempt at this image is not made again. */
  #fail(sentence: string): void {
    this.#cancel();
    this.#offer = undefined;
    this.#asked = 0;
    this.#step = 'failed';
    this.refused++;
    this.problem = sentence;
    const { id: mine } = this.#kept;
    const failed = [mine, ...this.#kept.failed.filter((id) => imageIn(id) !== imageIn(mine))].slice(0, MOST_FAILED);
    this.#keep({ id: '', version: '', at: 0, switches: 0, failed, problem: sentence });
    this.#options.say(sentence, 'warn');
    this.#options.changed();
  }

  #keep(change: Partial<Kept>): boolean {
    this.#kept = { ...this.#kept, ...change };
    try {
      this.#options.write(JSON.stringify(this.#kept));
      return true;
    } catch (error) {
      this.#options.say(`How far the update is cannot be kept: ${(error as Error).message}.`);
      return false;
    }
  }
}

/**
 * Begins the trial of a new image, before anything else that could go wrong: without an acknowledged birth in time it goes. What
 * stops it sooner (a fault, the watchdog, the power) leaves the same to the boot loader.
 *
 * @returns calls the trial off
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

function readKeptUpdate(read: () => string | undefined): Kept {
  const none = { id: '', version: '', at: 0, switches: 0, failed: [], problem: '' };
  try {
    const found = JSON.parse(read() ?? '{}') as Partial<Kept>;
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
