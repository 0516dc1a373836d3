//! Runs of DAGs: having one made, and asking about it.

use jiff::Timestamp;
use serde_json::{Map, Value};
use updraft_model::{DagId, DagRunState, RunId, RunType};
use updraft_protocol::message::{DagRun, GetDagRun, GetDagRunState, ToSupervisor, ToTask, TriggerDagRun};

use super::logger::now;
use super::{Context, RequestError};

/// What the engine says of something that is not there.
const NOT_FOUND: u16 = 404;

/// A run of a DAG that a task wants. [`Context::trigger`] has it made.
///
/// ```
/// use updraft_sdk::{Context, TaskError, TaskResult, Trigger, TriggerRun};
///
/// /// Has a report made, and goes on when it is there.
/// async fn report(context: Context) -> TaskResult {
///     if context.event().is_some() {
///         return Ok(());
///     }
///     let run_id = context.trigger(TriggerRun::of("report").conf("month", context.ds())).await?;
///     Err(TaskError::defer(Trigger::external_dag("report", [&run_id])))
/// }
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use = "nothing runs before `Context::trigger` is called"]
pub struct TriggerRun {
    dag_id: String,
    run_id: Option<String>,
    logical_date: Option<Timestamp>,
    run_after: Option<Timestamp>,
    conf: Map<String, Value>,
    reset: bool,
    note: Option<String>,
}

impl TriggerRun {
    /// A run of that DAG, as soon as possible, with nothing to tell.
    pub fn of(dag_id: impl Into<String>) -> Self {
        Self {
            dag_id: dag_id.into(),
            run_id: None,
            logical_date: None,
            run_after: None,
            conf: Map::new(),
            reset: false,
            note: None,
        }
    }

    /// Names the run. By itself it is `manual__` and its date, which is the present if none is given: a task that is tried again
    /// has another run made then. With a name of its own it finds the run that its first try has had made.
    pub fn run_id(mut self, run_id: impl Into<String>) -> Self {
        self.run_id = Some(run_id.into());
        self
    }

    /// Sets the date that the run is about, of which its DAG has no other run.
    pub fn logical_date(mut self, date: Timestamp) -> Self {
        self.logical_date = Some(date);
        self
    }

    /// The run must not start earlier.
    pub fn run_after(mut self, at: Timestamp) -> Self {
        self.run_after = Some(at);
        self
    }

    /// Adds something that the tasks of the run are told, a param of the DAG for instance.
    pub fn conf(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.conf.insert(name.into(), value.into());
        self
    }

    /// If there is a run of that name, it is cleared, so that it runs again; otherwise that is an error.
    pub fn reset(mut self, reset: bool) -> Self {
        self.reset = reset;
        self
    }

    /// Adds a remark for people.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }
}

/// Runs of DAGs.
impl Context {
    /// Has a DAG run, and gives the name of the run. It runs with the newest version of the DAG, and waits as long as that is
    /// paused.
    ///
    /// # Errors
    /// There is such a run already ([`RequestError::run_exists`] tells that), there is no such DAG, its params do not take the
    /// `conf`, an id is malformed, or the engine cannot be asked.
    pub async fn trigger(&self, run: TriggerRun) -> Result<RunId, RequestError> {
        let dag_id = parsed(&run.dag_id, DagId::parse)?;
        let run_id = match &run.run_id {
            Some(run_id) => parsed(run_id, RunId::parse)?,
            None => RunType::Manual.run_id(run.logical_date.unwrap_or_else(now)),
        };
        let request = TriggerDagRun {
            dag_id,
            run_id: run_id.clone(),
            logical_date: run.logical_date,
            run_after: run.run_after,
            conf: Some(run.conf),
            reset_dag_run: run.reset,
            note: run.note,
        };
        self.request(ToSupervisor::TriggerDagRun(request)).await?;
        Ok(run_id)
    }

    /// The state of a run of any DAG; `None` if there is no such run.
    ///
    /// # Errors
    /// An id is malformed, or the engine cannot be asked.
    pub async fn dag_run_state(
        &self,
        dag_id: &str,
        run_id: &str,
    ) -> Result<Option<DagRunState>, RequestError> {
        let (dag_id, run_id) = (parsed(dag_id, DagId::parse)?, parsed(run_id, RunId::parse)?);
        let request = ToSupervisor::GetDagRunState(GetDagRunState { dag_id, run_id });
        match found(self.request(request).await)? {
            None => Ok(None),
            Some(ToTask::DagRunStateResult(result)) => Ok(Some(result.state)),
            Some(_) => Err(RequestError::UnexpectedAnswer),
        }
    }

    /// A run of any DAG; `None` if there is no such run.
    ///
    /// # Errors
    /// An id is malformed, or the engine cannot be asked.
    pub async fn find_dag_run(&self, dag_id: &str, run_id: &str) -> Result<Option<DagRun>, RequestError> {
        let (dag_id, run_id) = (parsed(dag_id, DagId::parse)?, parsed(run_id, RunId::parse)?);
        let request = ToSupervisor::GetDagRun(GetDagRun { dag_id, run_id });
        match found(self.request(request).await)? {
            None => Ok(None),
            Some(ToTask::DagRunResult(run)) => Ok(Some(*run)),
            Some(_) => Err(RequestError::UnexpectedAnswer),
        }
    }
}

fn parsed<T>(
    id: &str,
    parse: impl FnOnce(&str) -> Result<T, updraft_model::IdError>,
) -> Result<T, RequestError> {
    parse(id).map_err(|reason| RequestError::WrongType {
        what: format!("id `{id}`"),
        reason: reason.to_string(),
    })
}

/// The answer; nothing if what was asked for is not there.
fn found(answer: Result<Option<ToTask>, RequestError>) -> Result<Option<ToTask>, RequestError> {
    match answer {
        Ok(Some(answer)) => Ok(Some(answer)),
        Ok(None) => Err(RequestError::UnexpectedAnswer),
        Err(error) if error.status() == Some(NOT_FOUND) => Ok(None),
        Err(error) => Err(error),
    }
}
