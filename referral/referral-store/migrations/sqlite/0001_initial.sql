-- People read from Bullhorn. A deleted or anonymised one keeps nothing but its id and version.
CREATE TABLE candidate (
    id INTEGER NOT NULL PRIMARY KEY,
    first_name TEXT,
    last_name TEXT,
    email TEXT,
    phone_e164 TEXT,
    status TEXT,
    occupation TEXT,
    company_name TEXT,
    city TEXT,
    state TEXT,
    zip TEXT,
    country_code TEXT,
    will_relocate INTEGER,
    remote_ok INTEGER,
    salary_yearly INTEGER,
    experience_years REAL,
    level INTEGER,
    skills TEXT NOT NULL,
    certifications TEXT NOT NULL,
    available_on TEXT,
    work_authorized INTEGER,
    is_deleted INTEGER NOT NULL,
    is_anonymized INTEGER NOT NULL,
    content_hash TEXT,
    embedding_text_hash TEXT,
    association_hash TEXT,
    source_modified_ms INTEGER NOT NULL,
    synced_run_id TEXT NOT NULL,
    first_seen_at INTEGER NOT NULL,
    synced_at INTEGER NOT NULL,
    deleted_at INTEGER,
    resume_text TEXT,
    embedding_text TEXT
) STRICT;

-- Jobs read from Bullhorn. A deleted one keeps nothing but its id and version.
CREATE TABLE position (
    id INTEGER NOT NULL PRIMARY KEY,
    title TEXT,
    required_skills TEXT NOT NULL,
    nice_skills TEXT NOT NULL,
    certifications TEXT NOT NULL,
    min_years REAL,
    level INTEGER,
    employment_type TEXT,
    salary_yearly_min INTEGER,
    salary_yearly_max INTEGER,
    city TEXT,
    state TEXT,
    zip TEXT,
    country_code TEXT,
    remote INTEGER,
    is_open INTEGER NOT NULL,
    status TEXT,
    start_on TEXT,
    client_name TEXT,
    openings INTEGER,
    is_deleted INTEGER NOT NULL,
    content_hash TEXT,
    embedding_text_hash TEXT,
    association_hash TEXT,
    source_modified_ms INTEGER NOT NULL,
    synced_run_id TEXT NOT NULL,
    first_seen_at INTEGER NOT NULL,
    synced_at INTEGER NOT NULL,
    deleted_at INTEGER,
    description_text TEXT,
    embedding_text TEXT
) STRICT;

-- One vector per record: little-endian f32, with all that says whether it is still current.
CREATE TABLE embedding (
    kind TEXT NOT NULL,
    entity_id INTEGER NOT NULL,
    dims INTEGER NOT NULL,
    model_sha256 TEXT NOT NULL,
    precision TEXT NOT NULL,
    chunk_rule TEXT NOT NULL,
    text_hash TEXT NOT NULL,
    run_id TEXT NOT NULL,
    embedded_at INTEGER NOT NULL,
    vector BLOB NOT NULL,
    PRIMARY KEY (kind, entity_id)
) STRICT;

-- The newest assessment of each pair that is, or once was, at or above the threshold.
CREATE TABLE candidate_match (
    position_id INTEGER NOT NULL,
    candidate_id INTEGER NOT NULL,
    status TEXT NOT NULL,
    score INTEGER NOT NULL,
    cosine REAL NOT NULL,
    parts TEXT NOT NULL,
    matched_skills TEXT NOT NULL,
    missing_skills TEXT NOT NULL,
    gates TEXT NOT NULL,
    threshold INTEGER NOT NULL,
    model_sha256 TEXT NOT NULL,
    precision TEXT NOT NULL,
    formula_version TEXT NOT NULL,
    position_content_hash TEXT NOT NULL,
    position_text_hash TEXT NOT NULL,
    candidate_content_hash TEXT NOT NULL,
    candidate_text_hash TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    run_id TEXT NOT NULL,
    matched_at INTEGER NOT NULL,
    withdrawn_at INTEGER,
    PRIMARY KEY (position_id, candidate_id)
) STRICT;

-- What was decided about a pair, when and why. Rows are only added; erasing a person empties the personal columns.
CREATE TABLE match_decision (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    position_id INTEGER NOT NULL,
    candidate_id INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    reason TEXT,
    score INTEGER,
    cosine REAL,
    parts TEXT,
    gates TEXT,
    weights TEXT,
    threshold INTEGER,
    model_sha256 TEXT,
    precision TEXT,
    formula_version TEXT,
    position_content_hash TEXT,
    position_text_hash TEXT,
    candidate_content_hash TEXT,
    candidate_text_hash TEXT,
    run_id TEXT NOT NULL,
    decided_at INTEGER NOT NULL,
    erased_at INTEGER
) STRICT;

