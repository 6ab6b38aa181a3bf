import assert from 'node:assert/strict';
import { Voice } from '../../src/app/core/voice.js';
import { fromUtf8, toUtf8 } from '../../src/protocol/utf8.js';

/** A voice on a UART that takes `most` bytes at once, and nothing where that is 0. */
function setUp(most = 1e6): {
  voice: Voice;
  clock: { now: number };
  out: () => string;
  drain: () => void;
  pieces: number[];
} {
  const clock = { now: 0 };
  const pieces: number[] = [];
  let text = '';
  const voice = new Voice(
    () => clock.now,
    (bytes) => {
      text += fromUtf8(bytes);
      pieces.push(bytes.length);
    },
  );
  voice.writable(most);
  return {
    voice,
    clock,
    out: () => text,
    drain: () => {
      for (let i = 0; i < 100; i++) voice.writable(most);
    },
    pieces,
  };
}

describe('what a board says on its serial line', () => {
  it('is one line a sentence, and the last is known', () => {
    const { voice, out } = setUp();
    assert.ok(voice.say('Joining the WiFi "büro".'));
    assert.equal(out(), 'BLOCKWATCH says: Joining the WiFi "büro".\n');
    assert.equal(voice.last, 'Joining the WiFi "büro".');
  });

  it('a board that has nothing to say writes nothing', () => {
    const { out, drain } = setUp();
    drain();
    assert.equal(out(), '');
  });

  it('is not the same twice within a minute, whatever the numbers in it; what is last is known all the same', () => {
    const { voice, clock, out } = setUp();
    for (let i = 0; i < 50; i++) {
      voice.say(`No connection to the broker: it is gone; trying again in ${i}.5 s.`);
      clock.now += 1_000;
    }
    assert.equal(out().split('\n').length - 1, 1);
    assert.match(voice.last, /again in 49\.5 s/);
    clock.now += 60_000;
    assert.ok(voice.say('No connection to the broker: it is gone; trying again in 3 s.'));
  });

  it('is said again after something else: a sensor that has lost the broker and found it again is online', () => {
    const { voice } = setUp();
    assert.deepEqual(
      ['a', 'a', 'b', 'a', 'b', 'b'].map((sentence) => voice.say(sentence)),
      [true, false, true, true, true, false],
    );
  });

  it('is no more than some sentences in a row, and then one a second', () => {
    const { voice, clock } = setUp();
    const flood = (from: number): number =>
      Array.from({ length: 100 }, (_, i) => voice.say('x'.repeat(1 + ((from + i) % 200)))).filter((said) => said)
        .length;
    assert.equal(flood(0), 12);
    clock.now += 3_000;
    assert.equal(flood(100), 3);
  });

  it('goes on as it should when the clock wraps', () => {
    const { voice, clock } = setUp();
    clock.now = 0xffffffff - 1_000;
    assert.ok(voice.say('a'));
    clock.now = 1_000;
    assert.equal(voice.say('a'), false);
    clock.now = 70_000;
    assert.ok(voice.say('a'));
  });

  it('goes out in pieces that the UART takes, never more, in order', () => {
    const { voice, out, drain, pieces } = setUp(7);
    voice.say('A sentence that is longer than the buffer of a UART.');
    voice.answer('ok');
    voice.answer(toUtf8('raw'));
    drain();
    assert.equal(out(), 'BLOCKWATCH says: A sentence that is longer than the buffer of a UART.\nBLOCKWATCH ok\nraw');
    assert.ok(Math.max(...pieces) <= 7);
  });

  it('goes on where the word that the UART is free was lost, and not before the UART must be free', () => {
    const { voice, clock, out } = setUp(10);
    clock.now = 5_000;
    voice.writable(10);
    voice.answer('a first answer');
    const begun = out();
    assert.equal(begun, 'BLOCKWATCH');
    clock.now += 1_000;
    voice.answer('a second');
    assert.equal(out(), begun);
    clock.now += 2_000;
    voice.answer('a third');
    assert.equal(out(), 'BLOCKWATCH a first answer\nBLOCKWATCH a second\nBLOCKWATCH a third\n');
  });

  it('neither waits nor grows where nobody takes it; what is half said is ended, and the newest answer is kept', () => {
    const { voice, clock, out } = setUp(4);
    for (let i = 0; i < 50; i++) {
      clock.now += 5_000;
      voice.say('y'.repeat(i + 1));
    }
    voice.answer('ok');
    assert.equal(out(), 'BLOC');
    for (let i = 0; i < 2_000; i++) voice.writable(4);
    const lines = out().split('\n');
    assert.equal(lines[0], 'BLOCKWATCH says: y');
    assert.equal(lines.at(-2), 'BLOCKWATCH ok');
    assert.ok(lines.length <= 8, String(lines.length));
  });

  it('is one line even where the sentence has more, and not endless', () => {
    const { voice, out } = setUp();
    voice.say(`a\nBLOCKWATCH ok\r\n${'z'.repeat(5_000)}`);
    assert.equal(out().split('\n').length, 2);
    assert.ok(out().length < 300);
  });
});
