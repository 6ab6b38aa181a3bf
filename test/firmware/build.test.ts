import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { projectRoot } from '../../host/common/paths.js';
import type { Board } from '../../host/firmware/boards.js';
import { boardNames, boards } from '../../host/firmware/boards.js';
import { readBoard } from '../../scripts/firmware/board-manifest.js';
import { boardOf, buildXsStages, stagesOf } from '../../scripts/firmware/build.js';
import { planOf, planTable, slotBytes } from '../../scripts/firmware/memory-plan.js';
import { findSdk, runTool } from '../../scripts/firmware/sdk.js';
import { measureMachine, measureXsPart } from '../../scripts/firmware/xs-size.js';
import { scratch } from '../support/collector.js';
import { describeWith } from '../support/requirement.js';

function run(script: string, env: Record<string, string>, ...args: string[]): { status: number | null; err: string } {
  const done = spawnSync(process.execPath, ['scripts/run.mjs', `scripts/firmware/${script}`, ...args], {
    cwd: projectRoot,
    encoding: 'utf8',
    env: { ...process.env, MODDABLE: '', HOME: '/nonexistent', ...env },
  });
  return { status: done.status, err: done.stderr };
}

describe('firmware:build', () => {
  it('reads its board from either form of the option', () => {
    assert.equal(boardOf(['node', 'x', '--board', 'esp32s3']), 'esp32s3');
    assert.equal(boardOf(['--board=esp32_poe']), 'esp32_poe');
    assert.equal(boardOf(['--port', 'x']), undefined);
  });

  it('says in one sentence which boards there are, and how to get the SDK', () => {
    for (const [args, sentence] of [
      [[], new RegExp(`^Which board\\? Name one with --board: ${boardNames.join(', ')}\\.\n$`)],
      [['--board', 'toaster'], /^There is no board "toaster"\. Name one/],
      [['--board', 'wt32_eth01'], /^The Moddable SDK is not here\. Clone .* MODDABLE to its folder\.\n$/],
    ] as const) {
      const { status, err } = run('build', {}, ...args);
      assert.equal(status, 1);
      assert.match(err, sentence);
    }
    assert.match(run('linux', {}).err, /^The Moddable SDK is not here/);
  });

  it('has a manifest for each board, with pins where it has a wire', () => {
    for (const name of boardNames) {
      const path = join(projectRoot, 'src/app/boards', name, 'manifest.json');
      assert.ok(existsSync(path), name);
      const { config, defines, manifests } = readBoard(name);
      assert.equal(config['board'], name);
      if (manifests.some((file) => /ethernet\/(emac|w5500)\//.test(file))) assert.ok(defines['tap'], name);
    }
  });

  it('links every module of ours into flash, each by its name, for the SDK passes over TypeScript in a pattern', () => {
    const { preload } = JSON.parse(readFileSync(join(projectRoot, 'manifest.json'), 'utf8')) as { preload: string[] };
    const modules = ['protocol', 'app', 'app/core', 'app/xs'].flatMap((folder) =>
      readdirSync(join(projectRoot, 'src', folder))
        .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
        .map((name) => `blockwatch/${folder}/${name.slice(0, -3)}`),
    );
    assert.deepEqual([...preload].sort(), [...modules, 'blockwatch/engine/constants/codes'].sort());
  });

  describeWith(['cc'], "the manifest's defines", () => {
    const native = join(projectRoot, 'src/native');
    const files = scratch();
    after(files.remove);

    /** Compiles no further than the preprocessor, where each header that is not ours is an empty one. */
    function preprocess(path: string): string {
      const own = readdirSync(native, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .flatMap((entry) => ['-I', join(entry.parentPath, entry.name)]);
      const args = [...own, '-nostdinc', '-I', files.path(''), path];
      const cc = (...first: string[]): string => {
        const { stdout, stderr } = spawnSync('cc', [...first, ...args], { encoding: 'utf8' });
        // Another error is an #error of the file's own: without a chip's headers it may miss what it needs.
        assert.doesNotMatch(stderr, /No such file|unrecognized/);
        return stdout;
      };
      // With -MG the list has what is not there too, as it stands in the #include.
      for (const header of cc('-M', '-MG')
        .split(/[\s\\]+/)
        .filter((name) => name.endsWith('.h') && !isAbsolute(name))) {
        mkdirSync(dirname(files.path(header)), { recursive: true });
        writeFileSync(files.path(header), header === 'mc.defines.h' ? 'THE_DEFINES\n' : '');
      }
      return cc('-E', '-dU');
    }

    /** Whether the file uses one of the defines, or asks whether it is there, and whether it has the header by then. */
    function defines(path: string): { asked: boolean; known: boolean } {
      const text = preprocess(path);
      const [header, use] = [text.search(/^THE_DEFINES$/m), text.search(/\bMODDEF_/)];
      return { asked: use >= 0, known: header >= 0 && header < use };
    }

    it('are known to each C file and header that asks for them, for nothing else brings them on a chip', () => {
      const sources = readdirSync(native, { recursive: true, encoding: 'utf8' }).filter((name) => /\.[ch]$/.test(name));
      const asking = sources.map((name) => ({ name, ...defines(join(native, name)) })).filter(({ asked }) => asked);
      assert.ok(asking.some(({ name }) => name.endsWith('sensor-host.c')));
      assert.deepEqual(
        asking.filter(({ known }) => !known).map(({ name }) => name),
        [],
      );
    });

    it('would be missed in a C file that has their header only in a comment, or too late', () => {
      const source = files.path('without.c');
      for (const [text, known] of [
        ['// #include "mc.defines.h"\n#ifdef MODDEF_tap_sck\n#endif\n', false],
        ['int pin = MODDEF_tap_sck;\n#include "mc.defines.h"\n', false],
        ['#include "mc.defines.h"\n#ifdef MODDEF_tap_sck\n#endif\n', true],
      ] as const) {
        writeFileSync(source, text);
        assert.deepEqual(defines(source), { asked: true, known }, text);
      }
    });
  });

  describe('a memory plan', () => {
    const total = (lines: ReadonlyArray<{ bytes: number }>): number => lines.reduce((sum, { bytes }) => sum + bytes, 0);

    it("leaves an eighth of each chip's RAM free, and names the source of every figure", () => {
      for (const name of boardNames) {
        const { ram, within, flash, ramOf, slot } = planOf(name);
        for (const line of [...ram, ...within, ...flash, ramOf, slot])
          assert.ok(line.bytes > 0 && line.from !== '', `${name}: ${line.what}`);
        assert.ok(total(ram) < (7 / 8) * ramOf.bytes, `${name}: ${total(ram)} of ${ramOf.bytes}`);
        // A handshake is the most that XS is known to use: a quarter of slots and chunks stays for what lies between two collections.
        const xs = total(ram.filter(({ what }) => /^XS (chunks|slots)/.test(what)));
        for (const line of within) assert.ok(line.bytes < 0.75 * xs, `${name}: ${line.what}`);
      }
    });

    it("counts the buffers that the board's own driver has", () => {
      const ethernet = (name: string): string[] =>
        planOf(name)
          .ram.map(({ what }) => what)
          .filter((what) => what.startsWith('Ethernet'));
      assert.deepEqual(ethernet('wt32_eth01'), [
        "Ethernet: task's stack, a frame on its way",
        'Ethernet: 23 DMA buffers of 512',
      ]);
      assert.deepEqual(ethernet('esp32c3_w5500'), [
        "Ethernet: task's stack, a frame on its way",
        'Ethernet: SPI buffer',
      ]);
      assert.deepEqual(ethernet('esp32_gateway'), ethernet('wt32_eth01'));
      const others = ['esp32c6_w5500', 'm5stack_atom_poe', 'lilygo_t_eth_lite_s3', 'waveshare_s3_eth'];
      for (const name of others) assert.deepEqual(ethernet(name), ethernet('esp32c3_w5500'), name);
      assert.deepEqual(ethernet('esp32s3'), []);
    });

    it('takes the slot of an image from the partitions', () => {
      assert.equal(
        slotBytes('# Name, Type\nnvs, data, nvs, 0x9000, 0x6000\nota_0,    app,  ota_0,   0x20000,  0x1e0000\n'),
        0x1e0000,
      );
      assert.ok(slotBytes() > 1_000_000);
    });

    it('sets boards side by side: each line once, nothing where a board has none of it', () => {
      const table = planTable(
        new Map(
          ['wt32_eth01', 'esp32c3_w5500'].map((name) => [name, planOf(name, { part: 100_000, machine: 200_000 })]),
        ),
      );
      const row = (what: string): string[] => table.filter((line) => line.includes(what));
      assert.equal(row('XS chunks').length, 1);
      assert.match(row('XS itself')[0] ?? '', /200000 +200000 {2}counted, rv32imc, linked$/);
      assert.match(row('SPI buffer')[0] ?? '', /SPI buffer {30,}1522 /);
      assert.match(row('has 320 KiB')[0] ?? '', /327680 +321296 /);
      assert.ok(table.every((line) => line === line.trimEnd()));
    });
  });
});

describeWith(['moddable', 'riscv'], 'the XS stages of a board', function (this: Mocha.Suite) {
  this.timeout(1_200_000);
  for (const name of ['wt32_eth01', 'esp32s3']) {
    it(`take the partitions and the chip's configuration that ${name}'s manifest names`, () => {
      const sdk = findSdk();
      if (!sdk) throw new Error('no SDK');
      const board = boards[name] as Board;
      const output = join(projectRoot, 'build/firmware', `${name}-configured`);
      mkdirSync(output, { recursive: true });
      runTool(sdk, 'mcconfig', [
        '-p',
        board.platform,
        '-o',
        output,
        join(projectRoot, 'src/app/boards', name, 'manifest.json'),
        'version=9.8.7',
        'releaseKeys=ab',
      ]);
      const made = join(
        output,
        'tmp',
        ...board.platform.split('/'),
        'release',
        name,
        `xsProj-${board.platform.split('/').at(-1)}`,
      );
      const own = readFileSync(join(projectRoot, 'src/native/board/partitions.csv'), 'utf8');
      assert.equal(readFileSync(join(made, 'partitions.csv'), 'utf8'), own);
      assert.match(own, /^ota_0, +app, +ota_0, .*\nota_1, +app, +ota_1, /m);
      const config = readFileSync(join(made, 'sdkconfig.mc'), 'utf8');
      const wanted = readFileSync(join(projectRoot, 'src/app/boards', name, 'sdkconfig/sdkconfig.defaults'), 'utf8')
        .split('\n')
        .filter((line) => line.startsWith('CONFIG_'));
      assert.ok(
        wanted.includes('CONFIG_BOOTLOADER_APP_ROLLBACK_ENABLE=y') && wanted.includes('CONFIG_ESP_TASK_WDT_EN=y'),
      );
      // The last line of a name counts; an empty value is how mcconfig writes "no" over a "yes" of its own.
      const last = (option: string): string =>
        config
          .split('\n')
          .filter((line) => line.startsWith(`${option}=`))
          .at(-1)
          ?.slice(option.length + 1) || 'n';
      for (const line of wanted)
        assert.equal(last(line.slice(0, line.indexOf('='))), line.slice(line.indexOf('=') + 1), line);
    });

    it(`are built for ${name}, and nothing of what is preloaded takes RAM`, () => {
      const sdk = findSdk();
      const board = boards[name];
      assert.ok(sdk && board);
      const part = measureXsPart(sdk, buildXsStages(sdk, name, board));
      assert.ok(part);
      console.log(`      ${part.flash} bytes of flash, ${part.staticRam} of RAM`);
      assert.ok(part.flash > 100_000 && part.flash < 600_000);
      assert.ok(part.staticRam < 1024);
      const machine = measureMachine(sdk, stagesOf(name, board));
      console.log(`      XS itself ${machine} bytes`);
      assert.ok(machine > 200_000 && part.flash + machine < slotBytes());
    });
  }
});
