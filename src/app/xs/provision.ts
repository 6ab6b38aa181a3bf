/** Waits on the board's serial line until somebody provisions it. */
import type { Board } from '../boards/board.js';
import { Provisioner } from '../provisioner.js';

export function provision(board: Board, accept: (text: string) => void): void {
  const { serial } = board;
  if (!serial) return;
  const provisioner = new Provisioner({ board: board.name, version: board.version, send: (bytes) => write(bytes), accept });
  const write = serial.open((bytes) => provisioner.received(bytes));
}
