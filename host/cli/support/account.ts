/** The account at the broker that people have in a file. */
import { Option } from 'commander';
import { parseBrokerUrl } from '../../common/broker-url.js';
import { UserError } from '../../common/errors.js';
import { secretFile } from './secret.js';

/** The broker's URL with the account of a file, `user:password` on its first line, which no process list shows. */
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
  new Option(
    '--account <FILE>',
    'the account at the broker, user:password on one line, as "broker-files" writes it',
  ).env('BLOCKWATCH_ACCOUNT');
