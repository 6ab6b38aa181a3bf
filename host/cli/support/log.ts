/**
 * The log of the commands that run long, on standard error. Entries are pino's: a level, a sentence, and fields for programs. People get
 * the sentences (`--log-format text`), log collectors a JSON object a line (`--log-format json`).
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
  return new Option('--log-format <FORMAT>', 'the log on standard error: text for people, json (one object a line)')
    .choices([...formats])
    .default('text');
}

export function logLevelOption(): Option {
  return new Option('--log-level <LEVEL>', 'log what is of this level or a more serious one')
    .choices([...levels])
    .default('info');
}

/** @param write takes one line with its end */
export function openLog(
  { logFormat, logLevel }: LogOptions,
  write: (line: string) => void = (line) => process.stderr.write(line),
  paint: Paint = painter(process.stderr),
): Logger {
  return pino(
    {
      level: logLevel,
      // Process and host are for whoever collects the lines to add, and it does.
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

/** Runs a command with its log. In JSON, what ends the command is an entry too, so that every line is an object. */
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
