/** Checks the sensors by their reports. */
import type { Gap, Incident, RejectedMessage, Sensor } from '../../api/types.js';
import { listed, plural } from '../../wording/format.js';
import { noteReasons, stateNames, stateReason } from '../../wording/words.js';
import { checkEnrolments } from './enrolments.js';
import type { Finding } from './findings.js';
import { fail, ok, warn } from './findings.js';

const name = (sensor: Sensor): string => `${sensor.site}/${sensor.sensor}`;
const names = (sensors: readonly Sensor[]): string =>
  listed([...sensors.slice(0, 8).map(name), ...(sensors.length > 8 ? [`${sensors.length - 8} more`] : [])]);

/** Uses the states and incidents of the collector, so that both name problems alike. */
export function checkSensors(sensors: readonly Sensor[], incidents: readonly Incident[]): Finding[] {
  if (sensors.length === 0) {
    return [
      warn(
        'sensors',
        'No sensor has ever reported.',
        'Start one with "blockwatch sensor" or provision a board, and check that it uses this broker.',
      ),
    ];
  }
  const findings: Finding[] = [];
  const away = sensors.filter((sensor) => sensor.state !== 'online');
  for (const state of new Set(away.map((sensor) => sensor.state))) {
    const those = away.filter((sensor) => sensor.state === state);
    const grade = state === 'late' || state === 'never-seen' ? warn : fail;
    const reasons = new Set(those.map(stateReason));
    findings.push(
      grade(
        'sensors',
        `${those.length} of ${sensors.length} ${those.length === 1 ? 'is' : 'are'} ${stateNames[state].toLowerCase()}: ${names(those)}.`,
        [...reasons].join(' '),
      ),
    );
  }
  if (away.length === 0) findings.push(ok('sensors', `${plural(sensors.length, 'sensor')} online.`));
  for (const note of ['wrong-clock', 'losing-frames', 'old-firmware'] as const) {
    const those = sensors.filter(({ notes }) => notes.includes(note));
    if (those.length > 0) findings.push(warn(subjects[note], names(those), noteReasons[note]));
  }
  const versions = new Set(sensors.map(({ version }) => version).filter((version) => version !== ''));
  if (versions.size === 1) findings.push(ok('versions', `All run ${[...versions][0]}.`));
  // States and notes cover silence, blindness, clocks and versions; what a mirror is made of, engine faults and duplicate
  // names have neither.
  for (const one of incidents.filter(({ kind, text }) => kind === 'blind' && text.startsWith('cannot read')))
    findings.push(fail('mirror', `${one.site}/${one.sensor} ${firstSentence(one.text)}`, rest(one.text)));
  for (const one of incidents.filter(({ kind }) => kind === 'trap'))
    findings.push(warn('engine', `${one.site}/${one.sensor} ${firstSentence(one.text)}`, rest(one.text)));
  for (const one of incidents.filter(({ kind }) => kind === 'twin'))
    findings.push(warn('names', `${one.site}/${one.sensor} ${firstSentence(one.text)}`, rest(one.text)));
  findings.push(...checkEnrolments(sensors));
  const refused = sensors.filter((sensor) => sensor.configProblem);
  for (const sensor of refused)
    findings.push(
      warn(
        'config',
        `${name(sensor)} refused its config: ${sensor.configProblem}`,
        'Set a valid config with "blockwatch config set".',
      ),
    );
  return findings;
}

const subjects = { 'wrong-clock': 'clock', 'losing-frames': 'frames', 'old-firmware': 'versions' } as const;

const firstSentence = (text: string): string => /^.*?\.(?= |$)/.exec(text)?.[0] ?? text;
const rest = (text: string): string => text.slice(firstSentence(text).length).trim();

export function checkMessages(gaps: readonly Gap[], rejected: readonly RejectedMessage[]): Finding[] {
  const missing = gaps.filter((gap) => !gap.closed).reduce((sum, gap) => sum + gap.to - gap.from + 1, 0);
  const findings: Finding[] = [];
  findings.push(
    missing > 0
      ? warn(
          'messages',
          `${plural(missing, 'sensor message')} never arrived.`,
          'An outbox was full, or two sensors share a name: see "blockwatch sensors".',
        )
      : ok('messages', 'No messages are missing.'),
  );
  const [newest] = rejected;
  if (newest) {
    findings.push(
      warn(
        'messages',
        `${rejected.length >= 500 ? 'At least 500 messages' : plural(rejected.length, 'message')} could not be read, the last on ${newest.topic}: ${newest.reason}`,
        'Find out who else publishes on these topics, or update this collector if a sensor is newer.',
      ),
    );
  }
  return findings;
}
