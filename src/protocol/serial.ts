/**
 * The commands on a board's serial line (docs/PROTOCOL.md, "The serial line"): lines of text at 115,200 baud, each with
 * this prefix.
 */
export const PREFIX = 'BLOCKWATCH';

/** Asks for the board's identity; it answers with BoardWords as JSON. */
export const WHO = '?';
/** Makes a board erase its identity; it answers OK and restarts. */
export const FORGET = 'forget';
/** Asks a board at work for its free memory; it answers with a JSON object. */
export const MEASURE = 'measure';
/** Prefix of a test command; only an emulator's board accepts it. */
export const TRIAL = 'trial ';
export const OK = 'ok';
/** Prefix of a refusal's reason, one sentence. */
export const ERROR = 'error:';
/** Prefix of the board's unsolicited output, one sentence. */
export const SAYS = 'says:';

/** The sensor's sentence once the broker has acknowledged its birth: everything works. */
export const ONLINE = 'Connected to the broker.';

export interface BoardWords {
  board: string;
  version: string;
  provisioned: boolean;
  /** Only if it is provisioned. */
  site?: string;
  sensor?: string;
  /** Its last sentence. */
  says?: string;
}
