/**
 * Alerts and suspicion reports on the wire: one scan record as a CBOR map with integer keys, specified in
 * docs/PROTOCOL.md.
 *
 * The numbers are in a few short arrays because a key for each of them (112 bytes at their largest) would exceed the 96
 * bytes of an IPv4 scan. If the message exceeds those 96 bytes, services and shape are dropped first.
 */
import * as codes from '../engine/constants/codes.js';
import { formatAddress, parseAddress, parseMac } from './address.js';
import { CborWriter } from './cbor.js';
import type { TimedRecord } from './record.js';
import { directions, kinds, protocols, severities, stages, techniques, tools } from './record.js';
import { WireError } from './wire-error.js';
import { bytesAt, codeAt, has, listAt, U16_MAX, U32_MAX, unsigned } from './wire-read.js';

/** The longest alert of an IPv4 source; longer addresses add their extra bytes. */
export const ALERT_MAX_BYTES = 96;

/** Keys of the map. */
export const alertKeys = {
  id: 1,
  what: 2,
  source: 3,
  when: 4,
  counts: 5,
  services: 6,
  shape: 7,
  knocks: 8,
  mac: 9,
} as const;

/** Index of each value in the arrays. Later versions only append. */
export const alertFields = {
  id: ['boot', 'sequence', 'episode'],
  what: ['stage', 'kind', 'severity', 'direction', 'protocol', 'tool', 'technique', 'flags', 'confidence', 'evidence'],
  when: ['time', 'since-first', 'since-last'],
  counts: ['targets', 'probes', 'answered', 'refused', 'silent', 'dark', 'service-count'],
} as const;

/** Optional items, omitted if they carry no information: distinct sources, if more than one. */
export const optionalFields = { counts: ['sources'] } as const;
const sourcesPlace = alertFields.counts.length;

/** Bit of `flags` beside the engine's: the times are milliseconds since boot, because the clock is not set. */
export const FLAG_UPTIME = 8;

/** `synced`: times are milliseconds since 1970. `uptime`: milliseconds since the sensor's boot. */
export type ClockState = 'synced' | 'uptime';

/** Names a message permanently, together with site and sensor, which are in the topic. */
export interface MessageName {
  boot: number;
  sequence: number;
}

export interface Alert extends MessageName {
  clock: ClockState;
  record: TimedRecord;
}

/** The message for one record: at most `ALERT_MAX_BYTES` for an IPv4 source, whatever its numbers. */
export function encodeAlert(record: TimedRecord, meta: MessageName & { clock: ClockState }): Uint8Array {
  const source = sourceBytes(record.source);
  const limit = ALERT_MAX_BYTES + Math.max(0, source.length - 4);
  const ports = record.services.slice(0, codes.RECORD_MAX_SERVICES);
  for (let bars = true; ; bars = false) {
    for (let n = ports.length; n >= 0; n--) {
      const message = write(record, meta, source, ports.slice(0, n), bars);
      if (message.length <= limit) return message;
      // Only where every number is the largest: then the link address gives way too.
      if (n === 0 && !bars) return record.mac ? encodeAlert({ ...record, mac: undefined }, meta) : message;
    }
  }
}

function write(
  record: TimedRecord,
  meta: MessageName & { clock: ClockState },
  source: Uint8Array,
  ports: number[],
  bars: boolean,
): Uint8Array {
  const withShape = bars && record.shape.some((bar) => bar > 0);
  const out = new CborWriter(ALERT_MAX_BYTES + 64);
  const knocks = record.knocks?.subarray(0, 4 * codes.KNOCKS_MOST);
  const mac = record.mac === undefined ? undefined : parseMac(record.mac);
  const optional = [source.length > 0, ports.length > 0, withShape, knocks !== undefined, mac !== undefined];
  out.map(4 + optional.filter(Boolean).length);
  out.integer(alertKeys.id).integers([u32(meta.boot), u32(meta.sequence), u32(record.episode)]);
  out
    .integer(alertKeys.what)
    .integers([
      stages.indexOf(record.stage),
      kinds.indexOf(record.kind),
      severities.indexOf(record.severity),
      directions.indexOf(record.direction),
      protocols.indexOf(record.protocol),
      tools.indexOf(record.tool),
      techniques.indexOf(record.technique),
      flagsOf(record, meta.clock),
      Math.min(100, u32(record.confidence)),
      clamp(record.evidence * codes.EVIDENCE_PER_NAT, U16_MAX),
    ]);
  if (source.length > 0) out.integer(alertKeys.source).bytes(source);
  const time = clamp(record.time, Number.MAX_SAFE_INTEGER);
  const sinceFirst = Math.min(time, u32(time - record.first));
  out.integer(alertKeys.when).integers([time, sinceFirst, Math.min(sinceFirst, u32(time - record.last))]);
  out
    .integer(alertKeys.counts)
    .integers([
      u32(record.targets),
      u32(record.probes),
      u32(record.answered),
      u32(record.refused),
      u32(record.silent),
      u32(record.dark),
      clamp(record.serviceCount, U16_MAX),
      ...(record.sources > 1 ? [u32(record.sources)] : []),
    ]);
  if (ports.length > 0) out.integer(alertKeys.services).bytes(portBytes(ports));
  if (withShape) out.integer(alertKeys.shape).bytes(shapeBytes(record));
  if (knocks) out.integer(alertKeys.knocks).bytes(knocks);
  if (mac) out.integer(alertKeys.mac).bytes(mac);
  return out.finish();
}

