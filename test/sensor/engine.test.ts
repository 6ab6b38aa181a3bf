import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { projectRoot } from '../../host/paths.js';
import { Engine, privateBlocks } from '../../host/sensor/engine.js';
import { LINK_ETHERNET } from '../../src/engine/codes.js';
import { HEAD_BYTES } from '../../src/engine/memory.js';
import type { TimedRecord } from '../../src/protocol/record.js';
import { SYN, tcp, udp } from '../engine/packets.js';

const home = ['10.20.0.0/16'];
const seed: [number, number] = [1, 2];

/** A scan of 60 absent addresses, a probe every 250 ms, beginning at `begin`; its records. */
async function sweep(begin: number, each?: (engine: Engine) => void): Promise<TimedRecord[]> {
  const engine = await Engine.load({ home, seed });
  for (let i = 0; i < 60; i++) {
    const frame = tcp('203.0.113.66', `10.20.9.${i}`, 22, SYN);
    engine.push(begin + i * 250, LINK_ETHERNET, frame, 0, frame.length, frame.length);
    each?.(engine);
  }
  engine.flush();
  return engine.takeRecords();
}

describe('the engine on a computer', () => {
  it('dates records by the clock of the frames, also where the engine\'s 32 bits wrap in the middle', async () => {
    const wrap = 400 * 2 ** 32;
    for (const begin of [0, 1e12, wrap - 7000, wrap - 1, wrap, wrap + 2 ** 31 - 7000]) {
      const records = await sweep(begin);
      assert.ok(records.length >= 2, `${records.length} records from ${begin}`);
      for (const record of records) {
        assert.ok(record.first >= begin && record.first <= record.last);
        assert.ok(record.last >= begin && record.last <= begin + 59 * 250);
        assert.ok(record.time >= record.first && record.time <= begin + 59 * 250 + 60_000);
      }
      assert.deepEqual(records.map((record) => record.time), [...records.map((record) => record.time)].sort((a, b) => a - b));
    }
  });

  it('says the same whether frames come one at a time or in full batches', async () => {
    const together = await sweep(1e12);
    assert.deepEqual(await sweep(1e12, (engine) => engine.run()), together);
    assert.deepEqual((await sweep(1e12 + 0.9)).map((record) => record.time), together.map((record) => record.time), 'fractions are dropped');
  });

  it('takes the head of a frame from anywhere in a larger buffer, and no more of it than the engine reads', async () => {
    for (const length of [60, 61, 63, 64, HEAD_BYTES - 1, HEAD_BYTES, HEAD_BYTES + 1, 1514]) {
      for (const offset of [0, 1, 7]) {
        const frame = udp('203.0.113.66', '10.20.9.1', 53, { payload: Buffer.alloc(Math.max(0, length - 42)) });
        const buffer = Buffer.alloc(offset + frame.length + 3, 0xff);
        frame.copy(buffer, offset);
        const engine = await Engine.load({ home, seed });
        engine.push(1e12, LINK_ETHERNET, buffer, offset, frame.length, 70_000);
        engine.run();
        assert.equal(engine.counters()['decoded'], 1, `${frame.length} bytes at ${offset}`);
      }
    }
  });

  it('runs a batch when it is full, and loses no frame', async () => {
    const engine = await Engine.load({ home, seed });
    const frame = Buffer.alloc(HEAD_BYTES);
    for (let i = 0; i < 1000; i++) engine.push(1e12, LINK_ETHERNET, frame, 0, frame.length, frame.length);
    engine.run();
    assert.equal(engine.counters()['frames'], 1000);
  });

  it('hands each record out once', async () => {
    const taken: TimedRecord[] = [];
    const rest = await sweep(1e12, (engine) => {
      engine.run();
      taken.push(...engine.takeRecords());
      assert.deepEqual(engine.takeRecords(), []);
    });
    assert.ok(taken.length > 0 && rest.length > 0);
    assert.deepEqual([...taken, ...rest], await sweep(1e12));
  });

  it('is not loaded with a home that is none, or too much of one', async () => {
    const refused = async (blocks: string[], sentence: RegExp): Promise<void> => {
      await assert.rejects(Engine.load({ home: blocks }), { name: 'UserError', code: 'BW_USAGE', message: sentence });
    };
    await refused(['office'], /"office" is not a block/);
    await refused(['10.20.1.1/16'], /is not a block/);
    await refused(['10.20.0.0/33'], /is not a block/);
    await refused(Array.from({ length: 17 }, (_, i) => `10.${i}.0.0/16`), /at most 16 IPv4/);
    await refused(Array.from({ length: 9 }, (_, i) => `fd20:${i}::/32`), /at most 8 IPv6/);
    await Engine.load({ home: [...privateBlocks] });
    await Engine.load({ home: [] });
  });

  it('says so where it is not built', async () => {
    await assert.rejects(Engine.load({ module: '/nowhere/engine.wasm' }), { code: 'BW_NOT_BUILT' });
  });
});

describe('a trap in the engine on a computer', () => {
  const folder = mkdtempSync(join(tmpdir(), 'blockwatch-trap-'));
  const module = join(folder, 'engine.wasm');
  before(() => {
    const wabt = dirname(createRequire(import.meta.url).resolve('wabt/package.json'));
    execFileSync(process.execPath, [join(wabt, 'bin/wat2wasm'), join(projectRoot, 'test/sensor/trapping-engine.wat'), '-o', module], { stdio: 'pipe' });
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const ways = ['', 'a read outside the page', 'a write outside the page', 'unreachable code', 'a division by zero', 'an endless recursion', 'a record outside the page'];
  for (let how = 1; how < ways.length; how++) {
    it(`by ${ways[how]} is counted with the frames it took down, and reading goes on`, async () => {
      const engine = await Engine.load({ module });
      const push = (low: number): void => engine.push(1e12 - 1e12 % 256 + low, LINK_ETHERNET, Buffer.alloc(60), 0, 60, 60);
      push(0);
      engine.run();
      for (let i = 0; i < 3; i++) push(how);
      engine.run();
      assert.deepEqual([engine.traps, engine.framesLost], [1, 3]);
      push(0);
      engine.run();
      assert.equal(engine.traps, 1);
      assert.equal(engine.counters()['frames'], 3, 'sums go on over the restart');
      assert.equal(engine.counters()['sourcesUsed'], 5, 'levels do not');
      assert.deepEqual(engine.takeRecords(), []);
    });
  }

  it('while time goes on without frames loses no frame', async () => {
    const engine = await Engine.load({ module });
    engine.tick(1e12);
    engine.flush();
    assert.deepEqual([engine.traps, engine.framesLost], [1, 0]);
  });
});
