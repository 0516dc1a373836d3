-- Slots that tasks share. The default pool is never deleted.
CREATE TABLE slot_pool (
    pool TEXT NOT NULL PRIMARY KEY,
    -- Negative: any number.
    slots INTEGER NOT NULL,
    description TEXT NOT NULL,
    -- Whether tasks that wait for an event keep their slots.
    include_deferred INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO slot_pool (pool, slots, description, include_deferred)
VALUES ('default_pool', 128, 'Default pool', 0);

-- Since when a task waits for room, while it is scheduled.
ALTER TABLE task_instance ADD COLUMN scheduled_at INTEGER;
