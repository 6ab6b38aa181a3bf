-- Refused first contacts; earlier rows are all for unused addresses.
ALTER TABLE knocks ADD COLUMN refused INTEGER NOT NULL DEFAULT 0;
