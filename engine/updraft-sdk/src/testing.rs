//! Running tasks in tests, without an engine.
//!
//! ```
//! use serde_json::json;
//! use updraft_sdk::testing::TestRun;
//! use updraft_sdk::{Context, Dag, TaskResult};
//!
//! async fn double(context: Context) -> TaskResult<u64> {
//!     let rows: u64 = context.xcom_pull("count").await?.unwrap_or_default();
//!     Ok(rows * 2)
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let dag = Dag::new("etl");
//! dag.task("double", double);
//! let run = TestRun::new().xcom("count", json!(21));
//! let value = run.run_task(&dag.build().unwrap(), "double").await.unwrap();
//! assert_eq!(value, json!(42));
//! # }
//! ```

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::FutureExt;
use futures::future::BoxFuture;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};
use tokio::runtime::Handle;
use updraft_model::{
    Asset, AttemptId, CallbackEvent, CallbackId, DagRunState, DagSpec, DagVersionId, DataInterval,
    DeadlineName, MapIndex, Resumption, RunKey, RunType, TaskId, mappable_item, mappable_length,
};
use updraft_protocol::message::{
    AssetEventReference as AssetEvent, AssetReference, BundleInfo, CallbackOrder, CallbackScope, DagRun,
    ErrorResponse, ErrorType, MissedDeadline, OkResponse, RETURN_VALUE, StartupDetails, TaskInstance,
    TiRunContext, ToSupervisor, ToTask, UpdraftProgress, VariableResult, XComCountResponse, XComResult,
    XComSequenceIndexResult, XComSequenceSliceResult,
};
use uuid::Uuid;

use crate::dag::{BuiltDag, DateArgument};
use crate::serve::LocalLog;
use crate::task::{Attempt, Connection, Engine, Reply, Run, TaskResult, now, run};

/// A run of a DAG whose tasks are run one by one, with an engine in memory. XComs that one task leaves are there for
/// the next.
#[derive(Debug, Clone)]
pub struct TestRun {
    logical_date: Timestamp,
    /// Whether that date was given. If not, a run at compat level 3 has none.
    is_dated: bool,
    /// The span of data of a scheduled run; `None` for a manual one.
    scheduled: Option<DataInterval>,
    conf: Map<String, Value>,
    /// The asset events that have caused it.
    asset_events: Vec<AssetEvent>,
    try_number: u32,
    /// How often the try was put off, and when it began.
    put_off: Option<(u32, Timestamp)>,
    /// What the attempt goes on with.
    resumption: Option<Resumption>,
    map_index: MapIndex,
    engine: Arc<MemoryEngine>,
}

impl Default for TestRun {
    fn default() -> Self {
        Self::new()
    }
}

impl TestRun {
    /// A manual run for this moment, without anything set.
    pub fn new() -> Self {
        Self {
            logical_date: now(),
            is_dated: false,
            scheduled: None,
            conf: Map::new(),
            asset_events: Vec::new(),
            try_number: 1,
            put_off: None,
            resumption: None,
            map_index: MapIndex::UNMAPPED,
            engine: Arc::default(),
        }
    }

    /// Sets the logical date, in UTC unless it has an offset.
    ///
    /// # Errors
    /// It is no date; the text says so.
    pub fn logical_date(mut self, date: impl Into<DateArgument>) -> Result<Self, String> {
        self.logical_date = date.into().resolve(&TimeZone::UTC)?;
        self.is_dated = true;
        Ok(self)
    }

    /// Makes it a scheduled run about this span of data.
    pub fn scheduled(mut self, start: Timestamp, end: Timestamp) -> Self {
        self.logical_date = start;
        self.scheduled = Some(DataInterval { start, end });
        self
    }

    /// Sets what the run was triggered with.
    pub fn conf(mut self, conf: Map<String, Value>) -> Self {
        self.conf = conf;
        self
    }

