/**
 * The chip's taps on this machine, against a driver that notes what it is told (test/native/esp): what a tap does to be
 * silent, what becomes of each frame's buffer, what is counted. Whether the real driver keeps to it, only a chip can tell.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../../host/common/paths.js';
import { boardNames } from '../../host/firmware/boards.js';
import { readBoard } from '../../scripts/firmware/board-manifest.js';
import { definesOf, undefinedSymbols } from '../../scripts/firmware/compile-chip.js';
import { compileProgram } from '../../scripts/native.js';
import { describeWith } from '../support/requirement.js';
import { writeAllPins } from './pins.js';

const fakes = join(projectRoot, 'test/native/esp');
const native = join(projectRoot, 'src/native');
/** Folders of what a tap is made of. */
const ofTaps = ['ethernet', 'tap'].map((name) => join(native, name));

/** A board's tap with its pins, as a program; `free` in it leads to the fake, so that each buffer is accounted for. */
function tapOf(board: string): string {
  const { defines, sources } = readBoard(board);
  const pins = mkdtempSync(join(tmpdir(), 'blockwatch-pins-'));
  try {
    writeFileSync(join(pins, 'mc.defines.h'), definesOf({ defines }));
    const own = sources.filter((path) => ofTaps.some((folder) => path.startsWith(folder)));
    assert.ok(own.length > 0, board);
    const uplink = defines['ethernet']?.['uplink'] ? ['-I', join(native, 'uplink/ethernet')] : [];
    const flags = [
      '-g',
      '-fsanitize=address,undefined',
      '-fno-sanitize-recover=all',
      '-Dfree=fake_free',
      '-I',
      fakes,
      '-I',
      pins,
      '-I',
      join(native, 'ethernet'),
      ...uplink,
      '-include',
      join(fakes, 'declare-free.h'),
    ];
    return compileProgram(
      `tap-${board}`,
      join(fakes, 'taps.c'),
      [
        join(fakes, 'fake-idf.c'),
        ...(uplink.length > 0 ? [join(fakes, 'fake-uplink.c')] : []),
        join(native, 'ring/frame-ring.c'),
        ...own,
      ],
      flags,
    );
  } finally {
    rmSync(pins, { recursive: true });
  }
}

/** Lines of one case. */
function run(program: string, ...args: string[]): string[] {
  const done = spawnSync(program, args, { encoding: 'utf8', timeout: 20_000 });
  assert.equal(done.status, 0, done.stderr);
  return done.stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.trim());
}

