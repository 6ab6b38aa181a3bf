/** Replays what the fuzzer found worth keeping (`npm run fuzz -- --keep`), on the WebAssembly build and on the C build. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { engineModule, projectRoot } from '../../host/common/paths.js';
import type { EngineExports } from '../../host/sensor/engine.js';
import { Tape, taped } from '../../scripts/bench/tape.js';
import { packCorpus, Player, unpackCorpus } from '../../scripts/fuzz/input.js';
import { makeSeeds } from '../../scripts/fuzz/seeds.js';
import { compileDriver } from '../../scripts/native.js';
import { describeWith } from '../support/requirement.js';

const corpus = unpackCorpus(readFileSync(join(projectRoot, 'test/fuzz/corpus.bin')));
const module = new WebAssembly.Module(readFileSync(engineModule));

function start(): EngineExports {
  return new WebAssembly.Instance(module, {}).exports as unknown as EngineExports;
}

/** Plays an input to a new engine; what fails says which input it was. */
function play(input: Uint8Array, engine: EngineExports): Player {
  const player = new Player(engine);
  try {
    player.play(input);
  } catch (error) {
    throw new Error(`${(error as Error).message}; the input: ${Buffer.from(input).toString('hex')}`, { cause: error });
  }
  return player;
}

describe('the inputs that the fuzzer found', function () {
  this.timeout(120_000);

  it('are kept in one file that reads as it was written', () => {
    assert.ok(corpus.length > 100, `${corpus.length} inputs`);
    assert.deepEqual(unpackCorpus(packCorpus(corpus)), corpus);
    assert.throws(() => unpackCorpus(Buffer.from([9, 0, 1])), /ends within/);
  });

  it('break no rule of the engine, and neither do the seeds', () => {
    let frames = 0, records = 0;
    for (const input of [...corpus, ...makeSeeds()]) {
      const player = play(input, start());
      frames += player.frames;
      records += player.records.length;
    }
    assert.ok(frames > 10_000 && records > 0, `${frames} frames`);
  });
});

describeWith(['cc'], 'the inputs that the fuzzer found, in the C build', function (this: Mocha.Suite) {
  this.timeout(120_000);

  it('give the same records and counters as in WebAssembly', () => {
    const directory = mkdtempSync(join(tmpdir(), 'blockwatch-corpus-'));
    try {
      const tape = new Tape();
      const players = corpus.map((input) => play(input, taped(start(), tape)));
      const [tapePath, recordsPath] = [join(directory, 'tape'), join(directory, 'records')];
      tape.write(tapePath);
      const program = compileDriver({ name: 'replay-corpus' }, join(projectRoot, 'test/native/replay.c'));
      const printed = execFileSync(program, [tapePath, recordsPath], { encoding: 'utf8' });
      assert.match(printed, /^traps 0$/m);
      assert.match(printed, new RegExp(`^frames ${players.reduce((sum, player) => sum + player.frames, 0)}$`, 'm'));
      assert.ok(readFileSync(recordsPath).equals(Buffer.concat(players.map((player) => player.records))), 'the records differ');
      const counters = [...printed.matchAll(/^counter \d+ (\d+)$/gm)].map((match) => Number(match[1]));
      assert.deepEqual(counters, players.at(-1)?.counters());
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});
