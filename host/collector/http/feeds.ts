/** The block feed: one CIDR a line, for firewalls that fetch it again and again. */
import { createHash } from 'node:crypto';
import { boolean, oneOf, query } from '../../api/schema.js';
import type { BlockRules } from '../fleet/block-feed.js';
import { readBlocked } from '../fleet/block-feed.js';
import type { Database } from '../store/database.js';
import type { Api } from './schema.js';

export interface FeedOptions extends BlockRules {
  /** Addresses that are found out meanwhile: the brokers'. CIDR. */
  alsoNever?: () => Promise<readonly string[]>;
}

const FOUND = /^(?:W\/)?"[^"]*"$/;

export function addFeeds(app: Api, db: Database, clock: () => number, rules: FeedOptions): void {
  /** When this collector first gave a text, by its path: the store does not know when its answer last changed. */
  const changed = new Map<string, { tag: string; time: number }>();

  for (const [path, own] of [
    ['/feeds/block.txt', '4'],
    ['/feeds/block6.txt', '6'],
  ] as const) {
    app.get(
      path,
      {
        schema: {
          summary: `Sources to block, the surest first: one ${own === '4' ? 'IPv4 CIDR' : 'IPv6 /64'} a line. If-None-Match and If-Modified-Since are answered.`,
          produces: ['text/plain'],
          querystring: query({
            family: { ...oneOf(['4', '6', 'all']), description: "Instead of the path's own." },
            header: { ...boolean, default: false, description: 'Begin with comments that say what it is.' },
          }),
        },
      },
      async ({ query: { family = own, header }, headers }, reply) => {
        const never = [...rules.never, ...((await rules.alsoNever?.()) ?? [])];
        const all = await readBlocked(db, { ...rules, never }, clock());
        const lines = all
          .filter((one) => family === 'all' || String(one.family) === family)
          .map(({ cidr }) => `${cidr}\n`);
        const text = `${header ? comments(rules, lines.length) : ''}${lines.join('')}`;
        const tag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`;
        const key = `${family} ${header}`;
        const before = changed.get(key);
        const time = before?.tag === tag ? before.time : clock();
        changed.set(key, { tag, time });
        void reply.headers({ etag: tag, 'last-modified': new Date(time).toUTCString(), 'cache-control': 'no-cache' });
        if (unchanged(headers['if-none-match'], headers['if-modified-since'], tag, time)) return reply.code(304).send();
        return reply.type('text/plain; charset=utf-8').send(text);
      },
    );
  }
}

/** RFC 9110 section 13.2.2: a date counts only where there is no tag. */
function unchanged(tags: string | undefined, since: string | undefined, tag: string, time: number): boolean {
  if (tags !== undefined)
    return tags
      .split(',')
      .map((one) => one.trim())
      .some((one) => one === '*' || (FOUND.test(one) && one.replace(/^W\//, '') === tag));
  return since !== undefined && Math.floor(time / 1000) * 1000 <= Date.parse(since);
}

function comments({ lasting, cap, confidence, severity }: BlockRules, lines: number): string {
  return `# Blockwatch: sources to block, the surest first\n# ${lines} of at most ${cap}; seen within ${lasting / 60_000} minutes; confidence ${confidence} % and severity ${severity} at least\n`;
}
