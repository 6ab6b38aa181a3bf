-- `born`: when the boot first became the sensor's current one, null if it never did; `status`: its last status once
-- another boot followed. `boot_since`: when the current boot became current. store/current-boot.ts has the rules.
ALTER TABLE boots ADD COLUMN born BIGINT;
ALTER TABLE boots ADD COLUMN status TEXT COLLATE "C";
ALTER TABLE sensors ADD COLUMN boot_since BIGINT;
UPDATE boots
  SET born = (SELECT MIN(received) FROM health h
  WHERE h.site = boots.site AND h.sensor = boots.sensor AND h.boot = boots.boot);

-- Until now the highest number was the current boot. A sensor with a lower boot that counted as gone has reported
-- since.
UPDATE sensors
  SET boot = (SELECT h.boot FROM health h
  WHERE h.site = sensors.site AND h.sensor = sensors.sensor
  ORDER BY h.received DESC, h.uptime DESC LIMIT 1)
  WHERE EXISTS (SELECT 1 FROM health h
  WHERE h.site = sensors.site AND h.sensor = sensors.sensor AND h.received > COALESCE(sensors.status_received, 0));
