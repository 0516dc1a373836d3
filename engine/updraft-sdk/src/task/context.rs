//! What a task function is given.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, LazyLock, PoisonError};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;
use updraft_model::{AttemptId, DagId, MapIndex, RunId, TaskId, ValidDag, isoformat};
use updraft_protocol::message::{
    DagRun, DeleteVariable, DeleteXCom, ErrorType, GetConnection, GetVariable, GetXCom, GetXComCount,
    MaskSecret, OutletEventResult, PutVariable, RETURN_VALUE, SetRenderedMapIndex, SetXCom,
    SkipDownstreamTasks, StartupDetails, ToSupervisor, ToTask, UpdraftGetXComItem, XComResult,
};

use crate::dag::{BuiltDag, TimetableArgument};

use super::template::render;
use super::{Attempt, Connection, Logger, RequestError, TaskResult, XComSequence, XComSource};

/// What a task function is given: which run it works for, and the way to the engine. Cheap to clone.
///
/// Methods that ask the engine are async; in a blocking task, [`wait`](Self::wait) waits for them.
#[derive(Clone)]
pub struct Context {
    attempt: Arc<Attempt>,
}

/// Which run and which try.
impl Context {
    pub(crate) fn new(attempt: Arc<Attempt>) -> Self {
        Self { attempt }
    }

    /// The DAG.
    pub fn dag_id(&self) -> &DagId {
        &self.attempt.startup.ti.dag_id
    }

    /// The run.
    pub fn run_id(&self) -> &RunId {
        &self.attempt.startup.ti.run_id
    }

    /// The task.
    pub fn task_id(&self) -> &TaskId {
        &self.attempt.startup.ti.task_id
    }

    /// Which copy of a mapped task; -1 if it is not mapped.
    pub fn map_index(&self) -> MapIndex {
        self.attempt.startup.ti.map_index
    }

    /// Which try this is, from 1.
    pub fn try_number(&self) -> u32 {
        self.attempt.startup.ti.try_number
    }

    /// How often this try was put off by [`TaskError::reschedule`](crate::TaskError::reschedule) or
    /// [`TaskError::defer`](crate::TaskError::defer).
    pub fn task_reschedule_count(&self) -> u32 {
        self.attempt.startup.ti_context.task_reschedule_count
    }

    /// When this try began: before it was put off for the first time.
    pub fn try_began_at(&self) -> Timestamp {
        let startup = &self.attempt.startup;
        startup.ti_context.start_date.unwrap_or(startup.start_date)
    }

    /// Whether there is a further try if this one fails.
    pub fn should_retry(&self) -> bool {
        self.attempt.startup.ti_context.should_retry
    }

    /// This attempt; a new id per try. Usable as an idempotency key towards other systems.
    pub fn attempt_id(&self) -> AttemptId {
        self.attempt.startup.ti.id
    }

    /// The run with all its fields.
    pub fn dag_run(&self) -> &DagRun {
        &self.attempt.startup.ti_context.dag_run
    }

    /// What the run was triggered with; empty if with nothing.
    pub fn conf(&self) -> &Map<String, Value> {
        static NOTHING: LazyLock<Map<String, Value>> = LazyLock::new(Map::new);
        self.dag_run().conf.as_ref().unwrap_or(&NOTHING)
    }

    /// The parameters of the run: the DAG's defaults, overridden by the run's `conf`.
    pub fn params(&self) -> &Map<String, Value> {
        &self.attempt.params
    }

    /// One parameter.
    ///
    /// # Errors
    /// There is no such parameter, or it has another type.
    pub fn param<T: DeserializeOwned>(&self, name: &str) -> Result<T, RequestError> {
        let value = self.params().get(name).cloned().unwrap_or_default();
        typed(value, || format!("param `{name}`"))
    }
}

