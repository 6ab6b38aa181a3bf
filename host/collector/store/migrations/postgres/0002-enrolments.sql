-- Enrolled sensors; `revoked` ends an enrolment. No secrets: `account` is the broker's password hash, and the config
-- key derives from `salt` and the fleet key, which is not stored. `config` is the text of the desired config.
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
