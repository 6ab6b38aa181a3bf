// What a contact's state (STATE_*) means, wherever one is kept: in contacts, in probation, in episodes.
import {
  STATE_ACCEPTED,
  STATE_ANSWERED,
  STATE_DARK,
  STATE_PENDING,
  STATE_REFUSED,
  STATE_SILENT,
  STATE_WAITING,
} from '../constants/weights';

export class State {
  /** No outcome yet. */
  @inline
  static isOpen(state: u32): bool {
    return state == STATE_PENDING || state == STATE_WAITING;
  }

  /** Answered, or by TCP at least accepted. */
  @inline
  static isAnswered(state: u32): bool {
    return state == STATE_ANSWERED || state == STATE_ACCEPTED;
  }

  /** Refused, silent or dark. */
  @inline
  static isFailure(state: u32): bool {
    return state == STATE_REFUSED || state == STATE_SILENT || state == STATE_DARK;
  }
}
