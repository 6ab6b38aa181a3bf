/** Broker addresses: a firewall that blocks one cuts off every sensor. */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Executor } from '../store/database.js';
import { listEnrolments } from '../store/enrolments.js';

/** Milliseconds that a DNS answer is cached. */
const DNS_TTL = 300_000;

type Resolve = (host: string) => Promise<string[]>;

const resolveHost: Resolve = async (host) => (await lookup(host, { all: true })).map(({ address }) => address);

/**
 * Returns the addresses of this collector's broker and of those that sensors were enrolled with. If a name cannot be
 * resolved, its earlier addresses stay: protecting an old address is safer than protecting none.
 */
export function brokerAddresses(
  db: Executor,
  own: string | undefined,
  clock: () => number,
  resolve: Resolve = resolveHost,
): () => Promise<string[]> {
  const known = new Map<string, string[]>();
  let asked = -Infinity;
  return async () => {
    if (clock() - asked >= DNS_TTL) {
      asked = clock();
      const urls = [...(own === undefined ? [] : [own]), ...(await listEnrolments(db)).map(({ broker }) => broker)];
      const hosts = new Set(
        urls
          .filter((url) => URL.canParse(url))
          .map((url) => new URL(url).hostname.replace(/^\[|\]$/g, ''))
          .filter((host) => host),
      );
      await Promise.all(
        [...hosts].map(async (host) => {
          if (isIP(host)) known.set(host, [host]);
          else known.set(host, [...new Set([...(known.get(host) ?? []), ...(await resolve(host).catch(() => []))])]);
        }),
      );
    }
    return [...known.values()].flat();
  };
}