    /// Makes it a run that was caused by an event of this asset, as if it came from outside; several calls add up.
    pub fn triggered_by(mut self, asset: &Asset, extra: Map<String, Value>) -> Self {
        self.asset_events.push(AssetEvent {
            asset: AssetReference {
                name: asset.name.clone(),
                uri: asset.uri.clone(),
                extra: asset.extra.clone(),
            },
            extra,
            source_dag_id: None,
            source_task_id: None,
            source_run_id: None,
            source_map_index: None,
            source_aliases: Vec::new(),
            timestamp: self.logical_date,
        });
        self
    }

    /// What the last task has said about an asset that it updates; `None` if nothing, or it failed.
    pub fn event_extra(&self, asset: &Asset) -> Option<Map<String, Value>> {
        self.engine.state().event_extras.get(&asset.uri).cloned()
    }

    /// Sets which try it is, from 1; the default is the first.
    pub fn try_number(mut self, try_number: u32) -> Self {
        self.try_number = try_number;
        self
    }

    /// Makes it a try that was put off so often, and began then.
    pub fn rescheduled(mut self, count: u32, began_at: Timestamp) -> Self {
        self.put_off = Some((count, began_at));
        self
    }

    /// Makes it an attempt that goes on after a deferral: with what
    /// [`Deferral::resumed_by`](crate::Deferral::resumed_by) makes of the end of the wait.
    pub fn resumed(mut self, resumption: Resumption) -> Self {
        self.resumption = Some(resumption);
        self
    }

    /// The same run, in which this copy of mapped tasks is run.
    pub fn copy(&self, map_index: i32) -> Self {
        Self {
            map_index: MapIndex(map_index),
            ..self.clone()
        }
    }

    /// Sets a Variable.
    pub fn variable(self, key: &str, value: impl Into<String>) -> Self {
        self.engine.state().variables.insert(key.to_owned(), value.into());
        self
    }

    /// Sets a Connection.
    pub fn connection(self, connection: Connection) -> Self {
        self.engine
            .state()
            .connections
            .insert(connection.conn_id.clone(), connection);
        self
    }

    /// Sets what a task has returned.
    pub fn xcom(self, task_id: &str, value: Value) -> Self {
        self.xcom_of_copy(task_id, MapIndex::UNMAPPED.0, value)
    }

    /// Sets what a copy of a mapped task has returned.
    pub fn xcom_of_copy(self, task_id: &str, map_index: i32, value: Value) -> Self {
        let place = (task_id.to_owned(), RETURN_VALUE.to_owned(), map_index);
        self.engine.state().xcoms.insert(place, value);
        self
    }

    /// Runs a task and gives what it returns. Its log goes to standard error.
    ///
    /// # Errors
    /// The task's error; a panic is one too, and so is a task that does not exist.
    pub async fn run_task(&self, dag: &BuiltDag, task_id: &str) -> TaskResult<Value> {
        let startup = self.startup(dag, TaskId::parse(task_id)?);
        let engine = OneAttempt {
            engine: Arc::clone(&self.engine),
            map_index: self.map_index,
        };
        let attempt = Attempt::new(startup, Arc::new(engine), Handle::current());
        let place = (task_id.to_owned(), RETURN_VALUE.to_owned(), self.map_index.0);
        self.engine.state().xcoms.remove(&place);
        self.engine.state().event_extras.clear();
        let order = Run::new(std::slice::from_ref(dag), attempt);
        let attempt = Arc::clone(&order.attempt);
        run(order).await?;
        let said = attempt.outlet_events().into_iter();
        self.engine
            .state()
            .event_extras
            .extend(said.map(|event| (event.dest_asset_key.uri, event.extra)));
        Ok(self.engine.state().xcoms.get(&place).cloned().unwrap_or_default())
    }

