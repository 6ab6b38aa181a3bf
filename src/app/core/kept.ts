/**
 * Small texts in preferences that lose a key when the power fails while it is written (NVS erases it first): each text has
 * two copies under keys of their own, with a generation and a checksum. A write goes to the older copy, so there is
 * always one that is whole. Longer texts are cut into parts, because a preference holds at most 512 bytes on a board.
 *
 * Nothing here holds a text twice: what is checked is read a part at a time, what is written is escaped a part at a time.
 */
import { fromUtf8, toUtf8 } from '../../protocol/utf8.js';
import { crc32Text } from './crc32.js';

type Get = (key: string) => string | undefined;
type Set = (key: string, value: string) => void;

/** Characters in a part, some more where the last is escaped; NVS keys are 15 characters at most, and so are ours: name of 9, copy, part. */
const PART = 400;
export const MOST_NAME = 12;
/** Parts of a text: as many as its keys can count, and few enough to be read where the count itself is damaged. */
const MOST_PARTS = 99;
/** Stands for an empty text, which no preference can hold; alone, it is no escape. */
const EMPTY = '%';
/** What needs no escape: the printable part of ASCII without the percent sign. */
const PLAIN = /^[ -$&-~]*$/;

interface Copy {
  which: 'a' | 'b';
  generation: number;
  parts: number;
  sum: number;
}

/** What a copy says of itself: `GENERATION PARTS CRC` under NAME+a or b; its parts are under NAME+a0, a1 ... */
function headOf(name: string, which: 'a' | 'b', get: Get): Copy | undefined {
  const [, generation, parts, sum] = /^(\d{1,10}) (\d{1,3}) (\d{1,10})$/.exec(String(get(name + which) ?? '')) ?? [];
  if (!(Number(generation) > 0 && Number(parts) > 0 && Number(parts) <= MOST_PARTS)) return undefined;
  return { which, generation: Number(generation), parts: Number(parts), sum: Number(sum) };
}

const part = (name: string, copy: Copy, at: number, get: Get): string => String(get(`${name}${copy.which}${at}`) ?? '');

function isWhole(name: string, copy: Copy, get: Get): boolean {
  let sum = crc32Text(`${copy.generation} `);
  for (let at = 0; at < copy.parts; at++) sum = crc32Text(part(name, copy, at, get), sum);
  return sum === copy.sum;
}

/** The newest copy that is whole; undefined where there is none. */
function newest(name: string, get: Get): Copy | undefined {
  const a = headOf(name, 'a', get);
  const b = headOf(name, 'b', get);
  const order = a && b && b.generation > a.generation ? [b, a] : [a, b];
  return order.find((copy) => copy && isWhole(name, copy, get));
}

/** The text of the newest copy that is whole; undefined where there is none. */
export function readKept(name: string, get: Get): string | undefined {
  const copy = newest(name, get);
  if (!copy) return undefined;
  let text = '';
  for (let at = 0; at < copy.parts; at++) text += part(name, copy, at, get);
  return unescapeKept(text === EMPTY ? '' : text);
}

/** @throws what `set` throws, and a RangeError where the text is too long or the name is */
export function writeKept(name: string, text: string, get: Get, set: Set): void {
  if (name.length > MOST_NAME) throw new RangeError(`The name "${name}" is longer than ${MOST_NAME} characters.`);
  const last = newest(name, get);
  const which = last?.which === 'a' ? 'b' : 'a';
  // Above the other copy's, whatever becomes of this one.
  const generation = (last?.generation ?? 0) + 1;
  let parts = 0;
  let sum = crc32Text(`${generation} `);
  const put = (piece: string): void => {
    if (parts === MOST_PARTS) throw new RangeError(`A text of ${text.length} characters is too long to be kept.`);
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
  // Last: without it the parts are nothing.
  set(name + which, `${generation} ${parts} ${sum}`);
}

/** Takes both copies away. */
export function forgetKept(name: string, get: Get, remove: (key: string) => void): void {
  for (const which of ['a', 'b'] as const) {
    const copy = headOf(name, which, get);
    // First: without it the parts are nothing.
    remove(name + which);
    for (let at = 0; at < (copy?.parts ?? 0); at++) remove(`${name}${which}${at}`);
  }
}

function escapeKept(character: string): string {
  let out = '';
  for (const byte of toUtf8(character)) out += `%${(byte + 256).toString(16).slice(1)}`;
  return out;
}

/** What writeKept escaped. */
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
