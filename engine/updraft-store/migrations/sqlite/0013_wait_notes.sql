-- What the last look at what a task waits for has seen, in words. It counts while the state is deferred.
ALTER TABLE task_instance ADD COLUMN wait_note TEXT;
