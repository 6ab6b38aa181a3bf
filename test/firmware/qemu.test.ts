/** What `npm run firmware:qemu` needs no emulator for: its sentences for what is wrong, the flash it makes, the frames and the time it sends. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../host/common/paths.js';
import { findIdf, readIdfVersion } from '../../scripts/firmware/idf.js';
import { labelOf } from '../../scripts/firmware/qemu/bench.js';
import { FLASH_BYTES, findQemu, flashOf } from '../../scripts/firmware/qemu/emulator.js';
import { isDeaf } from '../../scripts/firmware/qemu/hearing.js';
import { figuresIn } from '../../scripts/firmware/qemu/measured.js';
import { frameOf, timeAnswer } from '../../scripts/firmware/qemu/network.js';
import { engineCost, since } from '../../scripts/firmware/qemu/trials/load.js';
import { wrongSdk } from '../../scripts/firmware/sdk.js';
import { scratch } from '../support/collector.js';

/** A program that answers `-M help` with these machines. */
function standIn(path: string, machines: string): string {
  writeFileSync(path, `#!/bin/sh\necho "Supported machines are:"\necho "${machines}"\n`);
  chmodSync(path, 0o755);
  return path;
}

describe('firmware:qemu', () => {
  const files = scratch();
  after(() => files.remove());
  const qemu = standIn(files.path('qemu-c3'), 'esp32c3              Espressif ESP32-C3 machine');

  const run = (...args: string[]): { status: number | null; err: string } => {
    const done = spawnSync(process.execPath, ['scripts/run.mjs', 'scripts/firmware/qemu', ...args], {
      cwd: projectRoot,
      encoding: 'utf8',
      env: { ...process.env, MODDABLE: '', IDF_PATH: '', HOME: '/nonexistent', PATH: '/usr/bin:/bin' },
    });
    return { status: done.status, err: done.stderr };
  };

  it('says in one sentence what is wrong, and does nothing', () => {
    for (const [args, sentence] of [
      [['--board', 'wt32_eth01'], /^wt32_eth01 is no board of an emulator\. Name one with --board: qemu_esp32c3\.\n$/],
      [['--board', 'toaster'], /^toaster is no board of an emulator\./],
      [['--capture', '/nowhere.pcap'], /^There is no capture \/nowhere\.pcap\.\n$/],
      [['--trials', 'flood'], /^There is no trial "flood"\. There are broker, /],
      [['--cuts', '0'], /^--cuts must be a whole number from 1 to 1000\.\n$/],
      [
        ['--qemu', '/bin/true'],
        /^\/bin\/true is no QEMU that emulates an esp32c3\. Espressif's QEMU is not here: .*idf_tools\.py install qemu-riscv32/,
      ],
      [['--qemu', qemu], /^The Moddable SDK is not here\./],
      [['--speed', '3'], /^Unknown option '--speed'/],
    ] as const) {
      const { status, err } = run(...args);
      assert.equal(status, 1, args.join(' '));
      assert.match(err, sentence);
      assert.doesNotMatch(err, /\n\s+at /);
    }
  }).timeout(120_000);

  it('takes the QEMU that knows the chip, not the one of the same name that a distribution brings', () => {
    mkdirSync(files.path('debian'));
    mkdirSync(files.path('espressif'));
    standIn(files.path('debian/qemu-system-riscv32'), 'virt                 RISC-V VirtIO board');
    const right = standIn(
      files.path('espressif/qemu-system-riscv32'),
      'esp32c3              Espressif ESP32-C3 machine',
    );
    const path = (...folders: string[]): NodeJS.ProcessEnv => ({
      PATH: folders.map((name) => files.path(name)).join(':'),
    });
    assert.equal(findQemu('esp32c3', undefined, path('debian', 'espressif')), right);
    assert.throws(() => findQemu('esp32c3', undefined, path('debian')), /Espressif's QEMU is not here/);
    assert.throws(() => findQemu('esp32c6', undefined, path('espressif')), /Espressif's QEMU is not here/);
  });

  it('makes a flash of an image: each part in its place, ones where nothing is', () => {
    const part = (file: string, offset: number, bytes: Buffer): { file: string; path: string; offset: number } => {
      writeFileSync(files.path(file), bytes);
      return { file, path: files.path(file), offset };
    };
    const image = (parts: ReturnType<typeof part>[]): Parameters<typeof flashOf>[0] => ({
      board: 'qemu_esp32c3',
      chip: 'esp32c3',
      family: 'ESP32-C3',
      parts,
    });
    const flash = flashOf(image([part('boot', 0, Buffer.from('boot')), part('app', 0x20000, Buffer.from('app'))]));
    assert.equal(flash.length, FLASH_BYTES);
    assert.equal(flash.toString('latin1', 0, 4), 'boot');
    assert.equal(flash.toString('latin1', 0x20000, 0x20003), 'app');
    assert.equal(flash.filter((byte) => byte !== 0xff).length, 7);
    assert.throws(
      () => flashOf(image([part('large', FLASH_BYTES - 2, Buffer.from('app'))])),
      /^Error: large of qemu_esp32c3 does not fit into 4 MB of flash: it ends at byte 4194305\.$/,
    );
  });

  it('sends each frame as it was on the wire: what a capture has cut off is zero, and none is too long for the emulated MAC', () => {
    const bytes = Uint8Array.from({ length: 100 }, (_, i) => i + 1);
    assert.deepEqual([...frameOf(bytes, 10, 4, 4)].slice(0, 6), [11, 12, 13, 14, 0, 0]);
    assert.equal(frameOf(bytes, 0, 4, 4).length, 60);
    assert.equal(frameOf(bytes, 0, 100, 400).length, 400);
    assert.equal(frameOf(bytes, 0, 100, 400)[399], 0);
    assert.equal(frameOf(bytes, 0, 100, 9000).length, 1514);
  });

  it('reads what a board has left behind an answer that lost its end, and asks again where there is no whole one', () => {
    const whole = 'BLOCKWATCH {"free":75140,"stacks":{"main":6988},"times":{"main":1027288}}';
    const cut = 'BLOCKWATCH {"free":75152,"stacks":{"main":6988},"times":{"mai';
    assert.equal(figuresIn(`${cut}${whole}`).free, 75140);
    assert.equal(figuresIn(whole).free, 75140);
    for (const none of [cut, `${whole}${cut}`, 'BLOCKWATCH says: {"free":1}', '']) assert.throws(() => figuresIn(none));
  });

  it("tells what the engine costs from its own task's count, over a counter that wraps", () => {
    const before = {
      us: 0,
      cycles: 2 ** 32 - 100,
      frames: 5,
      calls: 2 ** 32 - 50,
      turns: 5,
      turn: 0,
      idleTurns: 0,
      idle: 0,
    };
    // A microsecond has 125 instructions of 8 ns, and here 250 cycles: two for an instruction.
    const now = {
      us: 1_000,
      cycles: 249_900,
      frames: 15,
      calls: 29_950,
      turns: 9,
      turn: 50_000,
      idleTurns: 4,
      idle: 800,
    };
    const cost = since(now, before);
    assert.deepEqual([cost.cycles, cost.frames, cost.calls], [250_000, 10, 30_000]);
    assert.deepEqual(engineCost(cost, cost.cycles / cost.us), { call: 1500, turn: 2500, idle: 100 });
  });

  it('knows a board that runs and has gone deaf from one that answers, and from one that has ended', async () => {
    const board = (
      running: boolean,
      answers: boolean,
      lines = ['ESP-ROM:esp32c3'],
    ): Parameters<typeof isDeaf>[0] & { heard: string } => ({
      running,
      lines,
      since: 0,
      heard: '',
      write(text) {
        this.heard += String(text);
      },
      line: (pattern) => {
        const said = 'BLOCKWATCH {"board":"qemu_esp32c3"}';
        return answers && pattern.test(said) ? Promise.resolve(said) : Promise.reject(new Error('no line'));
      },
    });
    const deaf = board(true, false);
    assert.equal(await isDeaf(deaf), true);
    assert.match(deaf.heard, /^\nBLOCKWATCH\?\n$/);
    assert.equal(await isDeaf(board(true, true)), false);
    assert.equal(await isDeaf(board(false, false)), false);
    assert.equal(await isDeaf(board(true, false, [])), false);
  });

  it("answers for the time as a server of stratum 1, with the client's own stamp in it (RFC 4330)", () => {
    const asked = Buffer.alloc(48);
    asked.writeBigUInt64BE(0x0123456789abcdefn, 40);
    const answer = timeAnswer(asked, Date.UTC(2026, 10, 29) + 500);
    assert.equal(answer.length, 48);
    assert.deepEqual([answer.readUInt8(0) & 7, answer[1]], [4, 1]);
    assert.equal(answer.readBigUInt64BE(24), 0x0123456789abcdefn);
    assert.equal((answer.readUInt32BE(40) - 2_208_988_800) * 1000, Date.UTC(2026, 10, 29));
    assert.equal(answer.readUInt32BE(44), 2 ** 31);
  });

  it("reads whom a capture's label accuses, and expects nobody where there is none", () => {
    const label = labelOf(join(projectRoot, 'test/captures/nmap-ss-block.pcap'));
    assert.ok(label.home.length > 0 && label.scanners.length > 0);
    assert.deepEqual(labelOf('/nowhere.pcap'), { home: [], scanners: [] });
  });
});

describe('the versions that the firmware builds with', () => {
  const files = scratch();
  after(() => files.remove());

  function idf(major: number, minor: number, patch: number): string {
    const root = files.path(`idf-${major}.${minor}.${patch}`);
    mkdirSync(join(root, 'tools/cmake'), { recursive: true });
    writeFileSync(
      join(root, 'tools/cmake/version.cmake'),
      `set(IDF_VERSION_MAJOR ${major})\nset(IDF_VERSION_MINOR ${minor})\nset(IDF_VERSION_PATCH ${patch})\n`,
    );
    return root;
  }

  it('are any patch of ESP-IDF 6.0; another is one sentence', () => {
    assert.equal(findIdf({ IDF_PATH: idf(6, 0, 2) })?.version, '6.0.2');
    assert.equal(readIdfVersion(idf(6, 0, 0)), '6.0.0');
    assert.throws(
      () => findIdf({ IDF_PATH: idf(5, 5, 3) }),
      /names ESP-IDF 5\.5\.3, and the Moddable SDK builds with 6\.0: check out v6\.0\.2 and its submodules\.$/,
    );
    assert.throws(() => findIdf({ IDF_PATH: idf(6, 1, 0) }), /names ESP-IDF 6\.1\.0/);
    assert.throws(() => findIdf({ IDF_PATH: files.path('nothing') }), /there is no ESP-IDF there\.$/);
    assert.equal(findIdf({}), undefined);
  });

  it('are any patch of the Moddable SDK 8.2; another, or none, is one sentence', () => {
    const sdk = (version: string): string => {
      const root = files.path(`sdk-${version}`);
      mkdirSync(join(root, 'tools'), { recursive: true });
      writeFileSync(join(root, 'tools/VERSION'), `${version}\n`);
      return root;
    };
    assert.equal(wrongSdk(sdk('8.2.3')), '');
    assert.match(
      wrongSdk(sdk('7.0.0')),
      /is 7\.0\.0, and the firmware builds with 8\.2: check out 8\.2\.3 and build its tools again\.$/,
    );
    assert.match(wrongSdk(files.path('nothing')), /of an unknown version/);
  });
});
