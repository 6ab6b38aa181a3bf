-- `born`: when the boot became the sensor's current one for the first time, null where it never did; `status`: its
-- last one, once another boot followed. `boot_since`: when the current boot became it. store/current-boot.ts has the
-- rules.
ALTER TABLE boots ADD COLUMN born BIGINT;
ALTER TABLE boots ADD COLUMN status TEXT COLLATE "C";
ALTER TABLE sensors ADD COLUMN boot_since BIGINT;
UPDATE boots
  SET born = (SELECT MIN(received) FROM health h
  WHERE h.site = boots.site AND h.sensor = boots.sensor AND h.boot = boots.boot);

-- Until now the highest number was the current boot. A sensor that begins lower, and was taken for gone, has reported
-- since.
UPDATE sensors
  SET boot = (SELECT h.boot FROM health h
  WHERE h.site = sensors.site AND h.sensor = sensors.sensor
  ORDER BY h.received DESC, h.uptime DESC LIMIT 1)
  WHERE EXISTS (SELECT 1 FROM health h
  WHERE h.site = sensors.site AND h.sensor = sensors.sensor AND h.received > COALESCE(sensors.status_received, 0));
