// First-contact failures: IPv4 addresses of sources. Those whose target was absent fill the table from the first slot
// up, those that were refused from the last slot down.
import {
  FIRST_CONTACT_FAILURE_SLOTS,
  FIRST_CONTACT_FAILURES_AT,
  FIRST_CONTACT_FAILURES_BYTES,
} from '../constants/memory';
import { CHECKED } from './checked';

@unmanaged
export class FirstContactFailure {
  /** As it lies in memory. */
  address: u32;

  /** The i-th source whose target was absent. */
  @inline
  static slot(i: u32): FirstContactFailure {
    if (CHECKED) assert(i < FIRST_CONTACT_FAILURE_SLOTS);
    return changetype<FirstContactFailure>(<usize>(FIRST_CONTACT_FAILURES_AT + (i << 2)));
  }

  /** The i-th source that was refused. */
  @inline
  static refused(i: u32): FirstContactFailure {
    return FirstContactFailure.slot(FIRST_CONTACT_FAILURE_SLOTS - 1 - i);
  }
}

if (FIRST_CONTACT_FAILURE_SLOTS * offsetof<FirstContactFailure>() != FIRST_CONTACT_FAILURES_BYTES)
  ERROR('FIRST_CONTACT_FAILURES_BYTES of memory.ts');
