/** The embedded broker's listener for remote sensors: TLS, and one `blockwatch enroll` account per sensor. */

import type { Server } from 'node:tls';
import { createServer } from 'node:tls';
import type { AuthenticateError, Client } from 'aedes';
import { UserError } from '../../common/errors.js';
import { accountName, checkPassword } from '../../common/identity.js';
import type { Listen } from '../../common/listen.js';
import type { Executor } from '../store/database.js';
import { listEnrolments } from '../store/enrolments.js';

export interface GuardOptions {
  listen: Listen;
  /** PEM: the server certificate followed by its authority's, and the key. */
  cert: Buffer;
  key: Buffer;
}

/** MQTT 3.1.1 section 3.2.2.3. */
const BAD_ACCOUNT = 4;
const UNAVAILABLE = 3;
/** Milliseconds between checks for revoked or renewed accounts, and for a TLS handshake. */
const ACCOUNT_CHECK_INTERVAL = 5_000;
const HANDSHAKE_TIMEOUT = 15_000;

type Answer = (error: AuthenticateError | null, success: boolean | null) => void;

export class Guard {
  readonly server: Server;
  readonly #clients = new Map<Client, string>();
  readonly #streams = new WeakSet<object>();
  readonly #timer: NodeJS.Timeout;

  /** @throws UserError BW_USAGE where certificate and key cannot be used */
  constructor(
    readonly options: GuardOptions,
    readonly db: Executor,
  ) {
    try {
      // The boards speak TLS 1.2.
      this.server = createServer({
        cert: options.cert,
        key: options.key,
        minVersion: 'TLSv1.2',
        handshakeTimeout: HANDSHAKE_TIMEOUT,
      });
    } catch (error) {
      throw new UserError('BW_USAGE', {
        problem: `--tls-cert and --tls-key cannot be used together: ${(error as Error).message.replace(/\.$/, '')}.`,
      });
    }
    this.server.on('tlsClientError', () => {});
    this.#timer = setInterval(() => void this.#closeRevoked().catch(() => {}), ACCOUNT_CHECK_INTERVAL);
  }

  /** Marks a stream as accepted by this listener. */
  register(stream: object): void {
    this.#streams.add(stream);
  }

  /**
   * Accepts a client whose account matches the one its client id was enrolled with. Streams of other listeners pass.
   */
  authenticate(client: Client, user: string | undefined, password: Buffer | undefined, done: Answer): void {
    if (!this.#streams.has(client.conn)) return done(null, true);
    const refuse = (returnCode: number, why: string): void =>
      done(Object.assign(new Error(why), { returnCode }) as AuthenticateError, false);
    this.#accounts().then(
      (accounts) => {
        const hash = accounts.get(client.id);
        // The user name must equal the client id, so that no client can take over another's session.
        if (user !== client.id || hash === undefined || !checkPassword(password?.toString() ?? '', hash))
          return refuse(BAD_ACCOUNT, 'bad user name or password');
        this.#clients.set(client, hash);
        client.conn.once('close', () => this.#clients.delete(client));
        done(null, true);
      },
      () => refuse(UNAVAILABLE, 'the store does not answer'),
    );
  }

  async #accounts(): Promise<Map<string, string>> {
    const all = await listEnrolments(this.db);
    return new Map(
      all
        .filter(({ revoked }) => revoked === null)
        .map(({ site, sensor, account }) => [accountName(site, sensor), account]),
    );
  }

  async #closeRevoked(): Promise<void> {
    if (this.#clients.size === 0) return;
    const accounts = await this.#accounts();
    for (const [client, hash] of this.#clients) if (accounts.get(client.id) !== hash) client.close();
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
