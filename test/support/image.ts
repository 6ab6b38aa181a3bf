/** A firmware image that was added to a store, and its assignment to a sensor. */
import { sha256Hex } from '../../host/firmware/release.js';

export const bytes = Uint8Array.from({ length: 10_000 }, (_, i) => (i * 7) & 0xff);
export const sha256 = sha256Hex(bytes);
export const manifest = JSON.stringify({
  version: '1.2.0',
  board: 'wt32_eth01',
  size: bytes.length,
  sha256,
  expires: 4_000_000_000,
});
export const image = {
  sha256,
  board: 'wt32_eth01',
  version: '1.2.0',
  size: bytes.length,
  manifest,
  signature: 'ab'.repeat(64),
  added: 1,
};
export const berlin = { site: 'berlin', sensor: 'tap-1', sha256, attempt: 1, stagger: 60, assigned: 2 };
