/** Logs for tests: the sentences of one end up in an array, another is silent. */
import type { Logger } from 'pino';
import { pino } from 'pino';

export function logInto(sentences: string[]): Logger {
  return pino({ base: null }, { write: (line) => sentences.push((JSON.parse(line) as { msg: string }).msg) });
}

export const silentLog: Logger = pino({ level: 'silent' });
