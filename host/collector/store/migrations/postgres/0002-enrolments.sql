-- Sensors that were enrolled; `revoked` ends one. No secret is in here: `account` is the broker's hash of a password,
-- and the config key comes of `salt` and of the fleet's key, which is not in the store. `config` is the desired one,
-- as its text.
CREATE TABLE enrolments (
  site TEXT COLLATE "C" NOT NULL,
  sensor TEXT COLLATE "C" NOT NULL,
  board TEXT COLLATE "C" NOT NULL,
  broker TEXT COLLATE "C" NOT NULL,
  settings TEXT COLLATE "C" NOT NULL,
  account TEXT COLLATE "C" NOT NULL,
  salt TEXT COLLATE "C" NOT NULL,
  enrolled BIGINT NOT NULL,
  revoked BIGINT,
  config TEXT COLLATE "C",
  configured BIGINT,
  PRIMARY KEY (site, sensor)
);
