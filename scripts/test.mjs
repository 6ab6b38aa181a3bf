// `npm test`: builds, then runs mocha over test/**/*.test.ts through ts-node. Arguments go on to mocha; a path among them
// takes the place of all tests.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const node = (args, env = process.env) =>
  spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit', env }).status ?? 1;

if (node(['scripts/build.mjs', '--quiet']) !== 0) process.exit(1);
const args = process.argv.slice(2);
const specs = args.some((arg) => /\.ts$|^test\//.test(arg)) ? [] : ['test/**/*.test.ts'];
process.exit(
  node(
    [
      '--no-warnings',
      '--loader=ts-node/esm',
      'node_modules/mocha/bin/mocha.js',
      '--timeout',
      '60000',
      '--exit',
      ...args,
      ...specs,
    ],
    { ...process.env, TS_NODE_TRANSPILE_ONLY: 'true' },
  ),
);
