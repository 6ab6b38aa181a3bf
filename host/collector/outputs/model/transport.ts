/** How messages leave the collector. */
import type { Finding } from './finding.js';

export interface Transport {
  /** Maximum number of messages per call. */
  readonly batch: number;
  /**
   * Delivers in order; resolves when the receiver has accepted all messages.
   * @throws DeliveryError if the first message could not be delivered; then none was, as far as is known
   */
  send(messages: readonly Finding[]): Promise<void>;
  close(): Promise<void>;
}

/**
 * `unreachable`: no answer; retried until there is one. `answered`: the receiver reported a failure; a message is
 * retried a limited number of times, because it may be the cause. `refused`: the receiver will never accept this
 * message.
 */
export class DeliveryError extends Error {
  constructor(
    readonly kind: 'unreachable' | 'answered' | 'refused',
    message: string,
    readonly retryAfter?: number,
  ) {
    super(message);
    this.name = 'DeliveryError';
  }
}

/** Explains a system error in words. */
export function explainSystem(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  switch (code) {
    case 'ECONNREFUSED':
      return 'nothing listens there';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'its name cannot be resolved';
    case 'ECONNRESET':
    case 'EPIPE':
      return 'it closed the connection';
    case 'ETIMEDOUT':
    case 'ETIME':
      return 'it does not answer in time';
    case 'EACCES':
    case 'EPERM':
      return 'this user may not write there';
    case 'ENOENT':
      return 'the folder does not exist';
    case 'EISDIR':
      return 'it is a folder';
    case 'ENOSPC':
      return 'the disk is full';
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
      return 'no known authority signed its certificate; name the authority in "tls.ca"';
    case 'CERT_HAS_EXPIRED':
      return 'its certificate has expired';
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return 'its certificate is for another name';
    default:
      return message || String(code ?? error);
  }
}
