/** The addresses of our brokers: a firewall that blocks one cuts every sensor off. */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Executor } from '../store/database.js';
import { listEnrolments } from '../store/enrolments.js';

/** Milliseconds that an answer of the name service is used. */
const DNS_TTL = 300_000;

type Resolve = (host: string) => Promise<string[]>;

const resolveHost: Resolve = async (host) => (await lookup(host, { all: true })).map(({ address }) => address);

/**
 * Gives the addresses of this collector's broker and of those that sensors were enrolled with. A name that cannot be resolved
 * keeps the addresses it had: once ours is safer than never.
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
