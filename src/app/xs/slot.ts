/** The slot for the inactive image on this machine: src/native/board/image-esp32.c, image-lin.c. */
import { validKey } from '../../protocol/update.js';
import type { ImageSlot } from '../core/update.js';

function size(this: void): number {
  return native('xs_image_size').call(this);
}
function state(this: void): number {
  return native('xs_image_state').call(this);
}
function begin(this: void, at: number): void {
  native('xs_image_begin').call(this, at);
}
function write(this: void, bytes: ArrayBufferLike): void {
  native('xs_image_write').call(this, bytes);
}
function read(this: void, at: number, length: number): ArrayBuffer {
  return native('xs_image_read').call(this, at, length);
}
function activate(this: void): void {
  native('xs_image_activate').call(this);
}
function confirm(this: void): void {
  native('xs_image_confirm').call(this);
}
function giveBack(this: void): void {
  native('xs_image_give_back').call(this);
}

const states = ['settled', 'trial', 'returned'] as const;

export const slot: ImageSlot = {
  get size() {
    return size();
  },
  get state() {
    return states[state()] ?? 'settled';
  },
  begin,
  write: (bytes) => write(bytes.byteLength === bytes.buffer.byteLength ? bytes.buffer : bytes.slice().buffer),
  read: (at, length) => new Uint8Array(read(at, length)),
  activate,
  confirm,
  giveBack,
};

/** Keys as given to the build, comma-separated; invalid ones are dropped. */
export const keysOf = (text = ''): string[] => text.split(',').filter(validKey);
