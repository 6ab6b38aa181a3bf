#!/usr/bin/env node
// The command `blockwatch`: builds what is missing, then hands over to host/cli.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const cli = new URL('../build/js/host/cli/index.js', import.meta.url);
if (!existsSync(cli) || !existsSync(new URL('../build/engine/engine.wasm', import.meta.url))) {
  const build = spawnSync(
    process.execPath,
    [fileURLToPath(new URL('build.mjs', import.meta.url)), '--quiet', '--no-types'],
    {
      stdio: ['ignore', 2, 2],
    },
  );
  if (build.status !== 0) process.exit(1);
}
await import(cli.href);
