-- Trials of connections that somebody comes back to ask about. What is tried is not kept.
CREATE TABLE connection_test (
    token TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    conn_id TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    -- NULL: it goes on.
    ended_at BIGINT,
    is_usable BOOLEAN,
    message TEXT
);

-- A connection is tried once at a time.
CREATE UNIQUE INDEX connection_test_open ON connection_test (conn_id) WHERE ended_at IS NULL;
