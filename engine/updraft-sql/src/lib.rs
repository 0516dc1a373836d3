//! Two-database plumbing: statement catalogue, migrations and batches for SQLite and PostgreSQL.
//!
//! A store is written against [`Db`] and a catalogue of [`Sql`] statements. Each statement stands there once, runs on
//! both databases, and moves many rows at a time:
//!
//! ```
//! use updraft_sql::{ColumnType, Sql, SqlError, Tx, row, statements};
//!
//! statements! {
//!     /// What this file sends to the database.
//!     pub STATEMENTS;
//!
//!     /// Puts people into the table, or renames those that are there.
//!     UPSERT = Sql::new(
//!         "INSERT INTO person (id, name, changed_at) \
//!          SELECT batch.id, batch.name, $1 FROM {batch} WHERE TRUE \
//!          ON CONFLICT (id) DO UPDATE SET name = excluded.name, changed_at = excluded.changed_at",
//!     )
//!     .batch(&[("id", ColumnType::I64), ("name", ColumnType::Text)]);
//! }
//!
//! async fn upsert(tx: &mut Tx, people: &[(i64, String)], now: jiff::Timestamp) -> Result<u64, SqlError> {
//!     let rows = people.iter().map(|(id, name)| row![*id, name]);
//!     tx.execute(UPSERT.bind(now).rows(rows)).await
//! }
//! ```
//!
//! The parts: [`DatabaseUrl`] says where the database is, [`Db`] is the open database, [`Tx`] a transaction,
//! [`Row`] one result row, [`Migrations`] the schema, [`SqlError`] what can go wrong in words for people, and
//! [`inspect`] what tests ask about a database. Everything that depends on the kind of database stays in here.

mod batch;
mod db;
mod error;
mod guest;
mod migrate;
mod postgres;
mod row;
mod signal;
mod sqlite;
mod statement;
mod tx;
mod url;
mod value;

pub mod admin;
pub mod inspect;

pub use db::{Db, DbOptions, PostgresDb, SqliteDb};
pub use error::{Conflict, OpenError, SqlError, SqlErrorKind, retry_conflicts};
pub use guest::GuestDb;
pub use migrate::{MigrateError, Migration, Migrations, SchemaVersion};
pub use row::{Column, Row};
pub use signal::ChangeSignal;
pub use sqlite::Synchronous;
pub use statement::{Backend, Query, Sql};
pub use tx::Tx;
pub use url::{DatabaseUrl, DatabaseUrlError, Password, PostgresUrl, SqliteUrl, SslMode};
pub use value::{ColumnType, ToValue, Value};