function flagsOf(record: TimedRecord, clock: ClockState): number {
  let flags = 0;
  if (record.verdict === 'scan') flags |= codes.FLAG_SCAN;
  if (record.spoofable) flags |= codes.FLAG_SPOOFABLE;
  if (record.aggregate) flags |= codes.FLAG_AGGREGATE;
  if (record.decoy) flags |= codes.FLAG_DECOY;
  if (clock === 'uptime') flags |= FLAG_UPTIME;
  return flags;
}

function sourceBytes(source: string): Uint8Array {
  return parseMac(source) ?? parseAddress(source) ?? new Uint8Array(0);
}

function portBytes(ports: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(2 * ports.length);
  ports.forEach((port, i) => {
    bytes[2 * i] = port >> 8;
    bytes[2 * i + 1] = port & 0xff;
  });
  return bytes;
}

/** The power of two of a bar's milliseconds, then the bars. */
function shapeBytes(record: TimedRecord): Uint8Array {
  const shift = Math.max(0, Math.round(Math.log2(record.shapeStep)) || 0);
  return new Uint8Array([shift, ...record.shape.slice(0, codes.RECORD_SHAPE_BARS)]);
}

function clamp(value: number, max: number): number {
  return value > 0 ? Math.min(Math.round(value), max) : 0;
}

function u32(value: number): number {
  return clamp(value, U32_MAX);
}

/**
 * Validates and reads a decoded alert or suspicion report. Unknown keys and extra array items are ignored, because a
 * later version may add them; an unknown code is an error.
 *
 * @param message the CBOR map, integer keys, byte strings as Uint8Array
 * @throws WireError one sentence for the first error
 */
