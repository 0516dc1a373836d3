-- Tokens that people make for their programs.
CREATE TABLE personal_token (
    token_id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id BIGINT NOT NULL REFERENCES account (account_id) ON DELETE CASCADE,
    name TEXT COLLATE "C" NOT NULL,
    -- SHA-256 of the token, which nobody has but the program: 64 hexadecimal digits.
    token_hash TEXT COLLATE "C" NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    -- NULL: it counts until it is revoked.
    expires_at BIGINT,
    -- To the minute.
    last_used_at BIGINT,
    UNIQUE (account_id, name)
);
