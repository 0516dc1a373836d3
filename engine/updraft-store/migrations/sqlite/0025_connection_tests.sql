-- Trials of connections that somebody comes back to ask about. What is tried is not kept.
CREATE TABLE connection_test (
    token TEXT NOT NULL PRIMARY KEY,
    conn_id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    -- NULL: it goes on.
    ended_at INTEGER,
    is_usable INTEGER,
    message TEXT
) STRICT, WITHOUT ROWID;

-- A connection is tried once at a time.
CREATE UNIQUE INDEX connection_test_open ON connection_test (conn_id) WHERE ended_at IS NULL;
