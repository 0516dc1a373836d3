//! Waits for what another DAG does: for its runs, or for tasks or a task group of them.
//!
//! Source: `WorkflowTrigger` and `DagStateTrigger` of the standard provider 1.21 and of Airflow 2.11, `TaskStateTrigger` of 2.11, and
//! the rules by which `ExternalTaskSensor` checks their arguments. Where versions differ in how many tasks in `failed_states` make a
//! wait fail, one is enough, as the sensor documents. A copy of a mapped task counts like a task of its own.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::kwargs::{ClassPaths, Kwargs, moment, parsed};
use crate::{
    DagId, DagRunState, RunId, TaskGroupId, TaskId, TaskInstanceState, Trigger, TriggerProblem, WaitEnd,
    isoformat,
};

const WORKFLOW: ClassPaths = ClassPaths(&[
    "airflow.providers.standard.triggers.external_task.WorkflowTrigger",
    "airflow.triggers.external_task.WorkflowTrigger",
]);
const DAG_STATE: ClassPaths = ClassPaths(&[
    "airflow.providers.standard.triggers.external_task.DagStateTrigger",
    "airflow.triggers.external_task.DagStateTrigger",
]);
const TASK_STATE: ClassPaths = ClassPaths(&["airflow.triggers.external_task.TaskStateTrigger"]);

/// The classes of this file.
pub(crate) const CLASSES: [&ClassPaths; 3] = [&WORKFLOW, &DAG_STATE, &TASK_STATE];

/// Whether it is a class of this file.
pub(crate) fn is(classpath: &str) -> bool {
    CLASSES.iter().any(|class| class.is(classpath))
}

/// A run of a DAG, as somebody names it who waits for it: by its id, or by the date that it is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum RunReference {
    /// Its id.
    Id(String),
    /// Its logical date.
    Date(Timestamp),
}

/// A wait for runs of a DAG, or for tasks of theirs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExternalWait {
    /// The DAG.
    pub dag_id: DagId,
    /// Its runs, each once, one at least.
    pub runs: Vec<RunReference>,
    /// What of them.
    pub target: ExternalTarget,
    /// How long it takes from one look to the next.
    pub poke_interval: Duration,
    /// What the event says that the wait ends with, beside the runs; `None` if it only has a status.
    event: Option<Box<Trigger>>,
}

/// What of a run is waited for, and what its states mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExternalTarget {
    /// The run as a whole.
    Run(ExternalVerdicts<DagRunState>),
    /// Tasks, each once, one at least.
    Tasks(Vec<TaskId>, ExternalVerdicts<TaskInstanceState>),
    /// All tasks of a group.
    Group(TaskGroupId, ExternalVerdicts<TaskInstanceState>),
}

/// The states that end a wait; all others are waited through. No state stands in two of the lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExternalVerdicts<S> {
    /// What is waited for.
    pub allowed: Vec<S>,
    /// One of these fails the wait.
    pub failed: Vec<S>,
    /// One of these ends the wait so that its task is skipped.
    pub skipped: Vec<S>,
}

/// A run that somebody waits for, as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExternalRun {
    /// Its id.
    pub run_id: RunId,
    /// Its state.
    pub state: DagRunState,
    /// The states of those of its tasks that were asked for, each once; of a mapped task those of its copies.
    pub tasks: BTreeMap<TaskId, Vec<Option<TaskInstanceState>>>,
    /// The tasks of those of its groups that were asked for and that it has, with the groups in them.
    pub groups: BTreeMap<TaskGroupId, Vec<TaskId>>,
}

/// The runs that are waited for, as they all were at one moment. Those that are missing do not exist.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExternalPicture {
    runs: BTreeMap<DagId, BTreeMap<RunReference, Arc<ExternalRun>>>,
}

impl ExternalPicture {
    /// A run of a DAG exists, and this is what it is called in a wait.
    pub fn insert(&mut self, dag_id: DagId, reference: RunReference, run: Arc<ExternalRun>) {
        self.runs.entry(dag_id).or_default().insert(reference, run);
    }

    fn run(&self, dag_id: &DagId, reference: &RunReference) -> Option<&ExternalRun> {
        self.runs.get(dag_id)?.get(reference).map(Arc::as_ref)
    }
}

/// What a state means for a wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Allowed,
    Failed,
    Skipped,
}

/// One thing that a wait looks at.
struct Seen<'w> {
    run: &'w RunReference,
    what: What<'w>,
    verdict: Option<Verdict>,
}

