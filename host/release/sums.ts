/** SHA256SUMS, in the format of sha256sum: the files of a release. */

/** Maximum size. A release for every board has about thirty lines. Bytes. */
export const MAX_SUMS = 64 * 1024;
export const SUMS = 'SHA256SUMS';
export const SIGNATURE = 'SHA256SUMS.sig';

/** A name, or one folder and a name, neither starting with a dot: no name leads out of the release's folder. */
const NAME = /^(?:[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}\/)?[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/;
/** Two spaces: text mode, which is the same as binary here. */
const LINE = /^([0-9a-f]{64}) {2}(.+)$/;

export const safeName = (name: unknown): name is string => typeof name === 'string' && NAME.test(name);

export function writeSums(sums: ReadonlyMap<string, string>): string {
  return [...sums]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, sha256]) => `${sha256}  ${name}\n`)
    .join('');
}

/** SHA-256 in hexadecimal by name. @throws RangeError with the first error */
export function readSums(text: string): Map<string, string> {
  const out = new Map<string, string>();
  for (const line of text.replace(/\n$/, '').split('\n')) {
    const [, sha256, name] = LINE.exec(line) ?? [];
    if (sha256 === undefined || name === undefined) throw new RangeError(`${SUMS} has a line that is not a checksum`);
    if (!safeName(name)) throw new RangeError(`${SUMS} names a file outside the release`);
    if (out.has(name)) throw new RangeError(`${SUMS} names ${name} twice`);
    out.set(name, sha256);
  }
  return out;
}
