-- Names behind which stand assets that are known only once a task has updated them.
CREATE TABLE asset_alias (
    alias_id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    asset_group TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

-- Where DAGs name them, as in dag_asset.
CREATE TABLE dag_asset_alias (
    alias_id INTEGER NOT NULL REFERENCES asset_alias (alias_id),
    -- `schedule`, `outlet` or `inlet`.
    role TEXT NOT NULL,
    dag_id TEXT NOT NULL REFERENCES dag (dag_id) ON DELETE CASCADE,
    -- The task whose outlet or inlet it is; empty for the schedule.
    task_id TEXT NOT NULL,
    PRIMARY KEY (alias_id, role, dag_id, task_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX dag_asset_alias_dag ON dag_asset_alias (dag_id);

-- The assets that tasks have ever named by them.
CREATE TABLE asset_alias_asset (
    alias_id INTEGER NOT NULL REFERENCES asset_alias (alias_id),
    asset_id INTEGER NOT NULL REFERENCES asset (asset_id),
    PRIMARY KEY (alias_id, asset_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX asset_alias_asset_asset ON asset_alias_asset (asset_id);

-- An attempt may have several events of one asset: of the asset itself, and by aliases with other things to say. A constraint goes
-- only with its table, and with the table go the rows of others that name it: so all three are made anew, the children first.
CREATE TABLE new_asset_event (
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
    -- Which event of its attempt it is.
    place INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Until now each event of an attempt was of another asset.
INSERT INTO new_asset_event
SELECT event_id, asset_id, extra, happened_at, attempt_id, dag_id, run_id, task_id, map_index, data_interval_start,
       data_interval_end, CASE WHEN attempt_id IS NULL THEN 0 ELSE asset_id END
FROM asset_event;

CREATE TABLE new_asset_queue (
    dag_id TEXT NOT NULL REFERENCES dag (dag_id) ON DELETE CASCADE,
    event_id INTEGER NOT NULL REFERENCES new_asset_event (event_id) ON DELETE CASCADE,
    -- Whether it can make the DAG's schedule come true; not if the DAG was paused when it came.
    counts INTEGER NOT NULL,
    PRIMARY KEY (dag_id, event_id)
) STRICT, WITHOUT ROWID;

INSERT INTO new_asset_queue SELECT dag_id, event_id, counts FROM asset_queue;

CREATE TABLE new_dag_run_asset_event (
    dag_id TEXT NOT NULL,
    run_id TEXT NOT NULL,
    event_id INTEGER NOT NULL REFERENCES new_asset_event (event_id) ON DELETE CASCADE,
    PRIMARY KEY (dag_id, run_id, event_id),
    FOREIGN KEY (dag_id, run_id) REFERENCES dag_run (dag_id, run_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

INSERT INTO new_dag_run_asset_event SELECT dag_id, run_id, event_id FROM dag_run_asset_event;

DROP TABLE dag_run_asset_event;
DROP TABLE asset_queue;
DROP TABLE asset_event;
ALTER TABLE new_asset_event RENAME TO asset_event;
ALTER TABLE new_asset_queue RENAME TO asset_queue;
ALTER TABLE new_dag_run_asset_event RENAME TO dag_run_asset_event;
CREATE INDEX asset_event_asset ON asset_event (asset_id, event_id);
CREATE UNIQUE INDEX asset_event_attempt ON asset_event (attempt_id, place);
CREATE INDEX asset_queue_event ON asset_queue (event_id);
CREATE INDEX dag_run_asset_event_event ON dag_run_asset_event (event_id);

-- The events that tasks have told by aliases.
CREATE TABLE asset_alias_event (
    alias_id INTEGER NOT NULL REFERENCES asset_alias (alias_id),
    event_id INTEGER NOT NULL REFERENCES asset_event (event_id) ON DELETE CASCADE,
    PRIMARY KEY (alias_id, event_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX asset_alias_event_event ON asset_alias_event (event_id);
