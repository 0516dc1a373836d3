//! What a task does when it runs.

use serde_json::Value;
use updraft_model::{DataInterval, Skips, TaskEnd, TaskEndState, TaskIndex, ValidDag};
use updraft_protocol::message::RETURN_VALUE;

use super::{Branch, Context, Sensor, TaskError, TaskFunction, TaskResult, now};

/// What a task does.
#[derive(Debug, Clone)]
pub(crate) enum Work {
    /// Nothing; the engine does not even run it.
    Nothing,
    /// It calls a function.
    Function(TaskFunction),
    /// It goes on with the tasks that a function returns, as a [`Branch`].
    Branch(TaskFunction),
    /// It stops here if a function returns false.
    ShortCircuit {
        condition: TaskFunction,
        /// Whether everything after it is skipped; otherwise only what comes directly after it.
        ignore_downstream_trigger_rules: bool,
    },
    /// It goes on only if its run is the newest one.
    LatestOnly,
    /// It waits until a function says that it is time to go on.
    Sensor(Sensor),
}

impl Work {
    pub(crate) fn short_circuit<F, Fut>(condition: F) -> Self
    where
        F: Fn(Context) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = TaskResult<bool>> + Send + 'static,
    {
        Self::ShortCircuit {
            condition: TaskFunction::from_async(condition),
            ignore_downstream_trigger_rules: true,
        }
    }

    /// The kind of task that people see.
    pub(crate) const fn operator(&self) -> &'static str {
        match self {
            Self::Nothing => "EmptyOperator",
            Self::Function(_) => "RustOperator",
            Self::Branch(_) => "BranchRustOperator",
            Self::ShortCircuit { .. } => "ShortCircuitOperator",
            Self::LatestOnly => "LatestOnlyOperator",
            Self::Sensor(_) => "RustSensor",
        }
    }

    /// Does it; gives what the task returns.
    pub(crate) async fn run(&self, context: &Context) -> TaskResult<Value> {
        if let Some(failure) = context.wait_failure() {
            return Err(match self {
                Self::Sensor(sensor) => sensor.failed(failure),
                _ => failure.into(),
            });
        }
        if let Some(end) = context.trigger_end() {
            return end_by_trigger(context, end).await;
        }
        match self {
            Self::Nothing => Ok(Value::Null),
            Self::Function(function) => function.call(context.clone()).await,
            Self::Branch(function) => {
                let value = function.call(context.clone()).await?;
                let branch: Branch = serde_json::from_value(value.clone()).map_err(TaskError::from)?;
                let (dag, task) = place(context)?;
                context.skip(dag.branch(task, branch.ids())?).await?;
                Ok(returned(dag, value))
            }
            Self::ShortCircuit {
                condition,
                ignore_downstream_trigger_rules,
            } => {
                let value = condition.call(context.clone()).await?;
                let (dag, task) = place(context)?;
                if value == Value::Bool(false) {
                    context
                        .skip(dag.short_circuit(task, *ignore_downstream_trigger_rules))
                        .await?;
                }
                Ok(returned(dag, value))
            }
            Self::LatestOnly => latest_only(context).await,
            Self::Sensor(sensor) => sensor.run(context).await,
        }
    }
}

/// Ends a task as its trigger wants it, instead of letting it go on. Source: `BaseTaskEndEvent` of Airflow 2.10.
async fn end_by_trigger(context: &Context, end: TaskEnd) -> TaskResult<Value> {
    let mut returned = Value::Null;
    for (key, value) in end.xcoms {
        if key == RETURN_VALUE {
            returned = value;
        } else {
            context.push(&key, value).await?;
        }
    }
    match end.state {
        TaskEndState::Success => Ok(returned),
        TaskEndState::Failed => Err(TaskError::fail_without_retry("the trigger has failed the task")),
        TaskEndState::Skipped => Err(TaskError::skip("the trigger has skipped the task")),
    }
}

/// Source: `LatestOnlyOperator` of Airflow 2.11; runs that somebody triggered are never skipped.
async fn latest_only(context: &Context) -> TaskResult<Value> {
    let (dag, task) = place(context)?;
    let run = context.dag_run();
    if let Some(interval) = run.data_interval().filter(|_| !run.run_type.is_asked_for())
        && !is_latest(context, dag, interval)?
    {
        context
            .logger()
            .info("this is not the latest run, what follows is skipped");
        let nowhere: [&str; 0] = [];
        context.skip(dag.branch(task, &nowhere)?).await?;
    }
    Ok(Value::Null)
}

fn is_latest(context: &Context, dag: &ValidDag, interval: DataInterval) -> TaskResult<bool> {
    match context.timetable() {
        Some(timetable) => Ok(timetable.is_latest(interval, now())?),
        None => Ok(dag.timetable().is_latest(interval, now())?),
    }
}

/// What is left as `return_value`: Airflow 3 leaves none for tasks that only decide.
fn returned(dag: &ValidDag, value: Value) -> Value {
    if dag.spec().compat.deciders_return() {
        value
    } else {
        Value::Null
    }
}

/// The running task in its DAG.
fn place(context: &Context) -> TaskResult<(&ValidDag, TaskIndex)> {
    let dag = context.valid_dag();
    let place = dag.and_then(|dag| Some((dag, dag.graph().index(context.task_id())?)));
    place.ok_or_else(|| TaskError::fail_without_retry("the task is not in its DAG any more"))
}

impl Context {
    /// Leaves the decision for later, and has the tasks skipped.
    async fn skip(&self, skips: Option<Skips>) -> TaskResult {
        let Some(Skips { decision, tasks }) = skips else {
            return Ok(());
        };
        let names: Vec<&str> = tasks.iter().map(updraft_model::TaskId::as_str).collect();
        self.logger()
            .info(format!("skipping tasks: {}", names.join(", ")));
        self.push(updraft_model::SKIP_DECISION_KEY, decision.to_xcom())
            .await?;
        self.skip_downstream(tasks).await?;
        Ok(())
    }
}
