/** The words on a board's serial line (docs/PROTOCOL.md, "The serial line"): lines of text at 115,200 baud, each with this in front. */
export const PREFIX = 'BLOCKWATCH';

/** Asks who the board is; it answers with BoardWords as JSON. */
export const WHO = '?';
/** Makes a board forget who it is; it answers OK, and starts anew. */
export const FORGET = 'forget';
/** Asks a board that is at work what it has left of its memory; it answers with a JSON object. */
export const MEASURE = 'measure';
/** A word for trials follows; an emulator's board alone takes it. */
export const TRIAL = 'trial ';
export const OK = 'ok';
/** A sentence that says why not follows. */
export const ERROR = 'error:';
/** What the board says to whoever listens follows, one sentence. */
export const SAYS = 'says:';

/** What a sensor says when the broker has acknowledged its birth: all of it works. */
export const ONLINE = 'Connected to the broker.';

export interface BoardWords {
  board: string;
  version: string;
  provisioned: boolean;
  /** Where it is provisioned. */
  site?: string;
  sensor?: string;
  /** Its last sentence. */
  says?: string;
}
