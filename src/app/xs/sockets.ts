/**
 * The two kinds of connection to a broker, in the form that the SDK's MQTT client expects of a socket (ECMA-419 TCP):
 * plain and TLS. Unlike the SDK's own, they survive anything a peer sends. XS turns an exception that reaches the event
 * loop into a restart, and the SDK's TLS socket throws from its socket's callbacks at every failed handshake: an
 * unknown authority, a server that supports TLS 1.3 only, a reset. It also mistakes an alert for the end of the
 * handshake and then sends the following data, the MQTT password first, unencrypted. Here every entry point is guarded,
 * and an alert is a failure.
 */
import TCP from 'embedded:io/socket/tcp';
import Session from 'ssl/session';
import Timer from 'timer';

export interface LineOptions {
  address: string;
  host: string;
  port: number;
  /** The trusted authority, DER. */
  ca?: ArrayBuffer;
  /** Called once with the reason why the connection ended, for people. */
  explain(reason: string): void;
  /** Board.lookAtTcp: before each use of the connection, and at its end. */
  lookAt: ((tcp: TCP, end: boolean) => void) | undefined;
  /** The connection is open: reporting its end is then up to the protocol on it. */
  opened(): void;
  onReadable(count: number): void;
  onWritable(count: number): void;
  onError(): void;
}

/** The SDK's TCP socket; its typings lack write's second argument and the overload of read. */
interface RawSocket {
  read(into?: unknown): unknown;
  write(data: unknown, options?: object): number | undefined;
}

/** Bytes that a TLS 1.2 record adds at most: header, explicit nonce or IV, MAC, padding (RFC 5246, section 6.2.3). */
const RECORD_OVERHEAD = 96;
const TLS_1_2 = 0x303;

/** A connection whose callbacks may throw: then the connection fails, and nothing more. */
abstract class Line {
  protected tcp: TCP | undefined;
  protected readonly options: LineOptions;
  #over = false;

  constructor(options: LineOptions) {
    this.options = options;
    this.tcp = new TCP({
      address: options.address,
      port: options.port,
      onReadable: (count: number) => this.guard(() => this.arrived(count)),
      onWritable: (count: number) => this.guard(() => this.writable(count)),
      onError: () =>
        this.fail('the connection was refused or broke: see that the broker is up, and that its port is right'),
    });
  }

  protected abstract arrived(count: number): void;
  protected abstract writable(count: number): void;

  protected guard(work: () => void): void {
    if (this.#over) return;
    try {
      work();
    } catch (error) {
      this.fail(this.reasonOf(error instanceof Error ? error.message : String(error)));
    }
  }

  protected reasonOf(message: string): string {
    return message;
  }

  #raw(): RawSocket | undefined {
    if (this.tcp) this.options.lookAt?.(this.tcp, false);
    return this.tcp as RawSocket | undefined;
  }

  protected take(into?: unknown): unknown {
    return this.#raw()?.read(into);
  }

  /**
   * Free space. A write that fails returns nothing, and the SDK's socket on Linux then never reports writable again.
   */
  protected put(data: unknown, options?: object): number {
    const left = this.#raw()?.write(data, options);
    if (left === undefined && this.tcp) Timer.set(() => this.fail('the connection broke'));
    return left ?? 0;
  }

