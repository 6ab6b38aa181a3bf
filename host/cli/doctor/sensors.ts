/** What the sensors' own reports say is wrong. */
import type { Gap, RejectedMessage, Sensor } from '../../collector/types.js';
import { listed, plural } from '../../web/client/format.js';
import { fail, ok, warn } from './findings.js';
import type { Finding } from './findings.js';

/** Share of frames lost before the engine, above which a sensor sees too little. */
const MOST_LOST = 0.01;

const name = (sensor: Sensor): string => `${sensor.site}/${sensor.sensor}`;
const names = (sensors: readonly Sensor[]): string =>
  listed([...sensors.slice(0, 8).map(name), ...(sensors.length > 8 ? [`${sensors.length - 8} more`] : [])]);

export function checkSensors(sensors: readonly Sensor[]): Finding[] {
  if (sensors.length === 0) {
    return [warn('sensors', 'No sensor has ever reported.', 'Start one with "blockwatch sensor", or provision a board; check that it uses this broker.')];
  }
  const findings: Finding[] = [];
  const away = sensors.filter((sensor) => sensor.state !== 'online');
  if (away.length > 0) {
    findings.push(fail('sensors', `${away.length} of ${sensors.length} are not online: ${names(away)}.`, 'Check their power and uplink; until then nobody watches there.'));
  } else findings.push(ok('sensors', `${plural(sensors.length, 'sensor')} online.`));

  const versions = new Map<string, Sensor[]>();
  for (const sensor of sensors) versions.set(sensor.version, [...(versions.get(sensor.version) ?? []), sensor]);
  const newest = [...versions.keys()].sort(compareVersions).at(-1) as string;
  const old = sensors.filter((sensor) => sensor.version !== newest);
  if (old.length > 0) findings.push(warn('versions', `${names(old)} ${old.length === 1 ? 'runs' : 'run'} an older version than ${newest}.`, 'Update them.'));
  else findings.push(ok('versions', `All run ${newest}.`));

  const lossy = sensors.filter((sensor) => {
    const { frames = 0, tapLost = 0 } = sensor.health;
    return tapLost > 0 && tapLost / (frames + tapLost) > MOST_LOST;
  });
  if (lossy.length > 0) findings.push(warn('frames', `${names(lossy)} lost more than 1 % of the frames before judging them.`, 'Mirror less to them, or use a faster board.'));
  const blind = sensors.filter((sensor) => sensor.state === 'online' && sensor.healthReceived !== null && (sensor.health['frames'] ?? 0) === 0);
  if (blind.length > 0) findings.push(fail('frames', `${names(blind)} ${blind.length === 1 ? 'has' : 'have'} not seen a single frame.`, 'Check the tap\'s cable and the switch\'s mirror port.'));
  const trapped = sensors.filter((sensor) => (sensor.health['traps'] ?? 0) > 0);
  if (trapped.length > 0) findings.push(warn('engine', `The engine of ${names(trapped)} was restarted after a fault in it.`, 'Keep a capture of what it saw, if you can, and report it.'));
  const refused = sensors.filter((sensor) => sensor.configProblem);
  for (const sensor of refused) findings.push(warn('config', `${name(sensor)} refused its config: ${sensor.configProblem}`, 'Set a config that it accepts with "blockwatch config set".'));
  return findings;
}

/** By number where both have numbers, so that 0.10 is newer than 0.9. */
export function compareVersions(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

export function checkMessages(gaps: readonly Gap[], rejected: readonly RejectedMessage[]): Finding[] {
  const missing = gaps.filter((gap) => !gap.closed).reduce((sum, gap) => sum + gap.to - gap.from + 1, 0);
  const findings: Finding[] = [];
  findings.push(missing > 0
    ? warn('messages', `${plural(missing, 'message')} of sensors never arrived.`, 'Their outbox was full, or two sensors share one name; see "blockwatch sensors".')
    : ok('messages', 'None is missing.'));
  const [newest] = rejected;
  if (newest) {
    findings.push(warn('messages', `${rejected.length >= 500 ? 'At least 500 messages' : plural(rejected.length, 'message')} could not be read, the last on ${newest.topic}: ${newest.reason}`,
      'Somebody else publishes on these topics, or a sensor is newer than this collector.'));
  }
  return findings;
}
