-- Tokens that people make for their programs.
CREATE TABLE personal_token (
    token_id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL REFERENCES account (account_id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    -- SHA-256 of the token, which nobody has but the program: 64 hexadecimal digits.
    token_hash TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    -- NULL: it counts until it is revoked.
    expires_at INTEGER,
    -- To the minute.
    last_used_at INTEGER,
    UNIQUE (account_id, name)
) STRICT;
