/** `npm run firmware:linux`: the whole firmware under XS on this machine (test/firmware/linux.test.ts), its update included (update.test.ts). */
import { spawnSync } from 'node:child_process';
import { projectRoot } from '../../host/common/paths.js';
import { findSdk, HOW_TO_GET_SDK } from './sdk.js';

const sdk = findSdk();
if (!sdk) {
  console.error(HOW_TO_GET_SDK);
  process.exitCode = 1;
} else {
  const env = { ...process.env, MODDABLE: sdk.root, BLOCKWATCH_REQUIRE_MODDABLE: '1' };
  process.exitCode =
    spawnSync(
      process.execPath,
      ['scripts/test.mjs', 'test/firmware/linux.test.ts', 'test/firmware/update.test.ts', ...process.argv.slice(2)],
      { cwd: projectRoot, stdio: 'inherit', env },
    ).status ?? 1;
}
