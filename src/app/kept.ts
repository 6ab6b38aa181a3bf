/**
 * Small texts in preferences that lose a key when the power fails while it is written (NVS erases it first): each text has
 * two copies under keys of their own, with a generation and a checksum. A write goes to the older copy, so there is
 * always one that is whole. Longer texts are cut into parts, because a preference holds at most 512 bytes on a board.
 */
import { crc32 } from './crc32.js';
import { fromUtf8, toUtf8 } from './improv.js';

type Get = (key: string) => string | undefined;
type Set = (key: string, value: string) => void;

/** Characters in a part; NVS keys are 15 characters at most, and so are ours: name of 9, copy, part. */
const PART = 400;
export const MOST_NAME = 12;
/** Stands for an empty text, which no preference can hold; alone, it is no escape. */
const EMPTY = '%';

interface Copy {
  generation: number;
  text: string;
}

/** A copy: `GENERATION PARTS CRC` under NAME+a or b, its parts under NAME+a0, a1 ... */
function readCopy(name: string, which: string, get: Get): Copy | undefined {
  const [generation, parts, sum] = (get(name + which) ?? '').split(' ').map(Number);
  if (!generation || !parts || sum === undefined) return undefined;
  let text = '';
  for (let part = 0; part < parts; part++) text += get(`${name}${which}${part}`) ?? '';
  return crc32(Uint8Array.from(toUtf8(`${generation} ${text}`))) === sum ? { generation, text } : undefined;
}

const copies = (name: string, get: Get): [Copy | undefined, Copy | undefined] => [readCopy(name, 'a', get), readCopy(name, 'b', get)];

/** The newest copy that is whole; undefined where there is none. */
export function readKept(name: string, get: Get): string | undefined {
  const [a, b] = copies(name, get);
  const newest = !a || !b ? (a ?? b) : a.generation > b.generation ? a : b;
  return newest && unescapeKept(newest.text === EMPTY ? '' : newest.text);
}

export function writeKept(name: string, text: string, get: Get, set: Set): void {
  if (name.length > MOST_NAME) throw new RangeError(`The name "${name}" is longer than ${MOST_NAME} characters.`);
  const [a, b] = copies(name, get);
  const which = !a ? 'a' : !b || a.generation > b.generation ? 'b' : 'a';
  const generation = Math.max(a?.generation ?? 0, b?.generation ?? 0) + 1;
  // ASCII with escapes: a part may then be cut anywhere.
  const safe = Array.from(toUtf8(text), (byte) => (byte < 128 && byte !== 37 ? String.fromCharCode(byte) : `%${(byte + 256).toString(16).slice(1)}`)).join('');
  const parts = Math.max(1, Math.ceil(safe.length / PART));
  for (let part = 0; part < parts; part++) set(`${name}${which}${part}`, safe.slice(part * PART, (part + 1) * PART) || EMPTY);
  // Last: without it the parts are nothing.
  set(name + which, `${generation} ${parts} ${crc32(Uint8Array.from(toUtf8(`${generation} ${safe || EMPTY}`)))}`);
}

/** What writeKept escaped. */
function unescapeKept(text: string): string {
  const bytes: number[] = [];
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '%') {
      bytes.push(parseInt(text.slice(i + 1, i + 3), 16));
      i += 2;
    } else bytes.push(text.charCodeAt(i));
  }
  return fromUtf8(Uint8Array.from(bytes));
}
