/** Reads a known-scanner list from a byte stream: JSON if the text starts with a bracket, otherwise a plain list. */
import type { Finding, ListReader } from '../rules/known-entry.js';
import { JsonReader } from './json.js';
import { PlainReader } from './plain.js';

export interface Read {
  findings: Finding[];
  /** Bytes read so far. */
  bytes: number;
  /** With the last piece: why the text is truncated, as a clause. */
  cut?: string;
}

/** @param now milliseconds since 1970 */
export async function* readList(chunks: AsyncIterable<Uint8Array>, now: number): AsyncGenerator<Read> {
  // Not fatal: an invalid UTF-8 byte spoils only its own line.
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
      // Leading blank lines count for line numbers, but a file of nothing else is not buffered.
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
