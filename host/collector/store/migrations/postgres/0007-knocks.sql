-- First-time sources whose first contact at a site went to an unused address, per sensor, with the time of the report.
CREATE TABLE knocks (
  source TEXT COLLATE "C" NOT NULL,
  site TEXT COLLATE "C" NOT NULL,
  sensor TEXT COLLATE "C" NOT NULL,
  heard BIGINT NOT NULL,
  allowed BIGINT,
  PRIMARY KEY (source, site, sensor, heard)
);
CREATE INDEX knocks_heard ON knocks (heard, source, site);
