/** From a stream of bytes to what a list says. JSON where the text begins with a bracket, else a plain list. */
import type { Finding, ListReader } from '../rules/known-entry.js';
import { JsonReader } from './json.js';
import { PlainReader } from './plain.js';

export interface Read {
  findings: Finding[];
  /** Bytes read so far. */
  bytes: number;
  /** Half a sentence, with the last piece: the text ends before its end. */
  cut?: string;
}

/** @param now milliseconds since 1970 */
export async function* readList(chunks: AsyncIterable<Uint8Array>, now: number): AsyncGenerator<Read> {
  // Not fatal: a byte that is no UTF-8 spoils its own line.
  const decoder = new TextDecoder('utf-8');
  let reader: ListReader | undefined;
  let before = '';
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    const text = decoder.decode(chunk, { stream: true });
    if (!reader) {
      before += text;
      const first = /\S/.exec(before)?.[0];
      // Empty lines count as lines, but a file of nothing else is not held.
      if (first === undefined && before.length < 65_536) continue;
      reader = first === '{' || first === '[' ? new JsonReader(now) : new PlainReader();
      yield { findings: reader.push(before), bytes };
      continue;
    }
    yield { findings: reader.push(text), bytes };
  }
  reader ??= new PlainReader();
  yield {
    findings: [...reader.push(decoder.decode()), ...reader.end()],
    bytes,
    ...(reader.cut ? { cut: reader.cut } : {}),
  };
}
