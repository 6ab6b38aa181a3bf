/** Waits on the board's serial line until somebody provisions it. */
import Timer from 'timer';
import type { Board } from '../boards/board.js';
import { Provisioner } from '../provisioner.js';
import { guard } from './timers.js';

/** Milliseconds for the answer to leave the line. */
const FAREWELL = 500;

/** @param name what is kept on the board; `done` is to start it anew */
export function provision(board: Board, name: string, done: () => void): void {
  const { serial } = board;
  if (!serial) return;
  const provisioner = new Provisioner({
    board: board.name, version: board.version, send: (bytes) => write(bytes), keep: (text) => board.write(name, text), kept: () => board.read(name),
    done: () => Timer.set(done, FAREWELL),
  });
  const write = serial.open((bytes) => guard(() => provisioner.received(bytes)));
}
