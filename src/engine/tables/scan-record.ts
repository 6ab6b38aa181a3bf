// A scan record in the ring: 96 bytes, in the layout of RECORD_* in codes.ts and docs/PROTOCOL.md.
import {
  KNOCKS_MOST,
  KNOCKS_OFFSET,
  RECORD_ANSWERED,
  RECORD_BYTES,
  RECORD_CONFIDENCE,
  RECORD_DARK,
  RECORD_DIRECTION,
  RECORD_EPISODE,
  RECORD_EVIDENCE,
  RECORD_FAMILY,
  RECORD_FIRST,
  RECORD_FLAGS,
  RECORD_KIND,
  RECORD_LAST,
  RECORD_MAX_SERVICES,
  RECORD_PORTS,
  RECORD_PROBES,
  RECORD_PROTOCOL,
  RECORD_REFUSED,
  RECORD_SERVICE_COUNT,
  RECORD_SERVICES,
  RECORD_SEVERITY,
  RECORD_SHAPE,
  RECORD_SHAPE_BARS,
  RECORD_SHAPE_SHIFT,
  RECORD_SILENT,
  RECORD_SOURCE,
  RECORD_SOURCES,
  RECORD_STAGE,
  RECORD_TARGETS,
  RECORD_TECHNIQUE,
  RECORD_TIME,
  RECORD_TOOL,
} from '../constants/codes';
import { RECORD_SLOTS, RECORDS_AT, RECORDS_BYTES } from '../constants/memory';
import { CHECKED } from './checked';

@unmanaged
export class ScanRecord {
  stage: u8;
  kind: u8;
  family: u8;
  flags: u8;
  severity: u8;
  confidence: u8;
  direction: u8;
  protocol: u8;
  tool: u8;
  technique: u8;
  serviceCount: u8;
  histogramShift: u8;
  evidence: u16;
  ports: u16;
  sourceHigh: u64;
  /** The second half of an IPv6 address; behind an IPv4 address the link address of a source at home. */
  sourceLow: u64;
  time: u32;
  first: u32;
  last: u32;
  targets: u32;
  probes: u32;
  answered: u32;
  refused: u32;
  silent: u32;
  /** 8 x u16 */
  services: u64;
  servicesHigh: u64;
  /** 8 x u8 */
  histogram: u64;
  episode: u32;
  dark: u32;

  /** The slot of the ring with this number. */
  @inline
  static slot(i: u32): ScanRecord {
    if (CHECKED) assert(i < RECORD_SLOTS);
    return changetype<ScanRecord>(<usize>(RECORDS_AT + i * RECORD_BYTES));
  }

  /** The record's address in the page, for the host. */
  @inline
  get address(): u32 {
    return <u32>changetype<usize>(this);
  }

  @inline
  clear(): void {
    memory.fill(changetype<usize>(this), 0, RECORD_BYTES);
  }

  /** Replaces the source if the family is none: the number of distinct sources. */
  @inline
  set sources(n: u32) {
    store<u32>(changetype<usize>(this), n, RECORD_SOURCES);
  }

  @inline
  setService(i: u32, port: u32): void {
    if (CHECKED) assert(i < RECORD_MAX_SERVICES);
    store<u16>(changetype<usize>(this) + (i << 1), <u16>port, RECORD_SERVICES);
  }

  @inline
  setBar(i: u32, height: u32): void {
    if (CHECKED) assert(i < RECORD_SHAPE_BARS && height < 256);
    store<u8>(changetype<usize>(this) + i, <u8>height, RECORD_SHAPE);
  }

  /** The i-th address of a record of first-contact failures. */
  @inline
  setFailure(i: u32, address: u32): void {
    if (CHECKED) assert(i < KNOCKS_MOST);
    store<u32>(changetype<usize>(this) + (KNOCKS_OFFSET + (i << 2)), address);
  }
}

