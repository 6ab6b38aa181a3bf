/** Phrases of campaign texts. */

import type { Protocol } from '../../src/protocol/record.js';
import { serviceName } from './services.js';

/** `TCP 445 (SMB)`, `TCP 22, 80 and 3 more`; empty where no service is known. */
export function servicesText(ports: readonly number[], protocol: Protocol): string {
  if (ports.length === 0 || (protocol !== 'tcp' && protocol !== 'udp' && protocol !== 'sctp')) return '';
  const name = protocol.toUpperCase();
  const [first] = ports as readonly [number, ...number[]];
  if (ports.length === 1) {
    const known = serviceName(first, protocol);
    return `${name} ${first}${known ? ` (${known})` : ''}`;
  }
  if (ports.length <= 3) return `${name} ${ports.slice(0, -1).join(', ')} and ${ports.at(-1)}`;
  return `${name} ${ports.slice(0, 2).join(', ')} and ${ports.length - 2} more`;
}
