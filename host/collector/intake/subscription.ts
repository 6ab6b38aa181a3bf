/**
 * An outside broker: MQTT 5, a session that outlives us, QoS 1. A message is acknowledged after it is stored, so the
 * broker keeps what this collector did not get to, and gives it to us, or to another of our group, later.
 */
import { hostname } from 'node:os';
import type { IClientOptions, IPublishPacket, MqttClient } from 'mqtt';
import { connect } from 'mqtt';
import type { BaseLogger } from 'pino';
import { leavesUp, topicFilter } from '../../../src/protocol/topics.js';
import { explainBrokerError } from '../../common/broker-error.js';
import { brokerSettings, parseBrokerUrl } from '../../common/broker-url.js';
import { UserError } from '../../common/errors.js';
import type { Arrival } from '../rules/decode.js';

export interface SubscriptionOptions {
  /** `mqtt://` or `mqtts://`, with user and password in it where the broker wants them. */
  url: string;
  /** Collectors of one group share the messages. */
  share?: string;
  /** Fixed, so that the broker knows the session again. */
  clientId?: string;
  /** PEM of an authority to trust instead of the system's. */
  ca?: Buffer;
  accept: (arrival: Arrival) => Promise<void>;
  /** What people should know: connected, lost (why), and refused. */
  log: BaseLogger;
}

export interface Subscription {
  /** The broker, without a password. */
  url: string;
  /** Whether the broker gives us what arrives: it has accepted us and our subscriptions. */
  readonly connected: boolean;
  /**
   * Stops the flow of new messages where a group shares them, so that the others get them: a broker may go on queueing
   * for a member that is away. Where there is no group the broker is to keep what comes.
   */
  leave(): Promise<void>;
  /** Publishes with QoS 0, where there is a connection: what is lost is asked for again. */
  send(topic: string, payload: Uint8Array | string, retain: boolean): void;
  close(): Promise<void>;
}

/** Seconds the broker keeps our session, and with it what arrives meanwhile, when we are away. */
const SESSION_EXPIRY = 7 * 86_400;
/** Messages the broker may send ahead of our acknowledgements: a batch's worth. */
const RECEIVE_MAXIMUM = 1000;
/** Milliseconds. */
const RECONNECT_FIRST = 500;
const RECONNECT_MOST = 30_000;
const CONNECT_TIMEOUT = 10_000;

/** @throws UserError where the URL is wrong. A broker that cannot be reached is tried again for ever, and reported. */
export function subscribe(options: SubscriptionOptions): Subscription {
  const url = parseBrokerUrl(options.url);
  const place = `${url.protocol}//${url.host}`;
  const client = connect(settingsOf(url, options));
  let failures = 0;
  let reason = 'it closed the connection';
  let closing = false;
  let subscribed = false;
  const prefix = options.share ? `$share/${options.share}/` : '';
  const filters = leavesUp.map((leaf) => prefix + topicFilter(leaf));
  client.on('connect', () => {
    failures = 0;
    client.options.reconnectPeriod = RECONNECT_FIRST;
    client.subscribe(filters, { qos: 1 }, (error, granted) => {
      const refused = granted?.filter(({ qos }) => qos >= 128) ?? [];
      if (error || refused.length > 0) {
        options.log.error(
          { broker: place },
          `The broker ${place} does not let us subscribe: ${error?.message ?? 'its access list forbids it'}.`,
        );
      } else {
        subscribed = true;
        options.log.info({ broker: place }, `Listening at the broker ${place}.`);
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
    // Said once for each outage, and again when it lasts.
    if (failures++ === 0) {
      const { code, message } = new UserError('BW_BROKER', { url: place, reason });
      options.log.warn({ code, broker: place, reason }, `${message} Trying again.`);
    }
    client.options.reconnectPeriod = Math.min(RECONNECT_MOST, RECONNECT_FIRST * 2 ** Math.min(failures, 10));
    reason = 'it closed the connection';
  });
  acknowledgeAfter(client, options.accept);
  return {
    url: place,
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
    reconnectPeriod: RECONNECT_FIRST,
    // On each connection we subscribe ourselves: the broker may have forgotten the session.
    resubscribe: false,
  };
}

/**
 * mqtt.js handles a message only when the one before it is acknowledged; then no two would share a transaction. So a
 * QoS 1 message passes through it as QoS 0, which it does not acknowledge, and its PUBACK is written here.
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
        // A message id means something only on the connection it came over; on another the broker sends it again.
        if (id === undefined || stream !== client.stream || stream.destroyed) return;
        stream.write(puback(id));
      },
      () => {
        // Not stored: the broker sends it again on the next connection, so there has to be one.
        if (id !== undefined && stream === client.stream && !stream.destroyed) stream.destroy();
      },
    );
  });
}

/** MQTT 5 section 3.4: without reason code and properties, which means success. */
function puback(id: number): Buffer {
  return Buffer.from([0x40, 2, id >> 8, id & 0xff]);
}
