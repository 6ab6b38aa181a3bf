/**
 * Finds objects in a JSON text that arrives in pieces. A MISP feed or a STIX bundle is one value of hundreds of
 * megabytes, but only its small objects matter: each object that closes within MAX_OBJECT_LENGTH characters is parsed
 * and shown, inner ones first. A longer one is a container, and its text is discarded.
 */
const MAX_OBJECT_LENGTH = 65_536;
const MAX_DEPTH = 200;

interface Open {
  /** Offset in the buffered text; -1 if it is too long or contains an object that was accepted. */
  start: number;
  line: number;
  brace: boolean;
}

export class ObjectScanner {
  #buffer = '';
  readonly #open: Open[] = [];
  #inString = false;
  #escaped = false;
  #line = 1;
  #broken = '';

  /** @param show returns whether it accepted the object; if so, the enclosing ones are not shown */
  constructor(
    readonly show: (object: Record<string, unknown>, line: number) => boolean,
    readonly bad: (line: number, reason: string) => void,
  ) {}

  /** Why parsing stopped; undefined while the text is valid, and at a valid end. */
  get problem(): string | undefined {
    if (this.#broken) return this.#broken;
    return this.#inString || this.#open.length > 0 ? `it ends in the middle, in line ${this.#line}` : undefined;
  }

  push(text: string): void {
    if (this.#broken) return;
    const from = this.#buffer.length;
    this.#buffer += text;
    for (let at = from; at < this.#buffer.length && !this.#broken; at++) this.#step(this.#buffer.charCodeAt(at), at);
    this.#trim();
  }

  #step(code: number, at: number): void {
    if (code === 0x0a) this.#line++;
    if (this.#inString) {
      if (this.#escaped) this.#escaped = false;
      else if (code === 0x5c) this.#escaped = true;
      else if (code === 0x22) this.#inString = false;
      return;
    }
    if (code === 0x22) this.#inString = true;
    else if (code === 0x7b || code === 0x5b) {
      if (this.#open.length === MAX_DEPTH)
        this.#broken = `it is nested deeper than ${MAX_DEPTH}, in line ${this.#line}`;
      this.#open.push({ start: at, line: this.#line, brace: code === 0x7b });
    } else if (code === 0x7d || code === 0x5d) this.#close(code === 0x7d, at);
  }

  #close(brace: boolean, at: number): void {
    const open = this.#open.pop();
    if (open?.brace !== brace) {
      this.#broken = `it is not JSON, in line ${this.#line}`;
      return;
    }
    if (!brace || open.start < 0 || at - open.start >= MAX_OBJECT_LENGTH) return;
    let object: Record<string, unknown>;
    try {
      object = JSON.parse(this.#buffer.slice(open.start, at + 1)) as Record<string, unknown>;
    } catch {
      this.bad(open.line, 'an object that is not JSON');
      this.#contain();
      return;
    }
    if (this.show(object, open.line)) this.#contain();
  }

  /** Marks all open objects as containers. */
  #contain(): void {
    for (const open of this.#open) open.start = -1;
  }

  #trim(): void {
    for (const open of this.#open) if (this.#buffer.length - open.start > MAX_OBJECT_LENGTH) open.start = -1;
    const first = this.#open.find(({ start, brace }) => brace && start >= 0)?.start ?? this.#buffer.length;
    this.#buffer = this.#buffer.slice(first);
    for (const open of this.#open) if (open.start >= 0) open.start -= first;
  }
}
