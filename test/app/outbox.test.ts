import assert from 'node:assert/strict';
import type { Message, MessageClass } from '../../src/app/core/outbox.js';
import { OUTBOX_WINDOW, Outbox } from '../../src/app/core/outbox.js';
import { seededRandom } from '../support/samples.js';
import { FakeStorage } from './world.js';

const payload = (sequence: number): Uint8Array => new Uint8Array([sequence]);
const fill = (outbox: Outbox, messageClass: MessageClass, count: number): void => {
  for (let i = 0; i < count; i++) outbox.enqueue(messageClass, payload);
};
/** Takes and acknowledges all that waits; gives the sequence numbers. */
const drain = (outbox: Outbox): number[] => {
  const taken: number[] = [];
  for (let message = outbox.take(); message; message = outbox.take()) {
    taken.push(message.sequence);
    outbox.acknowledge(message.place);
  }
  return taken;
};

describe('The outbox', () => {
  it('numbers messages from 1, whatever their class', () => {
    const outbox = new Outbox({ boot: 1 });
    assert.deepEqual(
      ['whisper', 'alert', 'progress'].map((c) => outbox.enqueue(c as MessageClass, payload)),
      [1, 2, 3],
    );
  });

  it('a payload is told its sequence number', () => {
    const outbox = new Outbox({ boot: 1 });
    outbox.enqueue('alert', (sequence) => new Uint8Array([sequence, 9]));
    assert.deepEqual(outbox.take()?.payload, new Uint8Array([1, 9]));
  });

  it('gives messages in the order they came, over all classes', () => {
    const outbox = new Outbox({ boot: 1 });
    for (const name of ['alert', 'whisper', 'progress', 'alert', 'whisper'] as const) fill(outbox, name, 1);
    assert.deepEqual(drain(outbox), [1, 2, 3, 4, 5]);
  });

  it('an empty outbox gives nothing', () => assert.equal(new Outbox({ boot: 1 }).take(), undefined));

  it('gives no more than the window until one is acknowledged', () => {
    const outbox = new Outbox({ boot: 1 });
    fill(outbox, 'alert', OUTBOX_WINDOW + 5);
    const taken: Message[] = [];
    for (let message = outbox.take(); message; message = outbox.take()) taken.push(message);
    assert.equal(taken.length, OUTBOX_WINDOW);
    outbox.acknowledge(taken[3]?.place as number);
    assert.equal(outbox.take()?.sequence, OUTBOX_WINDOW + 1);
    assert.equal(outbox.take(), undefined);
  });

  it('keeps a message until it is acknowledged', () => {
    const outbox = new Outbox({ boot: 1 });
    fill(outbox, 'alert', 1);
    const message = outbox.take();
    assert.equal(outbox.used, 1);
    outbox.acknowledge(message?.place as number);
    assert.equal(outbox.used, 0);
  });

  it('passes over an acknowledgement that comes twice, or for what is not in flight', () => {
    const outbox = new Outbox({ boot: 1 });
    fill(outbox, 'alert', 2);
    const first = outbox.take() as Message;
    outbox.acknowledge(first.place);
    outbox.acknowledge(first.place);
    outbox.acknowledge(first.place + 1);
    outbox.acknowledge(999);
    assert.equal(outbox.used, 1);
  });

  it('gives what was in flight again after a lost connection, first and under the same numbers', () => {
    const outbox = new Outbox({ boot: 1 });
    for (const name of ['alert', 'whisper', 'progress', 'alert', 'whisper', 'alert'] as const) fill(outbox, name, 1);
    const first = outbox.take() as Message;
    outbox.take();
    outbox.take();
    outbox.acknowledge(first.place);
    outbox.reclaim();
    assert.equal(outbox.resent, 2);
    assert.deepEqual(drain(outbox), [2, 3, 4, 5, 6]);
  });

  it('does not take an acknowledgement of the old connection for one of the new', () => {
    const outbox = new Outbox({ boot: 1 });
    fill(outbox, 'alert', 1);
    const message = outbox.take() as Message;
    outbox.reclaim();
    outbox.acknowledge(message.place);
    assert.equal(outbox.used, 1);
  });

  it('drops the oldest whisper first when it is full', () => {
    const outbox = new Outbox({ boot: 1, capacity: 32 });
    fill(outbox, 'alert', 10);
    fill(outbox, 'whisper', 10);
    fill(outbox, 'progress', 12);
    fill(outbox, 'alert', 3);
    assert.deepEqual(outbox.dropped, { whisper: 3, progress: 0, alert: 0 });
    const left = drain(outbox);
    assert.deepEqual(
      [11, 12, 13].filter((sequence) => left.includes(sequence)),
      [],
    );
    assert.equal(left.length, 32);
  });

  it('drops the oldest progress when no whisper is left', () => {
    const outbox = new Outbox({ boot: 1, capacity: 32 });
    fill(outbox, 'progress', 16);
    fill(outbox, 'alert', 20);
    assert.deepEqual(outbox.dropped, { whisper: 0, progress: 4, alert: 0 });
    assert.equal(drain(outbox)[0], 5);
  });

  it('drops the oldest alert only when there is nothing but alerts', () => {
    const outbox = new Outbox({ boot: 1, capacity: 32 });
    fill(outbox, 'alert', 40);
    assert.deepEqual(outbox.dropped, { whisper: 0, progress: 0, alert: 8 });
    assert.equal(drain(outbox)[0], 9);
  });

  it('drops the newcomer itself where all that waits counts for more, and leaves a hole for it', () => {
    const outbox = new Outbox({ boot: 1, capacity: 32 });
    fill(outbox, 'alert', 32);
    assert.equal(outbox.enqueue('whisper', payload), 33);
    fill(outbox, 'alert', 1);
    const left = drain(outbox);
    assert.equal(left.includes(33), false);
    assert.equal(left.at(-1), 34);
    assert.deepEqual(outbox.dropped, { whisper: 1, progress: 0, alert: 1 });
  });

  it('a message in flight is never dropped', () => {
    const outbox = new Outbox({ boot: 1, capacity: 32 });
    fill(outbox, 'whisper', 4);
    const flying = [outbox.take(), outbox.take()] as Message[];
    fill(outbox, 'alert', 60);
    outbox.reclaim();
    const left = drain(outbox);
    assert.deepEqual(
      left.slice(0, 2),
      flying.map((message) => message.sequence),
    );
  });

  it('never holds more than its capacity, and says how much it held at most', () => {
    const outbox = new Outbox({ boot: 1, capacity: 50 });
    fill(outbox, 'alert', 500);
    assert.deepEqual([outbox.used, outbox.peak], [50, 50]);
  });

  it('has room for twice the window, however little is asked for', () => {
    assert.equal(new Outbox({ boot: 1, capacity: 1 }).capacity, 2 * OUTBOX_WINDOW);
  });

  it('says up to which number everything is settled', () => {
    const outbox = new Outbox({ boot: 1 });
    assert.equal(outbox.settled, 0);
    fill(outbox, 'alert', 3);
    assert.equal(outbox.settled, 0);
    const [first, second] = [outbox.take() as Message, outbox.take() as Message];
    outbox.acknowledge(second.place);
    assert.equal(outbox.settled, 0);
    outbox.acknowledge(first.place);
    assert.equal(outbox.settled, 2);
    drain(outbox);
    assert.equal(outbox.settled, 3);
  });

  it('counts every message once: acknowledged, dropped or held (200 seeded runs)', () => {
    for (let seed = 0; seed < 200; seed++) {
      const random = seededRandom(seed);
      const outbox = new Outbox({ boot: 1, capacity: 32 + Math.floor(random() * 20) });
      const flying: Message[] = [];
      let acknowledged = 0;
      for (let step = 0; step < 400; step++) {
        const choice = random();
        if (choice < 0.5)
          fill(outbox, (['whisper', 'progress', 'alert'] as const)[Math.floor(random() * 3)] ?? 'alert', 1);
        else if (choice < 0.75) {
          const message = outbox.take();
          if (message) flying.push(message);
        } else if (choice < 0.98) {
          const [message] = flying.splice(Math.floor(random() * flying.length), 1);
          if (message) {
            outbox.acknowledge(message.place);
            acknowledged++;
          }
        } else {
          outbox.reclaim();
          flying.length = 0;
        }
        const dropped = outbox.dropped.whisper + outbox.dropped.progress + outbox.dropped.alert;
        assert.equal(acknowledged + dropped + outbox.used, outbox.sequence, `seed ${seed}, step ${step}`);
        assert.ok(outbox.used <= outbox.capacity);
        assert.equal(outbox.inFlight, flying.length);
      }
    }
  });
});

