//! Ids, states and transitions, DAG graph, trigger rules, timetables and retry policy. No IO.
//!
//! Every other engine crate speaks in these types. Nothing here reads a clock, a file or the environment: the time
//! comes in through [`Clock`], fresh ids through [`IdSource`].

mod asset;
mod backfill;
mod callback;
mod clock;
mod compat;
mod cron;
mod dag;
mod deadline;
mod deferral;
mod external;
mod graph;
mod hash;
mod hitl;
mod http_wait;
mod ids;
mod kwargs;
mod log_path;
mod manual;
mod mapping;
mod params;
mod pool;
mod python_wait;
mod retry;
mod run;
mod scope;
mod scopes;
mod seconds;
mod skip;
mod sql_wait;
mod state;
mod state_store;
mod timetable;
mod trigger_rule;
mod validate;
mod wait;

pub use asset::{
    Asset, AssetAlias, AssetEventId, AssetExpression, AssetNames, AssetProblem, AssetRef, OutletEvent,
    QueuedAssetEvent, RefEvent, UpdatedAssets, asset_run_id,
};
pub use backfill::{
    BACKFILL_RUNS_MAX, BackfillDates, BackfillError, BackfillEvent, BackfillId, BackfillPlace, BackfillState,
    InvalidBackfillTransition, ReprocessBehavior, UnknownBackfillWord, transition_backfill,
};
pub use callback::{CallbackEvent, CallbackId, UnknownCallbackEvent};
pub use clock::{Clock, IdSource};
pub use compat::{CompatLevel, UnknownCompatLevel};
pub use cron::{CronError, CronExpression, CronField, CronProblem, NoMatchingDate};
pub use dag::{AssetUse, DagSpec, TaskGroupSpec, TaskSpec, WeightRule};
pub use deadline::{
    DeadlineName, DeadlineReference, DeadlineRun, DeadlineSpec, DueAt, UnknownDeadline, sla_due,
};
pub use deferral::{Deferral, OpenWait, Resumption, TaskEnd, TaskEndState, Trigger, WaitEnd, WaitTimes};
pub use external::{
    ExternalPicture, ExternalRun, ExternalTarget, ExternalVerdicts, ExternalWait, RunReference,
};
pub use graph::{DagGraph, TaskIndex};
pub use hitl::{HitlAnswer, HitlQuestion, HitlUser, HitlWait};
pub use http_wait::{HttpCondition, HttpContent, HttpWait};
pub use ids::{
    AttemptId, DagId, DagVersionId, IdError, MapIndex, RunId, RunKey, StructureHash, TaskGroupId, TaskId,
    TaskKey,
};
pub use kwargs::TriggerProblem;
pub use log_path::{callback_log_path, index_path, log_path, run_callback_log_path};
pub use manual::ManualRun;
pub use mapping::{
    COPIES_MAX, ExpandInput, MapSource, Returned, Unmappable, XComArg, mappable_item, mappable_length,
    type_name,
};
pub use params::{ParamError, ParamProblem, ParamSpec};
pub use pool::Pool;
pub use python_wait::PythonWait;
pub use retry::{AttemptOutcome, retry_delay};
pub use run::{DataInterval, RunType, UnknownRunType, isoformat, order_date};
pub use scope::Reach;
pub use scopes::MapScopes;
pub use skip::{BranchError, SKIP_DECISION_KEY, SkipDecision, Skips};
pub use sql_wait::SqlWait;
pub use state::{
    DagRunState, InvalidRunTransition, InvalidTransition, RunEvent, TaskEvent, TaskInstanceState,
    UnknownState, transition, transition_run,
};
pub use state_store::{STATE_KEY_CHARS_MAX, StateStoreEdit, StateStoreOf};
pub use timetable::{
    AnswerProblem, AnsweredRun, CustomTimetable, NextRun, RunInfo, Schedule, ScheduleKind, TimeRestriction,
    Timetable, TimetableAnswer, TimetableError, TimetableQuestion, ToldRun,
};
pub use trigger_rule::{TriggerDecision, TriggerRule, UnknownTriggerRule, UpstreamCounts, evaluate};
pub use validate::{DagError, ValidDag};
pub use wait::{FileWait, Look, Wait};
