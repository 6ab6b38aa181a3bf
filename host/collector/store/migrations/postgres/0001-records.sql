-- Times are milliseconds since 1970; booleans are 0 or 1.
--
-- `records` holds what arrived, byte for byte, and its key makes processing idempotent. Everything else could be
-- recomputed from it and is stored for the page's queries.
CREATE TABLE records (
  site TEXT COLLATE "C" NOT NULL,
  sensor TEXT COLLATE "C" NOT NULL,
  boot BIGINT NOT NULL,
  sequence BIGINT NOT NULL,
  leaf TEXT COLLATE "C" NOT NULL,
  episode BIGINT NOT NULL,
  received BIGINT NOT NULL,
  payload BYTEA NOT NULL,
  PRIMARY KEY (site, sensor, boot, sequence)
);
CREATE INDEX records_episode ON records (site, sensor, boot, episode, sequence);

-- Latest state of each episode; `body` is the record as JSON without its times.
CREATE TABLE scans (
  site TEXT COLLATE "C" NOT NULL,
  sensor TEXT COLLATE "C" NOT NULL,
  boot BIGINT NOT NULL,
  episode BIGINT NOT NULL,
  sequence BIGINT NOT NULL,
  open INTEGER NOT NULL,
  verdict TEXT COLLATE "C" NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  severity INTEGER NOT NULL,
  source TEXT COLLATE "C" NOT NULL,
  tool TEXT COLLATE "C" NOT NULL,
  targets BIGINT NOT NULL,
  probes BIGINT NOT NULL,
  confidence INTEGER NOT NULL,
  spoofable INTEGER NOT NULL,
  uptime INTEGER NOT NULL,
  first BIGINT NOT NULL,
  last BIGINT NOT NULL,
  received BIGINT NOT NULL,
  body TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (site, sensor, boot, episode)
);
CREATE INDEX scans_last ON scans (last, site, sensor, boot, episode);
CREATE INDEX scans_open ON scans (open, last);
CREATE INDEX scans_source ON scans (source, last);
CREATE INDEX scans_first ON scans (first);

-- `status` and `health`: latest accepted messages as JSON; `interval_ms`: time between health messages.
CREATE TABLE sensors (
  site TEXT COLLATE "C" NOT NULL,
  sensor TEXT COLLATE "C" NOT NULL,
  boot BIGINT NOT NULL,
  first_seen BIGINT NOT NULL,
  last_seen BIGINT NOT NULL,
  status TEXT COLLATE "C",
  health TEXT COLLATE "C",
  health_received BIGINT,
  interval_ms BIGINT NOT NULL,
  frames_per_second DOUBLE PRECISION NOT NULL,
  PRIMARY KEY (site, sensor)
);

-- `epoch`: time of the boot, for sensors without a clock; `exact` once the sensor has reported it.
CREATE TABLE boots (
  site TEXT COLLATE "C" NOT NULL,
  sensor TEXT COLLATE "C" NOT NULL,
  boot BIGINT NOT NULL,
  highest BIGINT NOT NULL,
  epoch BIGINT,
  exact INTEGER NOT NULL,
  PRIMARY KEY (site, sensor, boot)
);

-- Sequence numbers `low` to `high` are missing.
CREATE TABLE gaps (
  site TEXT COLLATE "C" NOT NULL,
  sensor TEXT COLLATE "C" NOT NULL,
  boot BIGINT NOT NULL,
  low BIGINT NOT NULL,
  high BIGINT NOT NULL,
  found BIGINT NOT NULL,
  PRIMARY KEY (site, sensor, boot, low)
);
CREATE INDEX gaps_found ON gaps (found);

CREATE TABLE health (
  site TEXT COLLATE "C" NOT NULL,
  sensor TEXT COLLATE "C" NOT NULL,
  boot BIGINT NOT NULL,
  uptime BIGINT NOT NULL,
  received BIGINT NOT NULL,
  body TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (site, sensor, boot, uptime)
);
CREATE INDEX health_received ON health (received);

CREATE TABLE rejected (
  id BIGSERIAL PRIMARY KEY,
  received BIGINT NOT NULL,
  topic TEXT COLLATE "C" NOT NULL,
  reason TEXT COLLATE "C" NOT NULL,
  payload BYTEA NOT NULL
);

CREATE TABLE counts (
  name TEXT COLLATE "C" PRIMARY KEY,
  value BIGINT NOT NULL
);
INSERT INTO counts VALUES ('stored', 0), ('duplicates', 0), ('rejected', 0);
