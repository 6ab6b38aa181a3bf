-- Images of the firmware that some sensor is to have, with the text that was signed; and which sensor is to have
-- which.
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
