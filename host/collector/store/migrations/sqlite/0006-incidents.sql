-- `status_received`: when the status was taken. `tap`: what health messages show together (store/tap.ts), as JSON.
ALTER TABLE sensors ADD COLUMN status_received BIGINT;
ALTER TABLE sensors ADD COLUMN tap TEXT;

-- Hours (of 3,600,000 ms since 1970) in which a tap saw what it usually sees.
CREATE TABLE sensor_hours (
  site TEXT NOT NULL,
  sensor TEXT NOT NULL,
  hour BIGINT NOT NULL,
  frames BIGINT NOT NULL,
  millis BIGINT NOT NULL,
  PRIMARY KEY (site, sensor, hour)
) WITHOUT ROWID;

-- An incident is open while `until` is null; of one sensor and subject only one is.
CREATE TABLE incidents (
  id INTEGER PRIMARY KEY,
  site TEXT NOT NULL,
  sensor TEXT NOT NULL,
  subject TEXT NOT NULL,
  kind TEXT NOT NULL,
  since BIGINT NOT NULL,
  opened BIGINT NOT NULL,
  until BIGINT,
  body TEXT NOT NULL
);
CREATE UNIQUE INDEX incidents_open ON incidents (site, sensor, subject) WHERE until IS NULL;
CREATE INDEX incidents_since ON incidents (since);

-- One row: from when to when some collector listened without a break, and what it knows of the fleet's clocks and
-- versions.
CREATE TABLE listening (
  id INTEGER PRIMARY KEY,
  since BIGINT NOT NULL,
  until BIGINT NOT NULL,
  skew BIGINT NOT NULL,
  least_firmware TEXT
);

CREATE TABLE versions (
  board TEXT NOT NULL,
  version TEXT NOT NULL,
  since BIGINT NOT NULL,
  PRIMARY KEY (board, version)
) WITHOUT ROWID;
