import assert from 'node:assert/strict';
import type { Incident } from '../../host/api/types.js';
import { judgeCertificate } from '../../host/cli/doctor/certificate.js';
import type { Finding } from '../../host/cli/doctor/findings.js';
import { findingLines, ok, warn } from '../../host/cli/doctor/findings.js';
import { checkMessages, checkSensors } from '../../host/cli/doctor/sensors.js';
import { compareVersions } from '../../host/collector/rules/versions.js';
import { gaps, sensor } from '../web/sample-data.js';

const now = Date.parse('2026-11-24T12:00:00Z');
const grades = (findings: Finding[]): string[] => findings.map(({ grade, about }) => `${grade} ${about}`);
const healthy = (site: string, changes: Parameters<typeof sensor>[4] = {}): ReturnType<typeof sensor> =>
  sensor(now, site, 'tap', 'online', changes);

describe('the doctor on sensors', () => {
  it('has nothing to say of healthy ones', () => {
    assert.deepEqual(grades(checkSensors([healthy('berlin'), healthy('lyon')], [])), ['ok sensors', 'ok versions']);
  });

  it('says what to do where there is none', () => {
    assert.match(checkSensors([], [])[0]?.advice ?? '', /blockwatch sensor/);
  });

  it("fails where a sensor does not monitor, and uses the collector's name of its state", () => {
    const findings = checkSensors(
      [healthy('berlin'), sensor(now, 'oslo', 'tap', 'gone', { reason: 'lost' }), sensor(now, 'porto', 'tap', 'blind')],
      [],
    );
    assert.deepEqual(
      findings.slice(0, 2).map(({ grade, text }) => [grade, text]),
      [
        ['fail', '1 of 3 is gone: oslo/tap.'],
        ['fail', '1 of 3 is blind: porto/tap.'],
      ],
    );
    assert.match(findings[0]?.advice ?? '', /power and uplink/);
    assert.match(findings[1]?.advice ?? '', /mirror port/);
  });

  it('only warns of one that is late, and of one that has not reported yet', () => {
    assert.deepEqual(
      grades(checkSensors([sensor(now, 'a', 't', 'late'), sensor(now, 'b', 't', 'never-seen')], [])).slice(0, 2),
      ['warn sensors', 'warn sensors'],
    );
  });

  it('compares versions by number and not by letter, and knows a pre-release', () => {
    const order = ['0.9.0', '0.10.0-rc.2', '0.10.0-rc.10', '0.10.0', '1.0.0'];
    for (let i = 1; i < order.length; i++)
      assert.ok(compareVersions(order[i - 1] as string, order[i] as string) < 0, order[i]);
    assert.equal(compareVersions('1.0.0', '1.0.0+engine.4f1c'), 0);
    assert.equal(compareVersions('v1.0.0', '1.0.0'), 0);
  });

  const trap: Incident = {
    id: '1',
    site: 'berlin',
    sensor: 'tap',
    kind: 'trap',
    since: '',
    until: null,
    text: 'had a fault in its engine. Report it.',
  };

  it('says what a mirror is made of that nobody can read, and nothing of one that is merely blind', () => {
    const blind = (text: string): Incident => ({ ...trap, kind: 'blind', text });
    const findings = checkSensors(
      [healthy('berlin')],
      [blind('cannot read its mirror: 100 % of 6,040 frames are TZSP that is not opened. Mirror without it.')],
    );
    const [found] = findings.filter(({ about }) => about === 'mirror');
    assert.equal(found?.grade, 'fail');
    assert.equal(found.text, 'berlin/tap cannot read its mirror: 100 % of 6,040 frames are TZSP that is not opened.');
    assert.equal(found.advice, 'Mirror without it.');
    assert.ok(!grades(checkSensors([healthy('berlin')], [blind('sees no frames. Check.')])).includes('fail mirror'));
  });
  const late: Incident = { ...trap, kind: 'late', text: 'is late. Look at its uplink.' };
  const troubles: [string, Parameters<typeof sensor>[4], Incident[], string | undefined][] = [
    ['a sensor that loses frames', { notes: ['losing-frames'] }, [], 'warn frames'],
    ['a clock that is wrong', { notes: ['wrong-clock'] }, [], 'warn clock'],
    ['an old version', { notes: ['old-firmware'] }, [], 'warn versions'],
    ['an engine that was restarted', {}, [trap], 'warn engine'],
    ['two sensors of one name', {}, [{ ...trap, kind: 'twin' }], 'warn names'],
    ['an incident that the state has told already', {}, [late], undefined],
    ['a config that was refused', { configProblem: 'The config is not JSON.' }, [], 'warn config'],
  ];
  for (const [title, changes, incidents, expected] of troubles) {
    it(`the doctor ${expected ? 'speaks' : 'does not speak'} of ${title}`, () => {
      const found = grades(checkSensors([healthy('berlin', changes)], incidents)).filter(
        (grade) => !grade.startsWith('ok'),
      );
      assert.deepEqual(found, expected ? [expected] : []);
    });
  }
});

