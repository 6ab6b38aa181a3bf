/**
 * Sends lines over UDP (RFC 5426: one datagram per message), TCP and TLS (RFC 6587, RFC 5425). Syslog has no
 * acknowledgement: "sent" means that the operating system accepted the data, and buffered lines are lost if the
 * receiver dies. Use a file or a webhook if no line may be lost.
 */

import type { Socket as UdpSocket } from 'node:dgram';
import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import type { Socket } from 'node:net';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { OutputConfig } from '../model/config.js';
import type { Finding } from '../model/finding.js';
import type { Transport } from '../model/transport.js';
import { DeliveryError, explainSystem } from '../model/transport.js';

const BATCH = 100;
/** Maximum datagram size in bytes; longer ones would be truncated on the way. */
const MAX_DATAGRAM_BYTES = 65_000;

const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '');

/** An error like the system's; `explainSystem` explains it. */
const systemError = (code: 'ECONNRESET' | 'ETIMEDOUT'): Error => Object.assign(new Error(code), { code });

export class UdpTransport implements Transport {
  readonly batch = BATCH;
  #socket: UdpSocket | undefined;

  constructor(
    readonly config: Pick<OutputConfig, 'to'>,
    readonly line: (finding: Finding) => string,
  ) {}

  async send(messages: readonly Finding[]): Promise<void> {
    try {
      const { address, family } = await lookup(hostOf(this.config.to));
      this.#socket ??= createSocket(family === 6 ? 'udp6' : 'udp4').on('error', () => this.close());
      for (const message of messages)
        await this.#datagram(Buffer.from(this.line(message)).subarray(0, MAX_DATAGRAM_BYTES), address);
    } catch (error) {
      await this.close();
      throw new DeliveryError('unreachable', `${this.config.to.host}: ${explainSystem(error)}`);
    }
  }

  #datagram(bytes: Buffer, address: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket?.send(bytes, Number(this.config.to.port), address, (error) => (error ? reject(error) : resolve()));
    });
  }

  async close(): Promise<void> {
    this.#socket?.close();
    this.#socket = undefined;
  }
}

export class StreamTransport implements Transport {
  readonly batch = BATCH;
  #socket: Socket | undefined;

  constructor(
    readonly config: Pick<OutputConfig, 'to' | 'tls' | 'timeout' | 'framing'>,
    readonly line: (finding: Finding) => string,
  ) {}

  async send(messages: readonly Finding[]): Promise<void> {
    const bytes = Buffer.concat(messages.map((message) => frame(this.line(message), this.config.framing)));
    try {
      this.#socket ??= await this.#connect();
      await this.#write(this.#socket, bytes);
    } catch (error) {
      await this.close();
      throw new DeliveryError('unreachable', `${this.config.to.host}: ${explainSystem(error)}`);
    }
  }

  #connect(): Promise<Socket> {
    const { to, tls, timeout } = this.config;
    const where = { host: hostOf(to), port: Number(to.port) };
    return new Promise((resolve, reject) => {
      const secure = to.protocol === 'tls:';
      const socket = secure
        ? connectTls({
            ...where,
            ...tls,
            servername: tls.servername ?? (/[a-z]/i.test(where.host) && !where.host.includes(':') ? where.host : ''),
          })
        : connectTcp(where);
      const timer = setTimeout(() => socket.destroy(systemError('ETIMEDOUT')), timeout);
      socket.once(secure ? 'secureConnect' : 'connect', () => {
        clearTimeout(timer);
        resolve(socket);
      });
      socket.on('error', (error) => {
        clearTimeout(timer);
        reject(error);
      });
      socket.on('close', () => {
        clearTimeout(timer);
        if (this.#socket === socket) this.#socket = undefined;
        reject(systemError('ECONNRESET'));
      });
      // Receivers send nothing. Unread data would hide that the connection was closed, so discard it.
      socket.resume();
      socket.setKeepAlive(true, 30_000);
    });
  }

  /** Waits until the system has accepted all data; gives up on a receiver that accepts none for too long. */
  #write(socket: Socket, bytes: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = (error?: Error | null): void => {
        clearTimeout(timer);
        socket.off('close', closed);
        if (error) reject(error);
        else resolve();
      };
      const closed = (): void => stop(systemError('ECONNRESET'));
      const timer = setTimeout(() => stop(systemError('ETIMEDOUT')), this.config.timeout);
      if (socket.destroyed || socket.readableEnded) return closed();
      socket.once('close', closed);
      socket.write(bytes, stop);
    });
  }

  async close(): Promise<void> {
    const socket = this.#socket;
    this.#socket = undefined;
    // Data already written is still sent.
    socket?.end();
    socket?.unref();
  }
}

/** RFC 6587: octet counting (3.4.1) or a trailing line feed (3.4.2). */
export function frame(line: string, framing: OutputConfig['framing']): Buffer {
  const bytes = Buffer.from(framing === 'newline' ? `${line}\n` : line);
  return framing === 'newline' ? bytes : Buffer.concat([Buffer.from(`${bytes.length} `), bytes]);
}