/// The arguments of the task, and of the copy of it that this is.
impl Context {
    /// An argument that the task was given: by [`partial`](crate::TaskRef::partial), or the item of this copy by
    /// [`expand`](crate::TaskRef::expand).
    ///
    /// # Errors
    /// There is no such argument, or it has another type.
    pub fn argument<T: DeserializeOwned>(&self, name: &str) -> Result<T, RequestError> {
        let value = self.arguments().get(name).cloned();
        let missing = || RequestError::WrongType {
            what: format!("argument `{name}`"),
            reason: "the task has no such argument".to_owned(),
        };
        typed(value.ok_or_else(missing)?, || format!("argument `{name}`"))
    }

    /// All arguments that the task was given.
    pub fn arguments(&self) -> &Map<String, Value> {
        static NOTHING: LazyLock<Map<String, Value>> = LazyLock::new(Map::new);
        self.attempt.arguments.get().unwrap_or(&NOTHING)
    }

    /// Sets a value for the task's [`map_index_template`](crate::TaskRef::map_index_template).
    pub fn map_index_variable(&self, name: impl Into<String>, value: impl Into<Value>) {
        let mut variables = self
            .attempt
            .map_index_variables
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        variables.insert(name.into(), value.into());
    }

    pub(crate) fn startup(&self) -> &StartupDetails {
        &self.attempt.startup
    }

    pub(crate) fn built_dag(&self) -> Option<&BuiltDag> {
        self.attempt.dag.as_ref()
    }

    pub(crate) fn set_arguments(&self, arguments: Map<String, Value>) {
        // They are worked out once per attempt.
        let _ = self.attempt.arguments.set(arguments);
    }

    /// Tells the engine what this copy is called, if its task has a name for its copies.
    pub(crate) async fn name_copy(&self) -> TaskResult {
        let task = self.built_dag().and_then(|dag| dag.spec().task(self.task_id()));
        let template = task.and_then(|task| task.map_index_template.as_ref());
        let Some(template) = template.filter(|_| self.map_index() != MapIndex::UNMAPPED) else {
            return Ok(());
        };
        let mut values = self.arguments().clone();
        let variables = self
            .attempt
            .map_index_variables
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        values.extend(variables);
        let rendered_map_index = render(template, &values)?;
        let request = ToSupervisor::SetRenderedMapIndex(SetRenderedMapIndex { rendered_map_index });
        self.attempt.request(request).await?;
        Ok(())
    }

    pub(crate) fn change_outlet_events<T>(
        &self,
        change: impl FnOnce(&mut BTreeMap<String, OutletEventResult>) -> T,
    ) -> T {
        let mut events = self
            .attempt
            .outlet_events
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        change(&mut events)
    }

    pub(crate) fn map_lengths(&self) -> &BTreeMap<TaskId, u32> {
        &self.attempt.startup.ti_context.map_lengths
    }

    pub(crate) async fn request(&self, request: ToSupervisor) -> Result<Option<ToTask>, RequestError> {
        self.attempt.request(request).await
    }

    /// One item of what a task has returned.
    pub(crate) async fn xcom_item(&self, task_id: &TaskId, place: u64) -> Result<Value, RequestError> {
        let request = ToSupervisor::UpdraftGetXComItem(UpdraftGetXComItem {
            key: RETURN_VALUE.to_owned(),
            dag_id: self.dag_id().clone(),
            run_id: self.run_id().clone(),
            task_id: task_id.clone(),
            offset: place,
        });
        match self.attempt.request(request).await? {
            Some(ToTask::XComResult(result)) => Ok(result.value),
            _ => Err(RequestError::UnexpectedAnswer),
        }
    }

    /// What a task has returned; `copy` names one of its copies.
    pub(crate) async fn returned_by(
        &self,
        task_id: &TaskId,
        copy: Option<MapIndex>,
    ) -> Result<Value, RequestError> {
        let mut source = XComSource::task(task_id.as_str());
        if let Some(MapIndex(copy)) = copy {
            source = source.map_index(copy);
        }
        Ok(self.xcom_pull::<Value>(source).await?.unwrap_or_default())
    }

