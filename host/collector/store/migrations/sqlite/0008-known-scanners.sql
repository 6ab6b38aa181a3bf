-- Known scanners. A list is in use once `active`; `net` is the address plus one byte for the prefix length.
CREATE TABLE known_lists (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  label TEXT NOT NULL,
  imported BIGINT NOT NULL,
  expires BIGINT,
  entries BIGINT NOT NULL,
  lengths TEXT NOT NULL,
  active INTEGER NOT NULL
);
CREATE UNIQUE INDEX known_lists_name ON known_lists (name) WHERE active = 1;

CREATE TABLE known_entries (
  list BIGINT NOT NULL,
  net BLOB NOT NULL,
  label TEXT NOT NULL,
  since BIGINT,
  until BIGINT,
  PRIMARY KEY (list, net)
) WITHOUT ROWID;
