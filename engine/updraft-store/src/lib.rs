//! The metadata database of the orchestrator, on SQLite and PostgreSQL.
//!
//! [`Store`] is the database; its methods are intentions, one transaction each, the same on both back ends:
//!
//! - set up: [`Store::open`], [`Store::migrate`], [`Store::check`], [`Store::reset`];
//! - DAG sources: [`Store::record_source`], [`Store::record_import_error`], [`Store::remove_source`];
//! - the scheduler: [`Store::acquire_scheduler`], [`Store::picture`], [`Store::commit_plan`],
//!   [`Store::apply_attempt_writes`], [`Store::silent_attempts`], [`Store::take_changes`], [`Store::listen`];
//! - processes that run attempts for the scheduler: [`Store::join`], [`Store::beat`], [`Store::assigned`], [`Store::post_asks`],
//!   [`Store::answers`]; what the scheduler tells them: [`Store::assign`], [`Store::open_asks`], [`Store::answer_asks`];
//! - deadlines of runs: [`Store::deadlines`];
//! - deferred tasks: [`Store::resumption`];
//! - callbacks: [`Store::take_over_callbacks`], [`Store::callback_order`], [`Store::apply_callback_writes`],
//!   [`Store::callbacks`];
//! - people and programs: [`Store::trigger_run`], [`Store::clear`], [`Store::mark`], [`Store::mark_run`],
//!   [`Store::kill_task`], [`Store::set_paused`], [`Store::delete_run`]; each leaves a line in the change feed and wakes the
//!   scheduler;
//! - tasks that ask: [`Store::trigger_run_for_task`], [`Store::count_runs`], [`Store::task_states`], [`Store::previous_task`];
//! - reading: [`Store::dags`], [`Store::runs`], [`Store::task_instances`], [`Store::attempts`], [`Store::attempt_now`], [`Store::xcom`];
//! - backfills: [`Store::create_backfill`], [`Store::change_backfill`], [`Store::backfills`];
//! - pools: [`Store::pools`], [`Store::set_pool`], [`Store::delete_pool`];
//! - assets: [`Store::assets`], [`Store::asset_events`], [`Store::create_asset_event`];
//! - people: [`Store::users`], [`Store::roles`], [`Store::permissions_of`], and what they did, [`Store::event_logs`];
//! - secrets: [`Store::variable`], [`Store::connection`] and their kin, encrypted where a key is configured.
//!
//! What must never happen twice is fenced twice: a scheduler writes only while its lease has the epoch it was given, and
//! an attempt writes only while it is the live one of its task.

mod asset_aliases;
mod asset_event_list;
mod asset_list;
mod asset_queue;
mod asset_refs;
mod assets;
mod attempt_now;
mod attempts;
mod author;
mod backfill;
mod backfills;
mod callbacks;
mod catalogue;
mod changes;
mod choose;
mod clean;
mod clear;
mod code;
mod connection_tests;
mod connections;
mod copies;
mod dag_details;
mod dag_list;
mod dag_warnings;
mod dags;
mod deadlines;
mod delete_dag;
mod error;
mod event_log;
mod external;
mod external_identities;
mod favorites;
mod history;
mod hitl;
mod import_errors;
mod inquiries;
mod job_list;
mod jobs;
mod lease;
mod listener;
mod mark;
mod mark_run;
mod order;
mod parse_requests;
mod personal_tokens;
mod picture;
mod plan;
mod pool_usage;
mod pools;
mod queued_events;
mod restructure;
mod role_list;
mod roles;
mod rotate;
mod run_chart;
mod run_list;
mod run_pages;
mod runs;
mod sessions;
mod sources;
mod state_stores;
mod store;
mod table;
mod task_list;
mod task_pages;
mod task_trigger;
mod tasks;
mod timetables;
mod totals;
mod trigger;
mod upstream_events;
mod user_list;
mod users;
mod variables;
mod verdict;
mod views;
mod waits;
mod wanted;
mod xcom;
mod xcom_list;
mod xcom_write;

