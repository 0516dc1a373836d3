-- Runs of the data quality checks that came to their end.
CREATE TABLE quality_run (
    run_id TEXT NOT NULL PRIMARY KEY,
    ended_at BIGINT NOT NULL
);

-- How each check came out in a run.
CREATE TABLE quality_result (
    run_id TEXT NOT NULL,
    name TEXT NOT NULL,
    table_name TEXT NOT NULL,
    severity TEXT NOT NULL,
    passed BOOLEAN NOT NULL,
    checked BIGINT NOT NULL,
    failed BIGINT NOT NULL,
    detail TEXT NOT NULL,
    samples TEXT NOT NULL,
    PRIMARY KEY (run_id, name)
);

-- Records that the newest run keeps out of matching, with the check that they failed.
CREATE TABLE quality_withheld (
    kind TEXT NOT NULL,
    entity_id BIGINT NOT NULL,
    check_name TEXT NOT NULL,
    run_id TEXT NOT NULL,
    withheld_at BIGINT NOT NULL,
    PRIMARY KEY (kind, entity_id, check_name)
);
