/** Explains broker errors in words. */

/** MQTT 3.1.1 section 3.2.2.3, MQTT 5 section 3.2.2.2. */
const reasonCodes: Record<number, string> = {
  1: 'it does not support this version of MQTT',
  2: 'it refuses the client id',
  4: 'it refuses the user or the password',
  5: 'it does not authorize this client',
  132: 'it does not support MQTT 5',
  133: 'it refuses the client id',
  134: 'it refuses the user or the password',
  135: 'it does not authorize this client',
};

const socketErrors: Record<string, string> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'its name cannot be resolved',
  EAI_AGAIN: 'its name cannot be resolved',
  ETIMEDOUT: 'it cannot be reached',
  EHOSTUNREACH: 'it cannot be reached',
  ENETUNREACH: 'it cannot be reached',
};

type BrokerError = Error & { code?: string | number; errors?: (Error & { code?: string })[] };

export function explainBrokerError(error: BrokerError): string {
  // Node throws an AggregateError without a message if a name has several addresses and none answers.
  const code = error.code ?? error.errors?.[0]?.code;
  const known = typeof code === 'number' ? reasonCodes[code] : socketErrors[code ?? ''];
  return known ?? (error.message || String(code ?? 'the connection failed'));
}