-- With which content, vector and rules a record was last matched completely.
CREATE TABLE match_input (
    kind TEXT NOT NULL,
    entity_id INTEGER NOT NULL,
    content_hash TEXT NOT NULL,
    text_hash TEXT NOT NULL,
    scoring TEXT NOT NULL,
    matched_at INTEGER NOT NULL,
    PRIMARY KEY (kind, entity_id)
) STRICT;

-- Documents frozen per formula version, such as the weights of skills.
CREATE TABLE match_formula (
    version TEXT NOT NULL PRIMARY KEY,
    document TEXT NOT NULL,
    frozen_at INTEGER NOT NULL
) STRICT;

-- How far each kind of record is read.
CREATE TABLE sync_state (
    entity TEXT NOT NULL PRIMARY KEY,
    owner_run_id TEXT,
    watermark_ms INTEGER,
    phase TEXT NOT NULL,
    cursor TEXT,
    full_upper_ms INTEGER,
    last_full_at INTEGER,
    last_reconcile_at INTEGER,
    last_total INTEGER
) STRICT;

-- Runs of a sync with their counts; a repeated run id goes on where it was.
CREATE TABLE sync_run (
    run_id TEXT NOT NULL,
    entity TEXT NOT NULL,
    mode TEXT NOT NULL,
    state TEXT NOT NULL,
    step INTEGER NOT NULL,
    cursor TEXT,
    lower_ms INTEGER,
    upper_ms INTEGER NOT NULL,
    total INTEGER,
    fetched INTEGER NOT NULL,
    inserted INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    unchanged INTEGER NOT NULL,
    deleted INTEGER NOT NULL,
    anonymised INTEGER NOT NULL,
    quarantined INTEGER NOT NULL,
    calls INTEGER NOT NULL,
    error TEXT,
    started_at INTEGER NOT NULL,
    ended_at INTEGER,
    PRIMARY KEY (run_id, entity)
) STRICT;

-- Records that a reconciliation in progress did not find at the source.
CREATE TABLE sweep_missing (
    entity TEXT NOT NULL,
    entity_id INTEGER NOT NULL,
    PRIMARY KEY (entity, entity_id)
) STRICT;

-- Records that could not be used, with the reason; id 0 is a record without an id.
CREATE TABLE quarantine (
    entity TEXT NOT NULL,
    entity_id INTEGER NOT NULL,
    excerpt_hash TEXT NOT NULL,
    reason TEXT NOT NULL,
    run_id TEXT NOT NULL,
    quarantined_at INTEGER NOT NULL,
    PRIMARY KEY (entity, entity_id, excerpt_hash)
) STRICT;

-- Calls to Bullhorn per calendar month, for the call budget.
CREATE TABLE api_calls (
    month TEXT NOT NULL PRIMARY KEY,
    calls INTEGER NOT NULL
) STRICT;

-- Runs of embedding and matching with their counts.
CREATE TABLE work_run (
    kind TEXT NOT NULL,
    run_id TEXT NOT NULL,
    state TEXT NOT NULL,
    counts TEXT NOT NULL,
    error TEXT,
    started_at INTEGER NOT NULL,
    ended_at INTEGER,
    PRIMARY KEY (kind, run_id)
) STRICT;

-- Which people have a text to embed, without touching the wide rows.
CREATE INDEX candidate_embeddable ON candidate (id, embedding_text_hash, content_hash, is_deleted, is_anonymized)
    WHERE NOT is_deleted AND NOT is_anonymized AND embedding_text_hash IS NOT NULL;

-- Which jobs have a text to embed.
CREATE INDEX position_embeddable ON position (id, embedding_text_hash, content_hash, is_open, is_deleted)
    WHERE NOT is_deleted AND embedding_text_hash IS NOT NULL;

-- Matches of a person.
CREATE INDEX candidate_match_candidate ON candidate_match (candidate_id);

-- The best matches of all.
CREATE INDEX candidate_match_best ON candidate_match (score DESC, cosine DESC, candidate_id, position_id)
    WHERE status = 'active';

-- What was decided about a person.
CREATE INDEX match_decision_candidate ON match_decision (candidate_id);
