-- Knocks that were refused; those of before met nobody.
ALTER TABLE knocks ADD COLUMN refused INTEGER NOT NULL DEFAULT 0;
