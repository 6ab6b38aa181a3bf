/** The uplink's connection on XS: the SDK's MQTT client (ECMA-419). Neither it nor this class reconnects or repeats. */
import SdkClient from 'embedded:network/mqtt/client';
import Net from 'net';
import Timer from 'timer';
import type { Provisioning } from '../../protocol/provisioning.js';
import { isBinary } from '../../protocol/topics.js';
import { fromBase64 } from '../core/base64.js';
import type { Connection, ConnectionEvents, Connector } from '../core/ports.js';
import { PlainSocket, TlsSocket } from './sockets.js';
import { say } from './timers.js';

/** The SDK's client as it is; its typings are wrong about `onControl` and about writes without data. */
interface Client {
  read(count: number): ArrayBuffer;
  write(data: ArrayBuffer | null, options: object): number;
  close(): void;
}
const MQTTClient = SdkClient as unknown as {
  new (options: object): Client;
  readonly CONNACK: number;
  readonly PUBACK: number;
  readonly SUBSCRIBE: number;
  readonly DISCONNECT: number;
};

/** Milliseconds between pings on an idle connection. */
const KEEPALIVE = 30_000;
/** Largest accepted message in bytes: the longest possible config in its envelope. */
const MAX_MESSAGE = 10_240;
/** A PUBLISH's fixed header, topic length and packet id (MQTT 3.1.1, section 3.3). */
const PUBLISH_OVERHEAD = 1 + 4 + 2 + 2;

/** The SDK's client resolves every host; this passes addresses through and asks the platform for names. */
class Resolver {
  readonly #explain: (reason: string) => void;

  constructor({ explain }: { explain(reason: string): void }) {
    this.#explain = explain;
  }

  resolve(request: { host: string; onResolved(host: string, address: string): void; onError(): void }): void {
    if (/^\d+\.\d+\.\d+\.\d+$/.test(request.host)) return request.onResolved(request.host, request.host);
    Net.resolve(request.host, (_host: string, address?: string) => {
      if (address) return request.onResolved(request.host, address);
      this.#explain(
        `no server of names knows ${request.host}: check the broker's name, and that this network answers for names`,
      );
      request.onError();
    });
  }
}

interface Waiting {
  bytes: ArrayBuffer | null;
  /** Bytes that it takes. */
  length: number;
  options: {
    id: number;
    operation?: number;
    topic?: string;
    QoS?: number;
    retain?: boolean;
    items?: { topic: string; QoS: number }[];
  };
}

/** @param lookAt Board.lookAtTcp */
export function mqttConnector(
  broker: Provisioning['broker'],
  clientId: string,
  lookAt?: (tcp: object, end: boolean) => void,
): Connector {
  const ca = broker.ca === '' ? undefined : fromBase64(broker.ca);
  return { connect: (will, events) => new Line(broker, { ca, lookAt }, clientId, will, events) };
}

/** What a connection's socket is given beside what the line itself knows. */
interface SocketParts {
  ca: ArrayBuffer | undefined;
  lookAt: ((tcp: object, end: boolean) => void) | undefined;
}

function textOf(bytes: ArrayBuffer): string {
  try {
    return String.fromArrayBuffer(bytes);
  } catch {
    return 'not UTF-8';
  }
}

class Line implements Connection {
  readonly #events: ConnectionEvents;
  #client: Client | undefined;
  #open = false;
  #over = false;
  #reason = 'the broker cannot be reached: check its address and port, and that a firewall lets us there';
  #writable = 0;
  #id = 0;
  readonly #queue: Waiting[] = [];
  readonly #due = new Map<number, () => void>();
  #topic = '';
  #pieces: ArrayBuffer[] = [];
  #length = 0;

