/** What is pushed, where to, and how far each output has come. */
import type { Of } from './schema.js';
import { integer, list, maybeText, maybeTime, object, oneOf, text } from './schema.js';

const output = object(
  {
    name: text,
    kind: oneOf(['file', 'stdout', 'syslog', 'webhook', 'mail']),
    state: {
      ...oneOf(['up', 'failing', 'unattended']),
      description:
        'failing: the last attempt failed, and it is tried again. unattended: no collector has it in its config at ' +
        'the moment.',
    },
    sent: { ...integer, description: 'Messages delivered.' },
    failed: { ...integer, description: 'Attempts.' },
    lag: { ...integer, description: 'Messages that wait.' },
    oldest: { ...maybeTime, description: 'Of the message that waits longest.' },
    lastError: maybeText,
    lastErrorTime: maybeTime,
    lastSent: maybeTime,
    deadLetters: { ...integer, description: 'Messages that were given up and are kept.' },
    lost: { ...integer, description: 'Messages that waited until there was no more room for them.' },
  },
  [],
  'Output',
);
export type Output = Of<typeof output>;

export const outputAnswers = { outputs: object({ outputs: list(output) }) };
