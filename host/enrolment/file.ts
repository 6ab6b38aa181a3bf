/** Reads provisioning files written by `blockwatch enroll`. */
import { readFileSync } from 'node:fs';
import type { Provisioning } from '../../src/protocol/provisioning.js';
import { readProvisioning } from '../../src/protocol/provisioning.js';
import { WireError } from '../../src/protocol/wire-error.js';
import { UserError } from '../common/errors.js';

/** @throws UserError BW_PROVISIONING */
export function readProvisioningFile(path: string): Provisioning {
  try {
    return readProvisioning(readFileSync(path, 'utf8').trim());
  } catch (error) {
    const reason =
      error instanceof WireError
        ? error.message.replace(/\.$/, '')
        : ((error as NodeJS.ErrnoException).code ?? String(error));
    throw new UserError('BW_PROVISIONING', { path, reason });
  }
}

/** Converts a certificate from DER in base64 to PEM (RFC 7468). */
export function pemOf(base64: string): string {
  return `-----BEGIN CERTIFICATE-----\n${(base64.match(/.{1,64}/g) ?? []).join('\n')}\n-----END CERTIFICATE-----\n`;
}
