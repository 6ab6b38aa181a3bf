-- Suspicion reports are few among the records and are queried by time.
CREATE INDEX records_whispers ON records (received) WHERE leaf = 'whisper';
