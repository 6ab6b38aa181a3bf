/**
 * The log of long-running commands, on standard error. An entry has a level, a sentence and fields. `--log-format text`
 * prints the sentences; `--log-format json` prints a JSON object per line.
 */
import { Option } from 'commander';
import type { Level, Logger } from 'pino';
import { pino, stdTimeFunctions } from 'pino';
import { UserError } from '../../common/errors.js';
import { printable } from '../../common/printable.js';
import type { Paint, Tone } from './colour.js';
import { painter } from './colour.js';
import { explain } from './explain.js';

const levels = ['error', 'warn', 'info', 'debug'] as const satisfies readonly Level[];
const formats = ['text', 'json'] as const;

const tones: Partial<Record<string, Tone>> = { fatal: 'bad', error: 'bad', warn: 'warn', debug: 'faint' };

export interface LogOptions {
  logFormat: (typeof formats)[number];
  logLevel: (typeof levels)[number];
}

export function logFormatOption(): Option {
  return new Option('--log-format <FORMAT>', 'format of the log on standard error')
    .choices([...formats])
    .default('text');
}

export function logLevelOption(): Option {
  return new Option('--log-level <LEVEL>', 'minimum level of log entries').choices([...levels]).default('info');
}

/** @param write receives one line with its newline */
export function openLog(
  { logFormat, logLevel }: LogOptions,
  write: (line: string) => void = (line) => process.stderr.write(line),
  paint: Paint = painter(process.stderr),
): Logger {
  return pino(
    {
      level: logLevel,
      // Log collectors add process and host themselves.
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: logFormat === 'json' ? write : (line) => write(textLine(line, paint)) },
  );
}

/** `blockwatch: ` and the sentence. What strangers chose in it reaches a terminal without its control characters. */
function textLine(json: string, paint: Paint): string {
  const { level, msg } = JSON.parse(json) as { level: string; msg?: string };
  return `${paint('blockwatch:', tones[level])} ${printable(msg ?? '')}\n`;
}

/** Runs a command with its log. With JSON, the final error is an entry too, so that every line is an object. */
export async function withLog(options: LogOptions, run: (log: Logger) => Promise<void>): Promise<void> {
  const log = openLog(options);
  try {
    await run(log);
  } catch (error) {
    if (options.logFormat === 'text') throw error;
    const { text, exitCode } = explain(error);
    log.fatal(error instanceof UserError ? { code: error.code } : { err: error }, text);
    process.exitCode = exitCode;
  }
}
