/**
 * A start that what is kept ends (it takes more memory than there is: on XS that is a restart, and nothing can catch it)
 * would be followed by another like it, for ever. So each start is counted until it has read all; after some that
 * came to no end, less is read.
 */
export type Trust =
  /** Provisioning and config. */
  | 'all'
  /** The config came over the network and comes again; without it the sensor can still ask for help. */
  | 'provisioning'
  /** The board waits to be provisioned. The start after this one trusts all again: power may have failed each time. */
  | 'nothing';

/** Starts in a row that did not come to an end. */
const WITHOUT_CONFIG = 3;
const WITHOUT_ALL = 6;

/** Counts this start, and says what it may read. `write` with an empty text when all is read. */
export function beginReading(read: () => string | undefined, write: (text: string) => void): Trust {
  const before = Number(read()) || 0;
  write(before >= WITHOUT_ALL ? '' : String(before + 1));
  return before >= WITHOUT_ALL ? 'nothing' : before >= WITHOUT_CONFIG ? 'provisioning' : 'all';
}