export function readAlert(message: unknown): Alert {
  if (!(message instanceof Map)) throw new WireError('The alert is not a CBOR map.');
  const map = message as Map<unknown, unknown>;
  const id = listAt(map, alertKeys.id, 'id', alertFields.id);
  const what = listAt(map, alertKeys.what, 'what', alertFields.what);
  const when = listAt(map, alertKeys.when, 'when', alertFields.when);
  const counts = listAt(map, alertKeys.counts, 'counts', alertFields.counts);
  const count = (name: (typeof alertFields.counts)[number], max = U32_MAX): number =>
    unsigned(counts[alertFields.counts.indexOf(name)], name, max);

  const flags = unsigned(what[7], 'flags', U32_MAX);
  const { family, address } = readSource(map);
  const time = unsigned(when[0], 'time', Number.MAX_SAFE_INTEGER);
  const first = time - unsigned(when[1], 'since-first', Math.min(U32_MAX, time));
  const last = time - unsigned(when[2], 'since-last', Math.min(U32_MAX, time));
  if (last < first) throw new WireError('The last probe lies before the first one.');
  const { shape, shapeStep } = readShape(map);
  return {
    boot: unsigned(id[0], 'boot', U32_MAX),
    sequence: unsigned(id[1], 'sequence', U32_MAX),
    clock: flags & FLAG_UPTIME ? 'uptime' : 'synced',
    record: {
      stage: codeAt(what[0], 'stage', stages, 1) as TimedRecord['stage'],
      kind: codeAt(what[1], 'kind', kinds, 1) as TimedRecord['kind'],
      verdict: flags & codes.FLAG_SCAN ? 'scan' : 'notice',
      severity: codeAt(what[2], 'severity', severities, 1) as TimedRecord['severity'],
      source: formatAddress(family, address),
      aggregate: (flags & codes.FLAG_AGGREGATE) !== 0,
      protocol: codeAt(what[4], 'protocol', protocols, 0),
      direction: codeAt(what[3], 'direction', directions, 0),
      time,
      first,
      last,
      targets: count('targets'),
      services: readServices(map),
      serviceCount: count('service-count', U16_MAX),
      probes: count('probes'),
      answered: count('answered'),
      refused: count('refused'),
      silent: count('silent'),
      dark: count('dark'),
      evidence: unsigned(what[9], 'evidence', U16_MAX) / codes.EVIDENCE_PER_NAT,
      confidence: unsigned(what[8], 'confidence', 100),
      spoofable: (flags & codes.FLAG_SPOOFABLE) !== 0,
      decoy: (flags & codes.FLAG_DECOY) !== 0,
      sources: counts.length > sourcesPlace ? unsigned(counts[sourcesPlace], 'sources', U32_MAX) : 1,
      tool: codeAt(what[5], 'tool', tools, 0),
      technique: codeAt(what[6], 'technique', techniques, 0),
      shape,
      shapeStep,
      episode: unsigned(id[2], 'episode', U32_MAX),
      ...readKnocks(map),
      ...readMac(map),
    },
  };
}

function readKnocks(map: Map<unknown, unknown>): { knocks?: Uint8Array } {
  if (!has(map, alertKeys.knocks)) return {};
  const knocks = bytesAt(map, alertKeys.knocks, 'knocks');
  if (knocks.length % 4 !== 0 || knocks.length > 4 * codes.KNOCKS_MOST) {
    throw new WireError(
      `The knocks have ${knocks.length} bytes; it takes 4 for each of at most ${codes.KNOCKS_MOST} addresses.`,
    );
  }
  return { knocks };
}

/** The sender's link address, from sensors that tell it. */
function readMac(map: Map<unknown, unknown>): { mac?: string } {
  if (!has(map, alertKeys.mac)) return {};
  const bytes = bytesAt(map, alertKeys.mac, 'mac');
  if (bytes.length !== 6) throw new WireError(`The MAC address has ${bytes.length} bytes; it takes 6.`);
  return { mac: formatAddress(codes.FAMILY_MAC, bytes) };
}

function readSource(map: Map<unknown, unknown>): { family: number; address: Uint8Array } {
  if (!has(map, alertKeys.source)) return { family: codes.FAMILY_NONE, address: new Uint8Array(0) };
  const address = bytesAt(map, alertKeys.source, 'source');
  if (address.length === 4) return { family: codes.FAMILY_IPV4, address };
  if (address.length === 6) return { family: codes.FAMILY_MAC, address };
  if (address.length === 16) return { family: codes.FAMILY_IPV6, address };
  throw new WireError(`The source has ${address.length} bytes; an address has 4, 6 or 16.`);
}

function readServices(map: Map<unknown, unknown>): number[] {
  if (!has(map, alertKeys.services)) return [];
  const bytes = bytesAt(map, alertKeys.services, 'services');
  if (bytes.length % 2 !== 0 || bytes.length > 2 * codes.RECORD_MAX_SERVICES) {
    throw new WireError(`The services have ${bytes.length} bytes; they have two a port, at most 16.`);
  }
  const ports: number[] = [];
  for (let i = 0; i < bytes.length; i += 2) ports.push(((bytes[i] as number) << 8) | (bytes[i + 1] as number));
  return ports;
}

function readShape(map: Map<unknown, unknown>): { shape: number[]; shapeStep: number } {
  const none = new Array<number>(codes.RECORD_SHAPE_BARS).fill(0);
  if (!has(map, alertKeys.shape)) return { shape: none, shapeStep: 1 };
  const [shift, ...bars] = bytesAt(map, alertKeys.shape, 'shape');
  if (shift === undefined || shift > 31 || bars.length !== codes.RECORD_SHAPE_BARS) {
    throw new WireError('The shape is not a power of two up to 31 and eight bars.');
  }
  return { shape: bars, shapeStep: 2 ** shift };
}
