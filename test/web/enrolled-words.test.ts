import assert from 'node:assert/strict';
import type { SensorEnrolment } from '../../host/api/types.js';
import { configWords, enrolledWords } from '../../host/wording/words.js';
import { sensor } from './sample-data.js';

const now = Date.parse('2026-11-24T12:00:00Z');
const enrolment = (changes: Partial<SensorEnrolment> = {}): SensorEnrolment => ({
  board: '',
  since: '2026-11-20T00:00:00.000Z',
  revoked: null,
  renamed: '',
  configDesired: null,
  configSet: null,
  configState: 'none',
  ...changes,
});
const config = (reported: number, changes?: Partial<SensorEnrolment>): string =>
  configWords(
    sensor(now, 'b', 't', 'online', {
      health: { configVersion: reported },
      ...(changes ? { enrolment: enrolment(changes) } : {}),
    }),
  );
const enrolled = (changes?: Partial<SensorEnrolment>): string =>
  enrolledWords(sensor(now, 'b', 't', 'online', changes ? { enrolment: enrolment(changes) } : {}));

describe("a sensor's card on its config", () => {
  it('says the version in force, or that there is none', () =>
    assert.deepEqual(
      [config(0), config(4), config(4, {}), config(4, { configState: 'taken', configDesired: 4 })],
      ['none', 'version 4', 'version 4', 'version 4'],
    ));

  it('says the desired version beside it while that is not in force, and why not', () => {
    assert.equal(config(3, { configState: 'waiting', configDesired: 4 }), 'version 3 (4 pending)');
    assert.equal(config(0, { configState: 'refused', configDesired: 1 }), 'none (1 refused)');
  });

  it('says whether and as what it is enrolled', () => {
    assert.deepEqual(
      [enrolled(), enrolled({}), enrolled({ board: 'esp32_poe' })],
      ['no', 'since 2026-11-20', 'since 2026-11-20, esp32_poe'],
    );
    assert.equal(enrolled({ revoked: '2026-11-21T00:00:00.000Z' }), 'revoked on 2026-11-21');
    assert.equal(enrolled({ revoked: '2026-11-21T00:00:00.000Z', renamed: 'potsdam/t' }), 'renamed to potsdam/t');
  });
});
