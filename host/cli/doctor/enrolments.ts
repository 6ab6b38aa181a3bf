/** Compares enrolled with reporting sensors, and desired with reported configs. */
import type { Sensor } from '../../api/types.js';
import type { Finding } from './findings.js';
import { ok, warn } from './findings.js';

const names = (sensors: readonly Sensor[]): string =>
  `${sensors
    .slice(0, 8)
    .map(({ site, sensor }) => `${site}/${sensor}`)
    .join(', ')}${sensors.length > 8 ? ` and ${sensors.length - 8} more` : ''}`;

/** Time in which a connected sensor should have taken a config. Milliseconds. */
const GRACE_PERIOD = 5 * 60_000;

/** No findings without any enrolment: a lab without accounts is fine. */
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
        `Enrolled but never seen: ${names(unseen)}.`,
        'Provision the board with "blockwatch provision", and check that the broker has loaded the new password_file.',
      ),
    );
  }
  const unknown = sensors.filter(({ enrolment, state }) => !enrolment && state !== 'never-seen');
  if (unknown.length > 0) {
    findings.push(
      warn(
        'enrolment',
        `Seen but never enrolled: ${names(unknown)}.`,
        'Enroll it with "blockwatch enroll", or find out who uses that name: the broker admits it.',
      ),
    );
  }
  const back = enrolled.filter(
    ({ enrolment, lastSeen }) =>
      enrolment?.revoked && Date.parse(lastSeen) > Date.parse(enrolment.revoked) + GRACE_PERIOD,
  );
  if (back.length > 0)
    findings.push(
      warn(
        'enrolment',
        `Revoked but still reporting: ${names(back)}.`,
        'Reload the password_file of the broker, and restart it to end the open connection.',
      ),
    );
  const waiting = active.filter(
    ({ enrolment, state }) =>
      enrolment?.configState === 'waiting' &&
      state !== 'never-seen' &&
      now - Date.parse(enrolment.configSet ?? '') > GRACE_PERIOD,
  );
  if (waiting.length > 0) {
    findings.push(
      warn(
        'config',
        `Pending: ${waiting
          .slice(0, 8)
          .map(
            ({ site, sensor, enrolment, health }) =>
              `${site}/${sensor} has ${health['configVersion'] ?? 0} of ${enrolment?.configDesired}`,
          )
          .join(', ')}.`,
        'Publish it again with "blockwatch config push"; an offline sensor gets it when it reconnects.',
      ),
    );
  }
  if (findings.length === 0)
    findings.push(
      ok('enrolment', `All ${active.length} enrolled sensors have reported and have their desired configs.`),
    );
  return findings;
}
