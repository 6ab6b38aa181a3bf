-- First-time sources whose first contact at a site went to an unused address, per sensor, with the time of the report.
CREATE TABLE knocks (
  source TEXT NOT NULL,
  site TEXT NOT NULL,
  sensor TEXT NOT NULL,
  heard BIGINT NOT NULL,
  allowed BIGINT,
  PRIMARY KEY (source, site, sensor, heard)
) WITHOUT ROWID;
CREATE INDEX knocks_heard ON knocks (heard, source, site);
