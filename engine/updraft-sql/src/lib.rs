//! Two-database plumbing: statement catalogue, migrations and batches for SQLite and PostgreSQL.