  protected fail(reason: string): void {
    if (this.#over) return;
    this.close();
    this.options.explain(reason);
    try {
      this.options.onError();
    } catch {
      // The listener has failed too; nobody is left to notify.
    }
  }

  close(): void {
    if (this.#over) return;
    this.#over = true;
    if (this.tcp) this.options.lookAt?.(this.tcp, true);
    this.tcp?.close();
    this.tcp = undefined;
  }
}

export class PlainSocket extends Line {
  #open = false;

  protected arrived(count: number): void {
    this.options.onReadable(count);
  }

  protected writable(count: number): void {
    if (!this.#open) this.options.opened();
    this.#open = true;
    this.options.onWritable(count);
  }

  get format(): 'number' | 'buffer' {
    return this.tcp?.format ?? 'buffer';
  }

  set format(format: 'number' | 'buffer') {
    if (this.tcp) this.tcp.format = format;
  }

  read(count?: number | ArrayBuffer): unknown {
    return this.take(count);
  }

  write(data: unknown, options?: object): number {
    try {
      return this.put(data, options);
    } catch (error) {
      Timer.set(() => this.fail((error as Error).message));
      return 0;
    }
  }
}

export class TlsSocket extends Line {
  #session: Session | undefined;
  #established = false;
  /** Decrypted data that was not read yet. */
  #data: Uint8Array | undefined;
  #taken = 0;
  #numbers = false;
  #later: Timer | undefined;
  /** What the session reads and writes through; it stores its own counts here. */
  readonly #wire = {
    readable: 0,
    writable: 0,
    read: (into: Uint8Array): unknown => this.take(into),
    write: (packet: unknown): number => this.put(packet),
  };

  /** Created at the first event: a bad authority certificate then fails this connection only. */
  #begin(): Session {
    const session = new Session({
      serverName: this.options.host,
      certificate: this.options.ca,
      protocolVersion: TLS_1_2,
      cache: false,
    });
    session.initiateHandshake();
    return session;
  }

  protected arrived(count: number): void {
    this.#wire.readable = count;
    if (!this.#established) this.#shakeHands();
    if (this.#established) this.#decrypt();
  }

  protected writable(count: number): void {
    this.#wire.writable = count;
    if (!this.#established) this.#shakeHands();
    else if (count > RECORD_OVERHEAD) this.options.onWritable(count - RECORD_OVERHEAD);
  }

  /** Sends and reads flights as long as there is progress. */
  #shakeHands(): void {
    this.#session ??= this.#begin();
    const session = this.#session;
    const wire = this.#wire;
    for (;;) {
      const { readable } = wire;
      const { handshakeProcess } = session;
      const finished = session.handshake(wire);
      // The session also reports the end of the handshake after an alert; data sent then would go out in the clear.
      if (session.alert) return this.fail(this.reasonOf(`alert: ${session.alert.level}, ${session.alert.description}`));
      if (finished) break;
      if (wire.readable === readable && session.handshakeProcess === handshakeProcess) return;
    }
    this.#established = true;
    this.options.opened();
    if (wire.writable > RECORD_OVERHEAD) this.options.onWritable(wire.writable - RECORD_OVERHEAD);
  }

  /** The SDK's TLS reports little, and sometimes nothing. */
  protected override reasonOf(message: string): string {
    if (this.#established) return `the TLS connection broke: ${message || 'what the broker sends cannot be read'}`;
    return `the TLS handshake failed: ${explainHandshake(message)}`;
  }

  #decrypt(): void {
    if (this.#data) return;
    const data = this.#session?.read(this.#wire);
    if (data === null) return this.fail('the broker closed the TLS connection');
    if (!data || data.byteLength === 0) return;
    this.#data = data;
    this.#taken = 0;
    this.options.onReadable(data.byteLength);
  }

  get format(): string {
    return this.#numbers ? 'number' : 'buffer';
  }

  set format(format: string) {
    this.#numbers = format === 'number';
  }

  /** As in ECMA-419: a number in that format, or the bytes, or how many were read into the given buffer. */
  read(count?: number | Uint8Array): number | ArrayBuffer | undefined {
    const data = this.#data;
    if (!data) return undefined;
    let result: number | ArrayBuffer | undefined;
    if (this.#numbers) result = data[this.#taken++];
    else {
      const left = data.byteLength - this.#taken;
      const wanted = typeof count === 'object' ? count.byteLength : (count ?? left);
      const bytes = data.slice(this.#taken, this.#taken + Math.min(wanted, left));
      this.#taken += bytes.byteLength;
      if (typeof count === 'object') {
        count.set(bytes);
        result = bytes.byteLength;
      } else result = bytes.buffer as ArrayBuffer;
    }
    if (this.#taken >= data.byteLength) {
      this.#data = undefined;
      // The reader is still at work: waiting data is delivered in a later turn.
      if (this.#wire.readable > 0) {
        this.#later ??= Timer.set(() => {
          this.#later = undefined;
          this.guard(() => this.#decrypt());
        });
      }
    }
    return result;
  }

  write(data: ArrayBuffer | Uint8Array, options?: object): number {
    if (!this.#session || !this.#established || !this.tcp) return 0;
    try {
      const left = this.#session.write(this.#wire, data, options) - RECORD_OVERHEAD;
      return Math.max(left, 0);
    } catch (error) {
      Timer.set(() => this.fail((error as Error).message));
      return 0;
    }
  }

  override close(): void {
    if (this.#later) Timer.clear(this.#later);
    this.#later = undefined;
    super.close();
  }
}

/** Alerts by RFC 5246, section 7.2. */
function explainHandshake(message: string): string {
  if (message.includes('auth err'))
    return (
      "the broker's certificate is not of the authority we know, or for another name: " +
      'enrol the sensor with the --ca and the name of this broker'
    );
  if (message.includes('date validation'))
    return "the broker's certificate, or its authority's, is not valid today: renew it";
  const alert = /alert: \d+, (\d+)/.exec(message)?.[1];
  if (alert === '70') return 'the broker offers no TLS 1.2: allow it there beside newer ones';
  if (alert === '48' || alert === '42')
    return 'the broker wants a certificate of ours, and we have none: turn require_certificate off';
  if (alert) return `the broker ends it with alert ${alert}`;
  return message || 'what the broker sends is not TLS: see that its port is right';
}
