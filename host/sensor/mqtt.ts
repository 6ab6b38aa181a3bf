/** The uplink's connection on a computer: mqtt.js with all that would repeat or reconnect behind our back turned off. */

import type { IClientOptions } from 'mqtt';
import { connect } from 'mqtt';
import type { Connection, ConnectionEvents, Connector } from '../../src/app/core/ports.js';
import { isBinary } from '../../src/protocol/topics.js';
import { explainBrokerError } from '../common/broker-error.js';
import { brokerSettings, parseBrokerUrl } from '../common/broker-url.js';
import { readOptionFile } from '../common/option-file.js';

export interface BrokerOptions {
  /** `mqtt://` or `mqtts://`, with user and password in it where the broker wants them. */
  url: string;
  clientId: string;
  /** Instead of an account in the URL. */
  account?: { user: string; password: string };
  /** An authority to trust, as PEM. */
  authority?: string;
  /** Paths of PEM files: authorities to trust instead of the system's, and a certificate of ours with its key. */
  ca?: string;
  cert?: string;
  key?: string;
}

/** Seconds between pings when nothing else is said. */
const KEEPALIVE = 30;

/** Checks the options and reads the PEM files. Throws a UserError where something is wrong with them. */
export function mqttConnector(options: BrokerOptions): Connector {
  const settings = settingsOf(options);
  return { connect: (will, events) => openConnection(settings, will, events) };
}

function settingsOf(options: BrokerOptions): IClientOptions {
  const settings: IClientOptions = {
    ...brokerSettings(parseBrokerUrl(options.url)),
    clientId: options.clientId,
    // MQTT 3.1.1, which every broker speaks; version 5 has nothing that a sensor needs.
    protocolVersion: 4,
    clean: false,
    keepalive: KEEPALIVE,
    // The uplink reconnects and repeats, because only it knows the outbox.
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
  // mqtt.js says 'error' first, where it knows one, and always 'close'. The listener stays: an error without one
  // would end the process.
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
