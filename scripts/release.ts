/**
 * `npm run release -- --out DIR ...`: what a user downloads. An image of each board that can be built here or was
 * built, its manifest for a flash page, checksums, an SBOM, and with a release key signatures and what updates sensors
 * over their uplink. What cannot be built here is named, with the command for somebody who has the toolchain.
 */
import { UserError } from '../host/common/errors.js';
import { collectImages, commandFor } from './release/images.js';
import { filesOf, writeRelease } from './release/lay-out.js';
import { readOptions, USAGE } from './release/options.js';

/** A path with a space in it would be two words of the command that is shown. */
const shown = (path: string): string => (/^[\w./@%+-]+$/.test(path) ? path : `'${path.replace(/'/g, "'\\''")}'`);

function main(): void {
  const options = readOptions(process.argv.slice(2));
  if (!options) return console.log(USAGE);
  const { found, missing } = collectImages(options);
  const named = { ...options, ...(options.keyPath === undefined ? {} : { keyPath: shown(options.keyPath) }) };
  const [first] = missing;
  if (found.length === 0) {
    throw new UserError('BW_RELEASE', {
      problem:
        `There is no image to release (${first?.reason}): run "${commandFor(first?.board ?? '', named)}" ` +
        'where the Moddable SDK and ESP-IDF are (docs/DEPLOY.md), and then this with --built.',
    });
  }
  const files = filesOf(found, options);
  writeRelease(options.out, files);
  const signed = options.key ? 'signed' : 'not signed: name the release key with --release-key';
  const names = found.map(({ board }) => board).join(', ');
  console.log(`${options.out}: release ${options.version} for ${names}, ${files.size} files, ${signed}.`);
  for (const { board, reason } of missing)
    console.error(
      `${board} is not in it (${reason}). Where the toolchain is, run ` +
        `"${commandFor(board, named)}", and then this with --built.`,
    );
}

try {
  main();
} catch (error) {
  console.error(
    error instanceof UserError
      ? error.message
      : `Something went wrong that should not have: ${(error as Error).message}. BLOCKWATCH_DEBUG=1 shows where.`,
  );
  if (process.env['BLOCKWATCH_DEBUG'] && error instanceof Error) console.error(error.stack);
  process.exitCode = error instanceof UserError ? error.exitCode : 1;
}
