-- Things that tasks update and DAGs wait for, by their uri.
CREATE TABLE asset (
    asset_id INTEGER PRIMARY KEY AUTOINCREMENT,
    uri TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    asset_group TEXT NOT NULL,
    -- A JSON object.
    extra TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE INDEX asset_name ON asset (name);

-- Which DAG names which asset, in its newest version.
CREATE TABLE dag_asset (
    asset_id INTEGER NOT NULL REFERENCES asset (asset_id),
    -- `schedule`, `outlet` or `inlet`.
    role TEXT NOT NULL,
    dag_id TEXT NOT NULL REFERENCES dag (dag_id) ON DELETE CASCADE,
    -- The task whose outlet or inlet it is; empty for the schedule.
    task_id TEXT NOT NULL,
    PRIMARY KEY (asset_id, role, dag_id, task_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX dag_asset_dag ON dag_asset (dag_id);

-- Every update of an asset.
CREATE TABLE asset_event (
    event_id INTEGER PRIMARY KEY AUTOINCREMENT,
    asset_id INTEGER NOT NULL REFERENCES asset (asset_id),
    -- A JSON object.
    extra TEXT NOT NULL,
    happened_at INTEGER NOT NULL,
    -- The attempt whose success it is, its task, and the data that its run is about. NULL: it came from outside.
    attempt_id BLOB,
    dag_id TEXT,
    run_id TEXT,
    task_id TEXT,
    map_index INTEGER,
    data_interval_start INTEGER,
    data_interval_end INTEGER,
    UNIQUE (attempt_id, asset_id)
) STRICT;

CREATE INDEX asset_event_asset ON asset_event (asset_id, event_id);

-- The events that wait for the next run of a DAG.
CREATE TABLE asset_queue (
    dag_id TEXT NOT NULL REFERENCES dag (dag_id) ON DELETE CASCADE,
    event_id INTEGER NOT NULL REFERENCES asset_event (event_id) ON DELETE CASCADE,
    -- Whether it can make the DAG's schedule come true; not if the DAG was paused when it came.
    counts INTEGER NOT NULL,
    PRIMARY KEY (dag_id, event_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX asset_queue_event ON asset_queue (event_id);

-- The events that a run has consumed.
CREATE TABLE dag_run_asset_event (
    dag_id TEXT NOT NULL,
    run_id TEXT NOT NULL,
    event_id INTEGER NOT NULL REFERENCES asset_event (event_id) ON DELETE CASCADE,
    PRIMARY KEY (dag_id, run_id, event_id),
    FOREIGN KEY (dag_id, run_id) REFERENCES dag_run (dag_id, run_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX dag_run_asset_event_event ON dag_run_asset_event (event_id);

-- The logical date of the newest run that assets have caused.
ALTER TABLE dag ADD COLUMN last_asset_date INTEGER;