    /// What the copies of a mapped task have left, to be fetched piece by piece. [`xcom_pull`](Self::xcom_pull) gives the
    /// whole list.
    ///
    /// # Errors
    /// An id is malformed.
    pub fn xcom_sequence<T: DeserializeOwned>(
        &self,
        source: impl Into<XComSource>,
    ) -> Result<XComSequence<T>, RequestError> {
        let source = source.into();
        let malformed = |reason: updraft_model::IdError| RequestError::WrongType {
            what: format!("XCom `{}` of task `{}`", source.key, source.task_id),
            reason: reason.to_string(),
        };
        let of = GetXComCount {
            dag_id: match &source.dag_id {
                Some(dag_id) => DagId::parse(dag_id).map_err(malformed)?,
                None => self.dag_id().clone(),
            },
            run_id: match &source.run_id {
                Some(run_id) => RunId::parse(run_id).map_err(malformed)?,
                None => self.run_id().clone(),
            },
            task_id: TaskId::parse(&source.task_id).map_err(malformed)?,
            key: source.key.clone(),
        };
        Ok(XComSequence::new(self.clone(), of))
    }
}

/// The DAG around the task.
impl Context {
    pub(crate) fn valid_dag(&self) -> Option<&ValidDag> {
        self.attempt.dag.as_ref().map(BuiltDag::valid)
    }

    /// The timetable of its own that the DAG follows.
    pub(crate) fn timetable(&self) -> Option<&TimetableArgument> {
        self.attempt.dag.as_ref().and_then(BuiltDag::timetable)
    }

    pub(crate) async fn skip_downstream(&self, tasks: Vec<TaskId>) -> Result<(), RequestError> {
        let tasks = tasks.into_iter().map(Into::into).collect();
        let request = ToSupervisor::SkipDownstreamTasks(SkipDownstreamTasks { tasks });
        self.attempt.request(request).await.map(drop)
    }
}

/// Which dates.
impl Context {
    /// The date the run is about. A run of Airflow 3 without one has that of its `run_after`.
    pub fn logical_date(&self) -> Timestamp {
        self.dag_run().logical_date.unwrap_or(self.dag_run().run_after)
    }

    /// First instant of the data that the run is about.
    pub fn data_interval_start(&self) -> Timestamp {
        self.dag_run()
            .data_interval_start
            .unwrap_or_else(|| self.logical_date())
    }

    /// First instant after that data.
    pub fn data_interval_end(&self) -> Timestamp {
        self.dag_run()
            .data_interval_end
            .unwrap_or_else(|| self.logical_date())
    }

    /// The logical date as `2024-01-12`.
    pub fn ds(&self) -> String {
        self.format("%Y-%m-%d")
    }

    /// The logical date as `20240112`.
    pub fn ds_nodash(&self) -> String {
        self.format("%Y%m%d")
    }

    /// The logical date as `2024-01-12T06:00:00+00:00`.
    pub fn ts(&self) -> String {
        isoformat(self.logical_date())
    }

    /// The logical date as `20240112T060000`.
    pub fn ts_nodash(&self) -> String {
        self.format("%Y%m%dT%H%M%S")
    }

    /// The logical date as `20240112T060000+0000`.
    pub fn ts_nodash_with_tz(&self) -> String {
        self.format("%Y%m%dT%H%M%S+0000")
    }

    fn format(&self, format: &str) -> String {
        self.logical_date()
            .to_zoned(TimeZone::UTC)
            .strftime(format)
            .to_string()
    }
}

/// XComs: values for other tasks.
impl Context {
    /// Leaves a value for other tasks of this run. What the task returns is left under `return_value` by itself.
    ///
    /// # Errors
    /// The value cannot be written as JSON, is larger than 64 MiB, or the engine refuses it.
    pub async fn xcom_push(&self, key: &str, value: impl Serialize) -> Result<(), RequestError> {
        let value = serde_json::to_value(value).map_err(|error| RequestError::WrongType {
            what: format!("the value for XCom `{key}`"),
            reason: error.to_string(),
        })?;
        self.push(key, value).await
    }

