/**
 * Short texts in preferences that lose a key if the power fails during a write (NVS erases the key first). Each text
 * has two copies under separate keys, with a generation and a checksum. A write replaces the older copy, so one copy is
 * always intact. Longer texts are split into parts, because a preference holds at most 512 bytes on a board.
 *
 * No text is held twice in memory: reading, checking, escaping and writing go part by part.
 */
import { fromUtf8, toUtf8 } from '../../protocol/utf8.js';
import { crc32Text } from './crc32.js';

type Get = (key: string) => string | undefined;
type Set = (key: string, value: string) => void;

/** Characters of a part (the last may grow by escaping). NVS keys have at most 15 characters: name (9), copy, part. */
const PART = 400;
export const MAX_NAME = 12;
/** Maximum number of parts: what the keys can number, and few enough to read if the count itself is damaged. */
const MAX_PARTS = 99;
/** Represents an empty text, which a preference cannot hold; alone, it is not an escape. */
const EMPTY = '%';
/** Characters that need no escape: printable ASCII without the percent sign. */
const PLAIN = /^[ -$&-~]*$/;

interface Copy {
  which: 'a' | 'b';
  generation: number;
  parts: number;
  sum: number;
}

/** A copy's header: `GENERATION PARTS CRC` under NAME+a or b; its parts are under NAME+a0, a1 ... */
function headOf(name: string, which: 'a' | 'b', get: Get): Copy | undefined {
  const [, generation, parts, sum] = /^(\d{1,10}) (\d{1,3}) (\d{1,10})$/.exec(String(get(name + which) ?? '')) ?? [];
  if (!(Number(generation) > 0 && Number(parts) > 0 && Number(parts) <= MAX_PARTS)) return undefined;
  return { which, generation: Number(generation), parts: Number(parts), sum: Number(sum) };
}

const part = (name: string, copy: Copy, at: number, get: Get): string => String(get(`${name}${copy.which}${at}`) ?? '');

function isWhole(name: string, copy: Copy, get: Get): boolean {
  let sum = crc32Text(`${copy.generation} `);
  for (let at = 0; at < copy.parts; at++) sum = crc32Text(part(name, copy, at, get), sum);
  return sum === copy.sum;
}

/** The newest intact copy; undefined if there is none. */
function newest(name: string, get: Get): Copy | undefined {
  const a = headOf(name, 'a', get);
  const b = headOf(name, 'b', get);
  const order = a && b && b.generation > a.generation ? [b, a] : [a, b];
  return order.find((copy) => copy && isWhole(name, copy, get));
}

/** The text of the newest intact copy; undefined if there is none. */
export function readStored(name: string, get: Get): string | undefined {
  const copy = newest(name, get);
  if (!copy) return undefined;
  let text = '';
  for (let at = 0; at < copy.parts; at++) text += part(name, copy, at, get);
  return unescapeKept(text === EMPTY ? '' : text);
}

/** @throws what `set` throws, and a RangeError if the text or the name is too long */
export function writeStored(name: string, text: string, get: Get, set: Set): void {
  if (name.length > MAX_NAME) throw new RangeError(`The name "${name}" is longer than ${MAX_NAME} characters.`);
  const last = newest(name, get);
  const which = last?.which === 'a' ? 'b' : 'a';
  // Above the other copy's, whether this write succeeds or not.
  const generation = (last?.generation ?? 0) + 1;
  let parts = 0;
  let sum = crc32Text(`${generation} `);
  const put = (piece: string): void => {
    if (parts === MAX_PARTS) throw new RangeError(`A text of ${text.length} characters is too long to be kept.`);
    set(`${name}${which}${parts++}`, piece);
    sum = crc32Text(piece, sum);
  };
  for (let at = 0; at < text.length; ) {
    const plain = text.slice(at, at + PART);
    if (PLAIN.test(plain)) {
      put(plain);
      at += PART;
      continue;
    }
    let piece = '';
    while (at < text.length && piece.length < PART) {
      const point = text.codePointAt(at) as number;
      const one = String.fromCodePoint(point);
      piece += PLAIN.test(one) ? one : escapeKept(one);
      at += one.length;
    }
    put(piece);
  }
  if (parts === 0) put(EMPTY);
  // Last: the parts are invalid without it.
  set(name + which, `${generation} ${parts} ${sum}`);
}

/** Deletes both copies. */
export function removeStored(name: string, get: Get, remove: (key: string) => void): void {
  for (const which of ['a', 'b'] as const) {
    const copy = headOf(name, which, get);
    // First: the parts are invalid without it.
    remove(name + which);
    for (let at = 0; at < (copy?.parts ?? 0); at++) remove(`${name}${which}${at}`);
  }
}

function escapeKept(character: string): string {
  let out = '';
  for (const byte of toUtf8(character)) out += `%${(byte + 256).toString(16).slice(1)}`;
  return out;
}

/** Reverses the escaping of writeStored. */
function unescapeKept(text: string): string {
  if (!text.includes('%')) return text;
  const bytes = new Uint8Array(text.length);
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const escaped = text[i] === '%';
    bytes[length++] = escaped ? parseInt(text.slice(i + 1, i + 3), 16) : text.charCodeAt(i);
    if (escaped) i += 2;
  }
  return fromUtf8(bytes.subarray(0, length));
}
