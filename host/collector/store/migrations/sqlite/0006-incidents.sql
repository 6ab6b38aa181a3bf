-- `status_received`: when the status was applied. `tap`: what health messages show (rules/tap.ts), as JSON.
ALTER TABLE sensors ADD COLUMN status_received BIGINT;
ALTER TABLE sensors ADD COLUMN tap TEXT;

-- Hours (of 3,600,000 ms since 1970) with the tap's usual traffic.
CREATE TABLE sensor_hours (
  site TEXT NOT NULL,
  sensor TEXT NOT NULL,
  hour BIGINT NOT NULL,
  frames BIGINT NOT NULL,
  millis BIGINT NOT NULL,
  PRIMARY KEY (site, sensor, hour)
) WITHOUT ROWID;

-- An incident is open while `until` is null; a sensor has one open incident per subject.
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

-- One row: the time a collector has been listening without a break, the fleet's clock skew and the minimum version.
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
