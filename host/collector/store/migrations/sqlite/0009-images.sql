-- Firmware images assigned to sensors, with the signed text; and the assignments.
CREATE TABLE images (
  sha256 TEXT PRIMARY KEY,
  board TEXT NOT NULL,
  version TEXT NOT NULL,
  size BIGINT NOT NULL,
  manifest TEXT NOT NULL,
  signature TEXT NOT NULL,
  added BIGINT NOT NULL,
  data BLOB NOT NULL
);

CREATE TABLE updates (
  site TEXT NOT NULL,
  sensor TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  stagger BIGINT NOT NULL,
  assigned BIGINT NOT NULL,
  PRIMARY KEY (site, sensor)
) WITHOUT ROWID;
