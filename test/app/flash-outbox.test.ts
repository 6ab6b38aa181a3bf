import assert from 'node:assert/strict';
import { crc32 } from '../../src/app/core/crc32.js';
import type { Flash } from '../../src/app/core/flash-outbox.js';
import { FlashOutbox } from '../../src/app/core/flash-outbox.js';
import type { Message } from '../../src/app/core/outbox.js';
import { Outbox } from '../../src/app/core/outbox.js';

class PowerCut extends Error {}

/** NOR flash: writing turns ones into zeros, erasing a sector turns it into ones; the power fails after `budget` bytes. */
class Nor implements Flash {
  readonly sectorSize = 256;
  readonly size: number;
  budget = Infinity;
  /** Bytes written and erased so far. */
  work = 0;
  readonly erased: number[];
  bytes: Uint8Array;

  constructor(sectors = 4) {
    this.size = sectors * this.sectorSize;
    this.bytes = new Uint8Array(this.size).fill(0xff);
    this.erased = new Array<number>(sectors).fill(0);
  }

  read(at: number, length: number): Uint8Array {
    assert.ok(at >= 0 && at + length <= this.size, 'read outside');
    return this.bytes.slice(at, at + length);
  }

  write(at: number, data: Uint8Array): void {
    assert.equal(at % 4, 0, 'written at an odd place');
    assert.equal(data.length % 4, 0, 'an odd number of bytes written');
    assert.ok(at + data.length <= this.size, 'written outside');
    assert.ok(Math.floor(at / 256) === Math.floor((at + data.length - 1) / 256), 'written over the end of a sector');
    data.forEach((byte, i) => {
      this.#spend();
      this.bytes[at + i] = (this.bytes[at + i] as number) & byte;
    });
  }

  erase(at: number): void {
    assert.equal(at % this.sectorSize, 0);
    this.erased[at / this.sectorSize] = (this.erased[at / this.sectorSize] as number) + 1;
    for (let i = 0; i < this.sectorSize; i++) {
      this.#spend();
      this.bytes[at + i] = 0xff;
    }
  }

  #spend(): void {
    if (this.work++ >= this.budget) throw new PowerCut();
  }
}

const message = (place: number, changes: Partial<Message> = {}): Message => ({
  place,
  boot: 7,
  sequence: place,
  class: 'alert',
  payload: Uint8Array.from({ length: 20 + (place % 30) }, (_, i) => (place * 7 + i) & 0xff),
  ...changes,
});

describe('CRC-32', () => {
  it("is that of the standard's check value", () => {
    assert.equal(crc32(new TextEncoder().encode('123456789')), 0xcbf43926);
    assert.equal(crc32(new Uint8Array(0)), 0);
  });
});

