-- Deadlines of runs: those of the DAG, and the `sla` of tasks.
CREATE TABLE deadline (
    dag_id TEXT NOT NULL,
    run_id TEXT NOT NULL,
    -- deadline:PLACE or sla:TASK
    name TEXT NOT NULL,
    -- From when it counts; another one means another deadline.
    reference_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    -- Whether the source has a callback for it.
    is_called INTEGER NOT NULL,
    -- open, met or missed
    state TEXT NOT NULL,
    -- When it was met or missed.
    ended_at INTEGER,
    PRIMARY KEY (dag_id, run_id, name),
    FOREIGN KEY (dag_id, run_id) REFERENCES dag_run (dag_id, run_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX deadline_open ON deadline (due_at) WHERE state = 'open';

-- Which deadline an event is about, and when it was.
ALTER TABLE callback ADD COLUMN deadline TEXT;

ALTER TABLE callback ADD COLUMN due_at INTEGER;
