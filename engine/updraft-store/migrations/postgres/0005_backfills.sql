-- Runs for dates that have passed, asked for in one go.
CREATE TABLE backfill (
    backfill_id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dag_id TEXT COLLATE "C" NOT NULL REFERENCES dag (dag_id) ON DELETE CASCADE,
    -- active, paused, completed or cancelled
    state TEXT NOT NULL,
    from_date BIGINT NOT NULL,
    to_date BIGINT NOT NULL,
    max_active_runs BIGINT NOT NULL,
    run_backwards BOOLEAN NOT NULL,
    -- none, failed or completed
    reprocess_behavior TEXT NOT NULL,
    -- A JSON object.
    dag_run_conf TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    -- When the last of its runs was over, or when it was cancelled.
    completed_at BIGINT,
    triggered_by TEXT
);

-- A DAG has one open backfill at most.
CREATE UNIQUE INDEX backfill_open ON backfill (dag_id) WHERE state IN ('active', 'paused');

-- The backfill that a run belongs to, and when its turn comes there.
ALTER TABLE dag_run ADD COLUMN backfill_id BIGINT;
ALTER TABLE dag_run ADD COLUMN backfill_place BIGINT;
CREATE INDEX dag_run_backfill ON dag_run (backfill_id) WHERE backfill_id IS NOT NULL;
