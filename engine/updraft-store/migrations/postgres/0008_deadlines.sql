-- Deadlines of runs: those of the DAG, and the `sla` of tasks.
CREATE TABLE deadline (
    dag_id TEXT COLLATE "C" NOT NULL,
    run_id TEXT COLLATE "C" NOT NULL,
    -- deadline:PLACE or sla:TASK
    name TEXT COLLATE "C" NOT NULL,
    -- From when it counts; another one means another deadline.
    reference_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    -- Whether the source has a callback for it.
    is_called BOOLEAN NOT NULL,
    -- open, met or missed
    state TEXT NOT NULL,
    -- When it was met or missed.
    ended_at BIGINT,
    PRIMARY KEY (dag_id, run_id, name),
    FOREIGN KEY (dag_id, run_id) REFERENCES dag_run (dag_id, run_id) ON DELETE CASCADE
);

CREATE INDEX deadline_open ON deadline (due_at) WHERE state = 'open';

-- Which deadline an event is about, and when it was.
ALTER TABLE callback ADD COLUMN deadline TEXT;

ALTER TABLE callback ADD COLUMN due_at BIGINT;
