/** The location of a release: a directory or a URL. Both return the bytes of a file, up to a limit. */
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { UserError } from '../common/errors.js';

export interface Source {
  /** As given by the user. */
  place: string;
  /** Undefined for a URL. */
  folder?: string;
  /** Whether the transfer can be changed on the way. */
  open: boolean;
  /** @param most maximum size in bytes. @throws UserError BW_RELEASE_PLACE */
  read(name: string, most: number): Promise<Buffer>;
}

/** Timeout of one file: 2 MB over a slow line. Milliseconds. */
const TIMEOUT = 120_000;

/** @throws UserError BW_RELEASE_PLACE */
export function sourceOf(place: string, timeout = TIMEOUT): Source {
  if (!/^[a-z][a-z0-9+.-]+:\/\//i.test(place)) return folderSource(place);
  const wrong = (reason: string): UserError => new UserError('BW_RELEASE_PLACE', { place, reason });
  const url = URL.canParse(place) ? new URL(place) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) throw wrong('it is neither a directory nor a URL with https://');
  if (url.username || url.password) throw wrong('a URL on the command line must not contain a password');
  if (url.search || url.hash) throw wrong('give the URL of the release\'s directory, without "?" and "#"');
  url.pathname = url.pathname.replace(/\/release\.json$/, '/').replace(/\/?$/, '/');
  return webSource(place, url, timeout);
}

function folderSource(place: string): Source {
  const folder = resolve(place);
  const wrong = (reason: string): UserError => new UserError('BW_RELEASE_PLACE', { place, reason });
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw wrong('there is no such directory');
  return {
    place,
    folder,
    open: false,
    read: async (name, most) => {
      const path = resolve(folder, name);
      try {
        const found = statSync(path, { throwIfNoEntry: false });
        if (!found) throw wrong(`it has no ${name}`);
        if (!found.isFile()) throw wrong(`${name} is not a file`);
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

function webSource(place: string, base: URL, timeout: number): Source {
  const wrong = (reason: string): UserError => new UserError('BW_RELEASE_PLACE', { place, reason });
  return {
    place,
    open: base.protocol === 'http:' && !/^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(base.hostname),
    read: async (name, most) => {
      try {
        // Redirects are not followed: the user trusts the given URL and its certificate.
        const answer = await fetch(new URL(name, base), { redirect: 'manual', signal: AbortSignal.timeout(timeout) });
        if (answer.status >= 300 && answer.status < 400)
          throw wrong(
            `${name} redirects to ${(answer.headers.get('location') ?? 'no address').slice(0, 200)}; if you trust that, give it instead`,
          );
        if (answer.status === 404) throw wrong(`it has no ${name} (404)`);
        if (answer.status !== 200) throw wrong(`the server answered ${answer.status} for ${name}`);
        const pieces: Uint8Array[] = [];
        let size = 0;
        // Counted while reading: the length that the server declares may be wrong. Leaving the loop closes the
        // connection.
        for await (const piece of answer.body ?? []) {
          size += (piece as Uint8Array).length;
          if (size > most) throw wrong(`${name} has more than ${most} bytes`);
          pieces.push(piece as Uint8Array);
        }
        return Buffer.concat(pieces);
      } catch (error) {
        throw error instanceof UserError
          ? error
          : wrong(`downloading ${name} failed (${reasonOf(error as Error, timeout)})`);
      }
    },
  };
}

/** fetch always says "fetch failed"; the reason is in its cause. */
function reasonOf(error: Error, timeout: number): string {
  if (error.name === 'TimeoutError') return `timeout after ${timeout / 1000} s`;
  const { code, message } = (error.cause ?? error) as NodeJS.ErrnoException;
  return code ?? message.replace(/\.$/, '');
}
