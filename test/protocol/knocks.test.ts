import assert from 'node:assert/strict';
import { decode } from 'cborg';
import * as codes from '../../src/engine/constants/codes.js';
import { ALERT_MAX_BYTES, alertKeys, encodeAlert, readAlert } from '../../src/protocol/alert.js';
import type { TimedRecord } from '../../src/protocol/record.js';
import { knocksOf, readRecord } from '../../src/protocol/record.js';
import { WireError } from '../../src/protocol/wire-error.js';
import { sampleRecord } from '../support/samples.js';

const addresses = Array.from({ length: codes.KNOCKS_MOST }, (_, i) => [203, 0, 113, i]);
const knocks = (n: number, refused = 0): TimedRecord =>
  sampleRecord({
    stage: 'whisper',
    kind: 'knocks',
    verdict: 'notice',
    severity: 'low',
    source: '',
    protocol: '',
    direction: 'inbound',
    targets: n,
    probes: n,
    services: [],
    serviceCount: 0,
    answered: 0,
    refused,
    silent: 0,
    dark: n - refused,
    evidence: 0,
    confidence: 0,
    tool: '',
    technique: '',
    shape: new Array<number>(8).fill(0),
    shapeStep: 1,
    episode: 0,
    knocks: new Uint8Array(addresses.slice(0, n).flat()),
  });
const sourcesOf = (record: TimedRecord): string[] => knocksOf(record).map(({ source }) => source);
const meta = { boot: 7, sequence: 300, clock: 'synced' } as const;
const mapOf = (message: Uint8Array): Map<number, unknown> => decode(message, { useMaps: true }) as Map<number, unknown>;

describe('A list of knocks', () => {
  it('gives back the addresses it was made of', () => {
    for (const n of [1, 2, codes.KNOCKS_MOST]) {
      const { record } = readAlert(mapOf(encodeAlert(knocks(n), meta)));
      assert.deepEqual(record, knocks(n));
      assert.deepEqual(
        sourcesOf(record),
        addresses.slice(0, n).map((bytes) => bytes.join('.')),
      );
    }
  });

  it('says which of them were refused: the last', () => {
    for (const refused of [0, 1, 4, 9]) {
      const { record } = readAlert(mapOf(encodeAlert(knocks(9, refused), meta)));
      assert.deepEqual(record, knocks(9, refused));
      assert.deepEqual(
        knocksOf(record).map((one) => one.refused),
        Array.from({ length: 9 }, (_, i) => i >= 9 - refused),
      );
    }
    // A number that cannot be: none is left out for it.
    assert.deepEqual(
      knocksOf({ ...knocks(2), refused: 7 }).map((one) => one.refused),
      [true, true],
    );
  });

  it('takes at most 96 bytes when it is full and every number is the largest', () => {
    const time = Number.MAX_SAFE_INTEGER;
    // The span ends with the record: that the engine writes so is what the last bytes hang on.
    const record = { ...knocks(codes.KNOCKS_MOST, 4), probes: 0xffffffff, time, first: 0, last: time, spoofable: true };
    assert.ok(
      encodeAlert(record, { boot: 0xffffffff, sequence: 0xffffffff, clock: 'uptime' }).length <= ALERT_MAX_BYTES,
    );
  });

  it('of more than nine is cut on its way out and refused on its way in', () => {
    const record = { ...knocks(1), knocks: new Uint8Array(40) };
    assert.equal(readAlert(mapOf(encodeAlert(record, meta))).record.knocks?.length, 36);
    const map = mapOf(encodeAlert(knocks(1), meta)).set(alertKeys.knocks, new Uint8Array(40));
    assert.throws(
      () => readAlert(map),
      (error: Error) =>
        error instanceof WireError &&
        /^The knocks have 40 bytes; it takes 4 for each of at most 9 addresses\.$/.test(error.message),
    );
  });

  it('is refused where it ends within an address, or is no bytes', () => {
    for (const wrong of [new Uint8Array(7), 'text', 12, [1, 2, 3, 4]]) {
      const map = mapOf(encodeAlert(knocks(1), meta)).set(alertKeys.knocks, wrong);
      assert.throws(() => readAlert(map), WireError, String(wrong));
    }
  });

  it('only a record of knocks has a list of knocks', () => {
    assert.equal('knocks' in readAlert(mapOf(encodeAlert(sampleRecord(), meta))).record, false);
    assert.deepEqual(knocksOf(sampleRecord()), []);
  });

  it("reads from the engine's bytes as no answers, services or shape, and is a copy of them", () => {
    const bytes = new Uint8Array(2 * codes.RECORD_BYTES).fill(0xee);
    const view = new DataView(bytes.buffer);
    const at = codes.RECORD_BYTES;
    bytes.fill(0, at);
    bytes[at + codes.RECORD_STAGE] = codes.STAGE_WHISPER;
    bytes[at + codes.RECORD_KIND] = codes.KIND_KNOCKS;
    bytes[at + codes.RECORD_SEVERITY] = codes.SEVERITY_LOW;
    view.setUint32(at + codes.RECORD_TARGETS, 9, true);
    view.setUint32(at + codes.RECORD_DARK, 7, true);
    bytes.set(addresses.flat(), at + codes.KNOCKS_OFFSET);
    const record = readRecord(view, at);
    bytes.fill(0);
    assert.deepEqual(
      sourcesOf(record),
      addresses.map((one) => one.join('.')),
    );
    assert.deepEqual(
      [record.answered, record.dark, record.refused, record.silent, record.services, record.shape],
      [0, 7, 2, 0, [], [0, 0, 0, 0, 0, 0, 0, 0]],
    );
  });

  it('reads no further than its place, whatever it says of its length', () => {
    const bytes = new Uint8Array(codes.RECORD_BYTES);
    bytes[codes.RECORD_KIND] = codes.KIND_KNOCKS;
    new DataView(bytes.buffer).setUint32(codes.RECORD_TARGETS, 0xffffffff, true);
    const { knocks: read, refused } = readRecord(new DataView(bytes.buffer), 0);
    assert.deepEqual([read?.length, refused], [36, 9]);
    new DataView(bytes.buffer).setUint32(codes.RECORD_DARK, 0xffffffff, true);
    assert.equal(readRecord(new DataView(bytes.buffer), 0).refused, 0);
  });
});
