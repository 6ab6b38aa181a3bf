import assert from 'node:assert/strict';
import type { EngineSettings } from '../../src/protocol/engine-config.js';
import { ENGINE_CONFIG_BYTES, writeEngineConfig } from '../../src/protocol/engine-config.js';

/** The block as bytes, behind a few that must stay as they were. */
function written(home: readonly string[], settings: EngineSettings = {}): DataView {
  const bytes = new Uint8Array(8 + ENGINE_CONFIG_BYTES);
  writeEngineConfig(new DataView(bytes.buffer), 8, home, settings);
  for (let i = 0; i < 8; i++) assert.equal(bytes[i], 0);
  return new DataView(bytes.buffer, 8);
}

const many = (count: number, block: (i: number) => string): string[] =>
  Array.from({ length: count }, (_, i) => block(i));

describe("The engine's config block", () => {
  it('begins with the numbers of IPv4 and IPv6 home blocks, and has each block in the place of its number', () => {
    const view = written(['10.20.0.0/16', 'fd20:20::/48', '192.0.2.0/24']);
    assert.deepEqual([view.getUint8(0), view.getUint8(1)], [2, 1]);
    assert.deepEqual([view.getUint32(8, true), view.getUint32(12, true)], [0x0a140000, 0xffff0000]);
    assert.deepEqual([view.getUint32(16, true), view.getUint32(20, true)], [0xc0000200, 0xffffff00]);
    assert.deepEqual([view.getUint16(136), view.getUint16(138), view.getUint8(152)], [0xfd20, 0x20, 48]);
  });

  it('has room for 16 IPv4 and 8 IPv6 home blocks, and refuses one more of either', () => {
    const ipv4 = (count: number): string[] => many(count, (i) => `10.${i}.0.0/16`);
    const ipv6 = (count: number): string[] => many(count, (i) => `fd00:${i}::/48`);
    const view = written([...ipv4(16), ...ipv6(8)]);
    assert.deepEqual([view.getUint8(0), view.getUint8(1)], [16, 8]);
    assert.throws(() => written(ipv4(17)), /at most 16 IPv4 home blocks/);
    assert.throws(() => written(ipv6(9)), /at most 8 IPv6 home blocks/);
  });

  it('has 0 for what the settings leave to the engine', () => {
    const view = written(['10.20.0.0/16']);
    assert.deepEqual([view.getUint16(2, true), view.getUint16(4, true)], [0, 0]);
  });

  it('has alerts a minute up to 10,000, and evidence in 1/32 nat up to 8,191', () => {
    for (const [alertsPerMinute, evidence, expected] of [
      [1, 1, [1, 32]],
      [10_000, 255.96, [10_000, 8_191]],
      [10_001, 255.9, [10_000, 8_189]],
      [60_000, 300, [10_000, 8_191]],
    ] as const) {
      const view = written([], { alertsPerMinute, evidence });
      assert.deepEqual([view.getUint16(2, true), view.getUint16(4, true)], expected);
    }
  });

  it('refuses a home block that is no block, in a sentence', () => {
    assert.throws(() => written(['10.20.0.0/33']), /"10\.20\.0\.0\/33" is not a block of addresses/);
  });
});
