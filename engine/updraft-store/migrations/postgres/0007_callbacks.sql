-- Callbacks that are to be called, and those that were: one row per event, written with what it is about.
CREATE TABLE callback (
    -- Made of the event and of what it happened to.
    callback_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    dag_id TEXT COLLATE "C" NOT NULL,
    run_id TEXT COLLATE "C" NOT NULL,
    -- NULL: the event of the run.
    task_id TEXT COLLATE "C",
    map_index BIGINT,
    -- The attempt that the event is about, and which try it was.
    attempt_id UUID,
    try_number BIGINT,
    -- The argument's name: on_failure_callback.
    event TEXT NOT NULL,
    -- How what it is about ended, in words.
    reason TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    -- queued, running, success or failed.
    state TEXT NOT NULL,
    -- How often it was handed to a process, but for the times that were lost with their scheduler.
    tries BIGINT NOT NULL DEFAULT 0,
    -- Not before this, while it is queued.
    next_try_at BIGINT NOT NULL,
    -- The newest delivery. It may write while the state is running.
    delivery_id UUID,
    -- The places of the functions that have been called and returned, a JSON list.
    done TEXT NOT NULL DEFAULT '[]',
    start_date BIGINT,
    end_date BIGINT,
    -- How the newest delivery ended, in words.
    outcome TEXT,
    FOREIGN KEY (dag_id, run_id) REFERENCES dag_run (dag_id, run_id) ON DELETE CASCADE
);

CREATE INDEX callback_waiting ON callback (dag_id, next_try_at) WHERE state IN ('queued', 'running');

CREATE INDEX callback_run ON callback (dag_id, run_id);

-- How often the newest try of the task was put off. As long as it is, the next attempt goes on with that try, which began
-- then.
ALTER TABLE task_instance ADD COLUMN reschedules BIGINT NOT NULL DEFAULT 0;

ALTER TABLE task_instance ADD COLUMN began_at BIGINT;