    pub(crate) async fn push(&self, key: &str, value: Value) -> Result<(), RequestError> {
        self.push_mapped(key, value, None).await
    }

    /// The same with how many items the value has that tasks are mapped over.
    pub(crate) async fn push_mapped(
        &self,
        key: &str,
        value: Value,
        mapped_length: Option<u32>,
    ) -> Result<(), RequestError> {
        let ti = &self.attempt.startup.ti;
        let request = ToSupervisor::SetXCom(SetXCom {
            key: key.to_owned(),
            value,
            dag_id: ti.dag_id.clone(),
            run_id: ti.run_id.clone(),
            task_id: ti.task_id.clone(),
            map_index: Some(ti.map_index),
            mapped_length,
        });
        self.attempt.request(request).await.map(drop)
    }

    /// Fetches a value that a task left: `xcom_pull("sync")` is what the task `sync` of this run returned. `None` if
    /// there is none, or null. Of a mapped task, unless a copy is named, it is the list of what its copies left, in the
    /// order of their indexes and without those that left nothing.
    ///
    /// # Errors
    /// The value has another type, an id is malformed, or the engine cannot be asked.
    pub async fn xcom_pull<T: DeserializeOwned>(
        &self,
        source: impl Into<XComSource>,
    ) -> Result<Option<T>, RequestError> {
        let source = source.into();
        let what = format!("XCom `{}` of task `{}`", source.key, source.task_id);
        let malformed = |reason: updraft_model::IdError| RequestError::WrongType {
            what: what.clone(),
            reason: reason.to_string(),
        };
        let request = ToSupervisor::GetXCom(GetXCom {
            dag_id: match &source.dag_id {
                Some(dag_id) => DagId::parse(dag_id).map_err(malformed)?,
                None => self.dag_id().clone(),
            },
            run_id: match &source.run_id {
                Some(run_id) => RunId::parse(run_id).map_err(malformed)?,
                None => self.run_id().clone(),
            },
            task_id: TaskId::parse(&source.task_id).map_err(malformed)?,
            key: source.key,
            map_index: source.map_index.map(MapIndex),
            include_prior_dates: source.include_prior_dates,
        });
        match self.attempt.request(request).await {
            Ok(Some(ToTask::XComResult(XComResult {
                value: Value::Null, ..
            }))) => Ok(None),
            Ok(Some(ToTask::XComResult(XComResult { value, .. }))) => typed(value, || what.clone()).map(Some),
            Ok(_) => Err(RequestError::UnexpectedAnswer),
            Err(error) => not_found(error, ErrorType::XComNotFound),
        }
    }

    /// Takes back a value that this task left.
    ///
    /// # Errors
    /// The engine cannot be asked.
    pub async fn xcom_delete(&self, key: &str) -> Result<(), RequestError> {
        let ti = &self.attempt.startup.ti;
        let request = ToSupervisor::DeleteXCom(DeleteXCom {
            key: key.to_owned(),
            dag_id: ti.dag_id.clone(),
            run_id: ti.run_id.clone(),
            task_id: ti.task_id.clone(),
            map_index: Some(ti.map_index),
        });
        self.attempt.request(request).await.map(drop)
    }
}

/// Variables and Connections.
impl Context {
    /// The value of a Variable; `None` if there is no such Variable.
    ///
    /// # Errors
    /// The engine cannot be asked, or does not allow it.
    pub async fn variable(&self, key: &str) -> Result<Option<String>, RequestError> {
        let request = ToSupervisor::GetVariable(GetVariable { key: key.to_owned() });
        match self.attempt.request(request).await {
            Ok(Some(ToTask::VariableResult(result))) => Ok(result.value),
            Ok(_) => Err(RequestError::UnexpectedAnswer),
            Err(error) => not_found(error, ErrorType::VariableNotFound),
        }
    }

