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

export const desiredVersion = (one: Enrolment): number | null =>
  one.config === null ? null : (JSON.parse(one.config) as { version: number }).version;

export async function addEnrolments(db: Executor, sensors: readonly Sensor[]): Promise<Sensor[]> {
  if (sensors.length === 0) return [];
  const known = new Map((await listEnrolments(db)).map((one) => [`${one.site}/${one.sensor}`, one]));
  return sensors.map((sensor) => {
    const one = known.get(`${sensor.site}/${sensor.sensor}`);
    return one ? { ...sensor, enrolment: enrolmentOf(one, sensor) } : sensor;
  });
}

function enrolmentOf(one: Enrolment, sensor: Sensor): SensorEnrolment {
  const desired = desiredVersion(one);
  const { renamed = '' } = JSON.parse(one.settings) as { renamed?: string };
  return {
    board: one.board,
    since: iso(one.enrolled),
    revoked: one.revoked === null ? null : iso(one.revoked),
    renamed,
    configDesired: desired,
    configSet: one.configured === null ? null : iso(one.configured),
    configState: configState(desired, sensor.health['configVersion'] ?? 0, sensor.configProblem ?? ''),
  };
}
