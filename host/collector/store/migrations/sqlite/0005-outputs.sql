-- What outputs are to tell, in the order of commits; and for each output up to where it has told. `lease` is until
-- when `holder` alone sends; `seen` is when a collector last had it in its config; `due` is when one that collects
-- will send.
CREATE TABLE outgoing (
  id INTEGER PRIMARY KEY,
  time BIGINT NOT NULL,
  body TEXT NOT NULL
);

CREATE TABLE outputs (
  name TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  whispers INTEGER NOT NULL,
  cursor BIGINT NOT NULL,
  sent BIGINT NOT NULL,
  failed BIGINT NOT NULL,
  failing BIGINT NOT NULL,
  lost BIGINT NOT NULL,
  error TEXT,
  error_time BIGINT,
  last_sent BIGINT,
  due BIGINT,
  holder TEXT NOT NULL,
  lease BIGINT NOT NULL,
  seen BIGINT NOT NULL
) WITHOUT ROWID;

-- Messages that were given up; `again` asks for one more attempt.
CREATE TABLE dead_letters (
  output TEXT NOT NULL,
  event BIGINT NOT NULL,
  time BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  reason TEXT NOT NULL,
  body TEXT NOT NULL,
  again INTEGER NOT NULL,
  PRIMARY KEY (output, event)
) WITHOUT ROWID;

-- How bad a conviction or a campaign was when it was last told, so that it is told again only where it got worse.
CREATE TABLE told (
  name TEXT PRIMARY KEY,
  grade BIGINT NOT NULL,
  time BIGINT NOT NULL
) WITHOUT ROWID;