  constructor(
    broker: Provisioning['broker'],
    parts: SocketParts,
    id: string,
    will: { topic: string; payload: string },
    events: ConnectionEvents,
  ) {
    this.#events = events;
    // In a later turn: no event may come before the uplink holds its connection.
    Timer.set(() => {
      if (this.#over) return;
      try {
        this.#begin(broker, parts, id, will);
      } catch (error) {
        this.#closed((error as Error).message);
      }
    });
  }

  #begin(
    broker: Provisioning['broker'],
    parts: SocketParts,
    id: string,
    will: { topic: string; payload: string },
  ): void {
    const line = this;
    const explain = (reason: string): void => {
      line.#reason = reason;
    };
    this.#client = new MQTTClient({
      host: broker.host,
      port: broker.port,
      id,
      clean: false,
      keepAlive: KEEPALIVE,
      user: broker.user,
      password: broker.password,
      will: { topic: will.topic, message: will.payload, QoS: 1, retain: true },
      dns: { io: Resolver, explain },
      socket: {
        io: broker.tls ? TlsSocket : PlainSocket,
        ...parts,
        explain,
        opened: () =>
          explain(
            `the broker refuses the login of ${broker.user || 'nobody'}: ` +
              'let it read its files again, or enrol the sensor anew',
          ),
      },
      onControl: (message: { operation: number; id: number }) => this.#control(message),
      onReadable(this: Client, count: number, options: { topic?: string; more?: boolean }) {
        line.#message(this.read(count), options);
      },
      onWritable: (count: number) => {
        this.#writable = count;
        this.#flush();
      },
      onError: () => {
        // The client closes itself after this.
        this.#client = undefined;
        this.#closed(this.#reason);
      },
    });
  }

  publish(topic: string, payload: Uint8Array | string, retain: boolean, acknowledged: () => void): void {
    const bytes =
      typeof payload === 'string' ? ArrayBuffer.fromString(payload) : (payload.slice().buffer as ArrayBuffer);
    const id = this.#nextId();
    this.#due.set(id, acknowledged);
    this.#queue.push({
      bytes,
      length: PUBLISH_OVERHEAD + topic.length + bytes.byteLength,
      options: { id, topic, QoS: 1, retain },
    });
    this.#flush();
  }

  subscribe(topics: string[]): void {
    const items = topics.map((topic) => ({ topic, QoS: 1 }));
    const length = topics.reduce((sum, topic) => sum + topic.length + 3, PUBLISH_OVERHEAD);
    this.#queue.push({ bytes: null, length, options: { id: this.#nextId(), operation: MQTTClient.SUBSCRIBE, items } });
    this.#flush();
  }

  end(done: () => void): void {
    try {
      if (this.#open) this.#client?.write(null, { operation: MQTTClient.DISCONNECT });
    } catch {
      // No room for two bytes: the broker publishes the will, and the next birth overrides it.
    }
    this.abort();
    Timer.set(done);
  }

  abort(): void {
    if (this.#over) return;
    this.#over = true;
    this.#client?.close();
    this.#client = undefined;
  }

  #closed(reason: string): void {
    if (this.#over) return;
    this.abort();
    this.#events.closed(reason);
  }

  #control(message: { operation: number; id: number }): void {
    if (message.operation === MQTTClient.CONNACK) {
      this.#open = true;
      this.#reason = 'the broker went silent';
      // The uplink's next messages wait for the free space that the client reports right after.
      this.#events.opened();
    } else if (message.operation === MQTTClient.PUBACK) {
      const acknowledged = this.#due.get(message.id);
      this.#due.delete(message.id);
      acknowledged?.();
    }
  }

  /** A message may arrive in pieces; `more` announces another one. */
  #message(piece: ArrayBuffer, options: { topic?: string; more?: boolean }): void {
    if (options.topic !== undefined) {
      this.#topic = options.topic;
      this.#pieces = [];
      this.#length = 0;
    }
    this.#length += piece.byteLength;
    // Longer than any valid message: counted to its end and discarded, so that it takes no memory.
    if (this.#length <= MAX_MESSAGE) this.#pieces.push(piece);
    if (options.more) return;
    const pieces = this.#pieces;
    this.#pieces = [];
    if (this.#length > MAX_MESSAGE) return;
    let bytes: ArrayBuffer | undefined =
      pieces.length === 1 ? (pieces[0] as ArrayBuffer) : (pieces[0] as ArrayBuffer).concat(...pieces.slice(1));
    const topic = this.#topic;
    // In a later turn: the handler may close the client that is still reading, and the record it came in can be
    // released.
    Timer.set(() => {
      if (this.#over) return;
      try {
        if (isBinary(topic)) return this.#events.bytes(topic, new Uint8Array(bytes as ArrayBuffer));
        const text = textOf(bytes as ArrayBuffer);
        // A config is long: it must not be in memory twice while it is read.
        bytes = undefined;
        this.#events.message(topic, text);
      } catch (error) {
        say(`A message on ${topic} could not be used: ${(error as Error).message}`);
      }
    });
  }

  #flush(): void {
    const client = this.#client;
    if (!client || !this.#open) return;
    for (let next = this.#queue[0]; next && next.length <= this.#writable; next = this.#queue[0]) {
      try {
        this.#writable = client.write(next.bytes, next.options);
      } catch {
        // There was less room than reported: the client reports again when there is some.
        this.#writable = 0;
        return;
      }
      this.#queue.shift();
    }
  }

  /** 1 to 65535, excluding those in flight. */
  #nextId(): number {
    do this.#id = (this.#id % 0xffff) + 1;
    while (this.#due.has(this.#id));
    return this.#id;
  }
}
