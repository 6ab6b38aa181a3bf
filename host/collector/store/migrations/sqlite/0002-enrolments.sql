-- Sensors that were enrolled; `revoked` ends one. No secret is in here: `account` is the broker's hash of a password,
-- and the config key comes of `salt` and of the fleet's key, which is not in the store. `config` is the desired one,
-- as its text.
CREATE TABLE enrolments (
  site TEXT NOT NULL,
  sensor TEXT NOT NULL,
  board TEXT NOT NULL,
  broker TEXT NOT NULL,
  settings TEXT NOT NULL,
  account TEXT NOT NULL,
  salt TEXT NOT NULL,
  enrolled BIGINT NOT NULL,
  revoked BIGINT,
  config TEXT,
  configured BIGINT,
  PRIMARY KEY (site, sensor)
) WITHOUT ROWID;