    /// Calls the callbacks of a task for an event, as after an attempt that ended so.
    ///
    /// # Errors
    /// That of the first callback that failed, or there is none for the event.
    pub async fn call_callbacks(
        &self,
        dag: &BuiltDag,
        task_id: &str,
        event: CallbackEvent,
        reason: &str,
    ) -> TaskResult {
        let startup = self.startup(dag, TaskId::parse(task_id)?);
        let id = CallbackId::of_attempt(event, startup.ti.id);
        self.call(dag, startup, (CallbackScope::Task, id, event, reason), None)
            .await
    }

    /// Calls the callbacks of the DAG for the end of its run, which ended with that task.
    ///
    /// # Errors
    /// That of the first callback that failed, or there is none for the event.
    pub async fn call_dag_callbacks(
        &self,
        dag: &BuiltDag,
        last_task: &str,
        event: CallbackEvent,
        reason: &str,
    ) -> TaskResult {
        let startup = self.startup(dag, TaskId::parse(last_task)?);
        let run = &startup.ti_context.dag_run;
        let key = RunKey {
            dag_id: run.dag_id.clone(),
            run_id: run.run_id.clone(),
        };
        let id = CallbackId::of_run(event, &key, 0);
        self.call(dag, startup, (CallbackScope::Dag, id, event, reason), None)
            .await
    }

    /// Calls the callback of a deadline that the run has missed, or of a task's `sla`, while that task was the newest.
    ///
    /// # Errors
    /// That of the callback, or there is none.
    pub async fn call_deadline_callback(
        &self,
        dag: &BuiltDag,
        task_id: &str,
        name: &DeadlineName,
        due: Timestamp,
    ) -> TaskResult {
        let startup = self.startup(dag, TaskId::parse(task_id)?);
        let run = &startup.ti_context.dag_run;
        let key = RunKey {
            dag_id: run.dag_id.clone(),
            run_id: run.run_id.clone(),
        };
        let id = CallbackId::of_deadline(&key, name, due);
        let (place, task_id) = match name {
            DeadlineName::Dag(place) => (Some(*place), None),
            DeadlineName::Sla(task_id) => (None, Some(task_id.clone())),
        };
        let missed = MissedDeadline { place, task_id, due };
        let what = (
            CallbackScope::Dag,
            id,
            name.event(),
            "it has not succeeded in time",
        );
        self.call(dag, startup, what, Some(missed)).await
    }

    async fn call(
        &self,
        dag: &BuiltDag,
        mut startup: StartupDetails,
        (scope, id, event, reason): (CallbackScope, CallbackId, CallbackEvent, &str),
        deadline: Option<MissedDeadline>,
    ) -> TaskResult {
        startup.callback = Some(CallbackOrder {
            id,
            event,
            scope,
            delivery: 1,
            reason: reason.to_owned(),
            done: Vec::new(),
            deadline,
        });
        let engine = OneAttempt {
            engine: Arc::clone(&self.engine),
            map_index: self.map_index,
        };
        let attempt = Attempt::new(startup, Arc::new(engine), Handle::current());
        run(Run::new(std::slice::from_ref(dag), attempt)).await
    }

    /// What a task has left under a key.
    pub fn xcom_of(&self, task_id: &str, key: &str) -> Option<Value> {
        self.engine
            .state()
            .xcoms
            .get(&(task_id.to_owned(), key.to_owned(), self.map_index.0))
            .cloned()
    }

    /// The value of a Variable.
    pub fn variable_of(&self, key: &str) -> Option<String> {
        self.engine.state().variables.get(key).cloned()
    }

    /// What the tasks have reported about their progress: done, total and message.
    pub fn progress(&self) -> Vec<(u64, Option<u64>, String)> {
        let progress = self.engine.state().progress.clone();
        progress
            .into_iter()
            .map(|it| (it.done, it.total, it.message.unwrap_or_default()))
            .collect()
    }

    /// The tasks that branches and short circuits have skipped.
    pub fn skipped(&self) -> Vec<String> {
        self.engine.state().skipped.clone()
    }

    /// What copies have called themselves, by map index.
    pub fn map_index_names(&self) -> BTreeMap<i32, String> {
        self.engine.state().names.clone()
    }

