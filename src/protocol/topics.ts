/** MQTT topics: `blockwatch/1/{site}/{sensor}/{message type}`. The 1 is the version of all of docs/PROTOCOL.md. */
export const TOPIC_ROOT = 'blockwatch/1';

/** The last part of a topic: messages from a sensor, and messages to it. */
export const messageTypesUp = ['alert', 'whisper', 'health', 'status', 'fetch'] as const;
export const messageTypesDown = ['config', 'command', 'update', 'block'] as const;
export const messageTypes = [...messageTypesUp, ...messageTypesDown] as const;
export type MessageTypeUp = (typeof messageTypesUp)[number];
type MessageTypeDown = (typeof messageTypesDown)[number];
export type MessageType = MessageTypeUp | MessageTypeDown;

export const goesUp = (messageType: MessageType): messageType is MessageTypeUp =>
  (messageTypesUp as readonly string[]).includes(messageType);

/** The topics a sensor subscribes to: its inputs, and its own last status, which a late will may have replaced. */
export const subscribedTypes: readonly MessageType[] = [...messageTypesDown, 'status'];

/** Whether the payload on `topic` is binary for a sensor; all others are text. */
export const isBinary = (topic: string): boolean => topic.endsWith('/block');

export interface Topic {
  site: string;
  sensor: string;
  messageType: MessageType;
}

/** The message to the user if an id is refused. */
export const ID_RULE = 'a letter or digit, then up to 31 letters, digits, ".", "_" or "-"';

/**
 * Site and sensor ids use this narrow alphabet so that they need no escaping in a topic, a path, a URL or a file name.
 */
export function validId(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/.test(text);
}

/** Throws a RangeError if an id is invalid: ids are validated on entry, so this indicates a bug. */
export function buildTopic(site: string, sensor: string, messageType: MessageType): string {
  if (!validId(site)) throw new RangeError(`The site "${site}" is not ${ID_RULE}`);
  if (!validId(sensor)) throw new RangeError(`The sensor "${sensor}" is not ${ID_RULE}`);
  return `${TOPIC_ROOT}/${site}/${sensor}/${messageType}`;
}

/** The parts of a topic; undefined if it has another form. */
export function parseTopic(topic: string): Topic | undefined {
  const parts = topic.split('/');
  if (parts.length !== 5 || `${parts[0]}/${parts[1]}` !== TOPIC_ROOT) return undefined;
  const [, , site, sensor, last] = parts as [string, string, string, string, string];
  const messageType = messageTypes.find((known) => known === last);
  if (!messageType || !validId(site) || !validId(sensor)) return undefined;
  return { site, sensor, messageType };
}

/** A collector's subscription: one message type of every sensor. */
export function topicFilter(messageType: MessageType): string {
  return `${TOPIC_ROOT}/+/+/${messageType}`;
}

/** MQTT client id. The slash distinguishes (a-b, c) from (a, b-c), because no id contains one. */
export function clientId(site: string, sensor: string): string {
  return `blockwatch/${site}/${sensor}`;
}
