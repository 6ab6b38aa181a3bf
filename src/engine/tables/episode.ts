// Open episodes, 352 bytes each: these fields, 8 x (u16 port, u16 count), a sketch of targets and one of services.
import { EPISODE_BYTES, EPISODE_SLOTS, EPISODES_AT, EPISODES_BYTES } from '../constants/memory';
import {
  PROGRESS_LAST_MS,
  PROGRESS_STEPS,
  PROGRESS_TIME_MS,
  PROGRESS_TIMES,
  STATE_DARK,
  STATE_REFUSED,
  STATE_SILENT,
} from '../constants/weights';
import { CHECKED } from './checked';
import { Mass, SKETCH_BYTES, Sketch } from './sketch';
import { Source } from './source';
import { State } from './state';

export const EPISODE_PORT_SLOTS: u32 = 8;

/** What a report was certain of: the source's address is its own; it has found something. */
export const CERTAIN_OF_SOURCE: u8 = 1;
export const CERTAIN_OF_FIND: u8 = 2;

/** A port and how often it was probed. */
@unmanaged
export class PortCount {
  port: u16;
  count: u16;

  @inline
  get next(): PortCount {
    return changetype<PortCount>(changetype<usize>(this) + offsetof<PortCount>());
  }
}

@unmanaged
export class Episode {
  /** Null: the slot is free. */
  source: Source | null;
  /** 0: its start was held back by the budget, and follows. */
  number: u32;
  probes: u32;
  answered: u32;
  refused: u32;
  silent: u32;
  dark: u32;
  /** Distinct targets, in sixteenths, and the mass of their sketch. */
  targets: u32;
  targetsMass: u32;
  /** Distinct services, in sixteenths, and the mass of their sketch. */
  services: u32;
  servicesMass: u32;
  /** The longest pause between two probes, ms. */
  pause: u32;
  /** Base-2 logarithm of the targets or services of the next progress report. */
  nextSize: u8;
  /** Kind, and certainty (CERTAIN_*), of the last report. */
  kind: u8;
  certainty: u8;
  /** Progress reports by time so far in bits 0-3, probes since the last long pause in bits 4-7. */
  stepsAndBurst: u8;
  /** First probe, ms. */
  first: u32;
  /** The highest evidence reported so far, 1/32 nat. */
  evidence: u16;
  /** Services that the source exchanged data with. */
  conversations: u16;
  /** Time of the last report, ms. */
  told: u32;

  @inline
  static get head(): Episode {
    return changetype<Episode>(<usize>EPISODES_AT);
  }

  @inline
  get next(): Episode {
    return changetype<Episode>(changetype<usize>(this) + EPISODE_BYTES);
  }

  @inline
  get isInTable(): bool {
    return changetype<usize>(this) < EPISODES_AT + EPISODES_BYTES;
  }

  /** The open episode of a source whose `episode` is not 0. */
  @inline
  static numbered(episode: u32): Episode {
    if (CHECKED) assert(episode >= 1 && episode <= EPISODE_SLOTS);
    return changetype<Episode>(<usize>(EPISODES_AT + (episode - 1) * EPISODE_BYTES));
  }

  /** This slot's value in Source.episode. */
  @inline
  get slotNumber(): u8 {
    return <u8>((<u32>changetype<usize>(this) - EPISODES_AT) / EPISODE_BYTES + 1);
  }

  @inline
  clear(): void {
    memory.fill(changetype<usize>(this), 0, EPISODE_BYTES);
  }

  /** The i-th port. */
  @inline
  portCount(i: u32): PortCount {
    if (CHECKED) assert(i < EPISODE_PORT_SLOTS);
    return changetype<PortCount>(changetype<usize>(this) + (offsetof<Episode>() + (i << 2)));
  }

  /** The sketch of targets, which follows the ports; that of services comes next. */
  @inline
  private get targetsSketch(): Sketch {
    return changetype<Sketch>(changetype<usize>(this) + (offsetof<Episode>() + EPISODE_PORT_SLOTS * 4));
  }

