-- What tasks ask people, one question per try, and what these answer.
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
