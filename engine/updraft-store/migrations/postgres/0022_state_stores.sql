-- What tries of a task of a run keep for each other.
CREATE TABLE task_state_store (
    dag_id TEXT COLLATE "C" NOT NULL,
    run_id TEXT COLLATE "C" NOT NULL,
    task_id TEXT COLLATE "C" NOT NULL,
    map_index BIGINT NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    -- JSON, not null.
    value TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    -- From then on it may be cleaned away. NULL: never.
    expires_at BIGINT,
    PRIMARY KEY (dag_id, run_id, task_id, map_index, key),
    FOREIGN KEY (dag_id, run_id) REFERENCES dag_run (dag_id, run_id) ON DELETE CASCADE
);

CREATE INDEX task_state_store_expires ON task_state_store (expires_at) WHERE expires_at IS NOT NULL;

-- What tasks keep about assets, for all runs.
CREATE TABLE asset_state_store (
    asset_id BIGINT NOT NULL REFERENCES asset (asset_id) ON DELETE CASCADE,
    key TEXT COLLATE "C" NOT NULL,
    -- JSON, not null.
    value TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    -- Who has written it last: a task of a run, whose row may be gone. NULL: a person or a program, by the API.
    dag_id TEXT COLLATE "C",
    run_id TEXT COLLATE "C",
    task_id TEXT COLLATE "C",
    map_index BIGINT,
    PRIMARY KEY (asset_id, key)
);
