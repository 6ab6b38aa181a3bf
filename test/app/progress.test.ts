import assert from 'node:assert/strict';
import type { Step } from '../../src/app/core/progress.js';
import { LATE, Progress } from '../../src/app/core/progress.js';
import { FakeTime } from './world.js';

function setUp(wifi = 'office'): { time: FakeTime; said: string[]; waitFor: (step: Step | undefined) => void } {
  const time = new FakeTime();
  const said: string[] = [];
  const progress = new Progress({
    wifi,
    timeServer: 'ntp.example',
    broker: 'broker.example',
    timers: time,
    say: (sentence) => said.push(sentence),
  });
  return { time, said, waitFor: (step) => progress.waitFor(step) };
}

describe('a sensor on its way to the broker', () => {
  it('says what it waits for, each once where nothing is late', () => {
    const { time, said, waitFor } = setUp();
    for (const step of ['network', 'time', 'broker'] as const) {
      waitFor(step);
      waitFor(step);
      time.advance(LATE - 1);
    }
    time.advance(10 * LATE);
    assert.deepEqual(said, [
      'Joining the WiFi "office".',
      'Asking ntp.example for the time, without which no certificate can be checked.',
      'Connecting to the broker broker.example.',
    ]);
    assert.equal(time.pending, 0);
  });

  it('says what may be wrong with the WiFi, and again, until it is joined', () => {
    const { time, said, waitFor } = setUp();
    waitFor('network');
    time.advance(2 * LATE);
    assert.equal(
      said.filter((sentence) => /^The WiFi "office" is not joined, or gives no address: see that/.test(sentence))
        .length,
      2,
    );
    waitFor('broker');
    time.advance(5 * LATE);
    assert.equal(said.length, 4);
  });

  it('says what may be wrong with the wire where there is no WiFi, and with the time', () => {
    const { time, said, waitFor } = setUp('');
    waitFor('network');
    time.advance(LATE);
    waitFor('time');
    time.advance(LATE);
    assert.match(
      said.join('\n'),
      /^Waiting for an address on the wire\.\nThere is no address on the wire: see that the cable is in.*\nAsking .*\nNo time from ntp\.example: see that .* UDP port 123/,
    );
  });

  it('says nothing where it waits for nothing', () => {
    const { time, said, waitFor } = setUp();
    waitFor(undefined);
    time.advance(LATE);
    assert.deepEqual(said, []);
  });
});
