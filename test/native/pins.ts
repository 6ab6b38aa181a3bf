import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { definesOf } from '../../scripts/firmware/compile-chip.js';

const names = [
  'phy_address',
  'mdc',
  'mdio',
  'power',
  'clock_out',
  'sck',
  'mosi',
  'miso',
  'cs',
  'interrupt',
  'reset',
  'hz',
];

/** A mc.defines.h in the folder that has every pin that any tap asks for. */
export function writeAllPins(folder: string): void {
  writeFileSync(
    join(folder, 'mc.defines.h'),
    definesOf({ defines: { tap: Object.fromEntries(names.map((name) => [name, 1])) } }),
  );
}
