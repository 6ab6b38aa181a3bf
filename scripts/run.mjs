// Runs a script of the project, `node scripts/run.mjs scripts/evaluate ...`, after building what is out of date.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

// The tests have built, and call this many times.
if (!process.env.BLOCKWATCH_BUILT) {
  const build = spawnSync(
    process.execPath,
    [fileURLToPath(new URL('build.mjs', import.meta.url)), '--quiet', '--no-types'],
    {
      stdio: ['ignore', 2, 2],
    },
  );
  if (build.status !== 0) process.exit(1);
}
const [name, ...rest] = process.argv.splice(2);
process.argv[1] = fileURLToPath(new URL(`../build/js/${name}.js`, import.meta.url));
process.argv.push(...rest);
await import(new URL(`../build/js/${name}.js`, import.meta.url).href);
