-- A run may be about no date; it has no data interval either then. SQLite has no statement that takes a NOT NULL away, and its
-- documentation allows to change the text of the table instead, which changes no row.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema
SET sql = replace(replace(replace(sql,
    'logical_date INTEGER NOT NULL', 'logical_date INTEGER'),
    'data_interval_start INTEGER NOT NULL', 'data_interval_start INTEGER'),
    'data_interval_end INTEGER NOT NULL', 'data_interval_end INTEGER')
WHERE type = 'table' AND name = 'dag_run';
PRAGMA writable_schema = RESET;

-- The order of a DAG's runs: by logical date; one without stands where it may start. A new index also tells other connections
-- that the tables have changed.
CREATE INDEX dag_run_order ON dag_run (dag_id, coalesce(logical_date, run_after));
