-- Enrolled sensors; `revoked` ends an enrolment. No secrets: `account` is the broker's password hash, and the config
-- key derives from `salt` and the fleet key, which is not stored. `config` is the text of the desired config.
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
