/** The broker account, read from a file. */
import { Option } from 'commander';
import { parseBrokerUrl } from '../../common/broker-url.js';
import { UserError } from '../../common/errors.js';
import { secretFile } from './secret.js';

/**
 * The broker's URL with the account of a file (`user:password` on its first line), so that no process list shows it.
 */
export function withAccount(broker: string, path: string | undefined): string {
  if (path === undefined) return broker;
  const [, user, password] = /^([^:]+):(.+)$/.exec(secretFile('--account', path)) ?? [];
  if (!user || !password)
    throw new UserError('BW_FILE', { option: '--account', path, reason: 'its first line is not user:password' });
  const url = parseBrokerUrl(broker);
  url.username = encodeURIComponent(user);
  url.password = encodeURIComponent(password);
  return url.href;
}

export const accountOption = (): Option =>
  new Option('--account <FILE>', 'file with the broker account (user:password), as "broker-files" writes it').env(
    'BLOCKWATCH_ACCOUNT',
  );
