// The counters: u32 each, numbered by COUNTER_* in codes.ts, read by the host from `countersAddress()`.
import { COUNTER_COUNT } from '../constants/codes';
import { COUNTERS_AT, COUNTERS_BYTES } from '../constants/memory';
import { CHECKED } from './checked';

@unmanaged
export class Counter {
  value: u32;

  @inline
  static of(number: u32): Counter {
    return changetype<Counter>(<usize>(COUNTERS_AT + number * offsetof<Counter>()));
  }

  @inline
  static count(number: u32): void {
    if (CHECKED) assert(number < COUNTER_COUNT);
    Counter.of(number).value++;
  }

  @inline
  static uncount(number: u32): void {
    if (CHECKED) assert(Counter.of(number).value > 0);
    Counter.of(number).value--;
  }

  static add(number: u32, n: u32): void {
    Counter.of(number).value += n;
  }

  /** Increments a gauge and raises its high-water mark, `peak`. */
  static countPeak(gauge: u32, peak: u32): void {
    Counter.count(gauge);
    const value = Counter.of(gauge).value;
    if (value > Counter.of(peak).value) Counter.of(peak).value = value;
  }

  static read(number: u32): u32 {
    return Counter.of(number).value;
  }
}

if (offsetof<Counter>() != 4) ERROR('a counter takes 4 bytes');
if (COUNTER_COUNT * offsetof<Counter>() > COUNTERS_BYTES) ERROR('the counters outgrow COUNTERS_BYTES of memory.ts');
