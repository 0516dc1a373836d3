//! The metadata database of the orchestrator, on SQLite and PostgreSQL.
//!
//! [`Store`] is the database; its methods are intentions, one transaction each, the same on both back ends:
//!
//! - set up: [`Store::open`], [`Store::migrate`], [`Store::check`], [`Store::reset`];
//! - DAG sources: [`Store::record_source`], [`Store::record_import_error`], [`Store::remove_source`];
//! - the scheduler: [`Store::acquire_scheduler`], [`Store::picture`], [`Store::commit_plan`],
//!   [`Store::apply_attempt_writes`], [`Store::silent_attempts`], [`Store::take_changes`], [`Store::listen`];
//! - people and programs: [`Store::trigger_run`], [`Store::clear_tasks`], [`Store::mark_tasks`], [`Store::kill_task`],
//!   [`Store::set_paused`], [`Store::delete_run`]; each leaves a line in the change feed and wakes the scheduler;
//! - reading: [`Store::dags`], [`Store::runs`], [`Store::task_instances`], [`Store::attempts`], [`Store::xcom`];
//! - pools: [`Store::pools`], [`Store::set_pool`], [`Store::delete_pool`];
//! - assets: [`Store::assets`], [`Store::asset_events`], [`Store::create_asset_event`];
//! - secrets: [`Store::variable`], [`Store::connection`] and their kin, encrypted where a key is configured.
//!
//! What must never happen twice is fenced twice: a scheduler writes only while its lease has the epoch it was given, and
//! an attempt writes only while it is the live one of its task.

mod asset_queue;
mod assets;
mod attempts;
mod catalogue;
mod changes;
mod clear;
mod connections;
mod copies;
mod dags;
mod error;
mod lease;
mod listener;
mod mark;
mod picture;
mod plan;
mod pools;
mod runs;
mod sources;
mod store;
mod table;
mod tasks;
mod trigger;
mod variables;
mod verdict;
mod xcom;

pub use asset_queue::{AssetEventFilter, AssetEventRow, ConsumedAssets};
pub use assets::{AssetFilter, AssetRow};
pub use attempts::{AttemptVerdict, AttemptWrite, AttemptWriteKind, SilentAttempt};
pub use catalogue::catalogue;
pub use changes::Change;
pub use clear::{Cleared, ClearedTask};
pub use connections::ConnectionRow;
pub use dags::{DagFilter, DagRow, StoredDag};
pub use error::{InvalidRow, SetupError, StoreError, WriteError};
pub use lease::{Holder, Lease, LeaseError, LeaseHeld};
pub use listener::ChangeListener;
pub use mark::{KillError, MarkError, Marked};
pub use picture::{PastRun, Picture, StoredRun, StoredTask};
pub use plan::{
    AbandonedTask, AdvancedDag, CommitError, Expansion, NewRun, NewTask, PlanCommit, QueuedTask, RetryTime,
    RunChange, TaskChange,
};
pub use pools::PoolError;
pub use runs::{RunFilter, RunRow};
pub use sources::{ImportError, Recorded, SourceRecord};
pub use store::{MIGRATIONS, Store, StoreOptions};
pub use tasks::{AttemptRow, TaskInstanceRow};
pub use trigger::{Trigger, TriggerError};
pub use updraft_sql::{
    DatabaseUrl, DatabaseUrlError, DbOptions, MigrateError, OpenError, Password, PostgresUrl, SchemaVersion,
    SqlError, SqlErrorKind, SqliteUrl, SslMode, Synchronous,
};
pub use variables::{SecretError, VariableRow};
pub use xcom::{XComRow, XComSince};
