/** How long a server's certificate is still good, and whether it is trusted. */

import type { PeerCertificate } from 'node:tls';
import { connect } from 'node:tls';
import type { Finding } from './findings.js';
import { fail, ok, warn } from './findings.js';

const DAY = 86_400_000;
/** Days before its end at which a certificate is worth a word: time to renew it and to reach every branch. */
const SOON = 30;
const PATIENCE = 10_000;

/** @param url `mqtts://` or `https://` */
export async function checkCertificate(about: string, url: URL, ca: Buffer | undefined, now: number): Promise<Finding> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(url.port) || (url.protocol === 'mqtts:' ? 8883 : 443);
  return new Promise((resolve) => {
    const done = (finding: Finding): void => {
      socket.destroy();
      resolve(finding);
    };
    const socket = connect(
      {
        host,
        port,
        rejectUnauthorized: false,
        timeout: PATIENCE,
        ...(/^[\d.]+$|:/.test(host) ? {} : { servername: host }),
        ...(ca ? { ca } : {}),
      },
      () =>
        done(
          judgeCertificate(
            about,
            socket.getPeerCertificate(),
            socket.authorized,
            String(socket.authorizationError ?? ''),
            now,
          ),
        ),
    );
    socket.on('timeout', () =>
      done(
        fail(
          about,
          `${url.host} does not speak TLS within ${PATIENCE / 1000} s.`,
          'Check the port, and what listens there.',
        ),
      ),
    );
    socket.on('error', (error) =>
      done(
        fail(
          about,
          `${url.host} does not finish a TLS handshake: ${error.message}.`,
          'Check the port, and what listens there.',
        ),
      ),
    );
  });
}

export function judgeCertificate(
  about: string,
  certificate: Pick<PeerCertificate, 'valid_to' | 'valid_from'>,
  authorized: boolean,
  reason: string,
  now: number,
): Finding {
  const days = Math.floor((Date.parse(certificate.valid_to) - now) / DAY);
  if (Number.isNaN(days)) return fail(about, 'It shows no certificate.', 'Give it one that the sensors trust.');
  if (days < 0) return fail(about, `The certificate ended ${-days} days ago.`, 'Renew it: no sensor accepts it.');
  if (Date.parse(certificate.valid_from) > now)
    return fail(about, 'The certificate is not valid yet.', 'Check the clocks of both machines.');
  if (!authorized)
    return fail(
      about,
      `The certificate is not trusted: ${reason}.`,
      'Name the authority with --ca, and give the sensors the same.',
    );
  if (days < SOON)
    return warn(about, `The certificate ends in ${days} days.`, 'Renew it in time: sensors refuse one that has ended.');
  return ok(about, `The certificate is trusted and good for ${days} days.`);
}
