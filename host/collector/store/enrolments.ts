/** Stores enrolments and the desired config of each sensor. */
import type { Database, Executor } from './database.js';
import { holdSensor } from './sensors.js';

export interface Enrolment {
  site: string;
  sensor: string;
  /** Empty if it is not a Blockwatch board, such as a Linux host. */
  board: string;
  /** `mqtts://HOST:PORT` as the sensor reaches it, without credentials. */
  broker: string;
  /** The remaining provisioning settings as JSON, without secrets. */
  settings: string;
  /** The entry of the broker's password file, `$7$...`. */
  account: string;
  /** 16 bytes in hexadecimal; together with the fleet key, it yields the key that signs the sensor's configs. */
  salt: string;
  /** Milliseconds since 1970. */
  enrolled: number;
  /** Milliseconds since 1970; null while it is valid. */
  revoked: number | null;
  /** The desired config as JSON, unsigned; null before the first. */
  config: string | null;
  /** When the config was set; milliseconds since 1970. */
  configured: number | null;
}

const COLUMNS = 'site, sensor, board, broker, settings, account, salt, enrolled, revoked, config, configured';

/** Ordered by site and sensor, including revoked ones. */
export function listEnrolments(db: Executor): Promise<Enrolment[]> {
  return db.all<Enrolment>(`SELECT ${COLUMNS} FROM enrolments ORDER BY site, sensor`);
}

export async function findEnrolment(db: Executor, site: string, sensor: string): Promise<Enrolment | undefined> {
  return (
    await db.all<Enrolment>(`SELECT ${COLUMNS} FROM enrolments WHERE site = ? AND sensor = ?`, [site, sensor])
  )[0];
}

/** Enrols or renews. From now on the sensor is listed as never seen. */
export async function putEnrolment(tx: Executor, db: Database, one: Enrolment): Promise<void> {
  await tx.all('DELETE FROM enrolments WHERE site = ? AND sensor = ?', [one.site, one.sensor]);
  await tx.all(`INSERT INTO enrolments (${COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?,?)`, [
    one.site,
    one.sensor,
    one.board,
    one.broker,
    one.settings,
    one.account,
    one.salt,
    one.enrolled,
    one.revoked,
    one.config,
    one.configured,
  ]);
  await holdSensor(tx, db.dialect, one.site, one.sensor, one.enrolled);
}

/** Returns whether there was an enrolment to revoke. A sensor that never reported leaves the list; others stay. */
export async function revokeEnrolment(tx: Executor, site: string, sensor: string, now: number): Promise<boolean> {
  const known = await findEnrolment(tx, site, sensor);
  if (!known || known.revoked !== null) return false;
  await tx.all('UPDATE enrolments SET revoked = ? WHERE site = ? AND sensor = ?', [now, site, sensor]);
  await tx.all('DELETE FROM sensors WHERE site = ? AND sensor = ? AND last_seen = 0', [site, sensor]);
  return true;
}

/** Settings are JSON without secrets. */
export async function setEnrolmentSettings(
  tx: Executor,
  site: string,
  sensor: string,
  settings: string,
): Promise<void> {
  await tx.all('UPDATE enrolments SET settings = ? WHERE site = ? AND sensor = ?', [settings, site, sensor]);
}

/** @param text the unsigned config that was published */
export async function setDesiredConfig(
  tx: Executor,
  site: string,
  sensor: string,
  text: string,
  now: number,
): Promise<void> {
  await tx.all('UPDATE enrolments SET config = ?, configured = ? WHERE site = ? AND sensor = ?', [
    text,
    now,
    site,
    sensor,
  ]);
}

/** Milliseconds between attempts at a store that another process has locked. */
const RETRY_INTERVAL = 50;

/** Runs a transaction, retrying while another process, such as a busy collector, holds the store. */
export async function transactionWithRetry<T>(
  db: Database,
  work: (tx: Executor) => Promise<T>,
  timeout = 5_000,
): Promise<T> {
  const deadline = Date.now() + timeout;
  for (;;) {
    try {
      return await db.transaction(work);
    } catch (error) {
      if (!db.transient(error) || Date.now() >= deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, RETRY_INTERVAL));
    }
  }
}
