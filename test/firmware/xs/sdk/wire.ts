/**
 * A broker behind the SDK's TCP, TLS session and MQTT client, which take the memory that theirs do: a record is read into a
 * buffer of its own and decrypted there; the client reads what stands before a payload a byte at a time, and the payload at once.
 */
import Timer, { runTimers } from './timer.js';

interface SocketOptions {
  onReadable(count: number): void;
  onWritable(count: number): void;
  onError(): void;
}

const ROOM = 4096;
/** Before what is encrypted: the record's header and nonce; behind it: the tag (RFC 5288). */
const RECORD_HEAD = 13;
const RECORD_TAIL = 16;
/** Bytes of MQTT before a payload: fixed header, topic, packet id. */
const MQTT_HEAD = 42;

let socket: SocketOptions | undefined;
let client: Client | undefined;
/** What the broker sends next. */
let record: Uint8Array | undefined;
let topic = '';

export class TCP {
  format = 'buffer';
  constructor(options: SocketOptions) {
    socket = options;
  }

  read(): number {
    return 0;
  }

  write(): number {
    return ROOM;
  }

  close(): void {
    socket = undefined;
  }
}

export class Session {
  handshakeProcess = 0;
  alert = undefined;
  initiateHandshake(): void {}

  handshake(): boolean {
    return true;
  }

  read(wire: { readable: number }): Uint8Array | undefined {
    const sent = record;
    if (!sent) return undefined;
    record = undefined;
    wire.readable = 0;
    const bytes = new Uint8Array(new ArrayBuffer(RECORD_HEAD + MQTT_HEAD + sent.length + RECORD_TAIL));
    bytes.set(sent, RECORD_HEAD + MQTT_HEAD);
    return bytes.subarray(RECORD_HEAD, RECORD_HEAD + MQTT_HEAD + sent.length);
  }

  write(wire: { write(packet: Uint8Array): number }, data: Uint8Array | ArrayBuffer): number {
    return wire.write(new Uint8Array(RECORD_HEAD + data.byteLength + RECORD_TAIL));
  }
}

interface ClientSocket {
  format: string;
  read(count?: number): number | ArrayBuffer;
  write(data: ArrayBuffer | Uint8Array): number;
  close(): void;
}
interface ClientOptions {
  host: string;
  dns: { io: new (options: object) => { resolve(request: object): void } };
  socket: { io: new (options: object) => ClientSocket };
  onControl(message: { operation: number; id: number }): void;
  onReadable(this: Client, count: number, options: { topic?: string; more?: boolean }): void;
  onWritable(count: number): void;
}

export class Client {
  static readonly CONNACK = 2;
  static readonly PUBACK = 4;
  static readonly SUBSCRIBE = 8;
  static readonly DISCONNECT = 14;
  readonly #options: ClientOptions;
  #socket: ClientSocket | undefined;
  #open = false;

  constructor(options: ClientOptions) {
    this.#options = options;
    client = this;
    new options.dns.io(options.dns).resolve({
      host: options.host,
      onResolved: (host: string, address: string) => {
        this.#socket = new options.socket.io({
          ...options.socket,
          host,
          address,
          onReadable: (count: number) => this.#arrived(count),
          onWritable: () => this.#ready(),
          onError: () => {},
        });
      },
    });
  }

  #ready(): void {
    if (this.#open) return this.#options.onWritable(ROOM);
    this.#open = true;
    this.#options.onControl({ operation: Client.CONNACK, id: 0 });
    this.#options.onWritable(ROOM);
  }

  #arrived(count: number): void {
    const line = this.#socket as ClientSocket;
    line.format = 'number';
    for (let i = 0; i < MQTT_HEAD; i++) line.read();
    this.#options.onReadable.call(this, count - MQTT_HEAD, { topic, more: false });
  }

  read(count: number): ArrayBuffer {
    (this.#socket as ClientSocket).format = 'buffer';
    return (this.#socket as ClientSocket).read(count) as ArrayBuffer;
  }

  write(data: ArrayBuffer | null, options: { id: number; operation?: number }): number {
    if (data) {
      this.#socket?.write(data);
      Timer.set(() => this.#options.onControl({ operation: Client.PUBACK, id: options.id }));
    }
    return ROOM;
  }

  close(): void {
    this.#socket?.close();
    client = undefined;
  }
}

/** The line is up: the handshake ends, the broker accepts. */
export function connect(): void {
  runTimers();
  socket?.onWritable(ROOM);
  runTimers();
}

/** The broker publishes to the sensor. */
export function deliver(to: string, payload: Uint8Array): void {
  topic = to;
  record = payload;
  socket?.onReadable(1);
  runTimers();
}

export const connected = (): boolean => client !== undefined;
