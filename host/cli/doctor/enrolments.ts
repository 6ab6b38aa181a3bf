/** Who was enrolled against who reports, and what was wanted against what is so. */
import type { Sensor } from '../../api/types.js';
import type { Finding } from './findings.js';
import { ok, warn } from './findings.js';

const names = (sensors: readonly Sensor[]): string =>
  `${sensors
    .slice(0, 8)
    .map(({ site, sensor }) => `${site}/${sensor}`)
    .join(', ')}${sensors.length > 8 ? ` and ${sensors.length - 8} more` : ''}`;

/** Milliseconds in which a connected sensor has had every chance to take a config. */
const PATIENCE = 5 * 60_000;

/** Nothing where nobody is enrolled at all: a lab without accounts is no mistake. */
export function checkEnrolments(sensors: readonly Sensor[], now = Date.now()): Finding[] {
  const enrolled = sensors.filter(({ enrolment }) => enrolment);
  if (enrolled.length === 0) return [];
  const findings: Finding[] = [];
  const active = enrolled.filter(({ enrolment }) => enrolment?.revoked === null);
  const unseen = active.filter(({ state }) => state === 'never-seen');
  if (unseen.length > 0) {
    findings.push(
      warn(
        'enrolment',
        `Enrolled and never seen: ${names(unseen)}.`,
        'Provision its board ("blockwatch provision"), and check that the broker has read its new password_file.',
      ),
    );
  }
  const strangers = sensors.filter(({ enrolment, state }) => !enrolment && state !== 'never-seen');
  if (strangers.length > 0) {
    findings.push(
      warn(
        'enrolment',
        `Seen and never enrolled: ${names(strangers)}.`,
        'Enrol it ("blockwatch enroll"), or find out who uses that name: the broker lets it in.',
      ),
    );
  }
  const back = enrolled.filter(
    ({ enrolment, lastSeen }) => enrolment?.revoked && Date.parse(lastSeen) > Date.parse(enrolment.revoked) + PATIENCE,
  );
  if (back.length > 0)
    findings.push(
      warn(
        'enrolment',
        `Revoked and still reporting: ${names(back)}.`,
        'Let the broker reread its password_file, and end the open connection by a restart.',
      ),
    );
  const waiting = active.filter(
    ({ enrolment, state }) =>
      enrolment?.configState === 'waiting' &&
      state !== 'never-seen' &&
      now - Date.parse(enrolment.configSet ?? '') > PATIENCE,
  );
  if (waiting.length > 0) {
    findings.push(
      warn(
        'config',
        `Not taken yet: ${waiting
          .slice(0, 8)
          .map(
            ({ site, sensor, enrolment, health }) =>
              `${site}/${sensor} has ${health['configVersion'] ?? 0} of ${enrolment?.configDesired}`,
          )
          .join(', ')}.`,
        'Publish it once more with "blockwatch config push"; one that is away gets it when it comes back.',
      ),
    );
  }
  if (findings.length === 0)
    findings.push(ok('enrolment', `${active.length} enrolled, all of them seen, with the configs they are to have.`));
  return findings;
}
