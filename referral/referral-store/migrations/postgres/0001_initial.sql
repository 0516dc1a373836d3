-- People read from Bullhorn. A deleted or anonymised one keeps nothing but its id and version.
CREATE TABLE candidate (
    id BIGINT NOT NULL PRIMARY KEY,
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
    will_relocate BOOLEAN,
    remote_ok BOOLEAN,
    salary_yearly BIGINT,
    experience_years DOUBLE PRECISION,
    level BIGINT,
    skills TEXT NOT NULL,
    certifications TEXT NOT NULL,
    available_on TEXT,
    work_authorized BOOLEAN,
    is_deleted BOOLEAN NOT NULL,
    is_anonymized BOOLEAN NOT NULL,
    content_hash TEXT,
    embedding_text_hash TEXT,
    association_hash TEXT,
    source_modified_ms BIGINT NOT NULL,
    synced_run_id TEXT NOT NULL,
    first_seen_at BIGINT NOT NULL,
    synced_at BIGINT NOT NULL,
    deleted_at BIGINT,
    resume_text TEXT,
    embedding_text TEXT
);

-- Jobs read from Bullhorn. A deleted one keeps nothing but its id and version.
CREATE TABLE position (
    id BIGINT NOT NULL PRIMARY KEY,
    title TEXT,
    required_skills TEXT NOT NULL,
    nice_skills TEXT NOT NULL,
    certifications TEXT NOT NULL,
    min_years DOUBLE PRECISION,
    level BIGINT,
    employment_type TEXT,
    salary_yearly_min BIGINT,
    salary_yearly_max BIGINT,
    city TEXT,
    state TEXT,
    zip TEXT,
    country_code TEXT,
    remote BOOLEAN,
    is_open BOOLEAN NOT NULL,
    status TEXT,
    start_on TEXT,
    client_name TEXT,
    openings BIGINT,
    is_deleted BOOLEAN NOT NULL,
    content_hash TEXT,
    embedding_text_hash TEXT,
    association_hash TEXT,
    source_modified_ms BIGINT NOT NULL,
    synced_run_id TEXT NOT NULL,
    first_seen_at BIGINT NOT NULL,
    synced_at BIGINT NOT NULL,
    deleted_at BIGINT,
    description_text TEXT,
    embedding_text TEXT
);

-- One vector per record: little-endian f32, with all that says whether it is still current.
CREATE TABLE embedding (
    kind TEXT NOT NULL,
    entity_id BIGINT NOT NULL,
    dims BIGINT NOT NULL,
    model_sha256 TEXT NOT NULL,
    precision TEXT NOT NULL,
    chunk_rule TEXT NOT NULL,
    text_hash TEXT NOT NULL,
    run_id TEXT NOT NULL,
    embedded_at BIGINT NOT NULL,
    vector BYTEA NOT NULL,
    PRIMARY KEY (kind, entity_id)
);

-- The newest assessment of each pair that is, or once was, at or above the threshold.
CREATE TABLE candidate_match (
    position_id BIGINT NOT NULL,
    candidate_id BIGINT NOT NULL,
    status TEXT NOT NULL,
    score BIGINT NOT NULL,
    cosine DOUBLE PRECISION NOT NULL,
    parts TEXT NOT NULL,
    matched_skills TEXT NOT NULL,
    missing_skills TEXT NOT NULL,
    gates TEXT NOT NULL,
    threshold BIGINT NOT NULL,
    model_sha256 TEXT NOT NULL,
    precision TEXT NOT NULL,
    formula_version TEXT NOT NULL,
    position_content_hash TEXT NOT NULL,
    position_text_hash TEXT NOT NULL,
    candidate_content_hash TEXT NOT NULL,
    candidate_text_hash TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    run_id TEXT NOT NULL,
    matched_at BIGINT NOT NULL,
    withdrawn_at BIGINT,
    PRIMARY KEY (position_id, candidate_id)
);

