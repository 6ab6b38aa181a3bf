-- Exceptions. Removed and expired ones stay, because `allowed` in records and scans refers to them.
CREATE TABLE allow_entries (
  id INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  target TEXT NOT NULL,
  site TEXT NOT NULL,
  service INTEGER,
  until BIGINT,
  reason TEXT NOT NULL,
  added_by TEXT NOT NULL,
  created BIGINT NOT NULL,
  removed BIGINT,
  held_back BIGINT NOT NULL,
  held_back_since BIGINT
);
ALTER TABLE records ADD COLUMN allowed BIGINT;
ALTER TABLE scans ADD COLUMN allowed BIGINT;
