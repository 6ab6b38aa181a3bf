/** Any ESP32: preferences in NVS, the outbox in its own partition, the uplink named by the manifest. */

import Serial from 'embedded:io/serial';
import { uplink } from 'blockwatch/app/boards/uplink';
import settings from 'mc/config';
import Preference from 'preference';
import { Light } from '../core/light.js';
import { readStored, removeStored, writeStored } from '../core/redundant-store.js';
import type { Board, SerialLine } from '../xs/board.js';
import { keysOf, slot } from '../xs/slot.js';
import { timers } from '../xs/timers.js';
import { random } from './random.js';

function flashSize(this: void): number {
  return native('xs_board_flash_size').call(this);
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
function freeHeap(this: void): number {
  return native('xs_board_free_heap').call(this);
}
function alive(this: void): void {
  native('xs_board_alive').call(this);
}
function restart(this: void): void {
  native('xs_board_restart').call(this);
}
function lookAtTcp(this: void, tcp: object, end: boolean): void {
  native('xs_board_look_at_tcp').call(this, tcp, end);
}
function measure(this: void): string {
  return native('xs_board_measure').call(this);
}
function quietSerial(this: void, port: number): void {
  native('xs_board_serial_quiet').call(this, port);
}
function light(this: void, on: boolean): void {
  native('xs_board_light').call(this, on);
}
/** Created on first use: this module is linked into flash. */
let shown: Light | undefined;

/**
 * The `config` of the board's manifest; the build adds `releaseKeys` and `trialSeconds` (scripts/firmware/build.ts).
 */
const config = settings as unknown as {
  board: string;
  version: string;
  tap: string;
  releaseKeys?: string;
  serial: { receive: number; transmit: number };
  trials?: boolean;
  trialSeconds?: string;
};

const DOMAIN = 'blockwatch';
const SECTOR = 4096;
/** UART0: connected to the board's USB chip, or to its pins RX and TX. */
const PORT = 0;

const serial: SerialLine = {
  open(arrived, writable) {
    quietSerial(PORT);
    const line: Serial = new Serial({
      baud: 115_200,
      port: PORT,
      receive: config.serial.receive,
      transmit: config.serial.transmit,
      format: 'buffer',
      onReadable: (count) => arrived(new Uint8Array(line.read(count) as ArrayBuffer)),
      // More bytes than there is room for throw.
      onWritable: writable,
    });
    return (bytes) => {
      line.write(bytes);
    };
  },
};

export const board: Board = {
  name: config.board,
  version: config.version,
  tap: config.tap,
  flash: {
    get size() {
      return flashSize();
    },
    sectorSize: SECTOR,
    read: (at, length) => new Uint8Array(flashRead(at, length)),
    write: (at, bytes) =>
      flashWrite(at, bytes.byteLength === bytes.buffer.byteLength ? bytes.buffer : bytes.slice().buffer),
    erase: flashErase,
  },
  // NVS erases a key before writing it: so there are two copies, and a write replaces the older one.
  read: (name) => readStored(name, (key) => Preference.get(DOMAIN, key) as string | undefined),
  write: (name, text) =>
    writeStored(
      name,
      text,
      (key) => Preference.get(DOMAIN, key) as string | undefined,
      (key, value) => Preference.set(DOMAIN, key, value),
    ),
  forget: (name) =>
    removeStored(
      name,
      (key) => Preference.get(DOMAIN, key) as string | undefined,
      (key) => Preference.delete(DOMAIN, key),
    ),
  random,
  connect: uplink.connect,
  hasTime: false,
  vitals: () => {
    const signalLoss = uplink.signalLoss();
    return { freeHeap: freeHeap(), ...(signalLoss === undefined ? {} : { signalLoss }) };
  },
  show: (state) => {
    shown ??= new Light(light, timers);
    shown.show(state);
  },
  alive,
  slot,
  releaseKeys: keysOf(config.releaseKeys),
  ...(config.trialSeconds ? { trial: Number(config.trialSeconds) * 1000 } : {}),
  serial,
  measure,
  trials: config.trials === true,
  restart,
  lookAtTcp,
};