    /// The value of a Variable that holds JSON; `None` if there is no such Variable.
    ///
    /// # Errors
    /// It is no JSON of that type, or the engine cannot be asked.
    pub async fn variable_json<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, RequestError> {
        let Some(text) = self.variable(key).await? else {
            return Ok(None);
        };
        serde_json::from_str(&text)
            .map(Some)
            .map_err(|error| RequestError::WrongType {
                what: format!("Variable `{key}`"),
                reason: error.to_string(),
            })
    }

    /// Writes a Variable.
    ///
    /// # Errors
    /// The engine cannot be asked, or does not allow it.
    pub async fn set_variable(&self, key: &str, value: impl Into<String>) -> Result<(), RequestError> {
        let request = ToSupervisor::PutVariable(PutVariable {
            key: key.to_owned(),
            value: Some(value.into()),
            description: None,
        });
        self.attempt.request(request).await.map(drop)
    }

    /// Deletes a Variable, if there is one.
    ///
    /// # Errors
    /// The engine cannot be asked, or does not allow it.
    pub async fn delete_variable(&self, key: &str) -> Result<(), RequestError> {
        let request = ToSupervisor::DeleteVariable(DeleteVariable { key: key.to_owned() });
        self.attempt.request(request).await.map(drop)
    }

    /// A Connection; `None` if there is none of that name.
    ///
    /// # Errors
    /// The engine cannot be asked, or does not allow it.
    pub async fn connection(&self, conn_id: &str) -> Result<Option<Connection>, RequestError> {
        let request = ToSupervisor::GetConnection(GetConnection {
            conn_id: conn_id.to_owned(),
        });
        match self.attempt.request(request).await {
            Ok(Some(ToTask::ConnectionResult(result))) => Ok(Some(result.into())),
            Ok(_) => Err(RequestError::UnexpectedAnswer),
            Err(error) => not_found(error, ErrorType::ConnectionNotFound),
        }
    }

    /// Names a text that must not appear in the log from now on.
    ///
    /// # Errors
    /// The engine cannot be asked.
    pub async fn mask_secret(&self, secret: impl Into<String>) -> Result<(), RequestError> {
        let request = ToSupervisor::MaskSecret(MaskSecret {
            value: Value::String(secret.into()),
            name: None,
        });
        self.attempt.request(request).await.map(drop)
    }
}

/// While the task runs.
impl Context {
    /// Shows how far the task is: so much of so much, doing this. May be called often; what is sent is limited.
    pub fn progress(&self, done: u64, total: impl Into<Option<u64>>, message: impl Into<String>) {
        self.attempt.progress(done, total.into(), message.into());
    }

    /// Writes to the task's log; so does `tracing`.
    pub fn logger(&self) -> Logger {
        Logger::new(Arc::clone(&self.attempt.engine))
    }

    /// Is cancelled when the attempt is to end early: it was killed or took too long. A task that has asked for this
    /// gets a few seconds to tidy up; one that has not is dropped at once.
    pub fn cancellation(&self) -> CancellationToken {
        self.attempt.cancellation()
    }

    /// Waits, in a blocking task, for something async: `context.wait(context.variable("key"))?`.
    ///
    /// # Panics
    /// When called in an async task; write `.await` there.
    pub fn wait<F: Future>(&self, future: F) -> F::Output {
        self.attempt.runtime.block_on(future)
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("ti", &self.attempt.startup.ti)
            .finish_non_exhaustive()
    }
}

pub(super) fn typed<T: DeserializeOwned>(
    value: Value,
    what: impl FnOnce() -> String,
) -> Result<T, RequestError> {
    serde_json::from_value(value).map_err(|error| RequestError::WrongType {
        what: what(),
        reason: error.to_string(),
    })
}

fn not_found<T>(failure: RequestError, kind: ErrorType) -> Result<Option<T>, RequestError> {
    match failure {
        RequestError::Refused { error, .. } if error == kind => Ok(None),
        failure => Err(failure),
    }
}
