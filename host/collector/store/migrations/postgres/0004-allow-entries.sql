-- Exceptions. Removed and expired ones stay, because `allowed` in records and scans refers to them.
CREATE TABLE allow_entries (
  id BIGSERIAL PRIMARY KEY,
  source TEXT COLLATE "C" NOT NULL,
  target TEXT COLLATE "C" NOT NULL,
  site TEXT COLLATE "C" NOT NULL,
  service INTEGER,
  until BIGINT,
  reason TEXT COLLATE "C" NOT NULL,
  added_by TEXT COLLATE "C" NOT NULL,
  created BIGINT NOT NULL,
  removed BIGINT,
  held_back BIGINT NOT NULL,
  held_back_since BIGINT
);
ALTER TABLE records ADD COLUMN allowed BIGINT;
ALTER TABLE scans ADD COLUMN allowed BIGINT;
