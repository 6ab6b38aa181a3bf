/** Which sensors were enrolled, and which config each is to have. */
import type { Database, Executor } from './database.js';
import { holdSensor } from './sensors.js';

export interface Enrolment {
  site: string;
  sensor: string;
  /** Empty where it is no board of ours, such as a Linux box. */
  board: string;
  /** `mqtts://HOST:PORT` as the sensor reaches it, without an account. */
  broker: string;
  /** The rest of what its provisioning was made of, as JSON, without secrets. */
  settings: string;
  /** What the broker's password file has for it, `$7$...`. */
  account: string;
  /** 16 bytes in hexadecimal: of this and of the fleet's key comes the key that signs its configs. */
  salt: string;
  /** Milliseconds since 1970. */
  enrolled: number;
  /** Milliseconds since 1970; null while it counts. */
  revoked: number | null;
  /** The desired config as JSON, unsigned; null before the first. */
  config: string | null;
  /** When that was set; milliseconds since 1970. */
  configured: number | null;
}

const COLUMNS = 'site, sensor, board, broker, settings, account, salt, enrolled, revoked, config, configured';

/** By site and sensor; revoked ones too. */
export function listEnrolments(db: Executor): Promise<Enrolment[]> {
  return db.all<Enrolment>(`SELECT ${COLUMNS} FROM enrolments ORDER BY site, sensor`);
}

export async function findEnrolment(db: Executor, site: string, sensor: string): Promise<Enrolment | undefined> {
  return (
    await db.all<Enrolment>(`SELECT ${COLUMNS} FROM enrolments WHERE site = ? AND sensor = ?`, [site, sensor])
  )[0];
}

/** Enrols or renews. The sensor is in the list of sensors from now on, as one that was never seen. */
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

/** Gives whether there was one to revoke. A sensor that never reported leaves the list; what others reported stays. */
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

/** `text` is the unsigned config that was published for the sensor. */
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

/** Milliseconds between two attempts at a store that another process holds. */
const RETRY_INTERVAL = 50;

/** A transaction that waits for its turn beside a collector at work. */
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
