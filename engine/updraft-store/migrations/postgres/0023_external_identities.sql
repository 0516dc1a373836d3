-- Who of an identity provider is which user.
CREATE TABLE external_identity (
    issuer TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    account_id BIGINT NOT NULL REFERENCES account (account_id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (issuer, subject)
);

CREATE INDEX external_identity_account ON external_identity (account_id);
