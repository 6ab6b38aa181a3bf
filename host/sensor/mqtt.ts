/** The uplink's MQTT connection on a computer: mqtt.js without its own retries and reconnects. */

import type { IClientOptions } from 'mqtt';
import { connect } from 'mqtt';
import type { Connection, ConnectionEvents, Connector } from '../../src/app/core/ports.js';
import { isBinary } from '../../src/protocol/topics.js';
import { explainBrokerError } from '../common/broker-error.js';
import { brokerSettings, parseBrokerUrl } from '../common/broker-url.js';
import { readOptionFile } from '../common/option-file.js';

export interface BrokerOptions {
  /** `mqtt://` or `mqtts://`, with user and password if the broker requires them. */
  url: string;
  clientId: string;
  /** Overrides credentials in the URL. */
  account?: { user: string; password: string };
  /** A CA to trust, as PEM. */
  authority?: string;
  /** Paths of PEM files: CAs to trust instead of the system's, and a client certificate with its key. */
  ca?: string;
  cert?: string;
  key?: string;
}

/** Seconds between pings on an idle connection. */
const KEEPALIVE = 30;

/** Validates the options and reads the PEM files. Throws a UserError if something is wrong. */
export function mqttConnector(options: BrokerOptions): Connector {
  const settings = settingsOf(options);
  return { connect: (will, events) => openConnection(settings, will, events) };
}

function settingsOf(options: BrokerOptions): IClientOptions {
  const settings: IClientOptions = {
    ...brokerSettings(parseBrokerUrl(options.url)),
    clientId: options.clientId,
    // MQTT 3.1.1, which every broker supports; a sensor needs nothing from version 5.
    protocolVersion: 4,
    clean: false,
    keepalive: KEEPALIVE,
    // The uplink reconnects and retries, because only it knows the outbox.
    reconnectPeriod: 0,
    queueQoSZero: false,
    resubscribe: false,
    connectTimeout: 30_000,
  };
  if (options.account?.user) settings.username = options.account.user;
  if (options.account?.password) settings.password = options.account.password;
  if (options.authority) settings.ca = options.authority;
  if (options.ca) settings.ca = readOptionFile('--ca', options.ca);
  if (options.cert) settings.cert = readOptionFile('--cert', options.cert);
  if (options.key) settings.key = readOptionFile('--key', options.key);
  return settings;
}

function openConnection(
  settings: IClientOptions,
  will: { topic: string; payload: string },
  events: ConnectionEvents,
): Connection {
  const client = connect({
    ...settings,
    will: { topic: will.topic, payload: Buffer.from(will.payload), qos: 1, retain: true },
  });
  let reason = 'the broker closed the connection';
  let over = false;
  client.on('connect', () => events.opened());
  client.on('message', (topic, payload) =>
    isBinary(topic) ? events.bytes(topic, payload) : events.message(topic, payload.toString('utf8')),
  );
  // mqtt.js emits 'error' first, if there is one, and always 'close'. The listener stays: an unhandled error would end
  // the process.
  client.on('error', (error) => {
    reason = explainBrokerError(error);
  });
  client.on('close', () => {
    if (over) return;
    over = true;
    events.closed(reason);
    client.end(true);
  });
  return {
    publish: (topic, payload, retain, acknowledged) => {
      const bytes =
        typeof payload === 'string' ? payload : Buffer.from(payload.buffer, payload.byteOffset, payload.length);
      client.publish(topic, bytes, { qos: 1, retain }, (error) => {
        if (!error) acknowledged();
      });
    },
    subscribe: (topics) => {
      client.subscribe(topics, { qos: 1 }, () => {});
    },
    end: (done) => {
      over = true;
      client.end(false, {}, () => done());
    },
    abort: () => {
      over = true;
      client.end(true);
      client.stream.destroy();
    },
  };
}
