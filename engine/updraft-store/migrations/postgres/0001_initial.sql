-- A DAG that some source defines or once defined.
CREATE TABLE dag (
    dag_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    -- The source that defines it; another source may not take it over while this one does.
    source TEXT COLLATE "C" NOT NULL,
    fileloc TEXT NOT NULL,
    -- Whether its source still defines it.
    is_active BOOLEAN NOT NULL,
    is_paused BOOLEAN NOT NULL,
    -- Its newest version: what new runs get.
    version_id UUID NOT NULL,
    description TEXT,
    schedule TEXT NOT NULL,
    -- Comma-separated, in alphabetical order.
    owners TEXT NOT NULL,
    -- The data interval of the newest scheduled run, and the run after that.
    last_interval_start BIGINT,
    last_interval_end BIGINT,
    next_logical_date BIGINT,
    next_run_after BIGINT,
    parsed_at BIGINT NOT NULL
);

CREATE TABLE dag_tag (
    dag_id TEXT COLLATE "C" NOT NULL REFERENCES dag (dag_id) ON DELETE CASCADE,
    tag TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (dag_id, tag)
);

-- The description of a DAG between two changes of it.
CREATE TABLE dag_version (
    version_id UUID NOT NULL PRIMARY KEY,
    dag_id TEXT COLLATE "C" NOT NULL REFERENCES dag (dag_id) ON DELETE CASCADE,
    -- Counts up from 1 per DAG.
    version_number BIGINT NOT NULL,
    -- 64 hexadecimal digits.
    structure_hash TEXT NOT NULL,
    -- The serialised DAG, JSON.
    spec TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (dag_id, version_number)
);

CREATE TABLE import_error (
    source TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    fileloc TEXT NOT NULL,
    message TEXT NOT NULL,
    occurred_at BIGINT NOT NULL
);

CREATE TABLE dag_run (
    dag_id TEXT COLLATE "C" NOT NULL REFERENCES dag (dag_id) ON DELETE CASCADE,
    run_id TEXT COLLATE "C" NOT NULL,
    version_id UUID NOT NULL REFERENCES dag_version (version_id),
    state TEXT NOT NULL,
    run_type TEXT NOT NULL,
    logical_date BIGINT NOT NULL,
    data_interval_start BIGINT NOT NULL,
    data_interval_end BIGINT NOT NULL,
    run_after BIGINT NOT NULL,
    -- A JSON object.
    conf TEXT NOT NULL,
    queued_at BIGINT,
    start_date BIGINT,
    end_date BIGINT,
    -- How often it was cleared.
    clear_number BIGINT NOT NULL DEFAULT 0,
    triggered_by TEXT,
    PRIMARY KEY (dag_id, run_id),
    UNIQUE (dag_id, logical_date)
);

CREATE INDEX dag_run_unfinished ON dag_run (dag_id, run_id) WHERE state IN ('queued', 'running');

-- A task of a run. The columns from `attempt_id` on describe its newest try.
CREATE TABLE task_instance (
    dag_id TEXT COLLATE "C" NOT NULL,
    run_id TEXT COLLATE "C" NOT NULL,
    task_id TEXT COLLATE "C" NOT NULL,
    map_index BIGINT NOT NULL,
    operator TEXT NOT NULL,
    -- NULL before anything was decided.
    state TEXT,
    max_tries BIGINT NOT NULL,
    -- How many of its newest tries in a row were lost with their supervisor.
    lost_in_row BIGINT NOT NULL DEFAULT 0,
    next_try_at BIGINT,
    priority_weight BIGINT NOT NULL DEFAULT 1,
    -- The newest try. It is live, and may write, while the state is queued or running.
    attempt_id UUID UNIQUE,
    -- Counts up from 1; 0 before the first.
    try_number BIGINT NOT NULL DEFAULT 0,
    queued_at BIGINT,
    start_date BIGINT,
    end_date BIGINT,
    hostname TEXT,
    unixname TEXT,
    pid BIGINT,
    heartbeat_at BIGINT,
    -- How far it says it is, JSON.
    progress TEXT,
    -- How it ended, in words.
    outcome TEXT,
    PRIMARY KEY (dag_id, run_id, task_id, map_index),
    FOREIGN KEY (dag_id, run_id) REFERENCES dag_run (dag_id, run_id) ON DELETE CASCADE
);

