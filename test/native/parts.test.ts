import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../../host/common/paths.js';
import { undefinedSymbols } from '../../scripts/firmware/compile-chip.js';
import { compileProgram, engineSources, lintC, portableSources } from '../../scripts/native.js';
import { describeWith } from '../support/requirement.js';
import { writeAllPins } from './pins.js';

const source = join(projectRoot, 'test/native/native-parts.c');
const with_ = [engineSources()[0] as string, ...portableSources];
const capture = (name: string): string => join(projectRoot, 'test/captures', `${name}.pcap`);

describeWith(['cc'], 'the native parts', function (this: Mocha.Suite) {
  this.timeout(120_000);
  let program: string;
  const folder = mkdtempSync(join(tmpdir(), 'blockwatch-parts-'));
  before(() => {
    program = compileProgram('parts', source, with_);
  });
  after(() => rmSync(folder, { recursive: true }));

  const run = (name: string, file?: string, command = program): string => {
    const done = spawnSync(command, file === undefined ? [name] : [name, file], { encoding: 'utf8', timeout: 60_000 });
    assert.equal(done.status, 0, `${name}: ${done.stdout}${done.stderr}`);
    return done.stdout.trim();
  };

  const cases: [string, string, string?][] = [
    ['the ring keeps frames in order, and counts what finds it full', 'ring-full'],
    ["the ring's counters may wrap", 'ring-wraps'],
    ["the ring keeps a frame's first 192 bytes and the length it had", 'ring-cuts'],
    ['the ring is whole between two threads', 'ring-threads'],
    [
      "the engine's task reports a scan, and wakes XS no more often than there are records",
      'task-reports',
      'nmap-ss-block',
    ],
    ["the engine's task is silent about a quiet branch, and wakes nobody", 'task-quiet', 'benign-monitoring'],
    ["the engine's task goes on after a trap, and its counters with it", 'task-traps', 'nmap-ss-block'],
    ["the engine's task waits for nobody to take its records", 'task-unread', 'distributed-slow'],
    ["the engine's task puts a new config to work", 'task-configures', 'nmap-ss-block'],
    [
      "the engine's task gives no two scans of one boot the same number, over configs and traps",
      'task-numbers',
      'nmap-ss-block',
    ],
    [
      "the engine's task goes on when its clock wraps after 49.7 days, in the middle of a scan",
      'task-wraps',
      'nmap-ss-block',
    ],
    ["tap, engine and XS's side run together", 'task-threads', 'nmap-ss-block'],
  ];
  for (const [title, name, file] of cases)
    it(title, () => {
      run(name, file && capture(file));
    });

  it('the ring, the task and the tap have no race that the thread sanitizer finds', () => {
    const sanitized = compileProgram('parts-tsan', source, with_, [
      '-O1',
      '-g',
      '-fsanitize=thread',
      '-Wno-error=tsan',
    ]);
    run('ring-threads', undefined, sanitized);
    run('task-threads', capture('nmap-ss-block'), sanitized);
  });

  it('all of it is clean under the address and undefined behaviour sanitizers', () => {
    const sanitized = compileProgram('parts-asan', source, with_, [
      '-O1',
      '-g',
      '-fsanitize=address,undefined',
      '-fno-sanitize-recover=all',
    ]);
    for (const [, name, file] of cases) run(name, file && capture(file), sanitized);
  });

  it('the capture reader says why a file is no capture', () => {
    const path = join(folder, 'x');
    for (const [content, reason] of [
      ['', /too short/],
      ['x'.repeat(40), /not a pcap file/],
      ['\n\r\r\n'.repeat(10), /not a pcap file/],
    ] as const) {
      writeFileSync(path, content);
      assert.match(run('capture-refuses', path), reason);
    }
    assert.match(run('capture-refuses', join(folder, 'missing')), /No such file/);
    const foreign = readFileSync(capture('nmap-ss-block'));
    foreign.writeUInt32LE(147, 20);
    writeFileSync(path, foreign);
    assert.match(run('capture-refuses', path), /link type/);
  });

  it('the capture reader reads every frame, and of a damaged file those before the damage', () => {
    const path = join(folder, 'cut');
    const whole = readFileSync(capture('arp-scan-lan'));
    assert.equal(run('capture-reads', capture('arp-scan-lan')), '978 frames');
    for (const length of [24, 30, 39, 60, 1000, whole.length - 1]) {
      writeFileSync(path, whole.subarray(0, length));
      assert.match(run('capture-reads', path), /^\d+ frames$/);
    }
    const lying = Buffer.from(whole);
    lying.writeUInt32LE(0xffffffff, 24 + 8);
    writeFileSync(path, lying);
    assert.equal(run('capture-reads', path), '0 frames');
  });
});

