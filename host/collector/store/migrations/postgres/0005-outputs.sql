-- What outputs are to tell, in the order of commits; and for each output up to where it has told. `lease` is until
-- when `holder` alone sends; `seen` is when a collector last had it in its config; `due` is when one that collects
-- will send.
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

-- Messages that were given up; `again` asks for one more attempt.
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

-- How bad a conviction or a campaign was when it was last told, so that it is told again only where it got worse.
CREATE TABLE told (
  name TEXT COLLATE "C" PRIMARY KEY,
  grade BIGINT NOT NULL,
  time BIGINT NOT NULL
);
