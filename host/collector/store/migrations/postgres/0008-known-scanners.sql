-- Known scanners. A list is in use once `active`; `net` is the address plus one byte for the prefix length.
CREATE TABLE known_lists (
  id BIGSERIAL PRIMARY KEY,
  name TEXT COLLATE "C" NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  label TEXT COLLATE "C" NOT NULL,
  imported BIGINT NOT NULL,
  expires BIGINT,
  entries BIGINT NOT NULL,
  lengths TEXT COLLATE "C" NOT NULL,
  active INTEGER NOT NULL
);
CREATE UNIQUE INDEX known_lists_name ON known_lists (name) WHERE active = 1;

CREATE TABLE known_entries (
  list BIGINT NOT NULL,
  net BYTEA NOT NULL,
  label TEXT COLLATE "C" NOT NULL,
  since BIGINT,
  until BIGINT,
  PRIMARY KEY (list, net)
);