describeWith(['cc'], "a tap's object, compiled for this machine", function (this: Mocha.Suite) {
  this.timeout(60_000);
  const native = join(projectRoot, 'src/native');
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'blockwatch-tap-'));
    writeAllPins(folder);
  });
  after(() => rmSync(folder, { recursive: true }));

  /** Functions and objects that a C file asks others for. */
  function asksFor(source: string): string[] {
    const object = join(folder, 'tap.o');
    const folders = [
      join(projectRoot, 'test/native/esp'),
      folder,
      join(projectRoot, 'build/engine'),
      ...['ring', 'tap', 'tap/linux'].map((name) => join(native, name)),
    ];
    const includes = folders.flatMap((path) => ['-I', path]);
    const done = spawnSync('cc', ['-std=gnu11', '-O2', '-fno-builtin', ...includes, '-c', source, '-o', object], {
      encoding: 'utf8',
    });
    assert.equal(done.status, 0, done.stderr);
    return undefinedSymbols(object, 'nm').filter((name) => !/^_|^(mem|str)/.test(name));
  }

  /** What the Linux tap may ask for: none of it sends, and a socket's options join no multicast group (tap-linux.test.ts). */
  const linux = [
    ...['socket', 'bind', 'setsockopt', 'getsockopt', 'recvfrom', 'poll', 'close', 'if_nametoindex'],
    ...['pthread_create', 'pthread_join', 'pthread_once', 'clock_gettime', 'nanosleep', 'snprintf'],
    ...['capture_open', 'capture_next', 'capture_rewind', 'capture_close', 'frame_ring_put'],
  ];

  /** What the radio's tap may ask for; which mode it sets, and when, is in taps.test.ts. */
  const radio = [
    ...['WIFI_EVENT', 'esp_event_handler_register', 'esp_event_handler_unregister', 'esp_event_loop_create_default'],
    ...['esp_timer_create', 'esp_timer_get_time', 'esp_timer_start_periodic', 'esp_timer_stop'],
    ...['esp_wifi_init', 'esp_wifi_start', 'esp_wifi_set_mode', 'esp_wifi_set_channel', 'esp_wifi_set_ps'],
    ...['esp_wifi_set_promiscuous', 'esp_wifi_set_promiscuous_filter', 'esp_wifi_set_promiscuous_rx_cb'],
    'frame_ring_put',
  ];

  it('asks on Linux for a socket that it reads, and for no function that sends', () => {
    const asked = asksFor(join(native, 'tap/linux/tap-linux.c'));
    assert.ok(asked.includes('recvfrom'));
    assert.deepEqual(
      asked.filter((name) => !linux.includes(name)),
      [],
    );
  });

  it('asks on the radio for the mode without station or access point, and for no function that sends or connects', () => {
    const asked = asksFor(join(native, 'tap/wifi/tap-wifi.c'));
    assert.ok(asked.includes('esp_wifi_set_mode'));
    assert.deepEqual(
      asked.filter((name) => !radio.includes(name)),
      [],
    );
  });

  it('would be found out if it sent: a call of send() more is a name that no tap may ask for', () => {
    const source = join(folder, 'sends.c');
    const text = readFileSync(join(native, 'tap/linux/tap-linux.c'), 'utf8');
    writeFileSync(
      source,
      `${text}\nssize_t answer(void);\nssize_t answer(void) { return send(tap.socket, "", 0, 0); }\n`,
    );
    assert.deepEqual(
      asksFor(source).filter((name) => !linux.includes(name)),
      ['send'],
    );
  });
});

describeWith(['lint'], 'cppcheck and clang-tidy', function (this: Mocha.Suite) {
  this.timeout(180_000);
  it('have nothing to say of our C', () => assert.equal(lintC(), ''));

  it("have nothing to say of the chip's taps, ESP-IDF as the tests know it", () => {
    const pins = mkdtempSync(join(tmpdir(), 'blockwatch-lint-'));
    writeAllPins(pins);
    const taps = [
      'tap/ethernet/tap-ethernet.c',
      'ethernet/ethernet-driver.c',
      'ethernet/emac/port-emac.c',
      'ethernet/w5500/port-w5500.c',
      'ethernet/openeth/port-openeth.c',
      'tap/wifi/tap-wifi.c',
    ].map((name) => join(projectRoot, 'src/native', name));
    const folders = [
      join(projectRoot, 'test/native/esp'),
      pins,
      join(projectRoot, 'build/engine'),
      ...['ethernet', 'tap', 'ring'].map((name) => join(projectRoot, 'src/native', name)),
    ];
    assert.equal(
      lintC(
        taps,
        folders.flatMap((path) => ['-I', path]),
      ),
      '',
    );
    rmSync(pins, { recursive: true });
  });

  it('would speak up: a read outside an array is found', () => {
    const folder = mkdtempSync(join(tmpdir(), 'blockwatch-lint-'));
    const path = join(folder, 'wrong.c');
    writeFileSync(path, 'int last(void);\nint last(void) {\n  int a[4] = {0};\n  return a[4];\n}\n');
    assert.match(lintC([path]), /out of bounds|past the end|undefined/i);
    rmSync(folder, { recursive: true });
  });
});
