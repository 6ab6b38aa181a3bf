/** What host/firmware/boards.ts says of the boards, against their manifests, their configuration and docs/DEPLOY.md. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../host/common/paths.js';
import type { Board } from '../../host/firmware/boards.js';
import { boardNames, boards, realBoards } from '../../host/firmware/boards.js';
import { chipOf } from '../../host/firmware/image.js';
import { readBoard } from '../../scripts/firmware/board-manifest.js';
import { boardTable, pinTable } from '../../scripts/firmware/board-table.js';
import { planOf } from '../../scripts/firmware/memory-plan.js';
import type { Figures } from '../../scripts/firmware/qemu/measured.js';
import { findSdk } from '../../scripts/firmware/sdk.js';

const read = (path: string): string => readFileSync(join(projectRoot, path), 'utf8');

const measured = JSON.parse(read('test/firmware/measured.json')) as Record<string, Figures>;

/** Pins that a board's manifest gives to somebody, once for each. */
function pinsOf(name: string): number[] {
  const { defines, config } = readBoard(name);
  const { receive, transmit } = config['serial'] as { receive: number; transmit: number };
  const { hz: _hz, phy_address: _address, ...tap } = defines['tap'] ?? {};
  const { pin = -1 } = defines['light'] ?? {};
  // A clock_out of 0 is a clock that comes in, on GPIO0.
  return [...Object.values(tap), pin, receive, transmit].filter((at) => at >= 0);
}

/**
 * Pins that a board may not use: those of its flash, of its USB, and on the ESP32 those of RMII, which no manifest
 * names (ESP32 Technical Reference Manual, table of the IO MUX; datasheets of the C3, C6 and S3).
 */
const taken: Record<string, readonly number[]> = {
  esp32: [6, 7, 8, 9, 10, 11],
  esp32c3: [11, 12, 13, 14, 15, 16, 17, 18, 19],
  esp32c6: [12, 13, 24, 25, 26, 27, 28, 29, 30],
  esp32s3: [19, 20, 26, 27, 28, 29, 30, 31, 32],
};
const rmii: readonly number[] = [19, 21, 22, 25, 26, 27];