    fn startup(&self, dag: &BuiltDag, task_id: TaskId) -> StartupDetails {
        let map_lengths = self.engine.map_lengths(dag, &task_id);
        let dag_id = dag.spec().dag_id.clone();
        let run_id = self.run_type().run_id(self.logical_date);
        let max_tries = dag.spec().task(&task_id).map_or(0, |task| task.retries);
        StartupDetails {
            ti: TaskInstance {
                id: AttemptId(Uuid::nil()),
                task_id,
                dag_id: dag_id.clone(),
                run_id: run_id.clone(),
                try_number: self.try_number,
                dag_version_id: DagVersionId(Uuid::nil()),
                map_index: self.map_index,
                hostname: None,
                queue: "default".to_owned(),
            },
            dag_rel_path: String::new(),
            bundle_info: BundleInfo {
                name: "test".to_owned(),
                version: None,
            },
            start_date: now(),
            ti_context: TiRunContext {
                dag_run: self.dag_run(dag.spec(), run_id),
                task_reschedule_count: self.put_off.map_or(0, |(count, _)| count),
                max_tries,
                xcom_keys_to_clear: Vec::new(),
                should_retry: self.try_number <= max_tries,
                dag_run_conf_overrides_params: true,
                map_lengths,
                next_method: self.resumption.as_ref().map(|it| it.next_method.clone()),
                next_kwargs: self.resumption.as_ref().map(|it| it.next_kwargs.clone()),
                start_date: self.put_off.map(|(_, began_at)| began_at),
            },
            sentry_integration: String::new(),
            callback: None,
        }
    }

    const fn run_type(&self) -> RunType {
        match self.scheduled {
            Some(_) => RunType::Scheduled,
            None if self.asset_events.is_empty() => RunType::Manual,
            None => RunType::AssetTriggered,
        }
    }

    fn dag_run(&self, dag: &DagSpec, run_id: updraft_model::RunId) -> DagRun {
        let interval = self.scheduled.unwrap_or(DataInterval::exact(self.logical_date));
        let is_dated = self.is_dated || self.scheduled.is_some() || dag.compat.dates_every_run();
        DagRun {
            dag_id: dag.dag_id.clone(),
            run_id,
            logical_date: is_dated.then_some(self.logical_date),
            data_interval_start: is_dated.then_some(interval.start),
            data_interval_end: is_dated.then_some(interval.end),
            run_after: interval.end,
            start_date: Some(now()),
            end_date: None,
            clear_number: 0,
            run_type: self.run_type(),
            state: DagRunState::Running,
            conf: Some(self.conf.clone()),
            triggering_user_name: None,
            consumed_asset_events: self.asset_events.clone(),
            partition_key: None,
        }
    }
}

/// An engine that keeps everything in memory. It knows one run, so DAG and run of an XCom do not matter.
#[derive(Debug, Default)]
struct MemoryEngine {
    /// Changed by the tasks, read by the test.
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// By task, key and map index.
    xcoms: BTreeMap<(String, String, i32), Value>,
    /// What copies are called, by map index.
    names: BTreeMap<i32, String>,
    variables: BTreeMap<String, String>,
    connections: BTreeMap<String, Connection>,
    progress: Vec<UpdraftProgress>,
    skipped: Vec<String>,
    /// What the last task has said about assets, by uri.
    event_extras: BTreeMap<String, Map<String, Value>>,
}

impl MemoryEngine {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many items each of the tasks has returned that a task is mapped over.
    fn map_lengths(&self, dag: &BuiltDag, task_id: &TaskId) -> BTreeMap<TaskId, u32> {
        let valid = dag.valid();
        let Some(task) = valid.graph().index(task_id) else {
            return BTreeMap::new();
        };
        let state = self.state();
        let sources = valid.mapping().sources(task).iter();
        let ids = sources
            .filter_map(|source| valid.spec().tasks.get(source.at()))
            .map(|task| &task.task_id);
        let known = ids.filter_map(|id| {
            let length = match state.value(id.as_str(), RETURN_VALUE, MapIndex::UNMAPPED) {
                Some(value) => mappable_length(value)?,
                None => state.of_copies(id.as_str(), RETURN_VALUE).count(),
            };
            Some((id.clone(), u32::try_from(length).ok()?))
        });
        known.collect()
    }

