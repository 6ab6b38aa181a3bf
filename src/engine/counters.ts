// Every counter of the engine: u32 in a row, numbered in codes.ts, read by the host from `countersAddress()`.
import { COUNTERS_AT } from './memory';

// @ts-ignore: decorator
@inline
export function count(counter: u32): void {
  const at = COUNTERS_AT + (counter << 2);
  store<u32>(at, load<u32>(at) + 1);
}

export function add(counter: u32, n: u32): void {
  const at = COUNTERS_AT + (counter << 2);
  store<u32>(at, load<u32>(at) + n);
}

// @ts-ignore: decorator
@inline
export function uncount(counter: u32): void {
  const at = COUNTERS_AT + (counter << 2);
  store<u32>(at, load<u32>(at) - 1);
}

/** A gauge that rose by one, with its high-water mark beside it. */
export function countPeak(gauge: u32, peak: u32): void {
  count(gauge);
  const value = load<u32>(COUNTERS_AT + (gauge << 2));
  if (value > load<u32>(COUNTERS_AT + (peak << 2))) store<u32>(COUNTERS_AT + (peak << 2), value);
}

export function readCounter(counter: u32): u32 {
  return load<u32>(COUNTERS_AT + (counter << 2));
}