CREATE INDEX task_instance_live ON task_instance (dag_id, run_id) WHERE state IN ('queued', 'running', 'restarting');

-- Every try that has ended, also the newest one of its task.
CREATE TABLE task_instance_history (
    attempt_id UUID NOT NULL PRIMARY KEY,
    dag_id TEXT COLLATE "C" NOT NULL,
    run_id TEXT COLLATE "C" NOT NULL,
    task_id TEXT COLLATE "C" NOT NULL,
    map_index BIGINT NOT NULL,
    try_number BIGINT NOT NULL,
    -- How this try ended: success, skipped or failed.
    state TEXT NOT NULL,
    queued_at BIGINT,
    start_date BIGINT,
    end_date BIGINT NOT NULL,
    hostname TEXT,
    unixname TEXT,
    pid BIGINT,
    outcome TEXT,
    FOREIGN KEY (dag_id, run_id) REFERENCES dag_run (dag_id, run_id) ON DELETE CASCADE
);

CREATE INDEX task_instance_history_task ON task_instance_history (dag_id, run_id, task_id, map_index, try_number);

CREATE TABLE rendered_fields (
    dag_id TEXT COLLATE "C" NOT NULL,
    run_id TEXT COLLATE "C" NOT NULL,
    task_id TEXT COLLATE "C" NOT NULL,
    map_index BIGINT NOT NULL,
    -- A JSON object.
    fields TEXT NOT NULL,
    PRIMARY KEY (dag_id, run_id, task_id, map_index),
    FOREIGN KEY (dag_id, run_id) REFERENCES dag_run (dag_id, run_id) ON DELETE CASCADE
);

CREATE TABLE xcom (
    dag_id TEXT COLLATE "C" NOT NULL,
    run_id TEXT COLLATE "C" NOT NULL,
    task_id TEXT COLLATE "C" NOT NULL,
    map_index BIGINT NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    -- JSON.
    value TEXT NOT NULL,
    set_at BIGINT NOT NULL,
    PRIMARY KEY (dag_id, run_id, task_id, map_index, key),
    FOREIGN KEY (dag_id, run_id) REFERENCES dag_run (dag_id, run_id) ON DELETE CASCADE
);

CREATE TABLE variable (
    key TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    value TEXT NOT NULL,
    description TEXT,
    is_encrypted BOOLEAN NOT NULL
);

CREATE TABLE connection (
    conn_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    conn_type TEXT,
    description TEXT,
    host TEXT,
    login TEXT,
    password TEXT,
    schema TEXT,
    port BIGINT,
    extra TEXT,
    -- Of the password.
    is_encrypted BOOLEAN NOT NULL,
    is_extra_encrypted BOOLEAN NOT NULL
);

-- One row per name, which is always there; its epoch only grows.
CREATE TABLE lease (
    name TEXT NOT NULL PRIMARY KEY,
    epoch BIGINT NOT NULL,
    -- NULL when nobody holds it.
    hostname TEXT,
    pid BIGINT,
    acquired_at BIGINT NOT NULL,
    renewed_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

INSERT INTO lease (name, epoch, hostname, pid, acquired_at, renewed_at, expires_at)
VALUES ('scheduler', 0, NULL, NULL, 0, 0, 0);

-- What other processes changed and the scheduler has not read yet.
CREATE TABLE change_feed (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dag_id TEXT COLLATE "C" NOT NULL,
    -- NULL: the DAG itself.
    run_id TEXT COLLATE "C"
);
