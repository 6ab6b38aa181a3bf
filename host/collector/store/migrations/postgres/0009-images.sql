-- Firmware images assigned to sensors, with the signed text; and the assignments.
CREATE TABLE images (
  sha256 TEXT COLLATE "C" PRIMARY KEY,
  board TEXT COLLATE "C" NOT NULL,
  version TEXT COLLATE "C" NOT NULL,
  size BIGINT NOT NULL,
  manifest TEXT COLLATE "C" NOT NULL,
  signature TEXT COLLATE "C" NOT NULL,
  added BIGINT NOT NULL,
  data BYTEA NOT NULL
);

CREATE TABLE updates (
  site TEXT COLLATE "C" NOT NULL,
  sensor TEXT COLLATE "C" NOT NULL,
  sha256 TEXT COLLATE "C" NOT NULL,
  attempt INTEGER NOT NULL,
  stagger BIGINT NOT NULL,
  assigned BIGINT NOT NULL,
  PRIMARY KEY (site, sensor)
);
