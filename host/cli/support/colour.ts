/** Colour where a terminal shows it. In a pipe there is none; NO_COLOR takes it away and FORCE_COLOR brings it (no-color.org). */
import { createColors } from 'picocolors';
import type { Severity } from '../../../src/protocol/record.js';

/** What a word means to whoever reads it. */
export type Tone = 'bad' | 'worse' | 'warn' | 'good' | 'faint';

export type Paint = (text: string, tone: Tone | undefined) => string;

export function painter(stream: { isTTY?: boolean }, env: NodeJS.ProcessEnv = process.env): Paint {
  const { NO_COLOR, FORCE_COLOR, TERM } = env;
  const colours = createColors(!NO_COLOR && (Boolean(FORCE_COLOR) || (stream.isTTY === true && TERM !== 'dumb')));
  const tones: Record<Tone, (text: string) => string> = {
    worse: (text) => colours.bold(colours.red(text)),
    bad: colours.red,
    warn: colours.yellow,
    good: colours.green,
    faint: colours.dim,
  };
  return (text, tone) => (tone && text ? tones[tone](text) : text);
}

const severityTones: Partial<Record<Severity, Tone>> = { critical: 'worse', high: 'bad', medium: 'warn' };

export const severityTone = (severity: string): Tone | undefined => severityTones[severity as Severity];

/** Of a sensor's state, and of an incident's kind. */
export function stateTone(state: string): Tone | undefined {
  if (state === 'online') return 'good';
  if (state === 'offline' || state === 'never-seen') return 'faint';
  return state === 'late' ? 'warn' : 'bad';
}
