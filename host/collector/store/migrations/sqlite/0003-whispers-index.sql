-- Whispers are few among the records, and are asked for by time.
CREATE INDEX records_whispers ON records (received) WHERE leaf = 'whisper';