enum What<'w> {
    NoRun,
    Run(DagRunState),
    NoTask(&'w TaskId),
    Task(&'w TaskId, Option<TaskInstanceState>),
    NoGroup(&'w TaskGroupId),
    EmptyGroup(&'w TaskGroupId),
}

impl Trigger {
    /// Waits until runs of a DAG have succeeded; Airflow's `WorkflowTrigger`. They are named by their logical dates or by their ids:
    /// `[context.logical_date()]`, `["manual__a"]`. The arguments `allowed_states`, `failed_states` and `skipped_states` are lists of
    /// states.
    pub fn external_dag<R: Into<RunReference>>(
        dag_id: impl Into<String>,
        runs: impl IntoIterator<Item = R>,
    ) -> Self {
        let (mut run_ids, mut dates) = (Vec::new(), Vec::new());
        for run in runs {
            match run.into() {
                RunReference::Id(run_id) => run_ids.push(Value::from(run_id)),
                RunReference::Date(at) => dates.push(Value::from(isoformat(at))),
            }
        }
        let trigger = WORKFLOW.trigger([("external_dag_id", dag_id.into().into())]);
        let lists = [("run_ids", run_ids), ("logical_dates", dates)];
        let given = lists.into_iter().filter(|(_, list)| !list.is_empty());
        given.fold(trigger, |trigger, (name, list)| trigger.kwarg(name, list))
    }

    /// Waits until tasks of runs of a DAG have succeeded; otherwise as [`Trigger::external_dag`].
    pub fn external_tasks<R: Into<RunReference>>(
        dag_id: impl Into<String>,
        task_ids: impl IntoIterator<Item = impl Into<String>>,
        runs: impl IntoIterator<Item = R>,
    ) -> Self {
        let task_ids: Vec<Value> = task_ids.into_iter().map(|id| Value::from(id.into())).collect();
        Self::external_dag(dag_id, runs).kwarg("external_task_ids", task_ids)
    }

    /// Waits until all tasks of a group in runs of a DAG have succeeded; otherwise as [`Trigger::external_dag`].
    pub fn external_task_group<R: Into<RunReference>>(
        dag_id: impl Into<String>,
        group_id: impl Into<String>,
        runs: impl IntoIterator<Item = R>,
    ) -> Self {
        Self::external_dag(dag_id, runs).kwarg("external_task_group_id", group_id.into())
    }
}

impl From<Timestamp> for RunReference {
    fn from(logical_date: Timestamp) -> Self {
        Self::Date(logical_date)
    }
}

impl From<&str> for RunReference {
    fn from(run_id: &str) -> Self {
        Self::Id(run_id.to_owned())
    }
}

impl From<String> for RunReference {
    fn from(run_id: String) -> Self {
        Self::Id(run_id)
    }
}

impl From<&RunId> for RunReference {
    fn from(run_id: &RunId) -> Self {
        Self::Id(run_id.to_string())
    }
}

impl ExternalWait {
    /// What a trigger of a class of this file waits for.
    pub(crate) fn of(kwargs: &Kwargs<'_>) -> Result<Self, TriggerProblem> {
        let is = |class: &ClassPaths| class.is(&kwargs.0.classpath);
        let dag_id = if is(&WORKFLOW) {
            "external_dag_id"
        } else {
            "dag_id"
        };
        Ok(Self {
            dag_id: kwargs.required(dag_id, parsed)?,
            runs: runs(kwargs)?,
            target: if is(&WORKFLOW) {
                target(kwargs)?
            } else if is(&DAG_STATE) {
                ExternalTarget::Run(verdicts(kwargs, "states")?)
            } else {
                ExternalTarget::Tasks(
                    vec![kwargs.required("task_id", parsed)?],
                    verdicts(kwargs, "states")?,
                )
            },
            poke_interval: kwargs.poke_interval()?,
            event: is(&DAG_STATE).then(|| Box::new(kwargs.0.clone())),
        })
    }

    /// The tasks that it asks for by name.
    pub fn task_ids(&self) -> &[TaskId] {
        match &self.target {
            ExternalTarget::Tasks(task_ids, _) => task_ids,
            ExternalTarget::Run(_) | ExternalTarget::Group(..) => &[],
        }
    }

    /// The task group that it asks for.
    pub const fn task_group(&self) -> Option<&TaskGroupId> {
        match &self.target {
            ExternalTarget::Group(group_id, _) => Some(group_id),
            ExternalTarget::Run(_) | ExternalTarget::Tasks(..) => None,
        }
    }

    /// How the wait has ended with what there is; `None` if it goes on.
    pub fn end(&self, picture: &ExternalPicture) -> Option<WaitEnd> {
        let seen = self.seen(picture);
        let any = |verdict| seen.iter().any(|seen| seen.verdict == Some(verdict));
        let status = if any(Verdict::Failed) {
            "failed"
        } else if any(Verdict::Skipped) {
            "skipped"
        } else if seen.iter().all(|seen| seen.verdict == Some(Verdict::Allowed)) {
            "success"
        } else {
            return None;
        };
        Some(WaitEnd::Event(match &self.event {
            None => json!({ "status": status }),
            Some(trigger) => self.event_of_runs(trigger, picture),
        }))
    }

    /// What keeps the wait from its end; follows the name of the wait.
    pub fn note(&self, picture: &ExternalPicture) -> String {
        let mut waiting = self
            .seen(picture)
            .into_iter()
            .filter(|seen| seen.verdict != Some(Verdict::Allowed));
        let Some(first) = waiting.next() else {
            return "it is there".to_owned();
        };
        let run = &first.run;
        let note = match first.what {
            What::NoRun => format!("{run} does not exist yet"),
            What::Run(state) => format!("{run} is `{state}`"),
            What::NoTask(task_id) => format!("{run} has no task `{task_id}`"),
            What::Task(task_id, Some(state)) => format!("in {run} task `{task_id}` is `{state}`"),
            What::Task(task_id, None) => format!("in {run} task `{task_id}` has no state yet"),
            What::NoGroup(group_id) => format!("{run} has no task group `{group_id}`"),
            What::EmptyGroup(group_id) => format!("in {run} task group `{group_id}` has no tasks"),
        };
        match waiting.count() {
            0 => note,
            more => format!("{note}, and {more} more are not there"),
        }
    }

    fn seen<'w>(&'w self, picture: &'w ExternalPicture) -> Vec<Seen<'w>> {
        let mut seen = Vec::with_capacity(self.runs.len());
        for reference in &self.runs {
            let mut see = |what, verdict| {
                seen.push(Seen {
                    run: reference,
                    what,
                    verdict,
                });
            };
            let Some(run) = picture.run(&self.dag_id, reference) else {
                see(What::NoRun, None);
                continue;
            };
            let (task_ids, verdicts) = match &self.target {
                ExternalTarget::Run(verdicts) => {
                    see(What::Run(run.state), verdicts.of(run.state));
                    continue;
                }
                ExternalTarget::Tasks(task_ids, verdicts) => (task_ids, verdicts),
                ExternalTarget::Group(group_id, verdicts) => match run.groups.get(group_id) {
                    None => {
                        see(What::NoGroup(group_id), None);
                        continue;
                    }
                    Some(task_ids) if task_ids.is_empty() => {
                        see(What::EmptyGroup(group_id), None);
                        continue;
                    }
                    Some(task_ids) => (task_ids, verdicts),
                },
            };
            for task_id in task_ids {
                match run.tasks.get(task_id) {
                    None => see(What::NoTask(task_id), None),
                    Some(states) => {
                        for state in states {
                            let verdict = state.and_then(|state| verdicts.of(state));
                            see(What::Task(task_id, *state), verdict);
                        }
                    }
                }
            }
        }
        seen
    }

    /// What `DagStateTrigger` says: its own class path and arguments, and the state of each run by its id.
    fn event_of_runs(&self, trigger: &Trigger, picture: &ExternalPicture) -> Value {
        let mut said: Map<String, Value> = trigger.kwargs.clone();
        let runs = self.runs.iter().filter_map(|run| picture.run(&self.dag_id, run));
        said.extend(runs.map(|run| (run.run_id.to_string(), run.state.as_str().into())));
        json!([trigger.classpath, said])
    }
}

impl<S: PartialEq> ExternalVerdicts<S> {
    fn of(&self, state: S) -> Option<Verdict> {
        let lists = [
            (&self.failed, Verdict::Failed),
            (&self.skipped, Verdict::Skipped),
            (&self.allowed, Verdict::Allowed),
        ];
        lists
            .into_iter()
            .find(|(list, _)| list.contains(&state))
            .map(|(_, verdict)| verdict)
    }
}

/// What of the runs a `WorkflowTrigger` waits for.
fn target(kwargs: &Kwargs<'_>) -> Result<ExternalTarget, TriggerProblem> {
    let mut task_ids: Vec<TaskId> = kwargs.list("external_task_ids", parsed)?;
    let one: Option<TaskId> = kwargs.optional("external_task_id", parsed)?;
    let group_id: Option<TaskGroupId> = kwargs.optional("external_task_group_id", parsed)?;
    if one.is_some() && !task_ids.is_empty() {
        return Err(kwargs.problem(
            "external_task_id",
            "`external_task_ids` is given, too; give one of them".to_owned(),
        ));
    }
    task_ids.extend(one);
    task_ids.sort();
    task_ids.dedup();
    match group_id {
        Some(_) if !task_ids.is_empty() => Err(kwargs.problem(
            "external_task_group_id",
            "tasks are given, too; give either them or a group".to_owned(),
        )),
        Some(group_id) => Ok(ExternalTarget::Group(
            group_id,
            verdicts(kwargs, "allowed_states")?,
        )),
        None if task_ids.is_empty() => Ok(ExternalTarget::Run(verdicts(kwargs, "allowed_states")?)),
        None => Ok(ExternalTarget::Tasks(
            task_ids,
            verdicts(kwargs, "allowed_states")?,
        )),
    }
}

/// The runs that a trigger names, by their ids or by their dates.
fn runs(kwargs: &Kwargs<'_>) -> Result<Vec<RunReference>, TriggerProblem> {
    let run_ids: Vec<RunId> = kwargs.list("run_ids", parsed)?;
    let mut dates = kwargs.list("logical_dates", moment)?;
    dates.extend(kwargs.list("execution_dates", moment)?);
    if !run_ids.is_empty() && !dates.is_empty() {
        return Err(kwargs.problem(
            "run_ids",
            "dates are given, too; give either ids or dates".to_owned(),
        ));
    }
    let mut runs: Vec<RunReference> = run_ids.iter().map(RunReference::from).collect();
    runs.extend(dates.into_iter().map(RunReference::Date));
    runs.sort();
    runs.dedup();
    if runs.is_empty() {
        let problem = "there are neither `run_ids` nor `logical_dates`, so no run can be waited for";
        return Err(kwargs.problem("logical_dates", problem.to_owned()));
    }
    Ok(runs)
}

/// What the states mean: a success is waited for if nothing is said.
fn verdicts<S>(kwargs: &Kwargs<'_>, allowed: &'static str) -> Result<ExternalVerdicts<S>, TriggerProblem>
where
    S: FromStr<Err: fmt::Display> + PartialEq,
{
    let mut verdicts = ExternalVerdicts {
        allowed: kwargs.list(allowed, parsed::<S>)?,
        failed: kwargs.list("failed_states", parsed::<S>)?,
        skipped: kwargs.list("skipped_states", parsed::<S>)?,
    };
    if verdicts.allowed.is_empty() {
        let success = parsed::<S>(&"success".into());
        verdicts.allowed = vec![success.map_err(|problem| kwargs.problem(allowed, problem))?];
    }
    let twice = "a state of it stands in another list, too";
    for (name, list, others) in [
        (
            "failed_states",
            &verdicts.failed,
            [&verdicts.allowed, &verdicts.skipped],
        ),
        (
            "skipped_states",
            &verdicts.skipped,
            [&verdicts.allowed, &verdicts.failed],
        ),
    ] {
        if list
            .iter()
            .any(|state| others.iter().any(|other| other.contains(state)))
        {
            return Err(kwargs.problem(name, twice.to_owned()));
        }
    }
    Ok(verdicts)
}

/// Follows the words `it waits`.
impl fmt::Display for ExternalWait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dag_id = &self.dag_id;
        let (first, more) = match self.runs.split_first() {
            Some((first, more)) => (first, more.len()),
            None => return write!(f, "for no run of DAG `{dag_id}`"),
        };
        match &self.target {
            ExternalTarget::Run(_) => write!(f, "for {first} of DAG `{dag_id}`")?,
            ExternalTarget::Tasks(task_ids, _) => {
                let names: Vec<String> = task_ids.iter().take(3).map(|id| format!("`{id}`")).collect();
                let kind = if task_ids.len() == 1 { "task" } else { "tasks" };
                write!(f, "for {kind} {}", names.join(", "))?;
                if task_ids.len() > names.len() {
                    write!(f, " and {} more", task_ids.len() - names.len())?;
                }
                write!(f, " of DAG `{dag_id}` in {first}")?;
            }
            ExternalTarget::Group(group_id, _) => {
                write!(f, "for task group `{group_id}` of DAG `{dag_id}` in {first}")?;
            }
        }
        match more {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

impl fmt::Display for RunReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(run_id) => write!(f, "run `{run_id}`"),
            Self::Date(at) => write!(f, "the run of {}", isoformat(*at)),
        }
    }
}
