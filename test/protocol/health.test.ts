import assert from 'node:assert/strict';
import { decode } from 'cborg';
import * as codes from '../../src/engine/constants/codes.js';
import { counterNames, counters, readCounters } from '../../src/protocol/counters.js';
import type { Health } from '../../src/protocol/health.js';
import { encodeHealth, healthFigureNames, healthFigures, healthKeys, readHealth } from '../../src/protocol/health.js';
import { WireError } from '../../src/protocol/wire-error.js';

function sample(): Health {
  const health = {
    boot: 3,
    time: 1_760_000_000_000,
    clock: 'synced',
    version: '0.1.0',
    configProblem: '',
    figures: {},
    counters: {},
  } as unknown as Health;
  healthFigureNames.forEach((name, i) => (health.figures[name] = i + 1));
  counterNames.forEach((name, i) => (health.counters[name] = i * 1000));
  return health;
}
const mapOf = (message: Uint8Array): Map<number, unknown> => decode(message, { useMaps: true }) as Map<number, unknown>;

describe("The engine's counters", () => {
  it('all have a name, and no two share a number', () => {
    const numbers = Object.entries(codes).filter(([name]) => name.startsWith('COUNTER_') && name !== 'COUNTER_COUNT');
    assert.deepEqual(
      Object.values(counters),
      numbers.map(([, value]) => value).sort((a, b) => Number(a) - Number(b)),
    );
    assert.equal(counterNames.length, codes.COUNTER_COUNT);
  });

  it('are called what the engine calls them', () => {
    for (const name of counterNames) {
      const constant = `COUNTER_${name.replace(/[A-Z0-9]*[A-Z]/g, (part) => `_${part}`).toUpperCase()}`;
      assert.equal((codes as Record<string, unknown>)[constant], counters[name], constant);
    }
  });

  it("are read from the engine's memory in their order", () => {
    const view = new DataView(new ArrayBuffer(8 + 4 * codes.COUNTER_COUNT));
    for (let i = 0; i < codes.COUNTER_COUNT; i++) view.setUint32(8 + 4 * i, 100 + i, true);
    const read = readCounters(view, 8);
    assert.equal(read.frames, 100);
    assert.equal(read.clockBackwards, 100 + codes.COUNTER_CLOCK_BACKWARDS);
  });
});

describe('The health message', () => {
  it('gives back every figure and every counter', () => {
    assert.deepEqual(readHealth(mapOf(encodeHealth(sample()))), sample());
  });

  it('has a key of its own for every figure', () => {
    const keys = [...Object.values(healthKeys), ...Object.values(healthFigures)];
    assert.equal(new Set(keys).size, keys.length);
  });

  it('leaves out what is 0, and the reader puts it back', () => {
    const quiet = sample();
    for (const name of healthFigureNames) quiet.figures[name] = 0;
    for (const name of counterNames) quiet.counters[name] = 0;
    const message = encodeHealth(quiet);
    assert.ok(message.length < 40);
    assert.deepEqual(readHealth(mapOf(message)), quiet);
  });

  it('a health message carries why a config was refused', () => {
    const health = { ...sample(), configProblem: 'The config is not JSON.' };
    assert.equal(readHealth(mapOf(encodeHealth(health))).configProblem, 'The config is not JSON.');
  });

  it('a text too long for a health message is cut', () => {
    const health = { ...sample(), configProblem: 'x'.repeat(1000), version: 'v'.repeat(1000) };
    const read = readHealth(mapOf(encodeHealth(health)));
    assert.deepEqual([read.configProblem.length, read.version.length], [200, 64]);
  });

  it('stays below 640 bytes when every number is the largest u32', () => {
    const health = { ...sample(), boot: 0xffffffff };
    for (const name of healthFigureNames) health.figures[name] = 0xffffffff;
    for (const name of counterNames) health.counters[name] = 0xffffffff;
    assert.ok(encodeHealth(health).length < 640);
  });

  it('counts a number that makes no sense as 0', () => {
    const health = sample();
    health.figures.tapLost = -5;
    health.counters.frames = NaN;
    const read = readHealth(mapOf(encodeHealth(health)));
    assert.deepEqual([read.figures.tapLost, read.counters.frames], [0, 0]);
  });

  const refuse = (change: (map: Map<unknown, unknown>) => void, sentence: RegExp) => () => {
    const map = mapOf(encodeHealth(sample())) as Map<unknown, unknown>;
    change(map);
    assert.throws(
      () => readHealth(map),
      (error: unknown) => error instanceof WireError && sentence.test(error.message),
    );
  };
  it(
    'a health message without a boot is refused',
    refuse((map) => map.delete(healthKeys.boot), /boot \(key 1\) is missing/),
  );
  it(
    'a health message without counters is refused',
    refuse((map) => map.delete(healthKeys.counters), /counters/),
  );
  it(
    'is refused with an unknown clock',
    refuse((map) => map.set(healthKeys.clock, 7), /clock 7/),
  );
  it(
    'is refused with a version that is a number',
    refuse((map) => map.set(healthKeys.version, 1), /version/),
  );
  it(
    'is refused with a negative figure',
    refuse((map) => map.set(healthFigures.traps, -1), /figure traps/),
  );
  it(
    'is refused with a counter that is text',
    refuse((map) => {
      (map.get(healthKeys.counters) as Map<number, unknown>).set(counters.frames, 'many');
    }, /counter frames/),
  );
  it('a health message that is no map is refused', () => assert.throws(() => readHealth([]), WireError));

  it('may have figures and counters that a later version adds', () => {
    const map = mapOf(encodeHealth(sample()));
    map.set(200, 1);
    (map.get(healthKeys.counters) as Map<number, unknown>).set(200, 1);
    assert.deepEqual(readHealth(map), sample());
  });
});
