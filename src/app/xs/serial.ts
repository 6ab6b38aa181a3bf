/** The board's serial line: opened once, for provisioning as well as for normal operation. */
import Time from 'time';
import Timer from 'timer';
import type { Provisioning } from '../../protocol/provisioning.js';
import { Attendant } from '../core/attendant.js';
import { Provisioner } from '../core/provisioner.js';
import { Voice } from '../core/voice.js';
import type { Board } from './board.js';
import { guard, hear } from './timers.js';

/** Milliseconds for an answer to leave the line before the board restarts. */
const FAREWELL = 500;

export class SerialDesk {
  readonly #board: Board;
  #voice: Voice | undefined;
  #received: (bytes: Uint8Array) => void = () => {};

  /** Starts the app's output. Without a line, the sensor works silently. */
  constructor(board: Board) {
    this.#board = board;
    guard(() => {
      const write = board.serial?.open(
        (bytes) => guard(() => this.#received(bytes)),
        (count) => guard(() => this.#voice?.writable(count)),
      );
      if (!write) return;
      const voice = new Voice(() => Time.ticks, write);
      this.#voice = voice;
      hear((sentence) => voice.say(sentence));
    });
  }

  /** Waits for provisioning. @param name the preferences domain; `done` restarts the board */
  provision(name: string, done: () => void): void {
    const board = this.#board;
    const provisioner = new Provisioner({
      board: board.name,
      version: board.version,
      says: () => this.#voice?.last ?? '',
      send: (bytes) => this.#voice?.answer(bytes),
      store: (text) => board.write(name, text),
      stored: () => board.read(name),
      done: () => Timer.set(done, FAREWELL),
    });
    this.#received = (bytes) => provisioner.received(bytes);
  }

  /** Answers on a provisioned board. */
  attend({ site, sensor }: Provisioning, forget: () => void, done: () => void, command: (word: string) => void): void {
    const attendant = new Attendant({
      board: this.#board.name,
      version: this.#board.version,
      site,
      sensor,
      says: () => this.#voice?.last ?? '',
      answer: (text) => this.#voice?.answer(text),
      forget,
      measure: this.#board.measure,
      command: this.#board.trials ? command : undefined,
      done: () => Timer.set(done, FAREWELL),
    });
    this.#received = (bytes) => attendant.received(bytes);
  }
}
