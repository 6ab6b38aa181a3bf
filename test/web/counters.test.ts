import assert from 'node:assert/strict';
import { counterName, healthGroups, healthTroubles } from '../../host/wording/counters.js';
import { counterNames } from '../../src/protocol/counters.js';
import { healthFigureNames } from '../../src/protocol/health.js';

describe('names of health counters', () => {
  it('have a name of their own, each a different one', () => {
    const all = [...counterNames, ...healthFigureNames];
    assert.equal(new Set(all.map(counterName)).size, all.length);
    for (const key of all) assert.match(counterName(key), /^[A-Z]/);
  });

  it('are spelled out when a newer sensor has one this page does not know', () => {
    assert.equal(counterName('framesPerFortnight'), 'Frames per fortnight');
    assert.equal(counterName('odd-one_out'), 'Odd one out');
    assert.equal(counterName('constructor'), 'Constructor');
  });

  it('appear once each, the unknown ones last', () => {
    const health = Object.fromEntries([...counterNames, ...healthFigureNames, 'novelty'].map((key) => [key, 1]));
    const shown = healthGroups(health).flatMap((group) => group.counters.map((counter) => counter.key));
    assert.equal(shown.length, Object.keys(health).length);
    assert.equal(new Set(shown).size, shown.length);
    assert.equal(healthGroups(health).at(-1)?.title, 'Sensor');
  });

  it('leave out zeros, except where zero is the good news', () => {
    const shown = healthGroups({ frames: 3, malformedArp: 0, tapLost: 0, novelty: 0 }).flatMap((group) =>
      group.counters.map((counter) => counter.key),
    );
    assert.deepEqual(shown, ['frames', 'tapLost']);
  });

  it('show nothing for a sensor that has not reported', () => {
    assert.deepEqual(healthGroups({}), []);
    assert.deepEqual(healthTroubles({}), []);
  });

  it('give time and memory their units', () => {
    const [group] = healthGroups({ uptime: 120_000, freeHeap: 2048, signalLoss: 71 });
    assert.deepEqual(
      group?.counters.map((counter) => counter.value),
      ['2 min', '2 KiB', '−71 dBm'],
    );
  });

  it('are trouble only when they count something that was lost', () => {
    assert.deepEqual(
      healthTroubles({ frames: 5, tapLost: 0, recordsLost: 2, droppedWhispers: 1 }).map((counter) => counter.key),
      ['recordsLost', 'droppedWhispers'],
    );
  });
});
