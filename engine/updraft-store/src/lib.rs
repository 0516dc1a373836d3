//! The metadata database of the orchestrator, on SQLite and PostgreSQL.
