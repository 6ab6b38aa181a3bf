import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LogStorage } from '../../host/sensor/storage.js';
import type { Message } from '../../src/app/core/outbox.js';
import { messageClasses } from '../../src/app/core/outbox.js';
import { seededRandom } from '../support/samples.js';

const message = (place: number): Message => ({
  place,
  boot: 7,
  sequence: place + 100,
  class: messageClasses[place % 3] as Message['class'],
  payload: new Uint8Array(Array.from({ length: place % 97 }, (_, i) => (i * 37 + place) & 0xff)),
});

describe('The outbox on disk', () => {
  let directory: string;
  let path: string;
  const open: LogStorage[] = [];
  const storage = (): LogStorage => {
    const opened = new LogStorage(path);
    open.push(opened);
    return opened;
  };
  const places = (): number[] => {
    const opened = new LogStorage(path);
    const found = opened.load().map((held) => held.place);
    opened.close();
    return found;
  };

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'blockwatch-'));
    path = join(directory, 'outbox');
  });
  afterEach(() => {
    for (const opened of open.splice(0)) opened.close();
    rmSync(directory, { recursive: true });
  });

  it('an outbox without a file is empty', () => assert.deepEqual(storage().load(), []));

  it('has every message again, byte for byte, in its order', () => {
    const before = storage();
    const messages = Array.from({ length: 200 }, (_, i) => message(i + 1));
    for (const held of messages) before.put(held);
    assert.deepEqual(storage().load(), messages);
  });

  it("a message that was removed is no longer in the outbox's file", () => {
    const before = storage();
    for (let i = 1; i <= 5; i++) before.put(message(i));
    before.remove(2);
    before.remove(4);
    before.remove(99);
    assert.deepEqual(places(), [1, 3, 5]);
  });

  it('is consistent when it is cut at any byte: what was put and not removed, less the last line', () => {
    const before = storage();
    const held = [new Set<number>()];
    const ends = [0];
    const live = new Set<number>();
    for (let i = 1; i <= 12; i++) {
      before.put(message(i));
      live.add(i);
      ends.push(readFileSync(path).length);
      held.push(new Set(live));
      if (i % 3 === 0) {
        before.remove(i - 1);
        live.delete(i - 1);
        ends.push(readFileSync(path).length);
        held.push(new Set(live));
      }
    }
    const whole = readFileSync(path);
    for (let cut = 0; cut <= whole.length; cut++) {
      writeFileSync(path, whole.subarray(0, cut));
      const complete = ends.filter((end) => end <= cut).length - 1;
      // A line without only its newline is complete: its checksum says so.
      const expected = ends[complete + 1] === cut + 1 ? complete + 1 : complete;
      assert.deepEqual(places(), [...(held[expected] as Set<number>)], `cut at byte ${cut}`);
    }
  });

  it('leaves out a damaged line and keeps those around it', () => {
    const before = storage();
    for (let i = 1; i <= 3; i++) before.put(message(i));
    const text = readFileSync(path, 'latin1').split('\n');
    text[1] = (text[1] as string).replace('102', '103');
    writeFileSync(path, text.join('\n'));
    const after = storage();
    assert.deepEqual(
      after.load().map((held) => held.place),
      [1, 3],
    );
    assert.equal(after.damaged, 1);
  });

  it('never invents a message, whatever bits flip (300 seeded flips)', () => {
    const before = storage();
    for (let i = 1; i <= 20; i++) before.put(message(i));
    const whole = readFileSync(path);
    const random = seededRandom(5);
    for (let i = 0; i < 300; i++) {
      const damaged = Buffer.from(whole);
      const at = Math.floor(random() * damaged.length);
      damaged[at] = (damaged[at] as number) ^ (1 << Math.floor(random() * 8));
      writeFileSync(path, damaged);
      const after = new LogStorage(path);
      for (const held of after.load()) assert.deepEqual(held, message(held.place));
      assert.ok(after.load().length >= 18);
      after.close();
    }
  });

  it('reads a file of nonsense as empty', () => {
    writeFileSync(path, Buffer.from(Array.from({ length: 3000 }, (_, i) => (i * 7919) & 0xff)));
    assert.deepEqual(storage().load(), []);
  });

  it('goes on after a torn line that was followed by a restart', () => {
    const before = storage();
    before.put(message(1));
    before.put(message(2));
    truncateSync(path, readFileSync(path).length - 4);
    const after = storage();
    after.put(message(3));
    assert.deepEqual(places(), [1, 3]);
  });

  it("the outbox's file does not grow without bound", () => {
    const before = storage();
    for (let i = 1; i <= 20_000; i++) {
      before.put(message(i));
      before.remove(i);
    }
    before.put(message(20_001));
    assert.ok(readFileSync(path).length < 500_000);
    assert.deepEqual(places(), [20_001]);
  });
});