describe('the boards', () => {
  for (const name of boardNames) {
    const { platform, tap, uplink, price, source, seen, flash } = boards[name] as Board;
    const parts = readBoard(name);

    it(`have for ${name} the tap and the uplink that its manifest brings`, () => {
      const has = (folder: string): boolean => parts.manifests.some((path) => path.includes(`/src/native/${folder}/`));
      assert.deepEqual([has('tap/ethernet'), has('tap/wifi')], [tap === 'ethernet', tap === 'wifi']);
      assert.deepEqual([has('uplink/ethernet'), has('uplink/wifi')], [uplink === 'ethernet', uplink === 'wifi']);
      assert.ok(
        flash >= 4 && price !== '' && source !== '' && seen.built !== '' && seen.booted !== '' && seen.free !== '',
      );
    });

    it(`give each pin of ${name} to one, and none that the chip needs itself`, () => {
      const pins = pinsOf(name);
      assert.equal(new Set(pins).size, pins.length, pins.join());
      const chip = chipOf(name)?.chip ?? platform;
      const emac = parts.sources.some((path) => path.endsWith('port-emac.c'));
      const wrong = [...(taken[chip] ?? []), ...(emac ? rmii : [])];
      assert.deepEqual(
        pins.filter((pin) => wrong.includes(pin)),
        [],
      );
    });

    it(`have what all have in ${name}'s configuration of the chip`, () => {
      const lines = (path: string): string[] =>
        read(path)
          .split('\n')
          .filter((line) => line.startsWith('CONFIG_'));
      const own = lines(`src/app/boards/${name}/sdkconfig/sdkconfig.defaults`);
      const common = lines('src/native/board/sdkconfig.common');
      assert.ok(common.length >= 7);
      assert.deepEqual(
        common.filter((line) => !own.includes(line)),
        [],
      );
      const options = own.map((line) => line.slice(0, line.indexOf('=')));
      assert.equal(new Set(options).size, options.length, 'an option is there twice');
    });
  }

  // Espressif's errata: the clock is not stable while the radio is on.
  it("do not drive the PHY's clock from the ESP32 where WiFi is the uplink", () => {
    const driving = boardNames.filter((name) => (readBoard(name).defines['tap']?.['clock_out'] ?? 0) > 0);
    assert.deepEqual(driving, ['esp32_poe', 'esp32_gateway']);
    assert.deepEqual(
      driving.filter((name) => boards[name]?.uplink === 'wifi' || boards[name]?.tap === 'wifi'),
      [],
    );
  });

  it("leave the strapping pins of the ESP32-C6 alone, and the pin of the DevKitC-1's RGB light", () => {
    assert.deepEqual(
      pinsOf('esp32c6_w5500').filter((pin) => [4, 5, 8, 9, 15].includes(pin)),
      [],
    );
  });

  // The target's own rainbow used the pin of our light, and in the emulator XS hung in it.
  it("start no light of the SDK's beside ours", function () {
    const { platforms } = JSON.parse(read('manifest.json')) as {
      platforms: { esp32: { config: { led: { rainbow: boolean } } } };
    };
    assert.equal(platforms.esp32.config.led.rainbow, false);
    const sdk = findSdk();
    if (!sdk) return this.skip();
    for (const target of new Set(boardNames.map((name) => boards[name]?.platform.split('/')[1]))) {
      const file = join(sdk.root, 'build/devices/esp32/targets', target ?? '', 'setup-target.js');
      if (target === undefined || !existsSync(file)) continue;
      const [, body = ''] = readFileSync(file, 'utf8').split('export default function (done) {');
      const left = body.replace(/\n\tif \(config\.led\??\.rainbow\)\s*\{.*?\n\t\}\n/s, '\n').replace(/\s+/g, ' ');
      assert.equal(left.trim(), 'done?.(); }', `${target} starts something by itself`);
    }
  });

  it("reach the SDK's TCP connection where the SDK has it", function () {
    const sdk = findSdk();
    if (!sdk) return this.skip();
    const source = readFileSync(join(sdk.root, 'modules/io/socket/lwip/tcp.c'), 'utf8');
    assert.match(source, /struct TCPRecord \{\s*struct tcp_pcb\s*\*skt;/);
    assert.match(source, /void removeTCPCallbacks\(TCP tcp\)\s*\{\s*if \(tcp->skt\)/);
  });

  // The SDK has subscribed XS's task already: a second request complains at every boot.
  it("ask the watchdog for XS's task only where nobody has", () => {
    const source = read('src/native/board/board-esp32.c').split('\n');
    const asks = source.filter((line) => line.includes('esp_task_wdt_add('));
    assert.equal(asks.length, 1);
    assert.match(asks[0] ?? '', /if \(esp_task_wdt_status\(NULL\) == ESP_ERR_NOT_FOUND\)/);
  });

  it('keep 30 KiB with their uplink: as measured where one ran, else as planned', () => {
    const least = Math.min(...Object.values(measured).map(({ leastFree }) => leastFree));
    for (const name of boardNames) {
      const { free, booted } = (boards[name] as Board).seen;
      const plan = planOf(name);
      const left = plan.ramOf.bytes - plan.ram.reduce((sum, { bytes }) => sum + bytes, 0);
      if (booted === 'no') {
        const [, planned = ''] = /^planned (\d+) KiB, not measured$/.exec(free) ?? assert.fail(`${name}: ${free}`);
        assert.ok(Math.abs(Number(planned) - left / 1024) < 1.1, `${name}: ${planned} and ${left / 1024}`);
        assert.ok(Number(planned) >= 30, name);
      } else {
        assert.equal(free, `measured ${least.toLocaleString('en')} bytes`, name);
        assert.ok(least >= 30 * 1024, name);
      }
    }
  });

  // Measured on a C3 with WiFi and no tap at all: 24 KB were left after esp_wifi_start.
  it('have no WiFi on an ESP32-C3, which has no room for it', () => {
    assert.deepEqual(
      boardNames.filter(
        (name) => chipOf(name)?.chip === 'esp32c3' && [boards[name]?.tap, boards[name]?.uplink].includes('wifi'),
      ),
      [],
    );
  });

  it("that can be bought are all but the emulator's", () => {
    assert.deepEqual(
      boardNames.filter((name) => !realBoards.includes(name)),
      ['qemu_esp32c3'],
    );
  });

  it('are told in docs/DEPLOY.md as they are here: "npm run firmware:boards" prints both tables', () => {
    const deploy = read('docs/DEPLOY.md');
    for (const table of [boardTable(), pinTable()]) assert.ok(deploy.includes(`\n${table.join('\n')}\n`), table[0]);
  });
});
