/** Bytes of the alerts that the test captures give, and how many of them there are. */
import { encodeAlert } from '../../src/protocol/alert.js';
import type { TimedRecord } from '../../src/protocol/record.js';
import { median } from './table.js';

export interface AlertSizes {
  count: number;
  min: number;
  median: number;
  max: number;
}

/** Sizes with a boot number and sequence numbers as a sensor that has been up for a while has them. */
export function alertSizes(records: readonly TimedRecord[]): AlertSizes {
  const sizes = records.map(
    (record, i) => encodeAlert(record, { boot: 70_000, sequence: 70_000 + i, clock: 'synced' }).length,
  );
  return {
    count: sizes.length,
    min: Math.min(...sizes),
    median: sizes.length ? median(sizes) : 0,
    max: Math.max(...sizes),
  };
}