describeWith(['cc'], 'the tap of a board on a wire', function (this: Mocha.Suite) {
  this.timeout(120_000);
  const wired = boardNames.filter((name: string) =>
    readBoard(name).sources.some((path) => path.endsWith('tap-ethernet.c')),
  );
  const programs = new Map<string, string>();
  before(() => {
    for (const name of wired) programs.set(name, tapOf(name));
  });
  const tap = (name: string): string => programs.get(name) as string;

  it('every board but esp32s3 has a tap on a wire', () =>
    assert.deepEqual(
      wired,
      boardNames.filter((name) => name !== 'esp32s3'),
    ));

  it('is told to be silent and to hear everything, and only then started', () => {
    assert.deepEqual(run(tap('wt32_eth01')).slice(0, 2), [
      'loop watch mac phy install flow promiscuous multicast input start',
      'listens',
    ]);
    assert.deepEqual(run(tap('esp32c3_w5500')).slice(0, 2), [
      'loop watch isr spi interrupt=4 mac phy install uplink promiscuous multicast input start',
      'listens',
    ]);
    for (const [name, pin] of [
      ['lilygo_t_eth_lite_s3', 13],
      ['waveshare_s3_eth', 10],
      ['esp32c6_w5500', 0],
    ] as const) {
      const calls = `loop watch isr spi interrupt=${pin} mac phy install promiscuous multicast input start`;
      assert.deepEqual(run(tap(name)).slice(0, 2), [calls, 'listens'], name);
    }
  });

  it("looks for frames every millisecond where the chip's interrupt is not wired, and has no interrupt for it", () => {
    const calls = 'loop watch spi poll=1 mac phy install promiscuous multicast input start';
    assert.deepEqual(run(tap('m5stack_atom_poe')).slice(0, 2), [calls, 'listens']);
    assert.match(run(tap('m5stack_atom_poe'), 'settings')[3] as string, /power -1,/);
  });

  it('is joined by the uplink, where they share the wire, before the driver starts: its events are what brings the interface up', () => {
    assert.deepEqual(run(tap('esp32_poe')).slice(0, 2), [
      'loop watch mac phy install uplink flow promiscuous multicast input start',
      'listens',
    ]);
    assert.match(run(tap('esp32_poe'), 'fails', 'uplink')[1] as string, /^There is no memory for the network\.$/);
  });

  it('asks for no filter of multicast where the MAC has none, as in the emulator', () => {
    assert.deepEqual(run(tap('qemu_esp32c3')).slice(0, 2), [
      'loop watch mac phy install uplink promiscuous input start',
      'listens',
    ]);
  });

  it('does not watch what the board itself is answered where they share the wire: half of a conversation would look like a probe', () => {
    assert.deepEqual(run(tap('esp32_poe'), 'own').slice(2), ['nothing', 'frames 0, missed 0, link 0']);
    assert.match(run(tap('wt32_eth01'), 'own')[2] as string, /^link 1, 60 of 60 bytes/);
  });

  it('has its pause frames off in the MAC, and in every byte that the PHY reads of it', () => {
    for (const name of ['wt32_eth01', 'esp32_poe', 'esp32_gateway']) {
      assert.equal(
        run(tap(name), 'settings')[2],
        "promiscuous 1, all multicast 1, input 1, MAC's flow control 0, PHY's pause 00000000",
      );
    }
  });

  it("the tap's pins are those of its board", () => {
    assert.equal(run(tap('wt32_eth01'), 'settings')[3], 'PHY 1, power 16, MDC 23, MDIO 18, clock out 0, clock pin 0');
    assert.equal(run(tap('esp32_poe'), 'settings')[3], 'PHY 0, power 12, MDC 23, MDIO 18, clock out 1, clock pin 17');
    assert.equal(
      run(tap('esp32_gateway'), 'settings')[3],
      'PHY 0, power 5, MDC 23, MDIO 18, clock out 1, clock pin 17',
    );
    for (const [name, spi] of [
      ['esp32c3_w5500', 'SCK 6, MOSI 7, MISO 2, CS 10'],
      ['esp32c6_w5500', 'SCK 6, MOSI 7, MISO 2, CS 3'],
      ['lilygo_t_eth_lite_s3', 'SCK 10, MOSI 12, MISO 11, CS 9'],
      ['waveshare_s3_eth', 'SCK 13, MOSI 11, MISO 12, CS 14'],
      ['m5stack_atom_poe', 'SCK 22, MOSI 33, MISO 23, CS 19'],
    ] as const)
      assert.equal(run(tap(name), 'settings')[4], spi, name);
    for (const [name, reset] of [
      ['esp32c3_w5500', 5],
      ['esp32c6_w5500', 1],
      ['lilygo_t_eth_lite_s3', 14],
      ['waveshare_s3_eth', 9],
    ] as const)
      assert.match(run(tap(name), 'settings')[3] as string, new RegExp(`power ${reset},`), name);
  });

  it('is not built for a board that names no pins', () => {
    const none = mkdtempSync(join(tmpdir(), 'blockwatch-pins-'));
    writeFileSync(join(none, 'mc.defines.h'), '');
    for (const port of ['emac/port-emac.c', 'w5500/port-w5500.c']) {
      const done = spawnSync(
        'cc',
        ['-fsyntax-only', '-I', fakes, '-I', none, '-I', join(native, 'ethernet'), join(native, 'ethernet', port)],
        { encoding: 'utf8' },
      );
      assert.notEqual(done.status, 0);
      assert.match(done.stderr, /names no pins of the Ethernet chip/);
    }
    rmSync(none, { recursive: true });
  });

  it("puts a frame's head into the ring and frees each buffer once, whether the ring has room or not", () => {
    for (const name of wired) {
      assert.deepEqual(run(tap(name), 'frames').slice(2), [
        'link 1, 60 of 60 bytes, 0 dBm, channel 0, at 5000 ms, first 00, last 3b',
        'link 1, 192 of 192 bytes, 0 dBm, channel 0, at 5000 ms, first 00, last bf',
        'link 1, 192 of 300 bytes, 0 dBm, channel 0, at 5000 ms, first 00, last bf',
        'link 1, 0 of 0 bytes, 0 dBm, channel 0, at 5000 ms, first 00, last 00',
        'nothing',
        'dropped 12, given 24, freed 24, freed wrongly 0',
        'frames 24, missed 0, link 0',
      ]);
    }
  });

  it("adds up what the EMAC's register says and clears: no descriptor, FIFO overrun, and that either wrapped", () => {
    const totals = [0, 3, 10, 17, 65_552, 131_088, 133_136];
    assert.deepEqual(
      run(tap('wt32_eth01'), 'counts').slice(2),
      totals.map((missed) => `frames 0, missed ${missed}, link 0`),
    );
  });

  it('knows when the wire is up, and stops when told', () => {
    assert.deepEqual(run(tap('wt32_eth01'), 'events').slice(2), [
      '; frames 0, missed 0, link 1',
      '; frames 0, missed 0, link 0',
      '; frames 0, missed 0, link 1',
      '; frames 0, missed 0, link 0',
      'stop',
    ]);
  });

  it('is silent when it is started again, too', () => {
    assert.deepEqual(run(tap('wt32_eth01'), 'again').slice(2), [
      'stop flow promiscuous multicast input start',
      'listens',
    ]);
  });

  it('says in one sentence what failed, and does not start', () => {
    for (const call of ['loop', 'watch', 'mac', 'phy', 'install', 'flow', 'promiscuous', 'multicast', 'input']) {
      const [calls, problem] = run(tap('wt32_eth01'), 'fails', call);
      assert.doesNotMatch(calls as string, /start/, call);
      assert.match(problem as string, /^(The|There) [^.]+\.$/, call);
    }
    assert.equal(run(tap('m5stack_atom_poe'), 'fails', 'spi')[1], 'The SPI bus of the Ethernet chip cannot be used.');
    for (const call of ['isr', 'spi'])
      assert.match(run(tap('esp32c3_w5500'), 'fails', call)[1] as string, /^The .* cannot be used\.$/);
  });
});

