import assert from 'node:assert/strict';
import { FrameOrder } from '../../host/capture/order.js';
import { HEAD_BYTES } from '../../src/engine/constants/memory.js';

interface Ordered {
  order: FrameOrder;
  times: number[];
  bytes: string[];
}

/** Frames of these times through an order; each frame's bytes are its index. */
function ordered(times: number[], window?: number): Ordered {
  const out: Ordered = { order: undefined as never, times: [], bytes: [] };
  out.order = new FrameOrder((timeMs, _link, bytes, offset, captured) => {
    out.times.push(timeMs);
    out.bytes.push(bytes.toString('latin1', offset, offset + captured));
  }, window);
  times.forEach((time, i) => {
    const data = Buffer.from(`.${i}`);
    out.order.take(time, 1, data, 1, data.length - 1, data.length - 1);
  });
  out.order.finish();
  return out;
}

const ascending = (a: number, b: number): number => a - b;
/** The same every time. */
function shuffled(count: number): number[] {
  let state = 1;
  return Array.from({ length: count }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return state % (count * 4);
  });
}

describe('the order of frames', () => {
  it('is that of their times, whatever order they come in, if they fit the window', () => {
    for (const times of [shuffled(2000), shuffled(2000).sort(ascending), shuffled(2000).sort(ascending).reverse()]) {
      const { order, times: out, bytes } = ordered(times);
      assert.deepEqual(out, [...times].sort(ascending));
      assert.deepEqual(
        bytes.map((index) => times[Number(index)]),
        out,
      );
      assert.equal(order.frames, 2000);
      assert.equal(order.tooLate, 0);
    }
  });

  it('stays as it is for frames of the same time', () => {
    const { bytes, order } = ordered([5, 3, 5, 3, 5, 3]);
    assert.deepEqual(bytes, ['1', '3', '5', '0', '2', '4']);
    assert.equal(order.outOfOrder, 3);
  });

  it('holds no more frames than the window', () => {
    const order = new FrameOrder(() => passed++, 10);
    let passed = 0;
    for (let i = 0; i < 100; i++) order.take(1000 - (i % 7), 1, Buffer.alloc(4), 0, 4, 4);
    // The latest may be too late, and wait for a word of what comes next.
    assert.ok(passed >= 89, `${passed} frames have left`);
    order.finish();
    assert.equal(passed, 100);
  });

  it('is restored over no more than the window: a frame that comes later passes where it stands, and is counted', () => {
    const times = Array.from({ length: 50 }, (_, i) => i);
    times.splice(40, 0, 2.5);
    const { times: out, order } = ordered(times, 10);
    assert.equal(order.outOfOrder, 1);
    assert.equal(order.tooLate, 1);
    assert.equal(out.length, 51);
    assert.ok(out.indexOf(2.5) > out.indexOf(20));
    assert.deepEqual(
      out.filter((time) => time !== 2.5),
      times.filter((time) => time !== 2.5),
    );
  });

  it('begins again where the clock was set back for good', () => {
    const day = Array.from({ length: 200 }, (_, i) => 1_000_000 + i);
    // The day before, its frames swapped in pairs.
    const before = Array.from({ length: 200 }, (_, i) => i ^ 1);
    const { times, order } = ordered([...day, ...before], 20);
    assert.deepEqual(times, [...day, ...before.sort(ascending)]);
    assert.equal(order.tooLate, 0);
  });

  it('is not disturbed by one frame of a wrong time, however far', () => {
    const times = Array.from({ length: 300 }, (_, i) => i);
    times[20] = 1e12;
    const { times: out, order } = ordered(times, 50);
    assert.deepEqual(out, [...times].sort(ascending));
    assert.equal(order.outOfOrder, 1);
  });

  it('keeps of each frame what the engine reads, and its length', () => {
    const lengths: number[][] = [];
    const order = new FrameOrder((_t, link, _b, _o, captured, original) => lengths.push([link, captured, original]));
    order.take(1, 6, Buffer.alloc(2000), 0, 2000, 9000);
    order.take(2, 1, Buffer.alloc(10), 0, 10, 10);
    order.finish();
    assert.deepEqual(lengths, [
      [6, HEAD_BYTES, 9000],
      [1, 10, 10],
    ]);
  });
});
