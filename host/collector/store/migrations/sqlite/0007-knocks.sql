-- Strangers whose first contact at a site was with an address that does not exist: of each sensor, when it said so.
CREATE TABLE knocks (
  source TEXT NOT NULL,
  site TEXT NOT NULL,
  sensor TEXT NOT NULL,
  heard BIGINT NOT NULL,
  allowed BIGINT,
  PRIMARY KEY (source, site, sensor, heard)
) WITHOUT ROWID;
CREATE INDEX knocks_heard ON knocks (heard, source, site);
