/** `npm run firmware:plan [-- BOARD ...]`: the memory plans of boards side by side, an ESP32 and an ESP32-C3 where none is named; flash where firmware:build has been run. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { boardNames, boards } from '../../host/firmware/boards.js';
import { stagesOf } from './build.js';
import type { MemoryPlan } from './memory-plan.js';
import { planOf, planTable } from './memory-plan.js';
import { measuredLines } from './qemu/measured.js';
import { findSdk } from './sdk.js';
import { measureMachine, measureXsPart } from './xs-size.js';

const asked = process.argv.slice(2);
const names = asked.length > 0 ? asked : ['wt32_eth01', 'esp32c3_w5500'];
const unknown = names.find((name) => !boards[name]);
if (unknown !== undefined) {
  console.error(`There is no board "${unknown}". There are ${boardNames.join(', ')}.`);
  process.exitCode = 1;
} else {
  const sdk = findSdk();
  const plans = new Map<string, MemoryPlan>();
  for (const name of names) {
    const folder = stagesOf(name, boards[name] as NonNullable<(typeof boards)[string]>);
    const part = sdk && existsSync(join(folder, 'mc.xs.c')) ? measureXsPart(sdk, folder) : undefined;
    if (!part)
      console.log(
        `${name}: flash without XS, because "npm run firmware:build -- --board ${name}" was not run here, or there is no SDK or compiler to measure with.`,
      );
    plans.set(name, planOf(name, sdk && part && { part: part.flash, machine: measureMachine(sdk, folder) }));
  }
  for (const line of planTable(plans)) console.log(line);
  for (const line of measuredLines()) console.log(line);
}
