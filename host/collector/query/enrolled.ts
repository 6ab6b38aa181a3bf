/** Adds enrolment data to sensors, beside what the sensors report themselves. */

import type { ConfigState, Sensor, SensorEnrolment } from '../../api/types.js';
import { iso } from '../../common/iso.js';
import type { Executor } from '../store/database.js';
import type { Enrolment } from '../store/enrolments.js';
import { listEnrolments } from '../store/enrolments.js';

/** @param reported the last reported version; 0 if none was reported */
export function configState(desired: number | null, reported: number, problem: string): ConfigState {
  if (desired === null) return 'none';
  if (reported >= desired) return 'taken';
  return problem === '' ? 'waiting' : 'refused';
}

const desiredVersion = (one: Enrolment): number | null =>
  one.config === null ? null : (JSON.parse(one.config) as { version: number }).version;

type Reporting = Pick<Sensor, 'health' | 'configProblem'>;

/** The config that the sensor last said is in force; 0: it has said nothing of one. */
export const reportedVersion = (sensor: Reporting | undefined): number => sensor?.health['configVersion'] ?? 0;

/** What is wanted of a sensor's config, against what the sensor last said of it; undefined: it never said anything. */
export function configOf(
  one: Enrolment,
  sensor: Reporting | undefined,
): { desired: number | null; reported: number; problem: string; state: ConfigState } {
  const desired = desiredVersion(one);
  const reported = reportedVersion(sensor);
  const problem = sensor?.configProblem ?? '';
  return { desired, reported, problem, state: configState(desired, reported, problem) };
}

export async function addEnrolments(db: Executor, sensors: readonly Sensor[]): Promise<Sensor[]> {
  if (sensors.length === 0) return [];
  const known = new Map((await listEnrolments(db)).map((one) => [`${one.site}/${one.sensor}`, one]));
  return sensors.map((sensor) => {
    const one = known.get(`${sensor.site}/${sensor.sensor}`);
    return one ? { ...sensor, enrolment: enrolmentOf(one, sensor) } : sensor;
  });
}

function enrolmentOf(one: Enrolment, sensor: Sensor): SensorEnrolment {
  const { desired, state } = configOf(one, sensor);
  const { renamed = '' } = JSON.parse(one.settings) as { renamed?: string };
  return {
    board: one.board,
    since: iso(one.enrolled),
    revoked: one.revoked === null ? null : iso(one.revoked),
    renamed,
    configDesired: desired,
    configSet: one.configured === null ? null : iso(one.configured),
    configState: state,
  };
}