    fn answer(&self, map_index: MapIndex, message: ToSupervisor) -> Reply {
        let mut state = self.state();
        let missing = |error, what: String| Err(ErrorResponse::new(error, what).into());
        let ok = || Ok(Some(ToTask::OkResponse(OkResponse { ok: true })));
        match message {
            request @ (ToSupervisor::GetXCom(_)
            | ToSupervisor::SetXCom(_)
            | ToSupervisor::DeleteXCom(_)
            | ToSupervisor::UpdraftGetXComItem(_)
            | ToSupervisor::GetXComCount(_)
            | ToSupervisor::GetXComSequenceItem(_)
            | ToSupervisor::GetXComSequenceSlice(_)) => state.answer_xcom(map_index, request),
            ToSupervisor::SetRenderedMapIndex(request) => {
                state.names.insert(map_index.0, request.rendered_map_index);
                ok()
            }
            ToSupervisor::GetVariable(request) => match state.variables.get(&request.key).cloned() {
                Some(value) => Ok(Some(ToTask::VariableResult(VariableResult {
                    key: request.key,
                    value: Some(value),
                }))),
                None => missing(
                    ErrorType::VariableNotFound,
                    format!("there is no Variable `{}`", request.key),
                ),
            },
            ToSupervisor::PutVariable(request) => {
                state
                    .variables
                    .insert(request.key, request.value.unwrap_or_default());
                ok()
            }
            ToSupervisor::DeleteVariable(request) => {
                state.variables.remove(&request.key);
                ok()
            }
            ToSupervisor::GetConnection(request) => match state.connections.get(&request.conn_id).cloned() {
                Some(connection) => Ok(Some(ToTask::ConnectionResult(connection.into()))),
                None => missing(
                    ErrorType::ConnectionNotFound,
                    format!("there is no Connection `{}`", request.conn_id),
                ),
            },
            ToSupervisor::SkipDownstreamTasks(request) => {
                let ids = request.tasks.into_iter().map(|task| task.task_id.to_string());
                state.skipped.extend(ids);
                ok()
            }
            ToSupervisor::MaskSecret(_)
            | ToSupervisor::SucceedTask(_)
            | ToSupervisor::RetryTask(_)
            | ToSupervisor::RescheduleTask(_)
            | ToSupervisor::DeferTask(_)
            | ToSupervisor::TaskState(_)
            | ToSupervisor::UpdraftCallbackDone(_)
            | ToSupervisor::DagFileParsingResult(_)
            | ToSupervisor::UpdraftTimetableResult(_)
            | ToSupervisor::UpdraftLog(_)
            | ToSupervisor::UpdraftProgress(_)
            | ToSupervisor::UpdraftTriggerer(_)
            | ToSupervisor::UpdraftTriggerAsk(_) => ok(),
        }
    }
}

impl State {
    fn value(&self, task_id: &str, key: &str, map_index: MapIndex) -> Option<&Value> {
        self.xcoms.get(&(task_id.to_owned(), key.to_owned(), map_index.0))
    }

    /// What the copies of a task have left, in the order of their indexes.
    fn of_copies(&self, task_id: &str, key: &str) -> impl Iterator<Item = &Value> {
        let place = |map_index| (task_id.to_owned(), key.to_owned(), map_index);
        self.xcoms
            .range(place(0)..=place(i32::MAX))
            .map(|(_, value)| value)
    }

