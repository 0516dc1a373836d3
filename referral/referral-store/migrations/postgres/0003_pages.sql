-- What people say of suggestions: one word per pair and person, the newest counts.
CREATE TABLE match_feedback (
    position_id BIGINT NOT NULL,
    candidate_id BIGINT NOT NULL,
    username TEXT NOT NULL,
    verdict TEXT NOT NULL,
    note TEXT NOT NULL,
    score BIGINT,
    given_at BIGINT NOT NULL,
    PRIMARY KEY (position_id, candidate_id, username)
);

-- Feedback about a person.
CREATE INDEX match_feedback_candidate ON match_feedback (candidate_id);

-- Who saw whose personal data, when and where. Rows are only added.
CREATE TABLE reveal (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    candidate_id BIGINT NOT NULL,
    username TEXT NOT NULL,
    place TEXT NOT NULL,
    revealed_at BIGINT NOT NULL
);

-- Who saw a person's data.
CREATE INDEX reveal_candidate ON reveal (candidate_id);
