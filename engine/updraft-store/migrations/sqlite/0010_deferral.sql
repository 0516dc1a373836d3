-- What a task waits for while it is deferred, and how it goes on: JSON. It counts while the state is deferred, and after that
-- until the try is over.
ALTER TABLE task_instance ADD COLUMN deferral TEXT;

-- When the wait ends by itself. They count while the state is deferred.
ALTER TABLE task_instance ADD COLUMN wait_fires_at INTEGER;

ALTER TABLE task_instance ADD COLUMN wait_times_out_at INTEGER;

-- How the wait has ended, JSON: what the next attempt of the try, or the one after it if that is lost, goes on with.
ALTER TABLE task_instance ADD COLUMN wait_end TEXT;
