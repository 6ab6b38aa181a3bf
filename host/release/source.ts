/**
 * Where a release lies: a folder, or an address on a web server. Either gives a file's bytes, a bounded number of
 * them.
 */
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { UserError } from '../common/errors.js';

export interface Source {
  /** As the user named it. */
  place: string;
  /** Undefined of an address. */
  folder?: string;
  /** Whether others on the way can change what comes. */
  open: boolean;
  /** @param most bytes. @throws UserError BW_RELEASE_PLACE */
  read(name: string, most: number): Promise<Buffer>;
}

/** Milliseconds for one file: 2 MB over a slow line. */
const PATIENCE = 120_000;

/** @throws UserError BW_RELEASE_PLACE */
export function sourceOf(place: string, patience = PATIENCE): Source {
  if (!/^[a-z][a-z0-9+.-]+:\/\//i.test(place)) return folderSource(place);
  const wrong = (reason: string): UserError => new UserError('BW_RELEASE_PLACE', { place, reason });
  const url = URL.canParse(place) ? new URL(place) : undefined;
  if (!url || !/^https?:$/.test(url.protocol))
    throw wrong('it is neither a folder nor an address that begins with https://');
  if (url.username || url.password) throw wrong('an address with a name and password in it is not for a command line');
  if (url.search || url.hash) throw wrong('name the address of the release\'s folder, without "?" and "#"');
  url.pathname = url.pathname.replace(/\/release\.json$/, '/').replace(/\/?$/, '/');
  return webSource(place, url, patience);
}

function folderSource(place: string): Source {
  const folder = resolve(place);
  const wrong = (reason: string): UserError => new UserError('BW_RELEASE_PLACE', { place, reason });
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw wrong('there is no such folder');
  return {
    place,
    folder,
    open: false,
    read: async (name, most) => {
      const path = resolve(folder, name);
      try {
        const found = statSync(path, { throwIfNoEntry: false });
        if (!found) throw wrong(`it has no ${name}`);
        if (!found.isFile()) throw wrong(`${name} is no file`);
        if (found.size > most) throw wrong(`${name} has more than ${most} bytes`);
        return readFileSync(path);
      } catch (error) {
        throw error instanceof UserError
          ? error
          : wrong(`${name} cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)})`);
      }
    },
  };
}

function webSource(place: string, base: URL, patience: number): Source {
  const wrong = (reason: string): UserError => new UserError('BW_RELEASE_PLACE', { place, reason });
  return {
    place,
    open: base.protocol === 'http:' && !/^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(base.hostname),
    read: async (name, most) => {
      try {
        // Not followed: an address that was typed, and its certificate, are what the user trusts.
        const answer = await fetch(new URL(name, base), { redirect: 'manual', signal: AbortSignal.timeout(patience) });
        if (answer.status >= 300 && answer.status < 400)
          throw wrong(
            `${name} is elsewhere, at ${(answer.headers.get('location') ?? 'no address').slice(0, 200)}; if you trust that, name it instead`,
          );
        if (answer.status === 404) throw wrong(`it has no ${name} (404)`);
        if (answer.status !== 200) throw wrong(`the server answers ${answer.status} for ${name}`);
        const pieces: Uint8Array[] = [];
        let size = 0;
        // Counted as it comes: the server's own word of the length need not be true. Leaving the loop ends the
        // connection.
        for await (const piece of answer.body ?? []) {
          size += (piece as Uint8Array).length;
          if (size > most) throw wrong(`${name} has more than ${most} bytes`);
          pieces.push(piece as Uint8Array);
        }
        return Buffer.concat(pieces);
      } catch (error) {
        throw error instanceof UserError ? error : wrong(`${name} does not come (${whyNot(error as Error, patience)})`);
      }
    },
  };
}

/** fetch says "fetch failed" of everything; what happened stands in its cause. */
function whyNot(error: Error, patience: number): string {
  if (error.name === 'TimeoutError') return `not within ${patience / 1000} s`;
  const { code, message } = (error.cause ?? error) as NodeJS.ErrnoException;
  return code ?? message.replace(/\.$/, '');
}
