/**
 * The embedded broker: aedes, MQTT 3.1.1, on loopback by default.
 *
 * aedes calls `authorizePublish` before it acknowledges a PUBLISH (lib/handlers/publish.js). The message is stored
 * there: the PUBACK follows the commit, and a failed commit sends none.
 */

import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import type { AedesOptions, Client } from 'aedes';
import { Aedes } from 'aedes';
import { clientId, goesUp, parseTopic } from '../../../src/protocol/topics.js';
import { UserError } from '../../common/errors.js';
import type { Listen } from '../../common/listen.js';
import { listen } from '../../common/listen.js';
import type { Arrival } from '../rules/decode.js';
import type { Executor } from '../store/database.js';
import type { GuardOptions } from './guard.js';
import { Guard } from './guard.js';

export interface Broker {
  /** `mqtt://HOST:PORT` */
  url: string;
  /** `mqtts://HOST:PORT` of the TLS listener; empty if there is none. */
  guarded: string;
  /** Publishes with QoS 0: the receiver requests lost messages again. */
  send(topic: string, payload: Uint8Array | string, retain: boolean): void;
  close(): Promise<void>;
}

export interface BrokerOptions {
  listen: Listen;
  /** The TLS listener for remote sensors. */
  guard?: { options: GuardOptions; db: Executor };
  /** Resolves when the message is stored. */
  accept: (arrival: Arrival) => Promise<void>;
}

/** Refused messages are redirected here: they are acknowledged but reach nobody. */
const NOWHERE = '$SYS/blockwatch/refused';

export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const guard = options.guard && new Guard(options.guard.options, options.guard.db);
  const aedes = await Aedes.createBroker({
    id: 'blockwatch',
    ...(guard ? { authenticate: guard.authenticate.bind(guard) as AedesOptions['authenticate'] & {} } : {}),
    heartbeatInterval: 60_000,
    authorizePublish: authorizePublish(options.accept),
    authorizeSubscribe: (client, subscription, done) => {
      // A sensor may subscribe to its own topics only; other clients may subscribe to everything.
      const own = sensorOf(client);
      done(null, own && !subscription.topic.startsWith(`blockwatch/1/${own}/`) ? null : subscription);
    },
  });
  // A client that violates the protocol, or whose message could not be stored, loses only its connection.
  aedes.on('clientError', () => {});
  aedes.on('connectionError', () => {});
  const sockets = new Set<Socket>();
  const welcome = (socket: Socket): void => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('close', () => sockets.delete(socket));
    aedes.handle(socket);
  };
  const server = createServer(welcome);
  guard?.server.on('secureConnection', (socket) => {
    guard.register(socket);
    welcome(socket);
  });
  const close = async (): Promise<void> => {
    guard?.close();
    await closeBroker(aedes, [server, ...(guard ? [guard.server] : [])], sockets);
  };
  try {
    await listen(server, options.listen);
    if (guard) await listen(guard.server, guard.options.listen);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    url: urlOf(server, 'mqtt'),
    guarded: guard ? urlOf(guard.server, 'mqtts') : '',
    send: (topic, payload, retain) =>
      aedes.publish(
        { cmd: 'publish', topic, payload: Buffer.from(payload as Uint8Array), qos: 0, retain, dup: false },
        () => {},
      ),
    close,
  };
}

function urlOf(server: Server, scheme: string): string {
  const { address, family, port } = server.address() as AddressInfo;
  return `${scheme}://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

function authorizePublish(accept: (arrival: Arrival) => Promise<void>): NonNullable<AedesOptions['authorizePublish']> {
  return (client, packet, done) => {
    const { topic } = packet;
    const refusal = refuse(client, topic);
    const messageType = parseTopic(topic)?.messageType;
    if (!refusal && messageType && !goesUp(messageType)) return done(null);
    const payload = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload;
    accept({ topic, payload, retained: false, ...(refusal ? { refusal } : {}) }).then(() => {
      if (refusal) {
        packet.topic = NOWHERE;
        packet.payload = Buffer.alloc(0);
        packet.retain = false;
      }
      done(null);
    }, done);
  };
}

/**
 * Why this client may not publish to the topic; undefined if it may. Checks the client id, because loopback has no
 * passwords.
 */
function refuse(client: Client | null, topic: string): string | undefined {
  const parsed = parseTopic(topic);
  const own = sensorOf(client);
  if (!parsed) return 'The topic is not defined in docs/PROTOCOL.md.';
  const up = goesUp(parsed.messageType);
  if (up && client?.id !== clientId(parsed.site, parsed.sensor)) {
    return `The client "${client?.id ?? ''}" is not the sensor ${parsed.site}/${parsed.sensor}.`;
  }
  if (!up && own) return `A sensor does not send on "${parsed.messageType}".`;
  return undefined;
}

/** `{site}/{sensor}` of a client whose id is a sensor's. */
function sensorOf(client: Client | null): string | undefined {
  return /^blockwatch\/([^/]+\/[^/]+)$/.exec(client?.id ?? '')?.[1];
}

async function closeBroker(aedes: Aedes, servers: readonly Server[], sockets: Set<Socket>): Promise<void> {
  const closed = Promise.all(servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))));
  await new Promise<void>((resolve) => aedes.close(resolve));
  for (const socket of sockets) socket.destroy();
  await closed;
}

/** Refuses to expose an unprotected broker. */
export function checkLoopback(host: string): void {
  if (!/^(127\.\d+\.\d+\.\d+|::1|localhost)$/.test(host)) {
    const problem =
      `Without TLS, the embedded broker has no passwords and listens on loopback only, not on ${host}. ` +
      'Pass --tls-cert and --tls-key to admit enrolled sensors, or use your own broker with --broker.';
    throw new UserError('BW_USAGE', { problem });
  }
}
