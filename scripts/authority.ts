/** Certificates for trials, made with openssl: RSA, as the SDK's TLS wants it. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** An authority, and what it issues. */
export class Authority {
  readonly #folder: string;
  readonly #name: string;

  constructor(folder: string, name: string) {
    this.#folder = folder;
    this.#name = name;
    openssl(
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '3650',
      '-subj',
      `/CN=${name}`,
      '-keyout',
      this.#path('key'),
      '-out',
      this.#path('pem'),
      '-addext',
      'basicConstraints=critical,CA:TRUE',
      '-addext',
      'subjectKeyIdentifier=hash',
    );
  }

  /** The authority's certificate as the provisioning has it: DER in base64. */
  get der(): string {
    return readFileSync(this.#path('pem'), 'utf8').replace(/-----[^-]+-----|\s/g, '');
  }

  /** A server's certificate with its authority behind it. */
  issue(name: string, names: string, days = 365): { cert: string; key: string } {
    const base = join(this.#folder, `${this.#name}-${name}`);
    openssl(
      'req',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-subj',
      `/CN=${name}`,
      '-keyout',
      `${base}.key`,
      '-out',
      `${base}.csr`,
      '-addext',
      `subjectAltName=${names}`,
    );
    openssl(
      'x509',
      '-req',
      '-in',
      `${base}.csr`,
      '-CA',
      this.#path('pem'),
      '-CAkey',
      this.#path('key'),
      '-CAcreateserial',
      '-days',
      String(days),
      '-copy_extensions',
      'copy',
      '-out',
      `${base}.leaf`,
    );
    const cert = `${base}.pem`;
    execFileSync('sh', ['-c', `cat "${base}.leaf" "${this.#path('pem')}" > "${cert}" && chmod 644 "${base}.key"`]);
    return { cert, key: `${base}.key` };
  }

  #path(extension: string): string {
    return join(this.#folder, `${this.#name}.${extension}`);
  }
}

function openssl(...args: string[]): void {
  execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'pipe'] });
}