describeWith(['cc'], 'the tap on the radio', function (this: Mocha.Suite) {
  this.timeout(60_000);
  let program: string;
  before(() => {
    program = tapOf('esp32s3');
  });

  it('has neither station nor access point of its own, keeps nothing in NVS, and hops', () => {
    assert.deepEqual(run(program).slice(0, 2), [
      'loop watch init mode-null start filter=4 callback promiscuous channel=1 timer every=400',
      'listens',
    ]);
    assert.equal(run(program, 'hops')[2], '1 6 11 1 6 11 1 hopping 0');
  });

  it('stays on the channel where the plan has one', () => {
    assert.equal(
      run(program, 'plan', '9')[0],
      'loop watch init mode-null start filter=4 callback promiscuous channel=9',
    );
  });

  it('refuses a plan that is none, and touches no radio', () => {
    for (const plan of ['0', '15', '1,', '1,,6', 'x', '1 6', '6;11', '-1', '1,2,3,4,5,6,7,8,9,10,11,12,13,14,1']) {
      const [calls, problem] = run(program, 'plan', plan);
      assert.equal(calls, '', plan);
      assert.equal(problem, "The WiFi tap's plan is not a list of channels such as 1,6,11.", plan);
    }
  });

  it("on the uplink's radio waits for the station, changes neither mode nor channel, and listens again after each connection", () => {
    assert.deepEqual(run(program, 'events', 'uplink'), [
      'loop watch',
      'listens',
      '; frames 0, missed 0, link 0',
      'awake filter=4 callback promiscuous; frames 0, missed 0, link 1',
      '; frames 0, missed 0, link 0',
      'awake filter=4 callback promiscuous; frames 0, missed 0, link 1',
      '; frames 0, missed 0, link 0',
      'unwatch deaf',
    ]);
  });

  it('gives data frames without their check sequence, with level and channel; nothing of what is no data', () => {
    assert.deepEqual(run(program, 'air').slice(2), [
      'link 2, 60 of 60 bytes, -42 dBm, channel 1, at 5000 ms, first 00, last 3b',
      'link 2, 192 of 300 bytes, -90 dBm, channel 1, at 5000 ms, first 00, last bf',
      'nothing',
      'dropped 4',
      'frames 14, missed 0, link 1',
    ]);
  });
});

