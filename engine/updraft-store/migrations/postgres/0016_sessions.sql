-- People who have logged in to the web interface.
CREATE TABLE session (
    -- SHA-256 of the token, which nobody has but the browser: 64 hexadecimal digits.
    token_hash TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    account_id BIGINT NOT NULL REFERENCES account (account_id) ON DELETE CASCADE,
    -- What a page of ours says with each change, and no other page knows.
    csrf_token TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    -- To the minute.
    seen_at BIGINT NOT NULL,
    -- It ends then, however often it was seen.
    expires_at BIGINT NOT NULL
);

CREATE INDEX session_account ON session (account_id);

-- How many runs DAGs have in each state.
CREATE INDEX dag_run_state ON dag_run (dag_id, state);

-- Runs of all DAGs, the newest first.
CREATE INDEX dag_run_date ON dag_run (coalesce(logical_date, run_after), dag_id, run_id);