    fn answer_xcom(&mut self, map_index: MapIndex, message: ToSupervisor) -> Reply {
        let ok = || Ok(Some(ToTask::OkResponse(OkResponse { ok: true })));
        match message {
            ToSupervisor::GetXCom(request) => {
                let value = self.pull(request.task_id.as_str(), &request.key, request.map_index);
                Ok(Some(ToTask::XComResult(XComResult {
                    key: request.key,
                    value: value.unwrap_or_default(),
                })))
            }
            ToSupervisor::SetXCom(request) => {
                let place = (request.task_id.to_string(), request.key, map_index.0);
                self.xcoms.insert(place, request.value);
                ok()
            }
            ToSupervisor::DeleteXCom(request) => {
                let place = (request.task_id.to_string(), request.key, map_index.0);
                self.xcoms.remove(&place);
                ok()
            }
            ToSupervisor::UpdraftGetXComItem(request) => {
                let value = self.item(request.task_id.as_str(), &request.key, request.offset);
                let (key, missing) = (request.key, "there is no such item");
                match value {
                    Some(value) => Ok(Some(ToTask::XComResult(XComResult { key, value }))),
                    None => Err(ErrorResponse::new(ErrorType::XComNotFound, missing).into()),
                }
            }
            ToSupervisor::GetXComCount(request) => {
                let len = self.of_copies(request.task_id.as_str(), &request.key).count() as u64;
                Ok(Some(ToTask::XComCountResponse(XComCountResponse { len })))
            }
            ToSupervisor::GetXComSequenceItem(request) => {
                let place = usize::try_from(request.offset).unwrap_or(usize::MAX);
                match self.of_copies(request.task_id.as_str(), &request.key).nth(place) {
                    Some(root) => Ok(Some(ToTask::XComSequenceIndexResult(XComSequenceIndexResult {
                        root: root.clone(),
                    }))),
                    None => Err(ErrorResponse::new(ErrorType::XComNotFound, "there is no such value").into()),
                }
            }
            ToSupervisor::GetXComSequenceSlice(request) => {
                let place = |at: i64| usize::try_from(at).unwrap_or(0);
                let start = request.start.map_or(0, place);
                let count = request.stop.map_or(usize::MAX, place).saturating_sub(start);
                let values = self.of_copies(request.task_id.as_str(), &request.key);
                let root = values.skip(start).take(count).cloned().collect();
                Ok(Some(ToTask::XComSequenceSliceResult(XComSequenceSliceResult {
                    root,
                })))
            }
            _ => ok(),
        }
    }

    fn pull(&self, task_id: &str, key: &str, map_index: Option<MapIndex>) -> Option<Value> {
        let wanted = map_index.unwrap_or(MapIndex::UNMAPPED);
        if let Some(value) = self.value(task_id, key, wanted) {
            return Some(value.clone());
        }
        let all: Vec<Value> = self.of_copies(task_id, key).cloned().collect();
        (map_index.is_none() && !all.is_empty()).then_some(Value::Array(all))
    }

    fn item(&self, task_id: &str, key: &str, offset: u64) -> Option<Value> {
        let place = usize::try_from(offset).ok()?;
        match self.value(task_id, key, MapIndex::UNMAPPED) {
            Some(value) => mappable_item(value, place),
            None => self.of_copies(task_id, key).nth(place).cloned(),
        }
    }
}

/// The engine as one attempt sees it.
struct OneAttempt {
    engine: Arc<MemoryEngine>,
    map_index: MapIndex,
}

impl Engine for OneAttempt {
    fn request(&self, message: ToSupervisor) -> BoxFuture<'_, Reply> {
        std::future::ready(self.engine.answer(self.map_index, message)).boxed()
    }

    fn notify(&self, message: ToSupervisor) {
        match message {
            ToSupervisor::UpdraftLog(log) => log.lines.iter().for_each(LocalLog::show),
            ToSupervisor::UpdraftProgress(progress) => self.engine.state().progress.push(progress),
            other => drop(self.engine.answer(self.map_index, other)),
        }
    }
}
