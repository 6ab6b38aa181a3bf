// Services that many sources look for at absent addresses: 48-byte entries, and behind them one for all services
// together.
import { SERVICE_BYTES, SERVICE_SLOTS, SERVICES_AT, SERVICES_BYTES } from '../constants/memory';
import { Bits32, Bits64 } from './sketch';

/** The top bit of `probesAndFlood`: the last record classified the scan as a flood. */
const WAS_FLOOD: u32 = 0x80000000;

@unmanaged
export class SharedService {
  /** serviceOf; 0: free. Of all services together: a bitmap of them. */
  service: u32;
  /** Time up to which the score is drained, ms. */
  drained: u32;
  /** First contact, ms. */
  first: u32;
  /** 1/32 nat */
  score: i16;
  /** Low half of the open episode's number, 0: none. */
  number: u16;
  /** Self-learning bitmaps. */
  sources: u64;
  targets: u64;
  probesAndFlood: u32;
  /** Distinct sources and targets, in eighths. */
  sourcesEstimate: u32;
  targetsEstimate: u32;
  /** Learned rate, 1/8 contact per FADE_MS. */
  rate: u16;
  /** Contacts in the current FADE_MS. */
  arrivals: u16;

  @inline
  static get head(): SharedService {
    return changetype<SharedService>(<usize>SERVICES_AT);
  }

  /** All services together. */
  @inline
  static get all(): SharedService {
    return changetype<SharedService>(<usize>(SERVICES_AT + SERVICE_SLOTS * SERVICE_BYTES));
  }

  @inline
  get isAll(): bool {
    return !this.isInTable;
  }

  @inline
  get next(): SharedService {
    return changetype<SharedService>(changetype<usize>(this) + SERVICE_BYTES);
  }

  @inline
  get isInTable(): bool {
    return changetype<usize>(this) < SERVICES_AT + SERVICE_SLOTS * SERVICE_BYTES;
  }

  /** Of all services together. */
  @inline
  get serviceBits(): Bits32 {
    return changetype<Bits32>(this);
  }

  @inline
  get sourceBits(): Bits64 {
    return changetype<Bits64>(changetype<usize>(this) + offsetof<SharedService>('sources'));
  }

  @inline
  get targetBits(): Bits64 {
    return changetype<Bits64>(changetype<usize>(this) + offsetof<SharedService>('targets'));
  }

  @inline
  get probes(): u32 {
    return this.probesAndFlood & ~WAS_FLOOD;
  }

  @inline
  get wasFlood(): bool {
    return (this.probesAndFlood & WAS_FLOOD) != 0;
  }

  @inline
  setFlood(probes: u32, flood: bool): void {
    this.probesAndFlood = flood ? probes | WAS_FLOOD : probes;
  }

  @inline
  clear(): void {
    memory.fill(changetype<usize>(this), 0, SERVICE_BYTES);
  }

  /** Clears bitmaps, estimates and probes; service, times, score and rate stay. */
  @inline
  clearCounts(): void {
    memory.fill(
      changetype<usize>(this) + offsetof<SharedService>('sources'),
      0,
      offsetof<SharedService>('rate') - offsetof<SharedService>('sources'),
    );
  }
}

if (offsetof<SharedService>() != SERVICE_BYTES) ERROR('SERVICE_BYTES of memory.ts');
if (SERVICES_BYTES != (SERVICE_SLOTS + 1) * SERVICE_BYTES) ERROR('SERVICES_BYTES of memory.ts');
if (offsetof<SharedService>('service') != 0) ERROR('service stands at +0');
if (offsetof<SharedService>('drained') != 4) ERROR('drained stands at +4');
if (offsetof<SharedService>('first') != 8) ERROR('first stands at +8');
if (offsetof<SharedService>('score') != 12) ERROR('score stands at +12');
if (offsetof<SharedService>('number') != 14) ERROR('number stands at +14');
if (offsetof<SharedService>('sources') != 16) ERROR('sources stands at +16');
if (offsetof<SharedService>('targets') != 24) ERROR('targets stands at +24');
if (offsetof<SharedService>('probesAndFlood') != 32) ERROR('probesAndFlood stands at +32');
if (offsetof<SharedService>('sourcesEstimate') != 36) ERROR('sourcesEstimate stands at +36');
if (offsetof<SharedService>('targetsEstimate') != 40) ERROR('targetsEstimate stands at +40');
if (offsetof<SharedService>('rate') != 44) ERROR('rate stands at +44');
if (offsetof<SharedService>('arrivals') != 46) ERROR('arrivals stands at +46');
