/** A Linux box as a board: the same app under XS, its state in a folder, its tap a network interface or a capture. */
import settings from 'mc/config';
import Timer from 'timer';
import type { Board } from '../xs/board.js';
import { keysOf, slot } from '../xs/slot.js';

function environment(this: void, name: string): string | undefined {
  return native('xs_board_environment').call(this, name);
}
function readText(this: void, name: string): string | undefined {
  return native('xs_board_read').call(this, name);
}
function writeText(this: void, name: string, text: string): void {
  native('xs_board_write').call(this, name, text);
}
function random(this: void): number {
  return native('xs_board_random').call(this);
}
function heapFree(this: void): number {
  return native('xs_board_heap_free').call(this);
}
function flashRead(this: void, at: number, length: number): ArrayBuffer {
  return native('xs_board_flash_read').call(this, at, length);
}
function flashWrite(this: void, at: number, bytes: ArrayBufferLike): void {
  native('xs_board_flash_write').call(this, at, bytes);
}
function flashErase(this: void, at: number): void {
  native('xs_board_flash_erase').call(this, at);
}
function exit(this: void): void {
  native('xs_board_exit').call(this);
}

/** `trialSeconds` serves tests of an image that stays silent. */
const config = settings as unknown as { version: string; releaseKeys?: string; trialSeconds?: string };

const SECTOR = 4096;
/** As large as the partition on a board of 4 MB. */
const SECTORS = 16;

export const board: Board = {
  name: 'linux',
  version: config.version,
  // Read on first use: this module is linked into flash, where there is no environment yet.
  get tap() {
    return environment('BLOCKWATCH_TAP') ?? '';
  },
  flash: {
    size: SECTORS * SECTOR,
    sectorSize: SECTOR,
    read: (at, length) => new Uint8Array(flashRead(at, length)),
    write: (at, bytes) =>
      flashWrite(at, bytes.byteLength === bytes.buffer.byteLength ? bytes.buffer : bytes.slice().buffer),
    erase: flashErase,
  },
  read: readText,
  write: writeText,
  forget: (name) => writeText(name, ''),
  random,
  connect: (_wifi, changed) => changed(true),
  hasTime: true,
  vitals: () => ({ freeHeap: heapFree() }),
  show: () => {},
  alive: () => {},
  slot,
  releaseKeys: keysOf(config.releaseKeys),
  ...(config.trialSeconds ? { trial: Number(config.trialSeconds) * 1000 } : {}),
  command: (given) => {
    Timer.repeat(() => {
      const text = readText('command');
      if (!text) return;
      writeText('command', '');
      given(text.trim());
    }, 200);
  },
  serial: undefined,
  restart: exit,
};
