/** Checks whether a server's certificate is trusted and when it expires. */

import type { PeerCertificate } from 'node:tls';
import { connect } from 'node:tls';
import type { Finding } from './findings.js';
import { fail, ok, warn } from './findings.js';

const DAY = 86_400_000;
/** Days before expiry from which to warn: time to renew the certificate and update every site. */
const SOON = 30;
const TIMEOUT = 10_000;

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
        timeout: TIMEOUT,
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
          `${url.host} did not complete a TLS handshake within ${TIMEOUT / 1000} s.`,
          'Check the port and the server behind it.',
        ),
      ),
    );
    socket.on('error', (error) =>
      done(
        fail(
          about,
          `${url.host} failed the TLS handshake: ${error.message}.`,
          'Check the port and the server behind it.',
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
  if (Number.isNaN(days)) return fail(about, 'The server has no certificate.', 'Install one that the sensors trust.');
  if (days < 0) return fail(about, `The certificate expired ${-days} days ago.`, 'Renew it: no sensor accepts it.');
  if (Date.parse(certificate.valid_from) > now)
    return fail(about, 'The certificate is not valid yet.', 'Check the clocks of both machines.');
  if (!authorized)
    return fail(
      about,
      `The certificate is not trusted: ${reason}.`,
      'Name the CA certificate with --ca, and give the sensors the same one.',
    );
  if (days < SOON)
    return warn(about, `The certificate expires in ${days} days.`, 'Renew it in time: sensors refuse an expired one.');
  return ok(about, `The certificate is trusted and valid for ${days} days.`);
}
