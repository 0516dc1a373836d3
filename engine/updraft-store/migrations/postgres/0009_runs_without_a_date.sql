-- A run may be about no date; it has no data interval either then.
ALTER TABLE dag_run ALTER COLUMN logical_date DROP NOT NULL;
ALTER TABLE dag_run ALTER COLUMN data_interval_start DROP NOT NULL;
ALTER TABLE dag_run ALTER COLUMN data_interval_end DROP NOT NULL;

-- The order of a DAG's runs: by logical date; one without stands where it may start.
CREATE INDEX dag_run_order ON dag_run (dag_id, (coalesce(logical_date, run_after)));
