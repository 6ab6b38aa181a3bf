/** Mail over SMTP. With a password, TLS is required. */
import { createTransport } from 'nodemailer';
import type { Mail } from '../formats/digest.js';
import { composeDigest, Summary } from '../formats/digest.js';
import type { OutputConfig } from '../model/config.js';
import type { Finding } from '../model/finding.js';
import type { Transport } from '../model/transport.js';
import { DeliveryError, explainSystem } from '../model/transport.js';

export class MailTransport implements Transport {
  readonly batch = 1;

  constructor(readonly config: Pick<OutputConfig, 'to' | 'tls' | 'timeout' | 'auth' | 'mail'>) {}

  /** Sends one message by itself, for tests of the output. */
  async send(messages: readonly Finding[]): Promise<void> {
    const summary = new Summary();
    for (const message of messages) summary.add(message);
    const [first] = messages;
    if (!first) return;
    const time = Date.parse(first.time);
    const { text, html } = composeDigest(summary, time, time, '');
    await this.deliver({ subject: `Blockwatch: ${first.name}`, text, html });
  }

  async deliver({ subject, text, html }: Mail): Promise<void> {
    const { to, tls, timeout, auth, mail } = this.config;
    const secure = to.protocol === 'smtps:';
    const host = to.hostname.replace(/^\[|\]$/g, '');
    const transport = createTransport({
      host,
      port: Number(to.port || (secure ? 465 : 25)),
      secure,
      requireTLS: auth !== undefined,
      connectionTimeout: timeout,
      greetingTimeout: timeout,
      socketTimeout: timeout,
      tls: {
        ...(tls.ca ? { ca: tls.ca } : {}),
        ...(tls.cert ? { cert: tls.cert } : {}),
        ...(tls.key ? { key: tls.key } : {}),
        ...(tls.servername ? { servername: tls.servername } : {}),
      },
      ...(auth ? { auth: { user: auth.user, pass: auth.password } } : {}),
    });
    try {
      await transport.sendMail({
        from: mail.from,
        to: mail.to,
        subject,
        text,
        html,
        headers: { 'Auto-Submitted': 'auto-generated' },
      });
    } catch (error) {
      const { responseCode, message } = error as { responseCode?: number; message: string };
      if (responseCode === undefined)
        throw new DeliveryError('unreachable', `${to.host}: ${explainSystem({ ...(error as object), message })}`);
      throw new DeliveryError('answered', `${to.host}: SMTP ${responseCode}`);
    } finally {
      transport.close();
    }
  }

  async close(): Promise<void> {}
}
