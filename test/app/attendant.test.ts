import assert from 'node:assert/strict';
import type { AttendantOptions } from '../../src/app/core/attendant.js';
import { Attendant } from '../../src/app/core/attendant.js';
import { toUtf8 } from '../../src/protocol/utf8.js';

function setUp(
  forget: () => void = () => {},
  says = 'Connected to the broker.',
  also: Partial<AttendantOptions> = {},
): { hear: (text: string) => void; answers: string[]; done: string[] } {
  const answers: string[] = [];
  const done: string[] = [];
  const attendant = new Attendant({
    board: 'esp32_poe',
    version: '0.1.0',
    site: 'berlin',
    sensor: 'tap-1',
    says: () => says,
    answer: (text) => {
      answers.push(text);
      done.push(text.slice(0, 5));
    },
    forget: () => {
      forget();
      done.push('forgotten');
    },
    done: () => done.push('done'),
    ...also,
  });
  return { hear: (text) => attendant.received(toUtf8(text)), answers, done };
}

describe('a board that is provisioned', () => {
  it('says who it is, and what it said last', () => {
    const { hear, answers } = setUp();
    hear('BLOCKWATCH?\n');
    assert.deepEqual(JSON.parse(answers[0] ?? ''), {
      board: 'esp32_poe',
      version: '0.1.0',
      provisioned: true,
      site: 'berlin',
      sensor: 'tap-1',
      says: 'Connected to the broker.',
    });
    const quiet = setUp(() => {}, '');
    quiet.hear('BLOCKWATCH?\n');
    assert.equal('says' in (JSON.parse(quiet.answers[0] ?? '') as object), false);
  });

  it('says what it has left, where it can measure that', () => {
    const { hear, answers } = setUp(() => {}, '', { measure: () => '{"free":71748}' });
    hear('BLOCKWATCH measure\n');
    assert.deepEqual(answers, ['{"free":71748}']);
    const cannot = setUp();
    cannot.hear('BLOCKWATCH measure\n');
    assert.match(cannot.answers[0] ?? '', /^error: /);
  });

  it('takes no word for trials, whatever stands in it; an emulated board does', () => {
    const branch = setUp();
    branch.hear('BLOCKWATCH trial trap\n');
    assert.match(branch.answers[0] ?? '', /^error: This sensor is berlin\/tap-1 already\./);
    const words: string[] = [];
    const emulated = setUp(() => {}, '', { command: (word) => words.push(word) });
    emulated.hear('BLOCKWATCH trial trap\nBLOCKWATCH trial\nBLOCKWATCH trials fill\n');
    assert.deepEqual(words, ['trap']);
    assert.equal(emulated.answers.length, 2);
  });

  it('refuses another provisioning, however long, and says how it is given one', () => {
    const { hear, answers, done } = setUp();
    hear(`BLOCKWATCH {"version":1,"site":"lyon"}\nBLOCKWATCH {"version":1,"ca":"${'A'.repeat(5_000)}"}\n`);
    const sentence =
      'error: This sensor is berlin/tap-1 already. Send "BLOCKWATCH forget" first (blockwatch provision --again).';
    assert.deepEqual(answers, [sentence, sentence]);
    assert.equal(done.includes('forgotten'), false);
  });

  it('forgets who it is when it is told to, says ok when it has, and then starts anew', () => {
    const { hear, done } = setUp();
    hear('noise\r\n\nBLOCKWATCH forget\r\n');
    assert.deepEqual(done, ['forgotten', 'ok', 'done']);
  });

  it('says so where it cannot forget, and goes on', () => {
    const { hear, answers, done } = setUp(() => {
      throw new Error('the flash is worn out');
    });
    hear('BLOCKWATCH forget\n');
    assert.match(
      answers[0] ?? '',
      /^error: The board cannot forget who it is \(the flash is worn out\): .*"blockwatch flash --erase"\.$/,
    );
    assert.equal(done.includes('done'), false);
  });

  it('says nothing to noise, to half a word, and to a line without an end', () => {
    const { hear, answers, done } = setUp();
    hear('x'.repeat(100_000));
    hear('\nforget\nBLOCKWATC forget\nblockwatch forget\n\n\r\n');
    hear('BLOCKWATCH forget');
    assert.deepEqual([answers, done], [[], []]);
  });

  it('does not forget where a long line only begins so', () => {
    const { hear, done } = setUp();
    hear(`BLOCKWATCH forget${' '.repeat(200)}me not\n`);
    assert.equal(done.includes('forgotten'), false);
  });
});
