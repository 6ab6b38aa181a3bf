/**
 * The schema as a list of migrations, which is append-only. Times are milliseconds since 1970; booleans are 0 or 1.
 *
 * `records` holds what arrived, byte for byte, and its key makes processing idempotent. Everything else could be
 * recomputed from it and is stored for the page's queries.
 */
import type { Database, Dialect } from './database.js';

const id = (w: Dialect): string => `site ${w.text} NOT NULL, sensor ${w.text} NOT NULL`;

const steps: ((w: Dialect) => string[])[] = [
  (w) => [
    `CREATE TABLE records (${id(w)}, boot BIGINT NOT NULL, sequence BIGINT NOT NULL, leaf ${w.text} NOT NULL,
      episode BIGINT NOT NULL, received BIGINT NOT NULL, payload ${w.bytes} NOT NULL,
      PRIMARY KEY (site, sensor, boot, sequence))${w.keyed}`,
    'CREATE INDEX records_episode ON records (site, sensor, boot, episode, sequence)',

    // Latest state of each episode; `body` is the record as JSON without its times.
    `CREATE TABLE scans (${id(w)}, boot BIGINT NOT NULL, episode BIGINT NOT NULL, sequence BIGINT NOT NULL,
      open INTEGER NOT NULL, verdict ${w.text} NOT NULL, kind ${w.text} NOT NULL, severity INTEGER NOT NULL,
      source ${w.text} NOT NULL, tool ${w.text} NOT NULL, targets BIGINT NOT NULL, probes BIGINT NOT NULL,
      confidence INTEGER NOT NULL, spoofable INTEGER NOT NULL, uptime INTEGER NOT NULL, first BIGINT NOT NULL,
      last BIGINT NOT NULL, received BIGINT NOT NULL, body ${w.text} NOT NULL,
      PRIMARY KEY (site, sensor, boot, episode))${w.keyed}`,
    'CREATE INDEX scans_last ON scans (last, site, sensor, boot, episode)',
    'CREATE INDEX scans_open ON scans (open, last)',
    'CREATE INDEX scans_source ON scans (source, last)',
    'CREATE INDEX scans_first ON scans (first)',

    // `status` and `health`: latest accepted messages as JSON; `interval_ms`: time between health messages.
    `CREATE TABLE sensors (${id(w)}, boot BIGINT NOT NULL, first_seen BIGINT NOT NULL, last_seen BIGINT NOT NULL,
      status ${w.text}, health ${w.text}, health_received BIGINT, interval_ms BIGINT NOT NULL,
      frames_per_second DOUBLE PRECISION NOT NULL, PRIMARY KEY (site, sensor))${w.keyed}`,

    // `epoch`: time of the boot, for sensors without a clock; `exact` once the sensor has reported it.
    `CREATE TABLE boots (${id(w)}, boot BIGINT NOT NULL, highest BIGINT NOT NULL, epoch BIGINT, exact INTEGER NOT NULL,
      PRIMARY KEY (site, sensor, boot))${w.keyed}`,

    // Sequence numbers `low` to `high` are missing.
    `CREATE TABLE gaps (${id(w)}, boot BIGINT NOT NULL, low BIGINT NOT NULL, high BIGINT NOT NULL,
      found BIGINT NOT NULL,
      PRIMARY KEY (site, sensor, boot, low))${w.keyed}`,
    'CREATE INDEX gaps_found ON gaps (found)',

    `CREATE TABLE health (${id(w)}, boot BIGINT NOT NULL, uptime BIGINT NOT NULL, received BIGINT NOT NULL,
      body ${w.text} NOT NULL, PRIMARY KEY (site, sensor, boot, uptime))${w.keyed}`,
    'CREATE INDEX health_received ON health (received)',

    `CREATE TABLE rejected (id ${w.serial}, received BIGINT NOT NULL, topic ${w.text} NOT NULL,
      reason ${w.text} NOT NULL,
      payload ${w.bytes} NOT NULL)`,
    `CREATE TABLE counts (name ${w.text} PRIMARY KEY, value BIGINT NOT NULL)`,
    "INSERT INTO counts VALUES ('stored', 0), ('duplicates', 0), ('rejected', 0)",
  ],
  (w) => [
    // Enrolled sensors; `revoked` ends an enrolment. No secrets: `account` is the broker's password hash, and the
    // config key derives from `salt` and the fleet key, which is not stored. `config` is the text of the desired
    // config.
    `CREATE TABLE enrolments (${id(w)}, board ${w.text} NOT NULL, broker ${w.text} NOT NULL,
      settings ${w.text} NOT NULL,
      account ${w.text} NOT NULL, salt ${w.text} NOT NULL, enrolled BIGINT NOT NULL, revoked BIGINT,
      config ${w.text}, configured BIGINT,
      PRIMARY KEY (site, sensor))${w.keyed}`,
  ],
  // Suspicion reports are few among the records and are queried by time.
  () => ["CREATE INDEX records_whispers ON records (received) WHERE leaf = 'whisper'"],
  (w) => [
    // Exceptions. Removed and expired ones stay, because `allowed` in records and scans refers to them.
    `CREATE TABLE allow_entries (id ${w.serial}, source ${w.text} NOT NULL, target ${w.text} NOT NULL,
      site ${w.text} NOT NULL, service INTEGER,
      until BIGINT, reason ${w.text} NOT NULL, added_by ${w.text} NOT NULL, created BIGINT NOT NULL, removed BIGINT,
      held_back BIGINT NOT NULL, held_back_since BIGINT)`,
    'ALTER TABLE records ADD COLUMN allowed BIGINT',
    'ALTER TABLE scans ADD COLUMN allowed BIGINT',
  ],
  (w) => [
    // Output events in commit order, and each output's position. `lease`: until when `holder` alone sends; `seen`: when
    // a collector last had the output in its config; `due`: when a collecting output sends.
    `CREATE TABLE outgoing (id ${w.serial}, time BIGINT NOT NULL, body ${w.text} NOT NULL)`,
    `CREATE TABLE outputs (name ${w.text} PRIMARY KEY, kind ${w.text} NOT NULL, whispers INTEGER NOT NULL,
      cursor BIGINT NOT NULL,
      sent BIGINT NOT NULL, failed BIGINT NOT NULL, failing BIGINT NOT NULL, lost BIGINT NOT NULL, error ${w.text},
      error_time BIGINT,
      last_sent BIGINT, due BIGINT, holder ${w.text} NOT NULL, lease BIGINT NOT NULL, seen BIGINT NOT NULL)${w.keyed}`,
    // Messages that were given up; `again` requests another attempt.
    `CREATE TABLE dead_letters (output ${w.text} NOT NULL, event BIGINT NOT NULL, time BIGINT NOT NULL,
      attempts BIGINT NOT NULL,
      reason ${w.text} NOT NULL, body ${w.text} NOT NULL, again INTEGER NOT NULL,
      PRIMARY KEY (output, event))${w.keyed}`,
    // Grade of each fleet detection and campaign when last reported; it is reported again only if it got worse.
    `CREATE TABLE told (name ${w.text} PRIMARY KEY, grade BIGINT NOT NULL, time BIGINT NOT NULL)${w.keyed}`,
  ],
  (w) => [
    // `status_received`: when the status was applied. `tap`: what health messages show (rules/tap.ts), as JSON.
    'ALTER TABLE sensors ADD COLUMN status_received BIGINT',
    `ALTER TABLE sensors ADD COLUMN tap ${w.text}`,
    // Hours (of 3,600,000 ms since 1970) with the tap's usual traffic.
    `CREATE TABLE sensor_hours (${id(w)}, hour BIGINT NOT NULL, frames BIGINT NOT NULL, millis BIGINT NOT NULL,
      PRIMARY KEY (site, sensor, hour))${w.keyed}`,
    // An incident is open while `until` is null; a sensor has one open incident per subject.
    `CREATE TABLE incidents (id ${w.serial}, ${id(w)}, subject ${w.text} NOT NULL, kind ${w.text} NOT NULL,
      since BIGINT NOT NULL,
      opened BIGINT NOT NULL, until BIGINT, body ${w.text} NOT NULL)`,
    'CREATE UNIQUE INDEX incidents_open ON incidents (site, sensor, subject) WHERE until IS NULL',
    'CREATE INDEX incidents_since ON incidents (since)',
    // One row: the time a collector has been listening without a break, the fleet's clock skew and the minimum version.
    `CREATE TABLE listening (id INTEGER PRIMARY KEY, since BIGINT NOT NULL, until BIGINT NOT NULL, skew BIGINT NOT NULL,
      least_firmware ${w.text})`,
    `CREATE TABLE versions (board ${w.text} NOT NULL, version ${w.text} NOT NULL, since BIGINT NOT NULL,
      PRIMARY KEY (board, version))${w.keyed}`,
  ],
  (w) => [
    // First-time sources whose first contact at a site went to an unused address, per sensor, with the time of the
    // report.
    `CREATE TABLE knocks (source ${w.text} NOT NULL, ${id(w)}, heard BIGINT NOT NULL, allowed BIGINT,
      PRIMARY KEY (source, site, sensor, heard))${w.keyed}`,
    'CREATE INDEX knocks_heard ON knocks (heard, source, site)',
  ],
  (w) => [
    // Known scanners. A list is in use once `active`; `net` is the address plus one byte for the prefix length.
    `CREATE TABLE known_lists (id ${w.serial}, name ${w.text} NOT NULL, kind ${w.text} NOT NULL,
      label ${w.text} NOT NULL, imported BIGINT NOT NULL,
      expires BIGINT, entries BIGINT NOT NULL, lengths ${w.text} NOT NULL, active INTEGER NOT NULL)`,
    'CREATE UNIQUE INDEX known_lists_name ON known_lists (name) WHERE active = 1',
    `CREATE TABLE known_entries (list BIGINT NOT NULL, net ${w.bytes} NOT NULL, label ${w.text} NOT NULL,
      since BIGINT, until BIGINT,
      PRIMARY KEY (list, net))${w.keyed}`,
  ],
  (w) => [
    // Firmware images assigned to sensors, with the signed text; and the assignments.
    `CREATE TABLE images (sha256 ${w.text} PRIMARY KEY, board ${w.text} NOT NULL, version ${w.text} NOT NULL,
      size BIGINT NOT NULL,
      manifest ${w.text} NOT NULL, signature ${w.text} NOT NULL, added BIGINT NOT NULL, data ${w.bytes} NOT NULL)`,
    `CREATE TABLE updates (${id(w)}, sha256 ${w.text} NOT NULL, attempt INTEGER NOT NULL, stagger BIGINT NOT NULL,
      assigned BIGINT NOT NULL,
      PRIMARY KEY (site, sensor))${w.keyed}`,
  ],
  (w) => [
    // Sums of scans without details: per source and sensor by the day (of 86,400,000 ms since 1970) on which they
    // started.
    `CREATE TABLE source_days (source ${w.text} NOT NULL, day BIGINT NOT NULL, ${id(w)}, verdict ${w.text} NOT NULL,
      scans BIGINT NOT NULL,
      allowed BIGINT NOT NULL, probes BIGINT NOT NULL, targets BIGINT NOT NULL, severity INTEGER NOT NULL,
      confidence INTEGER NOT NULL,
      spoofable INTEGER NOT NULL, evidence DOUBLE PRECISION NOT NULL, first BIGINT NOT NULL, last BIGINT NOT NULL,
      body ${w.text} NOT NULL,
      PRIMARY KEY (source, day, site, sensor, verdict))${w.keyed}`,
    'CREATE INDEX source_days_last ON source_days (last)',
    `CREATE TABLE scan_days (day BIGINT NOT NULL, severity INTEGER NOT NULL, scans BIGINT NOT NULL,
      probes BIGINT NOT NULL, PRIMARY KEY (day, severity))${w.keyed}`,
    // One row: the last activity of the newest scan without details.
    'CREATE TABLE retention (id INTEGER PRIMARY KEY, until BIGINT NOT NULL)',
    "CREATE INDEX records_others ON records (received) WHERE leaf <> 'alert'",
  ],
  // Refused first contacts; earlier rows are all for unused addresses.
  () => ['ALTER TABLE knocks ADD COLUMN refused INTEGER NOT NULL DEFAULT 0'],
  (w) => [
    // `born`: when the boot first became the sensor's current one, null if it never did; `status`: its last status once
    // another boot followed. `boot_since`: when the current boot became current. store/current-boot.ts has the rules.
    'ALTER TABLE boots ADD COLUMN born BIGINT',
    `ALTER TABLE boots ADD COLUMN status ${w.text}`,
    'ALTER TABLE sensors ADD COLUMN boot_since BIGINT',
    `UPDATE boots SET born = (SELECT MIN(received) FROM health h WHERE h.site = boots.site
      AND h.sensor = boots.sensor AND h.boot = boots.boot)`,
    // Until now the highest number was the current boot. A sensor with a lower boot that counted as gone has reported
    // since.
    `UPDATE sensors SET boot = (SELECT h.boot FROM health h WHERE h.site = sensors.site
      AND h.sensor = sensors.sensor ORDER BY h.received DESC, h.uptime DESC LIMIT 1)
      WHERE EXISTS (SELECT 1 FROM health h WHERE h.site = sensors.site AND h.sensor = sensors.sensor
      AND h.received > COALESCE(sensors.status_received, 0))`,
  ],
];

export const SCHEMA_VERSION = steps.length;

/**
 * Migrates the schema to the latest version, or to an older one to restore a backup. Leaves newer schemas alone.
 *
 * @returns the version before
 */
export async function migrate(database: Database, version = SCHEMA_VERSION): Promise<number> {
  return database.transaction(async (tx) => {
    if (database.dialect.forUpdate) {
      // Two collectors starting on an empty PostgreSQL must not both create its tables.
      await tx.all("SELECT pg_advisory_xact_lock(hashtext('blockwatch schema'))");
    }
    await tx.all('CREATE TABLE IF NOT EXISTS blockwatch_schema (version INTEGER NOT NULL)');
    const before = (await tx.all<{ version: number }>('SELECT version FROM blockwatch_schema'))[0]?.version ?? 0;
    if (before >= version) return before;
    for (const step of steps.slice(before, version))
      for (const statement of step(database.dialect)) await tx.all(statement);
    await tx.all('DELETE FROM blockwatch_schema');
    await tx.all(`INSERT INTO blockwatch_schema VALUES (${version})`);
    return before;
  });
}
