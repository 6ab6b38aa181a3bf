-- Output events in commit order, and each output's position. `lease`: until when `holder` alone sends; `seen`: when a
-- collector last had the output in its config; `due`: when a collecting output sends.
CREATE TABLE outgoing (
  id BIGSERIAL PRIMARY KEY,
  time BIGINT NOT NULL,
  body TEXT COLLATE "C" NOT NULL
);

CREATE TABLE outputs (
  name TEXT COLLATE "C" PRIMARY KEY,
  kind TEXT COLLATE "C" NOT NULL,
  whispers INTEGER NOT NULL,
  cursor BIGINT NOT NULL,
  sent BIGINT NOT NULL,
  failed BIGINT NOT NULL,
  failing BIGINT NOT NULL,
  lost BIGINT NOT NULL,
  error TEXT COLLATE "C",
  error_time BIGINT,
  last_sent BIGINT,
  due BIGINT,
  holder TEXT COLLATE "C" NOT NULL,
  lease BIGINT NOT NULL,
  seen BIGINT NOT NULL
);

-- Messages that were given up; `again` requests another attempt.
CREATE TABLE dead_letters (
  output TEXT COLLATE "C" NOT NULL,
  event BIGINT NOT NULL,
  time BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  reason TEXT COLLATE "C" NOT NULL,
  body TEXT COLLATE "C" NOT NULL,
  again INTEGER NOT NULL,
  PRIMARY KEY (output, event)
);

-- Grade of each fleet detection and campaign when last reported; it is reported again only if it got worse.
CREATE TABLE told (
  name TEXT COLLATE "C" PRIMARY KEY,
  grade BIGINT NOT NULL,
  time BIGINT NOT NULL
);