describeWith(['riscv'], "the objects of the chip's taps", function (this: Mocha.Suite) {
  this.timeout(60_000);
  const sends =
    /transmit|80211_tx|internal_tx|netif|lwip|now_send|wifi_connect|scan_start|set_config|igmp|mld|\bsend|raw_sendto/;

  it("the taps' objects refer to nothing that sends", () => {
    const folder = join(projectRoot, 'build/native/tap-symbols');
    mkdirSync(folder, { recursive: true });
    writeAllPins(folder);
    for (const source of [
      'tap/ethernet/tap-ethernet.c',
      'ethernet/ethernet-driver.c',
      'ethernet/emac/port-emac.c',
      'ethernet/w5500/port-w5500.c',
      'tap/wifi/tap-wifi.c',
    ]) {
      const object = join(folder, 'tap.o');
      const ours = ['ethernet', 'tap', 'ring'].map((name) => join(native, name));
      const includes = [fakes, folder, join(projectRoot, 'build/engine'), ...ours].flatMap((path) => ['-I', path]);
      const done = spawnSync(
        'riscv64-unknown-elf-gcc',
        [
          '-march=rv32imc',
          '-mabi=ilp32',
          '-Os',
          '--specs=picolibc.specs',
          ...includes,
          '-c',
          join(native, source),
          '-o',
          object,
        ],
        { encoding: 'utf8' },
      );
      assert.equal(done.status, 0, done.stderr);
      const symbols = undefinedSymbols(object);
      assert.ok(symbols.length > 0, source);
      assert.deepEqual(
        symbols.filter((name) => sends.test(name)),
        [],
        source,
      );
    }
  });

  it('each name that sends would be found out', () => {
    for (const name of [
      'esp_eth_transmit',
      'esp_wifi_80211_tx',
      'esp_netif_new',
      'esp_wifi_connect',
      'send',
      'sendto',
      'esp_wifi_internal_tx',
    ])
      assert.match(name, sends);
  });
});

describeWith(['cc'], "a board's TCP connection", function () {
  this.timeout(60_000);

  // The SDK closed what lwIP had freed at a reset: the board restarted, now and then, when its broker went away.
  it("is used and closed where lwIP has it; what lwIP has freed is left alone, and the SDK's record names it no more", () => {
    const flags = ['-g', '-fsanitize=address,undefined', '-fno-sanitize-recover=all', '-I', fakes];
    const own = join(native, 'board/tcp-esp32.c');
    assert.deepEqual(run(compileProgram('ending-tcp', join(fakes, 'ending-tcp.c'), [own], flags)), [
      'active, used: closed 0, record full',
      'freed by lwIP, used: closed 0, record empty',
      'active, ended: closed 1, record empty',
      'second of the list, ended: closed 1, record empty',
      'bound, ended: closed 1, record empty',
      'freed by lwIP, ended: closed 0, record empty',
      'none, ended: closed 0, record empty',
      "all of it in lwIP's task",
    ]);
  });
});