if (offsetof<ScanRecord>() != RECORD_BYTES) ERROR('RECORD_BYTES of codes.ts');
if (RECORDS_BYTES != RECORD_SLOTS * RECORD_BYTES) ERROR('RECORDS_BYTES of memory.ts');
if (offsetof<ScanRecord>('stage') != RECORD_STAGE) ERROR('RECORD_STAGE of codes.ts');
if (offsetof<ScanRecord>('kind') != RECORD_KIND) ERROR('RECORD_KIND of codes.ts');
if (offsetof<ScanRecord>('family') != RECORD_FAMILY) ERROR('RECORD_FAMILY of codes.ts');
if (offsetof<ScanRecord>('flags') != RECORD_FLAGS) ERROR('RECORD_FLAGS of codes.ts');
if (offsetof<ScanRecord>('severity') != RECORD_SEVERITY) ERROR('RECORD_SEVERITY of codes.ts');
if (offsetof<ScanRecord>('confidence') != RECORD_CONFIDENCE) ERROR('RECORD_CONFIDENCE of codes.ts');
if (offsetof<ScanRecord>('direction') != RECORD_DIRECTION) ERROR('RECORD_DIRECTION of codes.ts');
if (offsetof<ScanRecord>('protocol') != RECORD_PROTOCOL) ERROR('RECORD_PROTOCOL of codes.ts');
if (offsetof<ScanRecord>('tool') != RECORD_TOOL) ERROR('RECORD_TOOL of codes.ts');
if (offsetof<ScanRecord>('technique') != RECORD_TECHNIQUE) ERROR('RECORD_TECHNIQUE of codes.ts');
if (offsetof<ScanRecord>('serviceCount') != RECORD_SERVICE_COUNT) ERROR('RECORD_SERVICE_COUNT of codes.ts');
if (offsetof<ScanRecord>('histogramShift') != RECORD_SHAPE_SHIFT) ERROR('RECORD_SHAPE_SHIFT of codes.ts');
if (offsetof<ScanRecord>('evidence') != RECORD_EVIDENCE) ERROR('RECORD_EVIDENCE of codes.ts');
if (offsetof<ScanRecord>('ports') != RECORD_PORTS) ERROR('RECORD_PORTS of codes.ts');
if (offsetof<ScanRecord>('sourceHigh') != RECORD_SOURCE) ERROR('RECORD_SOURCE of codes.ts');
if (offsetof<ScanRecord>('sourceLow') != RECORD_SOURCE + 8) ERROR('RECORD_SOURCE of codes.ts');
if (offsetof<ScanRecord>('time') != RECORD_TIME) ERROR('RECORD_TIME of codes.ts');
if (offsetof<ScanRecord>('first') != RECORD_FIRST) ERROR('RECORD_FIRST of codes.ts');
if (offsetof<ScanRecord>('last') != RECORD_LAST) ERROR('RECORD_LAST of codes.ts');
if (offsetof<ScanRecord>('targets') != RECORD_TARGETS) ERROR('RECORD_TARGETS of codes.ts');
if (offsetof<ScanRecord>('probes') != RECORD_PROBES) ERROR('RECORD_PROBES of codes.ts');
if (offsetof<ScanRecord>('answered') != RECORD_ANSWERED) ERROR('RECORD_ANSWERED of codes.ts');
if (offsetof<ScanRecord>('refused') != RECORD_REFUSED) ERROR('RECORD_REFUSED of codes.ts');
if (offsetof<ScanRecord>('silent') != RECORD_SILENT) ERROR('RECORD_SILENT of codes.ts');
if (offsetof<ScanRecord>('services') != RECORD_SERVICES) ERROR('RECORD_SERVICES of codes.ts');
if (offsetof<ScanRecord>('histogram') != RECORD_SHAPE) ERROR('RECORD_SHAPE of codes.ts');
if (offsetof<ScanRecord>('episode') != RECORD_EPISODE) ERROR('RECORD_EPISODE of codes.ts');
if (offsetof<ScanRecord>('dark') != RECORD_DARK) ERROR('RECORD_DARK of codes.ts');
