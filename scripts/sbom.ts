/**
 * `npm run --silent sbom`: the SBOM of the software without firmware, from package-lock.json, to standard output. A
 * release has its own, with the images (scripts/release.ts).
 */
import { UserError } from '../host/common/errors.js';
import { productVersion } from '../host/common/paths.js';
import { dateOf } from './release/options.js';
import { makeSbom } from './release/sbom.js';

try {
  const date = new Date(dateOf(process.env['SOURCE_DATE_EPOCH']) * 1000).toISOString().replace('.000Z', 'Z');
  console.log(JSON.stringify(makeSbom([], { version: productVersion(), date, built: true }), undefined, 2));
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(error.message);
  process.exitCode = error.exitCode;
}