  @inline
  private get servicesSketch(): Sketch {
    return changetype<Sketch>(changetype<usize>(this) + (offsetof<Episode>() + EPISODE_PORT_SLOTS * 4 + SKETCH_BYTES));
  }

  /** The pause before the next progress report by time, ms. */
  get timePause(): u32 {
    const steps = <u32>this.stepsAndBurst & 15;
    return steps < PROGRESS_STEPS ? <u32>load<u8>(PROGRESS_TIMES + steps) * PROGRESS_TIME_MS : PROGRESS_LAST_MS;
  }

  /** The next pause is longer, up to the last one. */
  passTime(): void {
    if ((<u32>this.stepsAndBurst & 15) < PROGRESS_STEPS) this.stepsAndBurst++;
  }

  /** Adds a target to its sketch; returns the growth of the estimate in sixteenths. */
  @inline
  addTarget(hash: u32): u32 {
    return this.targetsSketch.add(changetype<Mass>(changetype<usize>(this) + offsetof<Episode>('targetsMass')), hash);
  }

  @inline
  addService(hash: u32): u32 {
    return this.servicesSketch.add(changetype<Mass>(changetype<usize>(this) + offsetof<Episode>('servicesMass')), hash);
  }

  /** The offset of a state's counter; 0 if the state is not counted. */
  private static outcomeOffset(state: u32): u32 {
    if (State.isAnswered(state)) return <u32>offsetof<Episode>('answered');
    if (state == STATE_REFUSED) return <u32>offsetof<Episode>('refused');
    if (state == STATE_SILENT) return <u32>offsetof<Episode>('silent');
    if (state == STATE_DARK) return <u32>offsetof<Episode>('dark');
    return 0;
  }

  /** Counts a contact's change of state (STATE_*). */
  countOutcome(before: u32, after: u32): void {
    const old = Episode.outcomeOffset(before);
    const from = changetype<Mass>(changetype<usize>(this) + old);
    if (old && from.value) from.value--;
    const offset = Episode.outcomeOffset(after);
    const to = changetype<Mass>(changetype<usize>(this) + offset);
    if (offset) to.value++;
  }
}

if (offsetof<Episode>() + EPISODE_PORT_SLOTS * 4 + 2 * SKETCH_BYTES != EPISODE_BYTES)
  ERROR('EPISODE_BYTES of memory.ts');
if (EPISODES_BYTES != EPISODE_SLOTS * EPISODE_BYTES) ERROR('EPISODES_BYTES of memory.ts');
if (offsetof<PortCount>() != 4) ERROR('a port and its count take 4 bytes');
if (offsetof<Episode>('number') != 4) ERROR('number stands at +4');
if (offsetof<Episode>('probes') != 8) ERROR('probes stands at +8');
if (offsetof<Episode>('answered') != 12) ERROR('answered stands at +12');
if (offsetof<Episode>('refused') != 16) ERROR('refused stands at +16');
if (offsetof<Episode>('silent') != 20) ERROR('silent stands at +20');
if (offsetof<Episode>('dark') != 24) ERROR('dark stands at +24');
if (offsetof<Episode>('targets') != 28) ERROR('targets stands at +28');
if (offsetof<Episode>('targetsMass') != 32) ERROR('targetsMass stands at +32');
if (offsetof<Episode>('services') != 36) ERROR('services stands at +36');
if (offsetof<Episode>('servicesMass') != 40) ERROR('servicesMass stands at +40');
if (offsetof<Episode>('pause') != 44) ERROR('pause stands at +44');
if (offsetof<Episode>('nextSize') != 48) ERROR('nextSize stands at +48');
if (offsetof<Episode>('first') != 52) ERROR('first stands at +52');
if (offsetof<Episode>('evidence') != 56) ERROR('evidence stands at +56');
if (offsetof<Episode>('conversations') != 58) ERROR('conversations stands at +58');
if (offsetof<Episode>('told') != 60) ERROR('told stands at +60');
