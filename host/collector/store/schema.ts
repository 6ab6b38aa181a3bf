/**
 * The tables, as a list of steps that is only ever added to. Times are milliseconds since 1970; a boolean is 0 or 1.
 *
 * `records` is what arrived, byte for byte, and its key is what makes an effect happen once. Everything else could be
 * computed from it again and is kept because the page asks for it.
 */
import type { Database, Dialect } from './database.js';

const id = (w: Dialect): string => `site ${w.text} NOT NULL, sensor ${w.text} NOT NULL`;

const steps: ((w: Dialect) => string[])[] = [
  (w) => [
    `CREATE TABLE records (${id(w)}, boot BIGINT NOT NULL, sequence BIGINT NOT NULL, leaf ${w.text} NOT NULL,
      episode BIGINT NOT NULL, received BIGINT NOT NULL, payload ${w.bytes} NOT NULL,
      PRIMARY KEY (site, sensor, boot, sequence))${w.keyed}`,
    'CREATE INDEX records_episode ON records (site, sensor, boot, episode, sequence)',

    // The newest state of each episode; `body` is the record as JSON, without the times.
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

    // `status` and `health` are the newest accepted messages as JSON; `interval_ms` lies between two health messages.
    `CREATE TABLE sensors (${id(w)}, boot BIGINT NOT NULL, first_seen BIGINT NOT NULL, last_seen BIGINT NOT NULL,
      status ${w.text}, health ${w.text}, health_received BIGINT, interval_ms BIGINT NOT NULL,
      frames_per_second DOUBLE PRECISION NOT NULL, PRIMARY KEY (site, sensor))${w.keyed}`,

    // `epoch`: when the boot was, for sensors without a clock; `exact` once the sensor itself has said it.
    `CREATE TABLE boots (${id(w)}, boot BIGINT NOT NULL, highest BIGINT NOT NULL, epoch BIGINT, exact INTEGER NOT NULL,
      PRIMARY KEY (site, sensor, boot))${w.keyed}`,

    // Numbers from `low` to `high` have not arrived.
    `CREATE TABLE gaps (${id(w)}, boot BIGINT NOT NULL, low BIGINT NOT NULL, high BIGINT NOT NULL, found BIGINT NOT NULL,
      PRIMARY KEY (site, sensor, boot, low))${w.keyed}`,
    'CREATE INDEX gaps_found ON gaps (found)',

    `CREATE TABLE health (${id(w)}, boot BIGINT NOT NULL, uptime BIGINT NOT NULL, received BIGINT NOT NULL,
      body ${w.text} NOT NULL, PRIMARY KEY (site, sensor, boot, uptime))${w.keyed}`,
    'CREATE INDEX health_received ON health (received)',

    `CREATE TABLE rejected (id ${w.serial}, received BIGINT NOT NULL, topic ${w.text} NOT NULL, reason ${w.text} NOT NULL,
      payload ${w.bytes} NOT NULL)`,
    `CREATE TABLE counts (name ${w.text} PRIMARY KEY, value BIGINT NOT NULL)`,
    "INSERT INTO counts VALUES ('stored', 0), ('duplicates', 0), ('rejected', 0)",
  ],
  (w) => [
    // Sensors that were enrolled; `revoked` ends one. No secret is in here: `account` is the broker's hash of a password, and the
    // config key comes of `salt` and of the fleet's key, which is not in the store. `config` is the desired one, as its text.
    `CREATE TABLE enrolments (${id(w)}, board ${w.text} NOT NULL, broker ${w.text} NOT NULL, settings ${w.text} NOT NULL,
      account ${w.text} NOT NULL, salt ${w.text} NOT NULL, enrolled BIGINT NOT NULL, revoked BIGINT, config ${w.text}, configured BIGINT,
      PRIMARY KEY (site, sensor))${w.keyed}`,
  ],
  // Whispers are few among the records, and are asked for by time.
  () => ["CREATE INDEX records_whispers ON records (received) WHERE leaf = 'whisper'"],
  (w) => [
    // Who is let off. A removed or expired entry stays: `allowed` of a record and of a scan is the entry that held it back.
    `CREATE TABLE allow_entries (id ${w.serial}, source ${w.text} NOT NULL, target ${w.text} NOT NULL, site ${w.text} NOT NULL, service INTEGER,
      until BIGINT, reason ${w.text} NOT NULL, added_by ${w.text} NOT NULL, created BIGINT NOT NULL, removed BIGINT,
      held_back BIGINT NOT NULL, held_back_since BIGINT)`,
    'ALTER TABLE records ADD COLUMN allowed BIGINT',
    'ALTER TABLE scans ADD COLUMN allowed BIGINT',
  ],
  (w) => [
    // What outputs are to tell, in the order of commits; and for each output up to where it has told. `lease` is until when `holder` alone
    // sends; `seen` is when a collector last had it in its config; `due` is when one that collects will send.
    `CREATE TABLE outgoing (id ${w.serial}, time BIGINT NOT NULL, body ${w.text} NOT NULL)`,
    `CREATE TABLE outputs (name ${w.text} PRIMARY KEY, kind ${w.text} NOT NULL, whispers INTEGER NOT NULL, cursor BIGINT NOT NULL,
      sent BIGINT NOT NULL, failed BIGINT NOT NULL, failing BIGINT NOT NULL, lost BIGINT NOT NULL, error ${w.text}, error_time BIGINT,
      last_sent BIGINT, due BIGINT, holder ${w.text} NOT NULL, lease BIGINT NOT NULL, seen BIGINT NOT NULL)${w.keyed}`,
    // Messages that were given up; `again` asks for one more attempt.
    `CREATE TABLE dead_letters (output ${w.text} NOT NULL, event BIGINT NOT NULL, time BIGINT NOT NULL, attempts BIGINT NOT NULL,
      reason ${w.text} NOT NULL, body ${w.text} NOT NULL, again INTEGER NOT NULL, PRIMARY KEY (output, event))${w.keyed}`,
    // How bad a conviction or a campaign was when it was last told, so that it is told again only where it got worse.
    `CREATE TABLE told (name ${w.text} PRIMARY KEY, grade BIGINT NOT NULL, time BIGINT NOT NULL)${w.keyed}`,
  ],
  (w) => [
    // `status_received`: when the status was taken. `tap`: what health messages show together (store/tap.ts), as JSON.
    'ALTER TABLE sensors ADD COLUMN status_received BIGINT',
    `ALTER TABLE sensors ADD COLUMN tap ${w.text}`,
    // Hours (of 3,600,000 ms since 1970) in which a tap saw what it usually sees.
    `CREATE TABLE sensor_hours (${id(w)}, hour BIGINT NOT NULL, frames BIGINT NOT NULL, millis BIGINT NOT NULL,
      PRIMARY KEY (site, sensor, hour))${w.keyed}`,
    // An incident is open while \`until\` is null; of one sensor and subject only one is.
    `CREATE TABLE incidents (id ${w.serial}, ${id(w)}, subject ${w.text} NOT NULL, kind ${w.text} NOT NULL, since BIGINT NOT NULL,
      opened BIGINT NOT NULL, until BIGINT, body ${w.text} NOT NULL)`,
    'CREATE UNIQUE INDEX incidents_open ON incidents (site, sensor, subject) WHERE until IS NULL',
    'CREATE INDEX incidents_since ON incidents (since)',
    // One row: from when to when some collector listened without a break, and what it knows of the fleet's clocks and versions.
    `CREATE TABLE listening (id INTEGER PRIMARY KEY, since BIGINT NOT NULL, until BIGINT NOT NULL, skew BIGINT NOT NULL,
      least_firmware ${w.text})`,
    `CREATE TABLE versions (board ${w.text} NOT NULL, version ${w.text} NOT NULL, since BIGINT NOT NULL, PRIMARY KEY (board, version))${w.keyed}`,
  ],
  (w) => [
    // Strangers whose first contact at a site was with an address that does not exist: of each sensor, when it said so.
    `CREATE TABLE knocks (source ${w.text} NOT NULL, ${id(w)}, heard BIGINT NOT NULL, allowed BIGINT,
      PRIMARY KEY (source, site, sensor, heard))${w.keyed}`,
    'CREATE INDEX knocks_heard ON knocks (heard, source, site)',
  ],
  (w) => [
    // Known scanners. A list counts once it is `active`; `net` is the address and one byte for the prefix length.
    `CREATE TABLE known_lists (id ${w.serial}, name ${w.text} NOT NULL, kind ${w.text} NOT NULL, label ${w.text} NOT NULL, imported BIGINT NOT NULL,
      expires BIGINT, entries BIGINT NOT NULL, lengths ${w.text} NOT NULL, active INTEGER NOT NULL)`,
    'CREATE UNIQUE INDEX known_lists_name ON known_lists (name) WHERE active = 1',
    `CREATE TABLE known_entries (list BIGINT NOT NULL, net ${w.bytes} NOT NULL, label ${w.text} NOT NULL, since BIGINT, until BIGINT,
      PRIMARY KEY (list, net))${w.keyed}`,
  ],
  (w) => [
    // Images of the firmware that some sensor is to have, with the text that was signed; and which sensor is to have which.
    `CREATE TABLE images (sha256 ${w.text} PRIMARY KEY, board ${w.text} NOT NULL, version ${w.text} NOT NULL, size BIGINT NOT NULL,
      manifest ${w.text} NOT NULL, signature ${w.text} NOT NULL, added BIGINT NOT NULL, data ${w.bytes} NOT NULL)`,
    `CREATE TABLE updates (${id(w)}, sha256 ${w.text} NOT NULL, attempt INTEGER NOT NULL, stagger BIGINT NOT NULL, assigned BIGINT NOT NULL,
      PRIMARY KEY (site, sensor))${w.keyed}`,
  ],
  (w) => [
    // What is left of scans whose details are gone: of a source at a sensor by the day (of 86,400,000 ms since 1970) on which they began.
    `CREATE TABLE source_days (source ${w.text} NOT NULL, day BIGINT NOT NULL, ${id(w)}, verdict ${w.text} NOT NULL, scans BIGINT NOT NULL,
      allowed BIGINT NOT NULL, probes BIGINT NOT NULL, targets BIGINT NOT NULL, severity INTEGER NOT NULL, confidence INTEGER NOT NULL,
      spoofable INTEGER NOT NULL, evidence DOUBLE PRECISION NOT NULL, first BIGINT NOT NULL, last BIGINT NOT NULL, body ${w.text} NOT NULL,
      PRIMARY KEY (source, day, site, sensor, verdict))${w.keyed}`,
    'CREATE INDEX source_days_last ON source_days (last)',
    `CREATE TABLE scan_days (day BIGINT NOT NULL, severity INTEGER NOT NULL, scans BIGINT NOT NULL, probes BIGINT NOT NULL, PRIMARY KEY (day, severity))${w.keyed}`,
    // One row: the last activity of the newest scan whose details are gone.
    'CREATE TABLE retention (id INTEGER PRIMARY KEY, until BIGINT NOT NULL)',
    "CREATE INDEX records_others ON records (received) WHERE leaf <> 'alert'",
  ],
  // Knocks that were refused; those of before met nobody.
  () => ['ALTER TABLE knocks ADD COLUMN refused INTEGER NOT NULL DEFAULT 0'],
  (w) => [
    // `born`: when the boot became the sensor's current one for the first time, null where it never did; `status`: its last one, once another
    // boot followed. `boot_since`: when the current boot became it. store/current-boot.ts has the rules.
    'ALTER TABLE boots ADD COLUMN born BIGINT',
    `ALTER TABLE boots ADD COLUMN status ${w.text}`,
    'ALTER TABLE sensors ADD COLUMN boot_since BIGINT',
    'UPDATE boots SET born = (SELECT MIN(received) FROM health h WHERE h.site = boots.site AND h.sensor = boots.sensor AND h.boot = boots.boot)',
    // Until now the highest number was the current boot. A sensor that begins lower, and was taken for gone, has reported since.
    `UPDATE sensors SET boot = (SELECT h.boot FROM health h WHERE h.site = sensors.site AND h.sensor = sensors.sensor ORDER BY h.received DESC, h.uptime DESC LIMIT 1)
      WHERE EXISTS (SELECT 1 FROM health h WHERE h.site = sensors.site AND h.sensor = sensors.sensor AND h.received > COALESCE(sensors.status_received, 0))`,
  ],
];

export const SCHEMA_VERSION = steps.length;

/** Brings the tables up to date, or to an older version where a backup of it is to go into them, and gives the version they had before; a version above ours is left alone. */
export async function migrate(database: Database, version = SCHEMA_VERSION): Promise<number> {
  return database.transaction(async (tx) => {
    if (database.dialect.forUpdate) {
      // Two collectors that start at once on an empty PostgreSQL must not both create its tables.
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
