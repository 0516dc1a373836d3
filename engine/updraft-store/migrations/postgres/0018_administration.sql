-- Programs name import errors by numbers.
ALTER TABLE import_error ADD COLUMN import_error_id BIGINT GENERATED ALWAYS AS IDENTITY UNIQUE;

-- The texts of DAG files, each once.
CREATE TABLE source_code (
    -- 64 hexadecimal digits.
    code_hash TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    code TEXT NOT NULL
);

-- The text of the file that this version was read from, the newest one that makes this version.
ALTER TABLE dag_version ADD COLUMN code_hash TEXT COLLATE "C";
CREATE INDEX dag_version_code ON dag_version (code_hash) WHERE code_hash IS NOT NULL;

-- Sources that somebody wants to be read again, though nothing of them has changed.
CREATE TABLE parse_request (
    source TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    requested_at BIGINT NOT NULL
);

-- The DAGs that people like best.
CREATE TABLE dag_favorite (
    account_id BIGINT NOT NULL REFERENCES account (account_id) ON DELETE CASCADE,
    dag_id TEXT COLLATE "C" NOT NULL REFERENCES dag (dag_id) ON DELETE CASCADE,
    PRIMARY KEY (account_id, dag_id)
);

CREATE INDEX dag_favorite_dag ON dag_favorite (dag_id);
CREATE INDEX dag_tag_tag ON dag_tag (tag);
