/**
 * One POST per message, signed as the Standard Webhooks specification (1.0) defines, for which many languages have
 * libraries: `webhook-signature: v1,` and the base64 of HMAC-SHA256 over `{webhook-id}.{webhook-timestamp}.{body}`.
 */
import { createHmac } from 'node:crypto';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { productVersion } from '../../../common/paths.js';
import type { OutputConfig } from '../model/config.js';
import type { Finding } from '../model/finding.js';
import type { Transport } from '../model/transport.js';
import { DeliveryError, explainSystem } from '../model/transport.js';

const contentTypes: Partial<Record<OutputConfig['format'], string>> = {
  stix: 'application/stix+json;version=2.1',
};

/** Statuses that permanently refuse this message; others may be the receiver's own problem. */
const PERMANENT_FAILURES = [400, 406, 413, 415, 422];
/** Statuses that do not concern the message itself (wrong address or credentials, rate limit): it waits. */
const TEMPORARY_FAILURES = [401, 403, 404, 405, 407, 408, 410, 425, 429];

export class WebhookTransport implements Transport {
  /** One at a time, because a refusal must identify one message. */
  readonly batch = 1;

  constructor(
    readonly config: Pick<OutputConfig, 'to' | 'tls' | 'timeout' | 'headers' | 'secret' | 'format'>,
    readonly body: (finding: Finding) => string,
    readonly clock: () => number = Date.now,
  ) {}

  async send(messages: readonly Finding[]): Promise<void> {
    for (const message of messages) await this.#post(message);
  }

  async #post(message: Finding): Promise<void> {
    const { to, format, headers } = this.config;
    const body = this.body(message);
    const timestamp = String(Math.floor(this.clock() / 1000));
    const { status, retryAfter } = await this.#request(body, {
      'content-type': contentTypes[format] ?? 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      'user-agent': `Blockwatch/${productVersion()}`,
      'idempotency-key': message.key,
      'webhook-id': message.key,
      'webhook-timestamp': timestamp,
      ...(this.config.secret === undefined
        ? {}
        : { 'webhook-signature': sign(this.config.secret, message.key, timestamp, body) }),
      ...headers,
    });
    if (status >= 200 && status < 300) return;
    const kind = PERMANENT_FAILURES.includes(status)
      ? 'refused'
      : TEMPORARY_FAILURES.includes(status)
        ? 'unreachable'
        : 'answered';
    throw new DeliveryError(kind, `${to.host}: HTTP ${status}`, retryAfter);
  }

  #request(body: string, headers: Record<string, string>): Promise<{ status: number; retryAfter?: number }> {
    const { to, tls, timeout } = this.config;
    return new Promise((resolve, reject) => {
      const fail = (error: unknown): void =>
        reject(new DeliveryError('unreachable', `${to.host}: ${explainSystem(error)}`));
      const { ca, cert, key, servername } = tls;
      const options = {
        method: 'POST',
        headers,
        signal: AbortSignal.timeout(timeout),
        ...(ca ? { ca } : {}),
        ...(cert ? { cert } : {}),
        ...(key ? { key } : {}),
        ...(servername ? { servername } : {}),
      };
      const request = (to.protocol === 'https:' ? requestHttps : requestHttp)(to, options, (answer) => {
        const after = Number(answer.headers['retry-after']);
        // The response body is not read: it could be endless.
        answer.destroy();
        resolve({ status: answer.statusCode ?? 0, ...(after > 0 ? { retryAfter: after * 1000 } : {}) });
      });
      request.on('error', (error: NodeJS.ErrnoException) =>
        fail(error.name === 'AbortError' || error.name === 'TimeoutError' ? { code: 'ETIMEDOUT' } : error),
      );
      request.end(body);
    });
  }

  async close(): Promise<void> {}
}

/** `whsec_` and base64 as the specification writes secrets, or any other text verbatim. */
export function sign(secret: string, id: string, timestamp: string, body: string): string {
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : Buffer.from(secret);
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}
