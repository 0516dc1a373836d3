-- Where DAGs refer to assets that are described elsewhere. What a reference means is looked up when something happens.
CREATE TABLE dag_asset_ref (
    -- By what: `name` or `uri`.
    named_by TEXT COLLATE "C" NOT NULL,
    named TEXT COLLATE "C" NOT NULL,
    -- `schedule`, `outlet` or `inlet`.
    role TEXT COLLATE "C" NOT NULL,
    dag_id TEXT COLLATE "C" NOT NULL REFERENCES dag (dag_id) ON DELETE CASCADE,
    -- The task whose outlet or inlet it is; empty for the schedule.
    task_id TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (named_by, named, role, dag_id, task_id)
);

CREATE INDEX dag_asset_ref_dag ON dag_asset_ref (dag_id);
