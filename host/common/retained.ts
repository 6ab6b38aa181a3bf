/** Publishes retained messages, which a broker keeps for offline sensors: configs and updates. */
import { explainBrokerError } from './broker-error.js';
import { parseBrokerUrl } from './broker-url.js';
import { UserError } from './errors.js';

export interface Retained {
  topic: string;
  text: string;
}

/** Milliseconds before giving up on a broker that does not answer. */
const CONNECT_TIMEOUT = 15_000;

/** Publishes each message with QoS 1. @throws UserError BW_USAGE, BW_BROKER */
export async function publishRetained(
  broker: string,
  ca: Buffer | undefined,
  all: readonly Retained[],
  progress: (done: number) => void = () => {},
): Promise<void> {
  const url = parseBrokerUrl(broker);
  const address = `${url.protocol}//${url.host}`;
  const failed = (error: unknown): UserError =>
    new UserError('BW_BROKER', { url: address, reason: explainBrokerError(error as Error) });
  const { connectAsync } = await import('mqtt');
  const client = await connectAsync(
    broker,
    { reconnectPeriod: 0, connectTimeout: CONNECT_TIMEOUT, ...(ca ? { ca } : {}) },
    false,
  ).catch((error: unknown) => {
    throw failed(error);
  });
  client.on('error', () => {});
  try {
    for (const [i, { topic, text }] of all.entries()) {
      await client.publishAsync(topic, text, { qos: 1, retain: true }).catch((error: unknown) => {
        throw failed(error);
      });
      progress(i + 1);
    }
  } finally {
    await client.endAsync().catch(() => {});
  }
}