describe('The outbox with a storage', () => {
  it('has what was not acknowledged after a restart, first and with its old boot', () => {
    const storage = new FakeStorage();
    const before = new Outbox({ boot: 1, storage });
    fill(before, 'alert', 3);
    before.acknowledge((before.take() as Message).place);
    before.take();

    const after = new Outbox({ boot: 2, storage });
    assert.equal(after.enqueue('alert', payload), 1);
    const taken = [after.take(), after.take(), after.take()].map((message) => [message?.boot, message?.sequence]);
    assert.deepEqual(taken, [
      [1, 2],
      [1, 3],
      [2, 1],
    ]);
    assert.equal(after.take(), undefined);
  });

  it('forgets what was acknowledged or dropped', () => {
    const storage = new FakeStorage();
    const outbox = new Outbox({ boot: 1, capacity: 32, storage });
    fill(outbox, 'whisper', 40);
    assert.equal(storage.messages.size, 32);
    drain(outbox);
    assert.equal(storage.messages.size, 0);
  });

  it('does not count what is left of an older boot as unsettled', () => {
    const storage = new FakeStorage();
    fill(new Outbox({ boot: 1, storage }), 'alert', 3);
    const after = new Outbox({ boot: 2, storage });
    fill(after, 'alert', 2);
    const taken = Array.from({ length: 5 }, () => after.take() as Message);
    for (const message of taken.filter(({ boot }) => boot === 2)) after.acknowledge(message.place);
    assert.deepEqual([after.settled, after.used], [2, 3]);
  });

  it('drops what it has no room for when it restarts smaller', () => {
    const storage = new FakeStorage();
    fill(new Outbox({ boot: 1, capacity: 60, storage }), 'alert', 60);
    const after = new Outbox({ boot: 2, capacity: 40, storage });
    assert.deepEqual([after.used, after.dropped.alert, storage.messages.size], [40, 20, 40]);
  });

  it('goes on in memory, and counts it, when the storage fails', () => {
    const storage = new FakeStorage();
    storage.failing = true;
    const outbox = new Outbox({ boot: 1, storage });
    fill(outbox, 'alert', 5);
    assert.deepEqual(drain(outbox), [1, 2, 3, 4, 5]);
    assert.equal(outbox.storageErrors, 10);
  });
});
