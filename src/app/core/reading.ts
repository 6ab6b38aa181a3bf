/**
 * Some stored data may end a start: it takes more memory than there is, which on XS is a restart that nothing can
 * catch. The next start would end the same way, endlessly. So each start is counted until it has read everything; after
 * several incomplete starts, less is read.
 */
export type Trust =
  /** Provisioning and config. */
  | 'all'
  /** The config came over the network and comes again; without it the sensor can still report its trouble. */
  | 'provisioning'
  /**
   * The board waits for provisioning. The start after this one reads everything again: the cause may have been power
   * failures.
   */
  | 'nothing';

/** Incomplete starts in a row. */
const WITHOUT_CONFIG = 3;
const WITHOUT_ALL = 6;

/** Counts this start and returns what it may read. Call `write` with an empty text when everything is read. */
export function beginReading(read: () => string | undefined, write: (text: string) => void): Trust {
  const before = Number(read()) || 0;
  write(before >= WITHOUT_ALL ? '' : String(before + 1));
  return before >= WITHOUT_ALL ? 'nothing' : before >= WITHOUT_CONFIG ? 'provisioning' : 'all';
}
