/**
 * Errors that users can meet: a stable code, what happened, what to do next. `{name}` is filled from the details. A
 * UserError prints as one sentence without a stack trace.
 */
const table = {
  BW_USAGE: { exit: 2, text: '{problem}' },
  BW_CAPTURE_MISSING: { exit: 1, text: 'Cannot read the capture {path}: {reason}. Check the path.' },
  BW_CAPTURE_FORMAT: { exit: 1, text: '{path} is not a capture file: {reason}. Blockwatch reads pcap and pcapng.' },
  BW_CAPTURE_DAMAGED: {
    exit: 1,
    text: '{path} is damaged after frame {frames}: {reason}. Everything before it was read.',
  },
  BW_CAPTURE_LINK: { exit: 1, text: '{path} holds frames of link type {link}, which Blockwatch does not support.' },
  BW_NOT_BUILT: { exit: 1, text: 'The engine is not built. Run "npm run build" first.' },
  BW_STATE: {
    exit: 1,
    text: "Cannot store the sensor's state in {path}: {reason}. Choose another directory with --state.",
  },
  BW_SENSOR_RUNS: {
    exit: 1,
    text: 'The sensor {site}/{sensor} already runs as process {pid}. Stop that process, or give this sensor another name.',
  },
  BW_TAP: { exit: 1, text: 'Cannot capture on {interface}: {reason}.' },
  BW_STORE: { exit: 1, text: 'Cannot use the store {place}: {reason}. Fix it, or choose another store with --store.' },
  BW_BACKUP: { exit: 1, text: 'Cannot back up {place}: {reason}. Name the store with --store.' },
  BW_RESTORE: { exit: 1, text: 'Cannot restore {path}: {reason}. The store is unchanged.' },
  BW_RESTORE_INTO: {
    exit: 1,
    text: 'Cannot restore into {place}: {reason}. Choose a new store with --store.',
  },
  BW_LISTEN: { exit: 1, text: 'Cannot listen on {address}: {reason}. Choose another address with {option}.' },
  BW_BROKER: {
    exit: 1,
    text: 'Cannot use the broker {url}: {reason}. Fix it, or choose another broker with --broker.',
  },
  BW_COLLECTOR: {
    exit: 1,
    text:
      'Cannot reach the collector at {url}: {reason}. ' +
      'Start it with "blockwatch collector", or name it with --collector.',
  },
  BW_OUTPUT: { exit: 1, text: 'Cannot write {path}: {reason}.' },
  BW_FLEET_KEY: {
    exit: 1,
    text:
      'Cannot use the fleet key {path}: {reason}. ' +
      'Restore the file that the sensors were enrolled with, or pass it with --fleet-key.',
  },
  BW_ENROLMENT: { exit: 1, text: '{problem}' },
  BW_PROVISIONING: {
    exit: 1,
    text: 'Cannot use the provisioning file {path}: {reason}. "blockwatch enroll" creates one.',
  },
  BW_SERIAL: { exit: 1, text: '{problem}' },
  BW_IMAGE: { exit: 1, text: 'There is no image for {board}: {reason}. Build it with "{command}".' },
  BW_FLASH: { exit: 1, text: '{problem}' },
  BW_CSV: { exit: 2, text: '{path}, line {line}: {problem} Nothing was enrolled.' },
  BW_RELEASE: { exit: 1, text: '{problem}' },
  BW_RELEASE_PLACE: { exit: 1, text: 'Cannot use the release {place}: {reason}.' },
  BW_FILE: { exit: 2, text: 'Cannot read the file of {option}, {path}: {reason}.' },
  BW_OUTPUTS: {
    exit: 2,
    text: 'The outputs in {path} cannot be used: {reason}. Fix it; docs/OUTPUTS.md describes the file.',
  },
  BW_DELIVERY: { exit: 1, text: 'The output {name} did not accept the message: {reason}.' },
  BW_LIST: { exit: 1, text: 'Cannot import {path}: {reason}. The lists are unchanged.' },
  BW_UNSENT: {
    exit: 1,
    text: '{count} messages could not be delivered to {url}; they are stored in {path} and sent at the next start.',
  },
} as const satisfies Record<string, { exit: number; text: string }>;

export type ErrorCode = keyof typeof table;

export class UserError extends Error {
  readonly code: ErrorCode;
  readonly exitCode: number;

  constructor(code: ErrorCode, details: Record<string, string | number> = {}) {
    const row = table[code];
    super(row.text.replace(/\{(\w+)\}/g, (_, key: string) => String(details[key] ?? '?')));
    this.name = 'UserError';
    this.code = code;
    this.exitCode = row.exit;
  }
}
