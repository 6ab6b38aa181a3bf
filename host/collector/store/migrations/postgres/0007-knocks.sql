-- Strangers whose first contact at a site was with an address that does not exist: of each sensor, when it said so.
CREATE TABLE knocks (
  source TEXT COLLATE "C" NOT NULL,
  site TEXT COLLATE "C" NOT NULL,
  sensor TEXT COLLATE "C" NOT NULL,
  heard BIGINT NOT NULL,
  allowed BIGINT,
  PRIMARY KEY (source, site, sensor, heard)
);
CREATE INDEX knocks_heard ON knocks (heard, source, site);
