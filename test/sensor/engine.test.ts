import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { projectRoot } from '../../host/common/paths.js';
import { Engine } from '../../host/sensor/engine.js';
import { LINK_ETHERNET } from '../../src/engine/constants/codes.js';
import { HEAD_BYTES } from '../../src/engine/constants/memory.js';
import { privateBlocks } from '../../src/protocol/address.js';
import { ENGINE_CONFIG_BYTES } from '../../src/protocol/engine-config.js';
import type { TimedRecord } from '../../src/protocol/record.js';
import { SYN, tcp, udp } from '../support/packets.js';

const home = ['10.20.0.0/16'];
const seed: [number, number] = [1, 2];

/** A scan of 60 unused addresses, one probe every 250 ms from `begin`; its records. */
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
  it("dates records by the clock of the frames, also where the engine's 32 bits wrap in the middle", async () => {
    const wrap = 400 * 2 ** 32;
    for (const begin of [0, 1e12, wrap - 7000, wrap - 1, wrap, wrap + 2 ** 31 - 7000]) {
      const records = await sweep(begin);
      assert.ok(records.length >= 2, `${records.length} records from ${begin}`);
      for (const record of records) {
        assert.ok(record.first >= begin && record.first <= record.last);
        assert.ok(record.last >= begin && record.last <= begin + 59 * 250);
        assert.ok(record.time >= record.first && record.time <= begin + 59 * 250 + 60_000);
      }
      assert.deepEqual(
        records.map((record) => record.time),
        [...records.map((record) => record.time)].sort((a, b) => a - b),
      );
    }
  });

  it('says the same whether frames come one at a time or in full batches', async () => {
    const together = await sweep(1e12);
    assert.deepEqual(await sweep(1e12, (engine) => engine.run()), together);
    assert.deepEqual(
      (await sweep(1e12 + 0.9)).map((record) => record.time),
      together.map((record) => record.time),
      'fractions are dropped',
    );
  });

  it("takes a frame's head from anywhere in a larger buffer, and no more than the engine reads", async () => {
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

  it('the engine hands each record out once', async () => {
    const taken: TimedRecord[] = [];
    const rest = await sweep(1e12, (engine) => {
      engine.run();
      taken.push(...engine.takeRecords());
      assert.deepEqual(engine.takeRecords(), []);
    });
    assert.ok(taken.length > 0 && rest.length > 0);
    assert.deepEqual([...taken, ...rest], await sweep(1e12));
  });

  it('is not loaded with malformed home blocks, or too many of them', async () => {
    const refused = async (blocks: string[], sentence: RegExp): Promise<void> => {
      await assert.rejects(Engine.load({ home: blocks }), { name: 'UserError', code: 'BW_USAGE', message: sentence });
    };
    await refused(['office'], /"office" is not a block/);
    await refused(['10.20.1.1/16'], /is not a block/);
    await refused(['10.20.0.0/33'], /is not a block/);
    await refused(
      Array.from({ length: 17 }, (_, i) => `10.${i}.0.0/16`),
      /at most 16 IPv4/,
    );
    await refused(
      Array.from({ length: 9 }, (_, i) => `fd20:${i}::/32`),
      /at most 8 IPv6/,
    );
    await Engine.load({ home: [...privateBlocks] });
    await Engine.load({ home: [] });
  });

  it('an engine that is not built is named in a sentence', async () => {
    await assert.rejects(Engine.load({ module: '/nowhere/engine.wasm' }), { code: 'BW_NOT_BUILT' });
  });
});

/** Makes the engine trap at its next tick, like a fault of its own. */
function trap(engine: Engine): void {
  const exports = engine['exports'];
  engine['exports'] = {
    ...exports,
    tick: () => {
      throw new WebAssembly.RuntimeError('unreachable');
    },
  };
  engine.tick(0);
}

