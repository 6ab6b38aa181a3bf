-- Output events in commit order, and each output's position. `lease`: until when `holder` alone sends; `seen`: when a
-- collector last had the output in its config; `due`: when a collecting output sends.
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

-- Messages that were given up; `again` requests another attempt.
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

-- Grade of each fleet detection and campaign when last reported; it is reported again only if it got worse.
CREATE TABLE told (
  name TEXT PRIMARY KEY,
  grade BIGINT NOT NULL,
  time BIGINT NOT NULL
) WITHOUT ROWID;
