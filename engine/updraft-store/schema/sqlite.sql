CREATE TABLE account (
    account_id INTEGER PRIMARY KEY AUTOINCREMENT,
    username TEXT NOT NULL UNIQUE,
    email TEXT NOT NULL UNIQUE,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    -- argon2id in PHC form, or what werkzeug wrote for Airflow. NULL: nobody can log in with a password.
    password_hash TEXT,
    -- Tokens that are older do not count.
    password_set_at INTEGER NOT NULL,
    is_active INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    last_login_at INTEGER,
    login_count INTEGER NOT NULL DEFAULT 0,
    -- Since the last success.
    failed_login_count INTEGER NOT NULL DEFAULT 0,
    -- Nobody logs in before this.
    locked_until INTEGER
) STRICT;
CREATE TABLE account_role (
    account_id INTEGER NOT NULL REFERENCES account (account_id) ON DELETE CASCADE,
    role_id INTEGER NOT NULL REFERENCES role (role_id) ON DELETE CASCADE,
    PRIMARY KEY (account_id, role_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX account_role_role ON account_role (role_id);
CREATE TABLE ask (
    job_id INTEGER NOT NULL REFERENCES job (job_id),
    -- Counts the asks of a process.
    number INTEGER NOT NULL,
    attempt_id BLOB NOT NULL,
    -- JSON.
    body TEXT NOT NULL,
    -- JSON; NULL: the scheduler has not answered yet.
    answer TEXT,
    PRIMARY KEY (job_id, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX ask_open ON ask (job_id, number) WHERE answer IS NULL;
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
CREATE TABLE asset_alias (
    alias_id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    asset_group TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE asset_alias_asset (
    alias_id INTEGER NOT NULL REFERENCES asset_alias (alias_id),
    asset_id INTEGER NOT NULL REFERENCES asset (asset_id),
    PRIMARY KEY (alias_id, asset_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX asset_alias_asset_asset ON asset_alias_asset (asset_id);
CREATE TABLE asset_alias_event (
    alias_id INTEGER NOT NULL REFERENCES asset_alias (alias_id),
    event_id INTEGER NOT NULL REFERENCES asset_event (event_id) ON DELETE CASCADE,
    PRIMARY KEY (alias_id, event_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX asset_alias_event_event ON asset_alias_event (event_id);
CREATE TABLE "asset_event" (
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
CREATE INDEX asset_event_asset ON asset_event (asset_id, event_id);
CREATE UNIQUE INDEX asset_event_attempt ON asset_event (attempt_id, place);
CREATE TABLE "asset_queue" (
    dag_id TEXT NOT NULL REFERENCES dag (dag_id) ON DELETE CASCADE,
    event_id INTEGER NOT NULL REFERENCES "asset_event" (event_id) ON DELETE CASCADE,
    -- Whether it can make the DAG's schedule come true; not if the DAG was paused when it came.
    counts INTEGER NOT NULL,
    PRIMARY KEY (dag_id, event_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX asset_queue_event ON asset_queue (event_id);
CREATE TABLE asset_state_store (
    asset_id INTEGER NOT NULL REFERENCES asset (asset_id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    -- JSON, not null.
    value TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    -- Who has written it last: a task of a run, whose row may be gone. NULL: a person or a program, by the API.
    dag_id TEXT,
    run_id TEXT,
    task_id TEXT,
    map_index INTEGER,
    PRIMARY KEY (asset_id, key)
) STRICT;
CREATE TABLE assignment (
    attempt_id BLOB NOT NULL PRIMARY KEY,
    job_id INTEGER NOT NULL REFERENCES job (job_id),
    -- What its process needs to know: JSON.
    workload TEXT NOT NULL,
    -- Whether the process has it.
    is_taken INTEGER NOT NULL DEFAULT 0,
    -- Whether it is to be killed.
    is_killed INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX assignment_of_job ON assignment (job_id);
CREATE TABLE backfill (
    backfill_id INTEGER PRIMARY KEY AUTOINCREMENT,
    dag_id TEXT NOT NULL REFERENCES dag (dag_id) ON DELETE CASCADE,
    -- active, paused, completed or cancelled
    state TEXT NOT NULL,
    from_date INTEGER NOT NULL,
    to_date INTEGER NOT NULL,
    max_active_runs INTEGER NOT NULL,
    run_backwards INTEGER NOT NULL,
    -- none, failed or completed
    reprocess_behavior TEXT NOT NULL,
    -- A JSON object.
    dag_run_conf TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    -- When the last of its runs was over, or when it was cancelled.
    completed_at INTEGER,
    triggered_by TEXT
) STRICT;
CREATE UNIQUE INDEX backfill_open ON backfill (dag_id) WHERE state IN ('active', 'paused');
CREATE TABLE callback (
    -- Made of the event and of what it happened to.
    callback_id TEXT NOT NULL PRIMARY KEY,
    dag_id TEXT NOT NULL,
    run_id TEXT NOT NULL,
    -- NULL: the event of the run.
    task_id TEXT,
    map_index INTEGER,
    -- The attempt that the event is about, and which try it was.
    attempt_id BLOB,
    try_number INTEGER,
    -- The argument's name: on_failure_callback.
    event TEXT NOT NULL,
    -- How what it is about ended, in words.
    reason TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    -- queued, running, success or failed.
    state TEXT NOT NULL,
    -- How often it was handed to a process, but for the times that were lost with their scheduler.
    tries INTEGER NOT NULL DEFAULT 0,
    -- Not before this, while it is queued.
    next_try_at INTEGER NOT NULL,
    -- The newest delivery. It may write while the state is running.
    delivery_id BLOB,
    -- The places of the functions that have been called and returned, a JSON list.
    done TEXT NOT NULL DEFAULT '[]',
    start_date INTEGER,
    end_date INTEGER,
    -- How the newest delivery ended, in words.
    outcome TEXT, deadline TEXT, due_at INTEGER,
    FOREIGN KEY (dag_id, run_id) REFERENCES dag_run (dag_id, run_id) ON DELETE CASCADE
) STRICT;
CREATE INDEX callback_run ON callback (dag_id, run_id);
CREATE INDEX callback_waiting ON callback (dag_id, next_try_at) WHERE state IN ('queued', 'running');
CREATE TABLE change_feed (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    dag_id TEXT NOT NULL,
    -- NULL: the DAG itself.
    run_id TEXT
) STRICT;
CREATE TABLE connection (
    conn_id TEXT NOT NULL PRIMARY KEY,
    conn_type TEXT,
    description TEXT,
    host TEXT,
    login TEXT,
    password TEXT,
    schema TEXT,
    port INTEGER,
    extra TEXT,
    -- Of the password.
    is_encrypted INTEGER NOT NULL,
    is_extra_encrypted INTEGER NOT NULL
) STRICT;
CREATE TABLE connection_test (
    token TEXT NOT NULL PRIMARY KEY,
    conn_id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    -- NULL: it goes on.
    ended_at INTEGER,
    is_usable INTEGER,
    message TEXT
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX connection_test_open ON connection_test (conn_id) WHERE ended_at IS NULL;
CREATE TABLE dag (
    dag_id TEXT NOT NULL PRIMARY KEY,
    -- The source that defines it; another source may not take it over while this one does.
    source TEXT NOT NULL,
    fileloc TEXT NOT NULL,
    -- Whether its source still defines it.
    is_active INTEGER NOT NULL,
    is_paused INTEGER NOT NULL,
    -- Its newest version: what new runs get.
    version_id BLOB NOT NULL,
    description TEXT,
    schedule TEXT NOT NULL,
    -- Comma-separated, in alphabetical order.
    owners TEXT NOT NULL,
    -- The data interval of the newest scheduled run, and the run after that.
    last_interval_start INTEGER,
    last_interval_end INTEGER,
    next_logical_date INTEGER,
    next_run_after INTEGER,
    parsed_at INTEGER NOT NULL
, last_asset_date INTEGER, timetable_answer TEXT) STRICT;
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
CREATE TABLE dag_asset_ref (
    -- By what: `name` or `uri`.
    named_by TEXT NOT NULL,
    named TEXT NOT NULL,
    -- `schedule`, `outlet` or `inlet`.
    role TEXT NOT NULL,
    dag_id TEXT NOT NULL REFERENCES dag (dag_id) ON DELETE CASCADE,
    -- The task whose outlet or inlet it is; empty for the schedule.
    task_id TEXT NOT NULL,
    PRIMARY KEY (named_by, named, role, dag_id, task_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX dag_asset_ref_dag ON dag_asset_ref (dag_id);
CREATE TABLE dag_favorite (
    account_id INTEGER NOT NULL REFERENCES account (account_id) ON DELETE CASCADE,
    dag_id TEXT NOT NULL REFERENCES dag (dag_id) ON DELETE CASCADE,
    PRIMARY KEY (account_id, dag_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX dag_favorite_dag ON dag_favorite (dag_id);
CREATE TABLE dag_run (
    dag_id TEXT NOT NULL REFERENCES dag (dag_id) ON DELETE CASCADE,
    run_id TEXT NOT NULL,
    version_id BLOB NOT NULL REFERENCES dag_version (version_id),
    state TEXT NOT NULL,
    run_type TEXT NOT NULL,
    logical_date INTEGER,
    data_interval_start INTEGER,
    data_interval_end INTEGER,
    run_after INTEGER NOT NULL,
    -- A JSON object.
    conf TEXT NOT NULL,
    queued_at INTEGER,
    start_date INTEGER,
    end_date INTEGER,
    -- How often it was cleared.
    clear_number INTEGER NOT NULL DEFAULT 0,
    triggered_by TEXT, backfill_id INTEGER, backfill_place INTEGER, asked_by BLOB, note TEXT,
    PRIMARY KEY (dag_id, run_id),
    UNIQUE (dag_id, logical_date)
) STRICT, WITHOUT ROWID;
CREATE INDEX dag_run_backfill ON dag_run (backfill_id) WHERE backfill_id IS NOT NULL;
CREATE INDEX dag_run_date ON dag_run (coalesce(logical_date, run_after), dag_id, run_id);
CREATE INDEX dag_run_order ON dag_run (dag_id, coalesce(logical_date, run_after));
CREATE INDEX dag_run_state ON dag_run (dag_id, state);
CREATE INDEX dag_run_unfinished ON dag_run (dag_id, run_id) WHERE state IN ('queued', 'running');
CREATE TABLE "dag_run_asset_event" (
    dag_id TEXT NOT NULL,
    run_id TEXT NOT NULL,
    event_id INTEGER NOT NULL REFERENCES "asset_event" (event_id) ON DELETE CASCADE,
    PRIMARY KEY (dag_id, run_id, event_id),
    FOREIGN KEY (dag_id, run_id) REFERENCES dag_run (dag_id, run_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX dag_run_asset_event_event ON dag_run_asset_event (event_id);
CREATE TABLE dag_tag (
    dag_id TEXT NOT NULL REFERENCES dag (dag_id) ON DELETE CASCADE,
    tag TEXT NOT NULL,
    PRIMARY KEY (dag_id, tag)
) STRICT, WITHOUT ROWID;
CREATE INDEX dag_tag_tag ON dag_tag (tag);
CREATE TABLE dag_version (
    version_id BLOB NOT NULL PRIMARY KEY,
    dag_id TEXT NOT NULL REFERENCES dag (dag_id) ON DELETE CASCADE,
    -- Counts up from 1 per DAG.
    version_number INTEGER NOT NULL,
    -- 64 hexadecimal digits.
    structure_hash TEXT NOT NULL,
    -- The serialised DAG, JSON.
    spec TEXT NOT NULL,
    created_at INTEGER NOT NULL, code_hash TEXT,
    UNIQUE (dag_id, version_number)
) STRICT;
CREATE INDEX dag_version_code ON dag_version (code_hash) WHERE code_hash IS NOT NULL;
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
CREATE TABLE event_log (
    event_log_id INTEGER PRIMARY KEY AUTOINCREMENT,
    happened_at INTEGER NOT NULL,
    event TEXT NOT NULL,
    owner TEXT,
    dag_id TEXT,
    run_id TEXT,
    task_id TEXT,
    map_index INTEGER,
    try_number INTEGER,
    -- JSON, without secrets.
    extra TEXT
) STRICT;
CREATE INDEX event_log_dag ON event_log (dag_id, event_log_id);
CREATE INDEX event_log_time ON event_log (happened_at);
CREATE TABLE external_identity (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    account_id INTEGER NOT NULL REFERENCES account (account_id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (issuer, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX external_identity_account ON external_identity (account_id);
CREATE TABLE hitl_detail (
    dag_id TEXT NOT NULL,
    run_id TEXT NOT NULL,
    task_id TEXT NOT NULL,
    map_index INTEGER NOT NULL,
    try_number INTEGER NOT NULL,
    -- The attempt that has asked.
    attempt_id BLOB NOT NULL UNIQUE,
    subject TEXT NOT NULL,
    body TEXT,
    -- A JSON list of texts.
    options TEXT NOT NULL,
    -- A JSON list of texts.
    defaults TEXT,
    multiple INTEGER NOT NULL,
    -- A JSON object.
    params TEXT NOT NULL,
    -- A JSON list of those who may answer; empty: everybody who may change tasks.
    assigned_users TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    -- The answer. NULL: there is none yet.
    responded_at INTEGER,
    -- A JSON list of texts.
    chosen_options TEXT,
    -- A JSON object.
    params_input TEXT,
    -- NULL: the time was over, and the defaults were taken.
    responder_id TEXT,
    responder_name TEXT,
    PRIMARY KEY (dag_id, run_id, task_id, map_index, try_number),
    FOREIGN KEY (dag_id, run_id) REFERENCES dag_run (dag_id, run_id) ON DELETE CASCADE
) STRICT;
CREATE INDEX hitl_detail_created ON hitl_detail (created_at);
CREATE TABLE "import_error" (
    source TEXT NOT NULL UNIQUE,
    fileloc TEXT NOT NULL,
    message TEXT NOT NULL,
    occurred_at INTEGER NOT NULL,
    import_error_id INTEGER PRIMARY KEY AUTOINCREMENT
) STRICT;
CREATE TABLE job (
    job_id INTEGER PRIMARY KEY AUTOINCREMENT,
    -- running, success (it has left) or failed (it gave no sign of life)
    state TEXT NOT NULL,
    hostname TEXT NOT NULL,
    pid INTEGER NOT NULL,
    -- How many attempts it takes at once.
    slots INTEGER NOT NULL,
    start_date INTEGER NOT NULL,
    latest_heartbeat INTEGER NOT NULL,
    end_date INTEGER
) STRICT;
CREATE INDEX job_running ON job (job_id) WHERE state = 'running';
CREATE TABLE lease (
    name TEXT NOT NULL PRIMARY KEY,
    epoch INTEGER NOT NULL,
    -- NULL when nobody holds it.
    hostname TEXT,
    pid INTEGER,
    acquired_at INTEGER NOT NULL,
    renewed_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE parse_request (
    source TEXT NOT NULL PRIMARY KEY,
    requested_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE personal_token (
    token_id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL REFERENCES account (account_id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    -- SHA-256 of the token, which nobody has but the program: 64 hexadecimal digits.
    token_hash TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    -- NULL: it counts until it is revoked.
    expires_at INTEGER,
    -- To the minute.
    last_used_at INTEGER,
    UNIQUE (account_id, name)
) STRICT;
CREATE TABLE rendered_fields (
    dag_id TEXT NOT NULL,
    run_id TEXT NOT NULL,
    task_id TEXT NOT NULL,
    map_index INTEGER NOT NULL,
    -- A JSON object.
    fields TEXT NOT NULL,
    PRIMARY KEY (dag_id, run_id, task_id, map_index),
    FOREIGN KEY (dag_id, run_id) REFERENCES dag_run (dag_id, run_id) ON DELETE CASCADE
) STRICT;
CREATE INDEX rendered_fields_task ON rendered_fields (dag_id, task_id, run_id);
CREATE TABLE role (
    role_id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE
) STRICT;
CREATE TABLE role_permission (
    role_id INTEGER NOT NULL REFERENCES role (role_id) ON DELETE CASCADE,
    action TEXT NOT NULL,
    resource TEXT NOT NULL,
    PRIMARY KEY (role_id, action, resource)
) STRICT, WITHOUT ROWID;
CREATE TABLE session (
    -- SHA-256 of the token, which nobody has but the browser: 64 hexadecimal digits.
    token_hash TEXT NOT NULL PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES account (account_id) ON DELETE CASCADE,
    -- What a page of ours says with each change, and no other page knows.
    csrf_token TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    -- To the minute.
    seen_at INTEGER NOT NULL,
    -- It ends then, however often it was seen.
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_account ON session (account_id);
CREATE TABLE slot_pool (
    pool TEXT NOT NULL PRIMARY KEY,
    -- Negative: any number.
    slots INTEGER NOT NULL,
    description TEXT NOT NULL,
    -- Whether tasks that wait for an event keep their slots.
    include_deferred INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE source_code (
    -- 64 hexadecimal digits.
    code_hash TEXT NOT NULL PRIMARY KEY,
    code TEXT NOT NULL
) STRICT;
CREATE TABLE task_instance (
    dag_id TEXT NOT NULL,
    run_id TEXT NOT NULL,
    task_id TEXT NOT NULL,
    map_index INTEGER NOT NULL,
    operator TEXT NOT NULL,
    -- NULL before anything was decided.
    state TEXT,
    max_tries INTEGER NOT NULL,
    -- How many of its newest tries in a row were lost with their supervisor.
    lost_in_row INTEGER NOT NULL DEFAULT 0,
    next_try_at INTEGER,
    priority_weight INTEGER NOT NULL DEFAULT 1,
    -- The newest try. It is live, and may write, while the state is queued or running.
    attempt_id BLOB UNIQUE,
    -- Counts up from 1; 0 before the first.
    try_number INTEGER NOT NULL DEFAULT 0,
    queued_at INTEGER,
    start_date INTEGER,
    end_date INTEGER,
    hostname TEXT,
    unixname TEXT,
    pid INTEGER,
    heartbeat_at INTEGER,
    -- How far it says it is, JSON.
    progress TEXT,
    -- How it ended, in words.
    outcome TEXT, scheduled_at INTEGER, mapped_length INTEGER, returned_length INTEGER, rendered_map_index TEXT, reschedules INTEGER NOT NULL DEFAULT 0, began_at INTEGER, deferral TEXT, wait_fires_at INTEGER, wait_times_out_at INTEGER, wait_end TEXT, wait_note TEXT, note TEXT,
    PRIMARY KEY (dag_id, run_id, task_id, map_index),
    FOREIGN KEY (dag_id, run_id) REFERENCES dag_run (dag_id, run_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX task_instance_live ON task_instance (dag_id, run_id) WHERE state IN ('queued', 'running', 'restarting');
CREATE TABLE task_instance_history (
    attempt_id BLOB NOT NULL PRIMARY KEY,
    dag_id TEXT NOT NULL,
    run_id TEXT NOT NULL,
    task_id TEXT NOT NULL,
    map_index INTEGER NOT NULL,
    try_number INTEGER NOT NULL,
    -- How this try ended: success, skipped or failed.
    state TEXT NOT NULL,
    queued_at INTEGER,
    start_date INTEGER,
    end_date INTEGER NOT NULL,
    hostname TEXT,
    unixname TEXT,
    pid INTEGER,
    outcome TEXT,
    FOREIGN KEY (dag_id, run_id) REFERENCES dag_run (dag_id, run_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX task_instance_history_task ON task_instance_history (dag_id, run_id, task_id, map_index, try_number);
CREATE TABLE task_state_store (
    dag_id TEXT NOT NULL,
    run_id TEXT NOT NULL,
    task_id TEXT NOT NULL,
    map_index INTEGER NOT NULL,
    key TEXT NOT NULL,
    -- JSON, not null.
    value TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    -- From then on it may be cleaned away. NULL: never.
    expires_at INTEGER,
    PRIMARY KEY (dag_id, run_id, task_id, map_index, key),
    FOREIGN KEY (dag_id, run_id) REFERENCES dag_run (dag_id, run_id) ON DELETE CASCADE
) STRICT;
CREATE INDEX task_state_store_expires ON task_state_store (expires_at) WHERE expires_at IS NOT NULL;
CREATE TABLE variable (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL,
    description TEXT,
    is_encrypted INTEGER NOT NULL
) STRICT;
CREATE TABLE xcom (
    dag_id TEXT NOT NULL,
    run_id TEXT NOT NULL,
    task_id TEXT NOT NULL,
    map_index INTEGER NOT NULL,
    key TEXT NOT NULL,
    -- JSON.
    value TEXT NOT NULL,
    set_at INTEGER NOT NULL,
    PRIMARY KEY (dag_id, run_id, task_id, map_index, key),
    FOREIGN KEY (dag_id, run_id) REFERENCES dag_run (dag_id, run_id) ON DELETE CASCADE
) STRICT;
CREATE INDEX xcom_skip_decision ON xcom (dag_id, run_id) WHERE key = 'skipmixin_key';
