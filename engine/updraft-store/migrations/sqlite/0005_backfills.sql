-- Runs for dates that have passed, asked for in one go.
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

-- A DAG has one open backfill at most.
CREATE UNIQUE INDEX backfill_open ON backfill (dag_id) WHERE state IN ('active', 'paused');

-- The backfill that a run belongs to, and when its turn comes there.
ALTER TABLE dag_run ADD COLUMN backfill_id INTEGER;
ALTER TABLE dag_run ADD COLUMN backfill_place INTEGER;
CREATE INDEX dag_run_backfill ON dag_run (backfill_id) WHERE backfill_id IS NOT NULL;
