/** Outputs, their destinations and their progress. */
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
    deadLetters: { ...integer, description: 'Messages kept after the last attempt failed.' },
    lost: { ...integer, description: 'Messages dropped because the queue was full.' },
  },
  [],
  'Output',
);
export type Output = Of<typeof output>;

export const outputAnswers = { outputs: object({ outputs: list(output) }) };