pub use asset_aliases::AssetAliasRow;
pub use asset_event_list::{AssetEventListFilter, ListedAssetEvent};
pub use asset_list::{AssetListFilter, ListedAsset};
pub use asset_queue::{AssetEventFilter, AssetEventRow, CausedRun, ConsumedAssets, EventsAsked, EventsOf};
pub use assets::{AssetFilter, AssetRow};
pub use attempt_now::AttemptNow;
pub use attempts::{AttemptVerdict, AttemptWrite, AttemptWriteKind, SilentAttempt};
pub use author::Author;
pub use backfill::{
    BackfillDate, BackfillFate, CreateBackfillError, CreatedBackfill, NewBackfill, ToldBackfill,
};
pub use backfills::{BackfillRow, BackfillRuns, ChangeBackfillError, OpenBackfill};
pub use callbacks::{
    AfterDelivery, CallbackAttempt, CallbackDeadline, CallbackFilter, CallbackOrder, CallbackRow,
    CallbackState, CallbackVerdict, CallbackWrite, CallbackWriteKind, NewCallback, UnknownCallbackState,
    WaitingCallback,
};
pub use catalogue::catalogue;
pub use changes::Change;
pub use choose::{ChoiceError, ChosenTask, Effect, RunChoice, StateChoice, TaskChoice, TasksOfVersion};
pub use clean::Old;
pub use clear::{Cleared, ClearedChoice, ClearedTask, RunVersion};
pub use code::DagCode;
pub use connection_tests::{ConnectionTest, TrialOutcome};
pub use connections::ConnectionRow;
pub use dag_details::{DagVersionFilter, DagVersionRow, TagFilter};
pub use dag_list::{DagOrder, DagPage, RunCount};
pub use dag_warnings::{DagWarningFilter, DagWarningRow};
pub use dags::{DagFilter, DagRow, StoredDag};
pub use deadlines::{
    DeadlineEnd, DeadlineFilter, DeadlineRow, DeadlineState, NewDeadline, UnknownDeadlineState,
};
pub use delete_dag::DeleteDagError;
pub use error::{InvalidRow, SetupError, StoreError, WriteError};
pub use event_log::{EventLogFilter, EventLogRow, NewEventLog};
pub use external_identities::ExternalIdentity;
pub use history::{HistoricRun, HistoricTask, HistoricTry};
pub use hitl::{HitlError, HitlFilter, HitlRow};
pub use import_errors::{ImportErrorFilter, ImportErrorRow};
pub use inquiries::{PreviousTask, RunsAsked, TasksAsked};
pub use job_list::{JobFilter, JobRow, TimeBounds};
pub use jobs::{Answer, Assigned, Assignment, Job, JobId, NewAsk, OpenAsk};
pub use lease::{Holder, Lease, LeaseError, LeaseHeld};
pub use listener::ChangeListener;
pub use mark::{KillError, Mark, MarkError, Marked, MarkedChoice};
pub use mark_run::{MarkRunError, MarkedRun, RunMark};
pub use order::{Paging, SortKeys, TextLike};
pub use personal_tokens::{NewPersonalToken, PersonalTokenRow};
pub use picture::{PastRun, Picture, StoredRun, StoredTask};
pub use plan::{
    AbandonedTask, AdvancedDag, CommitError, CompletedBackfill, Expansion, NewRun, NewTask, PlanCommit,
    QueuedTask, ResumedTask, RetryTime, RunChange, TaskChange,
};
pub use pool_usage::PoolUsage;
pub use pools::PoolError;
pub use queued_events::{QueuedAssetFilter, QueuedAssetRow};
pub use restructure::MovedRun;
pub use role_list::RoleError;
pub use roles::{PermissionRow, RoleRow};
pub use rotate::Rotated;
pub use run_list::{RunOrder, RunPage, TimeSpan};
pub use run_pages::RunPlace;
pub use runs::{RunFilter, RunRow};
pub use sessions::{NewSession, SessionRow};
pub use sources::{BrokenPart, ImportError, Recorded, SourceRecord};
pub use state_stores::{AssetStateRow, ExpiredState, StateStoreError, TaskStateRow};
pub use store::{MIGRATIONS, Store, StoreOptions};
pub use task_list::{TaskOrder, TaskPage, TaskPageRows};
pub use task_trigger::{TaskTrigger, TaskTriggerError};
pub use tasks::{AttemptRow, TaskInstanceRow};
pub use trigger::{Trigger, TriggerError};
pub use updraft_sql::{
    DatabaseUrl, DatabaseUrlError, DbOptions, GuestDb, MigrateError, OpenError, Password, PostgresUrl,
    SchemaVersion, SqlError, SqlErrorKind, SqliteUrl, SslMode, Synchronous,
};
pub use users::{LockRule, UserDetails, UserError, UserRow};
pub use variables::{SecretError, VariableRow};
pub use views::{
    DagListCounts, DagListFilter, DagListOrder, DagListState, DagWords, GridCell, GridFilter, GridWindow,
    HourOutcome, LivePicture, LiveTasks, RunBrowse, RunCursor, StateCount, TaskBrowse, TaskCount, TaskCursor,
};
pub use waits::{NewWait, StoredWait};
pub use wanted::{NumberSpan, TextSearch};
pub use xcom::{XComRow, XComSince};
pub use xcom_list::{ListedXCom, XComOrder, XComPage};
pub use xcom_write::XComWritten;
