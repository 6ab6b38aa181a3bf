/** A sum that stands for SHA-256: what it takes of the heap is the same, what it proves is not this test's matter. */
import { crc32 } from '../../../../src/app/core/crc32.js';

export class Digest {
  #sum = 0;
  write(bytes: ArrayBuffer): void {
    this.#sum = crc32(new Uint8Array(bytes), this.#sum);
  }

  close(): ArrayBuffer {
    const out = new DataView(new ArrayBuffer(32));
    for (let at = 0; at < 32; at += 4) out.setUint32(at, this.#sum);
    return out.buffer;
  }
}
