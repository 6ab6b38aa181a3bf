import type { TimedRecord } from '../../src/protocol/record.js';

/** A plain record of an IPv4 host sweep, for tests that change one thing in it. */
export function sampleRecord(changes: Partial<TimedRecord> = {}): TimedRecord {
  return {
    stage: 'start',
    kind: 'host-sweep',
    verdict: 'scan',
    severity: 'medium',
    source: '203.0.113.7',
    aggregate: false,
    protocol: 'tcp',
    direction: 'inbound',
    time: 1_760_000_012_345,
    first: 1_760_000_000_000,
    last: 1_760_000_012_345,
    targets: 17,
    services: [22],
    serviceCount: 1,
    probes: 18,
    answered: 1,
    refused: 2,
    silent: 3,
    dark: 12,
    evidence: 9.5,
    confidence: 97,
    spoofable: true,
    decoy: false,
    sources: 1,
    tool: 'masscan',
    technique: 'T1595.001',
    shape: [255, 128, 64, 32, 16, 8, 4, 2],
    shapeStep: 2048,
    episode: 3,
    ...changes,
  };
}

const U32 = 0xffffffff;

/** Every number as large as the engine's record can hold it; 65,535 is the port with the longest integer. */
export function largestRecord(changes: Partial<TimedRecord> = {}): TimedRecord {
  const time = 281_474_976_710_655;
  return sampleRecord({
    stage: 'whisper',
    kind: 'whisper',
    severity: 'critical',
    source: '255.255.255.255',
    aggregate: true,
    protocol: 'ip',
    direction: 'transit',
    time,
    first: time - U32,
    last: time - U32,
    targets: U32,
    services: new Array<number>(8).fill(65_535),
    serviceCount: 65_535,
    probes: U32,
    answered: U32,
    refused: U32,
    silent: U32,
    dark: U32,
    evidence: 65_535 / 32,
    confidence: 100,
    tool: 'raw-syn',
    technique: 'T1018',
    shape: new Array<number>(8).fill(255),
    shapeStep: 2 ** 31,
    episode: U32,
    ...changes,
  });
}

/** A seeded stream of numbers from 0 up to 1 (mulberry32), so that a failing case can be played again. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