-- What was decided about a pair, when and why. Rows are only added; erasing a person empties the personal columns.
CREATE TABLE match_decision (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    position_id BIGINT NOT NULL,
    candidate_id BIGINT NOT NULL,
    outcome TEXT NOT NULL,
    reason TEXT,
    score BIGINT,
    cosine DOUBLE PRECISION,
    parts TEXT,
    gates TEXT,
    weights TEXT,
    threshold BIGINT,
    model_sha256 TEXT,
    precision TEXT,
    formula_version TEXT,
    position_content_hash TEXT,
    position_text_hash TEXT,
    candidate_content_hash TEXT,
    candidate_text_hash TEXT,
    run_id TEXT NOT NULL,
    decided_at BIGINT NOT NULL,
    erased_at BIGINT
);

-- With which content, vector and rules a record was last matched completely.
CREATE TABLE match_input (
    kind TEXT NOT NULL,
    entity_id BIGINT NOT NULL,
    content_hash TEXT NOT NULL,
    text_hash TEXT NOT NULL,
    scoring TEXT NOT NULL,
    matched_at BIGINT NOT NULL,
    PRIMARY KEY (kind, entity_id)
);

-- Documents frozen per formula version, such as the weights of skills.
CREATE TABLE match_formula (
    version TEXT NOT NULL PRIMARY KEY,
    document TEXT NOT NULL,
    frozen_at BIGINT NOT NULL
);

-- How far each kind of record is read.
CREATE TABLE sync_state (
    entity TEXT NOT NULL PRIMARY KEY,
    owner_run_id TEXT,
    watermark_ms BIGINT,
    phase TEXT NOT NULL,
    cursor TEXT,
    full_upper_ms BIGINT,
    last_full_at BIGINT,
    last_reconcile_at BIGINT,
    last_total BIGINT
);

-- Runs of a sync with their counts; a repeated run id goes on where it was.
CREATE TABLE sync_run (
    run_id TEXT NOT NULL,
    entity TEXT NOT NULL,
    mode TEXT NOT NULL,
    state TEXT NOT NULL,
    step BIGINT NOT NULL,
    cursor TEXT,
    lower_ms BIGINT,
    upper_ms BIGINT NOT NULL,
    total BIGINT,
    fetched BIGINT NOT NULL,
    inserted BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    unchanged BIGINT NOT NULL,
    deleted BIGINT NOT NULL,
    anonymised BIGINT NOT NULL,
    quarantined BIGINT NOT NULL,
    calls BIGINT NOT NULL,
    error TEXT,
    started_at BIGINT NOT NULL,
    ended_at BIGINT,
    PRIMARY KEY (run_id, entity)
);

-- Records that a reconciliation in progress did not find at the source.
CREATE TABLE sweep_missing (
    entity TEXT NOT NULL,
    entity_id BIGINT NOT NULL,
    PRIMARY KEY (entity, entity_id)
);

-- Records that could not be used, with the reason; id 0 is a record without an id.
CREATE TABLE quarantine (
    entity TEXT NOT NULL,
    entity_id BIGINT NOT NULL,
    excerpt_hash TEXT NOT NULL,
    reason TEXT NOT NULL,
    run_id TEXT NOT NULL,
    quarantined_at BIGINT NOT NULL,
    PRIMARY KEY (entity, entity_id, excerpt_hash)
);

-- Calls to Bullhorn per calendar month, for the call budget.
CREATE TABLE api_calls (
    month TEXT NOT NULL PRIMARY KEY,
    calls BIGINT NOT NULL
);

-- Runs of embedding and matching with their counts.
CREATE TABLE work_run (
    kind TEXT NOT NULL,
    run_id TEXT NOT NULL,
    state TEXT NOT NULL,
    counts TEXT NOT NULL,
    error TEXT,
    started_at BIGINT NOT NULL,
    ended_at BIGINT,
    PRIMARY KEY (kind, run_id)
);

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
