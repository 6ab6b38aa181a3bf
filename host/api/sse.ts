/**
 * Server-sent events from a stream of text (WHATWG HTML, section 9.2). The page reads them with fetch and not with
 * EventSource, because only so it sees the heartbeat comments and can tell a quiet line from a dead one.
 */
export interface ServerEvent {
  event: string;
  data: string;
  id: string;
}

export class EventParser {
  #rest = '';
  #event = '';
  #data: string[] = [];
  /** The newest id the server gave; sent back as Last-Event-ID. */
  lastId = '';

  /** Events that are complete with this piece of the stream. A piece may end anywhere, in the middle of a line too. */
  push(text: string): ServerEvent[] {
    const out: ServerEvent[] = [];
    const lines = (this.#rest + text).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line === '') {
        if (this.#data.length)
          out.push({ event: this.#event || 'message', data: this.#data.join('\n'), id: this.lastId });
        this.#event = '';
        this.#data = [];
        continue;
      }
      const colon = line.indexOf(':');
      if (colon === 0) continue;
      const field = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
      if (field === 'event') this.#event = value;
      else if (field === 'data') this.#data.push(value);
      else if (field === 'id' && !value.includes('\0')) this.lastId = value;
    }
    return out;
  }

  /** Forgets a half-read event: what a broken connection leaves behind is no event. */
  reset(): void {
    this.#rest = '';
    this.#event = '';
    this.#data = [];
  }
}

/** Milliseconds to wait before attempt `n` (1, 2, ...): doubling from one second to thirty, half of it by chance. */
export function backoff(attempt: number, random: number): number {
  const ceiling = Math.min(30_000, 1000 * 2 ** Math.max(0, attempt - 1));
  return ceiling / 2 + (ceiling / 2) * random;
}