describe('the outbox in flash', () => {
  it('is empty in new flash, and in flash full of anything', () => {
    assert.deepEqual(new FlashOutbox(new Nor()).load(), []);
    for (const fill of [0x00, 0xa5, 0x55]) {
      const flash = new Nor();
      flash.bytes.fill(fill);
      assert.deepEqual(new FlashOutbox(flash).load(), []);
    }
  });

  it('gives back what was put, in order, after a restart', () => {
    const flash = new Nor();
    const outbox = new FlashOutbox(flash);
    const messages = [
      message(1),
      message(2, { class: 'whisper' }),
      message(3, { class: 'progress', boot: 0xffffffff, payload: new Uint8Array(0) }),
    ];
    for (const one of messages) outbox.put(one);
    assert.deepEqual(new FlashOutbox(flash).load(), messages);
  });

  it('does not give back what was removed', () => {
    const flash = new Nor();
    const outbox = new FlashOutbox(flash);
    for (const place of [1, 2, 3]) outbox.put(message(place));
    outbox.remove(2);
    outbox.remove(2);
    outbox.remove(99);
    assert.deepEqual(
      new FlashOutbox(flash).load().map(({ place }) => place),
      [1, 3],
    );
  });

  it('goes round and round: many more messages than fit, few of them alive', () => {
    const flash = new Nor();
    let outbox = new FlashOutbox(flash);
    for (let place = 1; place <= 500; place++) {
      outbox.put(message(place));
      if (place > 4) outbox.remove(place - 4);
      if (place % 37 === 0) outbox = new FlashOutbox(flash);
    }
    assert.deepEqual(
      outbox.load(),
      [497, 498, 499, 500].map((place) => message(place)),
    );
    assert.deepEqual(new FlashOutbox(flash).load(), outbox.load());
  });

  it('wears its sectors evenly, though one message lives for ever', () => {
    const flash = new Nor();
    const outbox = new FlashOutbox(flash);
    outbox.put(message(1));
    for (let place = 2; place <= 2000; place++) {
      outbox.put(message(place));
      outbox.remove(place);
    }
    assert.ok(Math.max(...flash.erased) - Math.min(...flash.erased) <= 2, flash.erased.join(' '));
    assert.deepEqual(new FlashOutbox(flash).load(), [message(1)]);
  });

  it('says that it is full, keeps what it has, and takes more once something was removed', () => {
    const flash = new Nor();
    const outbox = new FlashOutbox(flash);
    let place = 0;
    assert.throws(() => {
      for (;;) outbox.put(message(++place));
    }, /full/);
    const held = outbox.load().map((one) => one.place);
    assert.ok(held.length >= 8, `${held.length}`);
    assert.deepEqual(
      new FlashOutbox(flash).load().map((one) => one.place),
      held,
    );
    for (const old of held.slice(0, 8)) outbox.remove(old);
    outbox.put(message(1000));
    assert.ok(new FlashOutbox(flash).load().some((one) => one.place === 1000));
  });

  it('refuses a message that its head cannot describe', () => {
    assert.throws(() => new FlashOutbox(new Nor()).put(message(1, { payload: new Uint8Array(256) })), /255 bytes/);
  });

  it('counts a damaged message, and reads those around it', () => {
    const flash = new Nor();
    const outbox = new FlashOutbox(flash);
    for (const place of [1, 2, 3]) outbox.put(message(place));
    const at = 16 + ((16 + 21 + 4 + 3) & ~3) + 20;
    flash.bytes[at] = (flash.bytes[at] as number) ^ 1;
    const again = new FlashOutbox(flash);
    assert.deepEqual(
      again.load().map(({ place }) => place),
      [1, 3],
    );
    assert.ok(again.damaged > 0);
  });

  it('survives a power cut after every single byte: nothing that was put and not removed is lost, nothing else is made up', () => {
    // Enough turns that sectors are erased and live messages written again.
    const script = (outbox: FlashOutbox, done: { put: Set<number>; removed: Set<number>; doing: number }): void => {
      for (let place = 1; place <= 40; place++) {
        done.doing = place;
        outbox.put(message(place));
        done.put.add(place);
        const old = place - 3;
        if (old > 0 && old % 5 !== 0) {
          done.doing = old;
          outbox.remove(old);
          done.removed.add(old);
        }
        if (old > 12 && (old - 12) % 5 === 0) {
          done.doing = old - 12;
          outbox.remove(old - 12);
          done.removed.add(old - 12);
        }
        done.doing = 0;
      }
    };
    const whole = new Nor();
    script(new FlashOutbox(whole), { put: new Set(), removed: new Set(), doing: 0 });
    assert.ok(Math.max(...whole.erased) > 2, 'the script must go round');
    for (let budget = 0; budget < whole.work; budget++) {
      const flash = new Nor();
      flash.budget = budget;
      const done = { put: new Set<number>(), removed: new Set<number>(), doing: 0 };
      try {
        script(new FlashOutbox(flash), done);
        assert.fail('the power was to fail');
      } catch (error) {
        if (!(error instanceof PowerCut)) throw error;
      }
      flash.budget = Infinity;
      const found = new Map(new FlashOutbox(flash).load().map((one) => [one.place, one]));
      for (const place of done.put) {
        if (done.removed.has(place) || place === done.doing) continue;
        assert.ok(found.has(place), `cut after ${budget} bytes: message ${place} is lost`);
      }
      for (const [place, one] of found) {
        assert.deepEqual(one, message(place));
        assert.ok(
          done.put.has(place) || place === done.doing,
          `cut after ${budget} bytes: message ${place} was never put`,
        );
      }
      // And it can be used again.
      const outbox = new FlashOutbox(flash);
      outbox.put(message(900));
      assert.ok(
        new FlashOutbox(flash).load().some((one) => one.place === 900),
        `cut after ${budget} bytes`,
      );
    }
  });

  it('serves the outbox: what was not acknowledged is there after a restart, under the same names', () => {
    const flash = new Nor(8);
    const before = new Outbox({ boot: 1, capacity: 32, storage: new FlashOutbox(flash) });
    for (let i = 0; i < 5; i++) before.enqueue('alert', (sequence) => Uint8Array.of(sequence));
    before.acknowledge(before.take()?.place ?? -1);
    const after = new Outbox({ boot: 2, capacity: 32, storage: new FlashOutbox(flash) });
    assert.equal(after.storageErrors, 0);
    assert.deepEqual(
      [after.take(), after.take()].map((one) => [one?.boot, one?.sequence, one?.payload[0]]),
      [
        [1, 2, 2],
        [1, 3, 3],
      ],
    );
  });
});
