-- Sums of scans without details: per source and sensor by the day (of 86,400,000 ms since 1970) on which they started.
CREATE TABLE source_days (
  source TEXT NOT NULL,
  day BIGINT NOT NULL,
  site TEXT NOT NULL,
  sensor TEXT NOT NULL,
  verdict TEXT NOT NULL,
  scans BIGINT NOT NULL,
  allowed BIGINT NOT NULL,
  probes BIGINT NOT NULL,
  targets BIGINT NOT NULL,
  severity INTEGER NOT NULL,
  confidence INTEGER NOT NULL,
  spoofable INTEGER NOT NULL,
  evidence DOUBLE PRECISION NOT NULL,
  first BIGINT NOT NULL,
  last BIGINT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (source, day, site, sensor, verdict)
) WITHOUT ROWID;
CREATE INDEX source_days_last ON source_days (last);

CREATE TABLE scan_days (
  day BIGINT NOT NULL,
  severity INTEGER NOT NULL,
  scans BIGINT NOT NULL,
  probes BIGINT NOT NULL,
  PRIMARY KEY (day, severity)
) WITHOUT ROWID;

-- One row: the last activity of the newest scan without details.
CREATE TABLE retention (
  id INTEGER PRIMARY KEY,
  until BIGINT NOT NULL
);
CREATE INDEX records_others ON records (received) WHERE leaf <> 'alert';
