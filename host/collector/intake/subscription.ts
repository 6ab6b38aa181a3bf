/**
 * Subscribes to an external broker: MQTT 5, persistent session, QoS 1. Messages are acknowledged after they are stored.
 * The broker keeps the others and redelivers them later, to this collector or to another of its group.
 */
import { hostname } from 'node:os';
import type { IClientOptions, IPublishPacket, MqttClient } from 'mqtt';
import { connect } from 'mqtt';
import type { BaseLogger } from 'pino';
import { messageTypesUp, topicFilter } from '../../../src/protocol/topics.js';
import { explainBrokerError } from '../../common/broker-error.js';
import { brokerSettings, parseBrokerUrl } from '../../common/broker-url.js';
import { UserError } from '../../common/errors.js';
import type { Arrival } from '../rules/decode.js';

export interface SubscriptionOptions {
  /** `mqtt://` or `mqtts://`, with user and password if the broker requires them. */
  url: string;
  /** Collectors of one group share the messages. */
  share?: string;
  /** Fixed, so that the broker recognizes the session. */
  clientId?: string;
  /** PEM of a CA to trust instead of the system's. */
  ca?: Buffer;
  accept: (arrival: Arrival) => Promise<void>;
  /** Operator messages: connected, disconnected (with the reason), refused. */
  log: BaseLogger;
}

export interface Subscription {
  /** The broker, without a password. */
  url: string;
  /** Whether the broker has accepted the connection and the subscriptions. */
  readonly connected: boolean;
  /**
   * Unsubscribes if a group shares the messages, so that the other members get them: brokers may keep queueing for an
   * absent member. Without a group the broker should keep them.
   */
  leave(): Promise<void>;
  /** Publishes with QoS 0 while connected: the receiver requests lost messages again. */
  send(topic: string, payload: Uint8Array | string, retain: boolean): void;
  close(): Promise<void>;
}

/** Seconds that the broker keeps the session and its queue while the collector is away. */
const SESSION_EXPIRY = 7 * 86_400;
/** Unacknowledged messages that the broker may send: two batches. */
const RECEIVE_MAXIMUM = 1000;
/** Milliseconds. */
const FIRST_RECONNECT_MS = 500;
const MAX_RECONNECT_MS = 30_000;
const CONNECT_TIMEOUT = 10_000;

/** @throws UserError if the URL is malformed. An unreachable broker is reported and retried indefinitely. */
export function subscribe(options: SubscriptionOptions): Subscription {
  const url = parseBrokerUrl(options.url);
  const address = `${url.protocol}//${url.host}`;
  const client = connect(settingsOf(url, options));
  let failures = 0;
  let reason = 'it closed the connection';
  let closing = false;
  let subscribed = false;
  const prefix = options.share ? `$share/${options.share}/` : '';
  const filters = messageTypesUp.map((messageType) => prefix + topicFilter(messageType));
  client.on('connect', () => {
    failures = 0;
    client.options.reconnectPeriod = FIRST_RECONNECT_MS;
    client.subscribe(filters, { qos: 1 }, (error, granted) => {
      const refused = granted?.filter(({ qos }) => qos >= 128) ?? [];
      if (error || refused.length > 0) {
        options.log.error(
          { broker: address },
          `The broker ${address} refuses the subscription: ${error?.message ?? 'its access list forbids it'}.`,
        );
      } else {
        subscribed = true;
        options.log.info({ broker: address }, `Subscribed at the broker ${address}.`);
      }
    });
  });
  client.on('error', (error) => (reason = explainBrokerError(error)));
  client.on('disconnect', (packet) => {
    // MQTT 5 section 3.14.2.1: session taken over.
    if (packet.reasonCode !== 142) return;
    reason = `another collector uses the client id "${client.options.clientId}"; give each its own with --client-id`;
  });
  client.on('close', () => {
    subscribed = false;
    if (closing) return;
    // Logged once per outage.
    if (failures++ === 0) {
      const { code, message } = new UserError('BW_BROKER', { url: address, reason });
      options.log.warn({ code, broker: address, reason }, `${message} Trying again.`);
    }
    client.options.reconnectPeriod = Math.min(MAX_RECONNECT_MS, FIRST_RECONNECT_MS * 2 ** Math.min(failures, 10));
    reason = 'it closed the connection';
  });
  acknowledgeAfter(client, options.accept);
  return {
    url: address,
    get connected() {
      return subscribed && !closing;
    },
    send: (topic, payload, retain) => {
      if (client.connected) client.publish(topic, Buffer.from(payload as Uint8Array), { qos: 0, retain }, () => {});
    },
    leave: async () => {
      closing = true;
      if (options.share && client.connected) await client.unsubscribeAsync(filters).catch(() => {});
    },
    close: async () => {
      closing = true;
      await client.endAsync(!client.connected).catch(() => {});
    },
  };
}

function settingsOf(url: URL, options: SubscriptionOptions): IClientOptions {
  return {
    ...brokerSettings(url),
    ...(options.ca ? { ca: options.ca } : {}),
    clientId: options.clientId ?? `blockwatch-collector-${hostname()}`,
    protocolVersion: 5,
    clean: false,
    properties: { sessionExpiryInterval: SESSION_EXPIRY, receiveMaximum: RECEIVE_MAXIMUM },
    keepalive: 30,
    connectTimeout: CONNECT_TIMEOUT,
    reconnectPeriod: FIRST_RECONNECT_MS,
    // The collector subscribes on each connection, because the broker may have lost the session.
    resubscribe: false,
  };
}

/**
 * mqtt.js handles a message only after acknowledging the previous one, so no two could share a transaction. QoS 1
 * messages therefore pass through it as QoS 0, which it does not acknowledge, and the PUBACK is written here.
 */
function acknowledgeAfter(client: MqttClient, accept: (arrival: Arrival) => Promise<void>): void {
  const due = new WeakMap<IPublishPacket, { id: number; stream: MqttClient['stream'] }>();
  client.on('packetreceive', (packet) => {
    if (packet.cmd !== 'publish' || packet.qos !== 1 || packet.messageId === undefined) return;
    due.set(packet, { id: packet.messageId, stream: client.stream });
    packet.qos = 0;
  });
  client.on('message', (topic, payload, packet) => {
    const { id, stream } = due.get(packet) ?? {};
    accept({ topic, payload, retained: packet.retain }).then(
      () => {
        // A message id is valid only on its own connection; on a new one the broker sends the message again.
        if (id === undefined || stream !== client.stream || stream.destroyed) return;
        stream.write(puback(id));
      },
      () => {
        // Not stored: the broker redelivers only on a new connection, so force one.
        if (id !== undefined && stream === client.stream && !stream.destroyed) stream.destroy();
      },
    );
  });
}

/** MQTT 5 section 3.4: no reason code and no properties means success. */
function puback(id: number): Buffer {
  return Buffer.from([0x40, 2, id >> 8, id & 0xff]);
}