describe('the doctor on messages', () => {
  it('is content when none is missing and none was refused', () => {
    assert.deepEqual(grades(checkMessages([], [])), ['ok messages']);
    assert.deepEqual(
      grades(
        checkMessages(
          gaps(now).map((gap) => ({ ...gap, closed: gap.found })),
          [],
        ),
      ),
      ['ok messages'],
    );
  });

  it('counts what is missing and shows the newest that could not be read', () => {
    const findings = checkMessages(gaps(now), [
      { received: '', topic: 'blockwatch/1/a/b/alert', reason: 'It is not CBOR.', payload: '' },
    ]);
    assert.match(findings[0]?.text ?? '', /^3 sensor messages/);
    assert.match(
      findings[1]?.text ?? '',
      /1 message could not be read, the last on blockwatch\/1\/a\/b\/alert: It is not CBOR\./,
    );
  });
});

describe('the doctor on a certificate', () => {
  const certificate = (from: string, to: string): { valid_from: string; valid_to: string } => ({
    valid_from: from,
    valid_to: to,
  });
  const judge = (from: string, to: string, authorized = true): Finding =>
    judgeCertificate('certificate', certificate(from, to), authorized, 'UNABLE_TO_VERIFY', now);

  const cases: [string, Finding, string, RegExp][] = [
    [
      'that is valid for long',
      judge('Jan  1 00:00:00 2026 GMT', 'Jan  1 00:00:00 2028 GMT'),
      'ok',
      /valid for 402 days/,
    ],
    ['that expires soon', judge('Jan  1 00:00:00 2026 GMT', 'Dec 10 12:00:00 2026 GMT'), 'warn', /expires in 16 days/],
    ['that has expired', judge('Jan  1 00:00:00 2026 GMT', 'Nov 20 00:00:00 2026 GMT'), 'fail', /expired 5 days ago/],
    ['that is not valid yet', judge('Nov 25 00:00:00 2026 GMT', 'Jan  1 00:00:00 2028 GMT'), 'fail', /not valid yet/],
    [
      'that is not trusted',
      judge('Jan  1 00:00:00 2026 GMT', 'Jan  1 00:00:00 2028 GMT', false),
      'fail',
      /not trusted: UNABLE_TO_VERIFY/,
    ],
    ['that is not there', judge('', ''), 'fail', /no certificate/],
  ];
  for (const [title, finding, grade, text] of cases) {
    it(`the doctor grades a certificate ${title}`, () => {
      assert.equal(finding.grade, grade);
      assert.match(finding.text, text);
      assert.equal(finding.advice === undefined, grade === 'ok');
    });
  }
});

describe('a finding', () => {
  it('is a line, and where something is to be done a second one', () => {
    assert.equal(findingLines(ok('clock', 'It agrees.')).length, 1);
    assert.deepEqual(findingLines(warn('clock', 'It is off.', 'Set it.')), [
      'warn  clock         It is off.',
      '                    -> Set it.',
    ]);
  });
});
