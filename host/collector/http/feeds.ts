/** The block feed: one CIDR per line, for firewalls that poll it. */
import { createHash } from 'node:crypto';
import { boolean, oneOf, query } from '../../api/schema.js';
import type { BlockRules } from '../fleet/block-feed.js';
import { readBlocked } from '../fleet/block-feed.js';
import type { Database } from '../store/database.js';
import type { Api } from './schema.js';

export interface FeedOptions extends BlockRules {
  /** Broker addresses resolved at run time. CIDR. */
  alsoNever?: () => Promise<readonly string[]>;
}

const FOUND = /^(?:W\/)?"[^"]*"$/;

export function addFeeds(app: Api, db: Database, clock: () => number, rules: FeedOptions): void {
  /** When this collector first served a text, by path: the store does not record when its answer last changed. */
  const changed = new Map<string, { tag: string; time: number }>();

  for (const [path, own] of [
    ['/feeds/block.txt', '4'],
    ['/feeds/block6.txt', '6'],
  ] as const) {
    app.get(
      path,
      {
        schema: {
          summary:
            `Sources to block, highest confidence first: one ${own === '4' ? 'IPv4 CIDR' : 'IPv6 /64'} per line. ` +
            'Supports If-None-Match and If-Modified-Since.',
          produces: ['text/plain'],
          querystring: query({
            family: { ...oneOf(['4', '6', 'all']), description: "Overrides the path's family." },
            header: { ...boolean, default: false, description: 'Start with comments that describe the list.' },
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

/** RFC 9110 section 13.2.2: the date matters only without an entity tag. */
function unchanged(tags: string | undefined, since: string | undefined, tag: string, time: number): boolean {
  if (tags !== undefined)
    return tags
      .split(',')
      .map((one) => one.trim())
      .some((one) => one === '*' || (FOUND.test(one) && one.replace(/^W\//, '') === tag));
  return since !== undefined && Math.floor(time / 1000) * 1000 <= Date.parse(since);
}

function comments({ lasting, cap, confidence, severity }: BlockRules, lines: number): string {
  const seen = `seen within ${lasting / 60_000} minutes`;
  const least = `confidence ${confidence} % and severity ${severity} at least`;
  return `# Blockwatch: sources to block, the surest first\n# ${lines} of at most ${cap}; ${seen}; ${least}\n`;
}