describe('a config that arrives while the engine on a computer runs', () => {
  /** A source probes 40 unused addresses, one every 250 ms; the episode numbers of the start and end records. */
  const scan = (engine: Engine, from: number, source: string): number[] => {
    for (let i = 0; i < 40; i++) {
      const frame = tcp(source, `10.20.9.${i}`, 22, SYN);
      engine.push(from + i * 250, LINK_ETHERNET, frame, 0, frame.length, frame.length);
    }
    for (let minute = 1; minute <= 20; minute++) engine.tick(from + minute * 60_000);
    return engine
      .takeRecords()
      .filter((record) => record.verdict === 'scan' && record.stage !== 'progress')
      .map((record) => record.episode);
  };

  it('gives no two scans of one boot the same number, however many configs and traps come between', async () => {
    const engine = await Engine.load({ home, seed });
    const numbers: number[] = [];
    for (let i = 0; i < 12; i++) {
      const [start, end, ...more] = scan(engine, 1e12 + i * 3_600_000, `203.0.113.${i + 1}`);
      assert.ok(start !== undefined && start === end && more.length === 0, `${start}, ${end}, ${more}`);
      numbers.push(start);
      if (i % 3 !== 1) engine.configure({ home, alertsPerMinute: 30 + i });
      if (i % 3 !== 0) trap(engine);
    }
    assert.equal(engine.traps, 8);
    assert.deepEqual(
      numbers,
      [...new Set(numbers)].sort((a, b) => a - b),
    );
  });

  it('holds for the frames after it, and not for those before it that wait in the batch', async () => {
    const judged = async (settings: (engine: Engine, i: number) => void): Promise<TimedRecord[]> => {
      const engine = await Engine.load({ home, seed });
      for (let i = 0; i < 30; i++) {
        const frame = tcp('203.0.113.66', `10.20.9.${i}`, 22, SYN);
        engine.push(1e12 + i * 10, LINK_ETHERNET, frame, 0, frame.length, frame.length);
        settings(engine, i);
      }
      engine.flush();
      return engine.takeRecords();
    };
    const untouched = await judged(() => {});
    assert.ok(untouched.length > 0);
    // No alert is possible with so high a threshold, only records that waited until the end.
    assert.deepEqual(await judged((engine, i) => i === 29 && engine.configure({ home, evidence: 100 })), untouched);
    assert.deepEqual(await judged((engine, i) => i === 0 && engine.configure({ home, evidence: 100 })), []);
  });

  it('is what counts last, where several come at once; and after a trap too', async () => {
    const engine = await Engine.load({ home, seed });
    engine.configure({ home });
    engine.configure({ home, evidence: 100 });
    assert.deepEqual(scan(engine, 1e12, '203.0.113.1'), []);
    trap(engine);
    assert.deepEqual(scan(engine, 1e12 + 3_600_000, '203.0.113.2'), []);
    engine.configure({ home });
    assert.equal(scan(engine, 1e12 + 7_200_000, '203.0.113.3').length, 2);
  });

  it('is refused whole where it names no block, and the one before it stays, for now and after a trap', async () => {
    const engine = await Engine.load({ home, seed });
    const many = Array.from({ length: 17 }, (_, i) => `10.${i}.0.0/16`);
    for (const wrong of [{ home: ['office'] }, { home: many }, { home, watch: ['fd20::/32'] }]) {
      assert.throws(() => engine.configure({ evidence: 100, ...wrong }), { name: 'UserError', code: 'BW_USAGE' });
      assert.equal(scan(engine, 1e12, '203.0.113.1').length, 2);
      trap(engine);
    }
  });

  it('takes no block of the one before with it', async () => {
    const engine = await Engine.load({
      home: ['10.20.0.0/16', '10.21.0.0/16', 'fd20:20::/48'],
      watch: ['203.0.113.0/24'],
      seed,
    });
    engine.configure({ home });
    const { memory, configAddress } = engine['exports'];
    const block = new Uint8Array(memory.buffer, configAddress(), ENGINE_CONFIG_BYTES);
    assert.deepEqual(
      [...block].filter((byte) => byte !== 0),
      [1, 20, 10, 255, 255],
    );
  });
});

describe('a trap in the engine on a computer', () => {
  const folder = mkdtempSync(join(tmpdir(), 'blockwatch-trap-'));
  const module = join(folder, 'engine.wasm');
  before(() => {
    const wabt = dirname(createRequire(import.meta.url).resolve('wabt/package.json'));
    execFileSync(
      process.execPath,
      [join(wabt, 'bin/wat2wasm'), join(projectRoot, 'test/sensor/trapping-engine.wat'), '-o', module],
      { stdio: 'pipe' },
    );
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const ways = [
    '',
    'a read outside the page',
    'a write outside the page',
    'unreachable code',
    'a division by zero',
    'an endless recursion',
    'a record outside the page',
  ];
  for (let how = 1; how < ways.length; how++) {
    it(`by ${ways[how]} is counted with the frames it took down, and reading goes on`, async () => {
      const engine = await Engine.load({ module });
      const push = (low: number): void =>
        engine.push(1e12 - (1e12 % 256) + low, LINK_ETHERNET, Buffer.alloc(60), 0, 60, 60);
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
