-- Things that tasks update and DAGs wait for, by their uri.
CREATE TABLE asset (
    asset_id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    uri TEXT COLLATE "C" NOT NULL UNIQUE,
    name TEXT COLLATE "C" NOT NULL,
    asset_group TEXT NOT NULL,
    -- A JSON object.
    extra TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE INDEX asset_name ON asset (name);

-- Which DAG names which asset, in its newest version.
CREATE TABLE dag_asset (
    asset_id BIGINT NOT NULL REFERENCES asset (asset_id),
    -- `schedule`, `outlet` or `inlet`.
    role TEXT COLLATE "C" NOT NULL,
    dag_id TEXT COLLATE "C" NOT NULL REFERENCES dag (dag_id) ON DELETE CASCADE,
    -- The task whose outlet or inlet it is; empty for the schedule.
    task_id TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (asset_id, role, dag_id, task_id)
);

CREATE INDEX dag_asset_dag ON dag_asset (dag_id);

-- Every update of an asset.
CREATE TABLE asset_event (
    event_id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    asset_id BIGINT NOT NULL REFERENCES asset (asset_id),
    -- A JSON object.
    extra TEXT NOT NULL,
    happened_at BIGINT NOT NULL,
    -- The attempt whose success it is, its task, and the data that its run is about. NULL: it came from outside.
    attempt_id UUID,
    dag_id TEXT COLLATE "C",
    run_id TEXT COLLATE "C",
    task_id TEXT COLLATE "C",
    map_index BIGINT,
    data_interval_start BIGINT,
    data_interval_end BIGINT,
    UNIQUE (attempt_id, asset_id)
);

CREATE INDEX asset_event_asset ON asset_event (asset_id, event_id);

-- The events that wait for the next run of a DAG.
CREATE TABLE asset_queue (
    dag_id TEXT COLLATE "C" NOT NULL REFERENCES dag (dag_id) ON DELETE CASCADE,
    event_id BIGINT NOT NULL REFERENCES asset_event (event_id) ON DELETE CASCADE,
    -- Whether it can make the DAG's schedule come true; not if the DAG was paused when it came.
    counts BOOLEAN NOT NULL,
    PRIMARY KEY (dag_id, event_id)
);

CREATE INDEX asset_queue_event ON asset_queue (event_id);

-- The events that a run has consumed.
CREATE TABLE dag_run_asset_event (
    dag_id TEXT COLLATE "C" NOT NULL,
    run_id TEXT COLLATE "C" NOT NULL,
    event_id BIGINT NOT NULL REFERENCES asset_event (event_id) ON DELETE CASCADE,
    PRIMARY KEY (dag_id, run_id, event_id),
    FOREIGN KEY (dag_id, run_id) REFERENCES dag_run (dag_id, run_id) ON DELETE CASCADE
);

CREATE INDEX dag_run_asset_event_event ON dag_run_asset_event (event_id);

-- The logical date of the newest run that assets have caused.
ALTER TABLE dag ADD COLUMN last_asset_date BIGINT;
