//! The metadata database of the orchestrator, on SQLite and PostgreSQL.
//
// NOTE of the coordinator for the author of this crate (delete when read): the scheduler and the CLI are being written against these types right now:
// `picture.rs`, `plan_commit.rs`, `attempt_write.rs` (the planner's Decision and AttemptEffect as rows; see engine/updraft-planner/src/{snapshot,decision,event}.rs). Keep their
// shape unless something is really wrong, and these signatures (all `async fn .. -> Result<_, StoreError>`, `Store: Clone + Debug`):
//   Store::open(&DatabaseUrl, StoreOptions { full_sync: bool, fernet: Option<Fernet>, run_folder: PathBuf /* sockets */ , paused_at_creation: bool }) ; migrate() ; check() ; reset() ; version()
//   record_source(&SourceRecord { source, fileloc, dags: &[(Arc<DagSpec>, StructureHash)] }, now, ids: &dyn IdSource) -> Vec<StoredDag> /* those that are new or changed, incl. re-activated */
//   record_import_error(source, file, message, now) ; remove_sources_except(&[source], now) -> Vec<DagId> /* now inactive */ ; import_errors()
//   dags() -> Vec<DagRow{StoredDag parts + description, owners, tags, next run, ...}> ; dag(&DagId) -> Option<StoredDag> ; set_paused(&[DagId], bool, now)
//   acquire_scheduler(&Holder { hostname, pid }, now, ttl, is_alive: impl Fn(u32) -> bool) -> Result<Lease, LeaseError> ; renew(&Lease, now, ttl) ; release(&Lease)
//   picture() -> Picture ; stored_run(&RunKey) -> Option<StoredRun>  (finished runs too)
//   commit_plan(&Lease, &PlanCommit, now) -> Result<(), CommitError { LeaseLost, Conflict{..}, Store(..) }>
//   apply_attempt_writes(&Lease, &[AttemptWrite], now) -> Vec<AttemptVerdict>   // same order as given
//   take_changes(limit) -> Vec<Change { dag_id, run_id: Option<RunId> }> ; changes() -> ChangeListener { async fn changed(&mut self) } ; wake() is sent by every operator action after its commit
//   silent_attempts(before: Timestamp) -> Vec<(TaskKey, AttemptId)>
//   trigger_run(&NewRun, now) -> Result<(), TriggerError { DuplicateRunId, DuplicateLogicalDate, .. }> ; delete_run
//   clear_tasks(&[TaskKey], ClearOptions { dag_run_state }, now) -> usize ; kill_task(&TaskKey, now) -> bool   // a killed task is marked failed, its attempt fenced
//   runs(&DagId, RunFilter { states, from, to, run_type, limit }) -> Vec<StoredRun without tasks> ; find_runs_by_date(&DagId, from, to) ; tries(&TaskKey) -> Vec<AttemptRow>
//   xcom(&TaskKey, key) -> Option<Value> ; variables: variable(key), set_variable(key, value, description), delete_variable, variables() ; connections likewise with updraft_secrets::Connection

mod attempt_write;
mod picture;
mod plan_commit;

pub use attempt_write::{AttemptVerdict, AttemptWrite, AttemptWriteKind};
pub use picture::{Picture, StoredDag, StoredRun, StoredTask};
pub use plan_commit::{AdvancedDag, NewRun, NewTask, PlanCommit, QueuedTask, RetryTime, RunChange, TaskChange};
