-- Names behind which stand assets that are known only once a task has updated them.
CREATE TABLE asset_alias (
    alias_id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL UNIQUE,
    asset_group TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

-- Where DAGs name them, as in dag_asset.
CREATE TABLE dag_asset_alias (
    alias_id BIGINT NOT NULL REFERENCES asset_alias (alias_id),
    -- `schedule`, `outlet` or `inlet`.
    role TEXT COLLATE "C" NOT NULL,
    dag_id TEXT COLLATE "C" NOT NULL REFERENCES dag (dag_id) ON DELETE CASCADE,
    -- The task whose outlet or inlet it is; empty for the schedule.
    task_id TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (alias_id, role, dag_id, task_id)
);

CREATE INDEX dag_asset_alias_dag ON dag_asset_alias (dag_id);

-- The assets that tasks have ever named by them.
CREATE TABLE asset_alias_asset (
    alias_id BIGINT NOT NULL REFERENCES asset_alias (alias_id),
    asset_id BIGINT NOT NULL REFERENCES asset (asset_id),
    PRIMARY KEY (alias_id, asset_id)
);

CREATE INDEX asset_alias_asset_asset ON asset_alias_asset (asset_id);

-- The events that tasks have told by them.
CREATE TABLE asset_alias_event (
    alias_id BIGINT NOT NULL REFERENCES asset_alias (alias_id),
    event_id BIGINT NOT NULL REFERENCES asset_event (event_id) ON DELETE CASCADE,
    PRIMARY KEY (alias_id, event_id)
);

CREATE INDEX asset_alias_event_event ON asset_alias_event (event_id);

-- An attempt may have several events of one asset: of the asset itself, and by aliases with other things to say.
ALTER TABLE asset_event ADD COLUMN place BIGINT NOT NULL DEFAULT 0;
ALTER TABLE asset_event DROP CONSTRAINT asset_event_attempt_id_asset_id_key;
-- Until now each event of an attempt was of another asset.
UPDATE asset_event SET place = asset_id WHERE attempt_id IS NOT NULL;
CREATE UNIQUE INDEX asset_event_attempt ON asset_event (attempt_id, place);
