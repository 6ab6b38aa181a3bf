import assert from 'node:assert/strict';
import type { Sensor, SensorEnrolment } from '../../host/api/types.js';
import { checkEnrolments } from '../../host/cli/doctor/enrolments.js';
import { sensor } from '../web/sample-data.js';

const now = Date.parse('2026-11-24T12:00:00Z');
const ago = (minutes: number): string => new Date(now - minutes * 60_000).toISOString();
const enrolment = (changes: Partial<SensorEnrolment> = {}): SensorEnrolment => ({
  board: '',
  since: ago(9999),
  revoked: null,
  renamed: '',
  configDesired: null,
  configSet: null,
  configState: 'none',
  ...changes,
});
const one = (
  site: string,
  state: 'online' | 'never-seen',
  given?: Partial<SensorEnrolment>,
  changes: Partial<Sensor> = {},
): Sensor => sensor(now, site, 'tap', state, { ...(given ? { enrolment: enrolment(given) } : {}), ...changes });
const found = (...sensors: Sensor[]): string[] =>
  checkEnrolments(sensors, now).map(({ grade, text }) => `${grade} ${text}`);

describe('the doctor on enrolments', () => {
  it('reports nothing if no sensor is enrolled', () => assert.deepEqual(found(one('berlin', 'online')), []));

  it('is content where all that are enrolled are seen', () => {
    assert.deepEqual(
      found(
        one('berlin', 'online', {}),
        one('lyon', 'online', { configState: 'taken', configDesired: 3, configSet: ago(99) }),
      ),
      ['ok 2 enrolled, all of them seen, with the configs they are to have.'],
    );
  });

  it('names who is enrolled and was never seen', () =>
    assert.deepEqual(found(one('berlin', 'never-seen', {}), one('lyon', 'online', {})), [
      'warn Enrolled and never seen: berlin/tap.',
    ]));

  it('names who is seen and was never enrolled', () =>
    assert.deepEqual(found(one('berlin', 'online'), one('lyon', 'online', {})), [
      'warn Seen and never enrolled: berlin/tap.',
    ]));

  it('expects nothing of a revoked sensor that is silent', () =>
    assert.deepEqual(
      found(one('a', 'online', {}), one('b', 'online', { revoked: ago(0) })).filter((text) => !text.startsWith('ok')),
      [],
    ));

  it('names a revoked sensor that still reports', () => {
    assert.deepEqual(found(one('b', 'online', { revoked: ago(60) }, { lastSeen: ago(0) })), [
      'warn Revoked and still reporting: b/tap.',
    ]);
  });

  it('names a config that is not taken after a while, and not before', () => {
    const waiting = (minutes: number): Sensor =>
      one(
        'b',
        'online',
        { configState: 'waiting', configDesired: 4, configSet: ago(minutes) },
        { health: { configVersion: 3 } },
      );
    assert.deepEqual(found(waiting(60)), ['warn Not taken yet: b/tap has 3 of 4.']);
    assert.match(found(waiting(1))[0] ?? '', /^ok/);
  });

  it('names eight and counts the rest', () => {
    const many = Array.from({ length: 11 }, (_, i) => one(`s${i}`, 'never-seen', {}));
    assert.match(found(...many)[0] ?? '', /s7\/tap and 3 more\.$/);
  });
});
