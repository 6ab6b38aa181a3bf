// The engine's page as a whole.
import { COUNTERS_AT, END, PAGE_BYTES } from '../constants/memory';

export class Page {
  /** Clears everything except the compiler's tables and the config. */
  @inline
  static clear(): void {
    memory.fill(COUNTERS_AT, 0, END - COUNTERS_AT);
  }
}

if (END > PAGE_BYTES) ERROR('the tables outgrow the page');
