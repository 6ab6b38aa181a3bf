// First-contact failures: IPv4 addresses of sources. Those that met nobody from the first slot on, those that were
// refused from the last slot back.
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

  /** The i-th from the first slot on. */
  @inline
  static slot(i: u32): FirstContactFailure {
    if (CHECKED) assert(i < FIRST_CONTACT_FAILURE_SLOTS);
    return changetype<FirstContactFailure>(<usize>(FIRST_CONTACT_FAILURES_AT + (i << 2)));
  }

  /** The i-th that was refused. */
  @inline
  static refused(i: u32): FirstContactFailure {
    return FirstContactFailure.slot(FIRST_CONTACT_FAILURE_SLOTS - 1 - i);
  }
}

if (FIRST_CONTACT_FAILURE_SLOTS * offsetof<FirstContactFailure>() != FIRST_CONTACT_FAILURES_BYTES)
  ERROR('FIRST_CONTACT_FAILURES_BYTES of memory.ts');
