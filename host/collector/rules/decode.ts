/** Decodes an MQTT message, or states why it is rejected. Never throws. */
import { decode as decodeCbor } from 'cborg';
import type { Alert } from '../../../src/protocol/alert.js';
import { readAlert } from '../../../src/protocol/alert.js';
import type { Health } from '../../../src/protocol/health.js';
import { readHealth } from '../../../src/protocol/health.js';
import type { Status } from '../../../src/protocol/status.js';
import { readStatus } from '../../../src/protocol/status.js';
import { goesUp, parseTopic } from '../../../src/protocol/topics.js';
import { WireError } from '../../../src/protocol/wire-error.js';
import { SUSPICION_REPORT } from './wire-names.js';

/** A message as the broker delivers it. */
export interface Arrival {
  topic: string;
  payload: Uint8Array;
  /** A retained message, repeated to a new subscriber: it does not show that the sensor is online now. */
  retained: boolean;
  /** Why its sender may not send it, if that is known; the message is then not decoded. */
  refusal?: string;
}

interface From {
  site: string;
  sensor: string;
  retained: boolean;
}

export type RecordMessage = From &
  Alert & { what: 'record'; messageType: 'alert' | typeof SUSPICION_REPORT; payload: Uint8Array };
export type HealthMessage = From & { what: 'health'; health: Health };
export type StatusMessage = From & { what: 'status'; status: Status };
export type Rejected = { what: 'rejected'; topic: string; reason: string; payload: Uint8Array };
export type Message = RecordMessage | HealthMessage | StatusMessage | Rejected;

/** Maximum payload sizes in bytes. An alert takes about 100; the rest is reserved for later versions. */
const MAX_PAYLOAD = { alert: 1024, [SUSPICION_REPORT]: 1024, health: 4096, status: 4096 } as const;
/** Milliseconds: the end of the year 9999, after which ISO 8601 needs more digits; and a hundred years of uptime. */
const MAX_TIME = 253_402_300_799_999;
const MAX_UPTIME = 3_155_760_000_000;
/** Bytes of a rejected payload that are stored. */
const REJECTED_PAYLOAD_BYTES = 256;
const MAX_TOPIC_LENGTH = 200;

// RFC 8949 section 5.6: ambiguous encodings are rejected.
const strict = {
  useMaps: true,
  strict: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowInfinity: false,
  allowNaN: false,
  allowBigInt: false,
  rejectDuplicateMapKeys: true,
};

export function decode(arrival: Arrival): Message {
  const { topic, payload, retained, refusal } = arrival;
  if (refusal) return rejected(arrival, refusal);
  try {
    const parsed = parseTopic(topic);
    if (!parsed) throw new WireError('The topic is not defined in docs/PROTOCOL.md.');
    const { site, sensor, messageType } = parsed;
    if (!goesUp(messageType)) throw new WireError(`A sensor does not send on "${messageType}".`);
    if (messageType === 'fetch') throw new WireError('Requests for image blocks are not stored.');
    if (payload.length > MAX_PAYLOAD[messageType]) {
      throw new WireError(
        `The message has ${payload.length} bytes; at most ${MAX_PAYLOAD[messageType]} are read on "${messageType}".`,
      );
    }
    const from = { site, sensor, retained };
    if (messageType === 'status') {
      const status = readStatus(new TextDecoder('utf-8', { fatal: true }).decode(payload));
      return { what: 'status', ...from, status: { ...status, version: printable(status.version) } };
    }
    const value: unknown = decodeCbor(payload, strict);
    if (messageType === 'health') {
      const health = readHealth(value);
      const configProblem = printable(health.configProblem);
      const update = health.updateProblem === undefined ? {} : { updateProblem: printable(health.updateProblem) };
      return {
        what: 'health',
        ...from,
        health: { ...health, version: printable(health.version), configProblem, ...update },
      };
    }
    const alert = readAlert(value);
    if (alert.record.time > (alert.clock === 'uptime' ? MAX_UPTIME : MAX_TIME)) {
      throw new WireError(`The time ${alert.record.time} is out of range.`);
    }
    return { what: 'record', ...from, messageType, payload, ...alert };
  } catch (error) {
    return rejected(arrival, reasonOf(error));
  }
}

export function rejected(arrival: Pick<Arrival, 'topic' | 'payload'>, reason: string): Rejected {
  const { topic, payload } = arrival;
  return {
    what: 'rejected',
    topic: printable(topic).slice(0, MAX_TOPIC_LENGTH),
    reason: printable(reason),
    payload: payload.slice(0, REJECTED_PAYLOAD_BYTES),
  };
}

function reasonOf(error: unknown): string {
  if (error instanceof WireError) return error.message;
  // Deeply nested arrays overflow the stack; that RangeError's message would confuse.
  if (error instanceof RangeError) return 'The message is nested too deeply.';
  const { message } = error as Error;
  return `The message cannot be decoded: ${message.replace(/^CBOR decode error: /, '').replace(/\.?$/, '.')}`;
}

/** Sensor text ends up in databases, pages and terminals: replace its control characters. */
function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, '\ufffd');
}
