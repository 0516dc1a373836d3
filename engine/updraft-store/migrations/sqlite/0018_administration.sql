-- Programs name import errors by numbers. A table of SQLite gets such a column only when it is made.
CREATE TABLE numbered_import_error (
    source TEXT NOT NULL UNIQUE,
    fileloc TEXT NOT NULL,
    message TEXT NOT NULL,
    occurred_at INTEGER NOT NULL,
    import_error_id INTEGER PRIMARY KEY AUTOINCREMENT
) STRICT;

INSERT INTO numbered_import_error (source, fileloc, message, occurred_at)
SELECT source, fileloc, message, occurred_at FROM import_error ORDER BY source;

DROP TABLE import_error;
ALTER TABLE numbered_import_error RENAME TO import_error;

-- The texts of DAG files, each once.
CREATE TABLE source_code (
    -- 64 hexadecimal digits.
    code_hash TEXT NOT NULL PRIMARY KEY,
    code TEXT NOT NULL
) STRICT;

-- The text of the file that this version was read from, the newest one that makes this version.
ALTER TABLE dag_version ADD COLUMN code_hash TEXT;
CREATE INDEX dag_version_code ON dag_version (code_hash) WHERE code_hash IS NOT NULL;

-- Sources that somebody wants to be read again, though nothing of them has changed.
CREATE TABLE parse_request (
    source TEXT NOT NULL PRIMARY KEY,
    requested_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The DAGs that people like best.
CREATE TABLE dag_favorite (
    account_id INTEGER NOT NULL REFERENCES account (account_id) ON DELETE CASCADE,
    dag_id TEXT NOT NULL REFERENCES dag (dag_id) ON DELETE CASCADE,
    PRIMARY KEY (account_id, dag_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX dag_favorite_dag ON dag_favorite (dag_id);
CREATE INDEX dag_tag_tag ON dag_tag (tag);
