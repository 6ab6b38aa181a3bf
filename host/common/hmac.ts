/** HMAC-SHA256 on Node, for signing configs and for the Linux sensor that verifies them. */
import { createHmac } from 'node:crypto';
import type { Hmac } from '../../src/protocol/signed-config.js';

export const nodeHmac: Hmac = (key, ...texts) =>
  createHmac('sha256', Buffer.from(key, 'hex')).update(texts.join('')).digest('hex');
