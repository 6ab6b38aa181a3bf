// Probation, for sources with a single contact so far: sets of four 16-byte entries.

import {
  PROBATION_AT,
  PROBATION_BYTES,
  PROBATION_ENTRY_BYTES,
  PROBATION_SETS,
  PROBATION_WAYS,
} from '../constants/memory';
import { CHECKED } from './checked';
import { Hash } from './hash';

@unmanaged
export class ProbationEntry {
  /** Key of the source. */
  key: u32;
  /** Hash of its target. */
  target: u32;
  service: u16;
  /** Bits 5-7: STATE_* of the contact, bits 0-4: its SITUATION_*. */
  stateAndSituation: u8;
  /** 1: in use. */
  used: u8;
  /** ms */
  time: u32;

  @inline
  static setOf(key: u32): ProbationEntry {
    return changetype<ProbationEntry>(
      <usize>(PROBATION_AT + Hash.slot(key, PROBATION_SETS) * (PROBATION_WAYS * PROBATION_ENTRY_BYTES)),
    );
  }

  /** The i-th entry from here. */
  @inline
  way(i: u32): ProbationEntry {
    return changetype<ProbationEntry>(changetype<usize>(this) + i * PROBATION_ENTRY_BYTES);
  }

  @inline
  static get head(): ProbationEntry {
    return changetype<ProbationEntry>(<usize>PROBATION_AT);
  }

  @inline
  get next(): ProbationEntry {
    return this.way(1);
  }

  @inline
  get isInTable(): bool {
    return changetype<usize>(this) < PROBATION_AT + PROBATION_BYTES;
  }

  @inline
  get situation(): u32 {
    return this.stateAndSituation & 31;
  }

  @inline
  get state(): u32 {
    return this.stateAndSituation >>> 5;
  }

  @inline
  judge(state: u32, situation: u32): void {
    if (CHECKED) assert(state < 8 && situation < 32);
    this.stateAndSituation = <u8>((state << 5) | situation);
  }
}

if (offsetof<ProbationEntry>() != PROBATION_ENTRY_BYTES) ERROR('PROBATION_ENTRY_BYTES of memory.ts');
if (offsetof<ProbationEntry>('target') != 4) ERROR('target stands at +4');
if (offsetof<ProbationEntry>('service') != 8) ERROR('service stands at +8');
if (offsetof<ProbationEntry>('stateAndSituation') != 10) ERROR('stateAndSituation stands at +10');
if (offsetof<ProbationEntry>('used') != 11) ERROR('used stands at +11');
if (offsetof<ProbationEntry>('time') != 12) ERROR('time stands at +12');
