//! Clearing and marking tasks of runs.

use std::collections::BTreeSet;

use updraft_model::{DagId, DagSpec, Reach, RunId, TaskId, TaskInstanceState};
use updraft_store::{
    ChoiceError, ChosenTask, Effect, Mark, MarkError, RunChoice, RunVersion, StateChoice, TaskChoice,
    TimeSpan,
};

use super::elsewhere::elsewhere;
use crate::call::Actor;
use crate::failure::Failure;

/// Which tasks of which runs.
#[derive(Debug, Clone)]
pub(crate) struct Choice {
    pub(crate) dag_id: DagId,
    pub(crate) runs: Runs,
    /// `None`: all tasks.
    pub(crate) tasks: Option<BTreeSet<TaskId>>,
    /// Of mapped tasks only this copy.
    pub(crate) map_index: Option<i32>,
    pub(crate) reach: Reach,
    pub(crate) states: StateChoice,
}

/// Which runs.
#[derive(Debug, Clone)]
pub(crate) enum Runs {
    /// Those with a logical date in a span.
    Between(TimeSpan),
    /// A run, and perhaps those before and after it.
    Around { run_id: RunId, past: bool, future: bool },
}

impl Choice {
    /// Hands the choice to a call of the store.
    async fn given<T>(&self, call: impl AsyncFnOnce(&TaskChoice<'_>) -> T) -> T {
        let tasks = |spec: &DagSpec| -> BTreeSet<TaskId> {
            let all = spec.tasks.iter().map(|task| &task.task_id);
            let wanted = all.filter(|id| self.tasks.as_ref().is_none_or(|tasks| tasks.contains(*id)));
            wanted.cloned().collect()
        };
        let runs = match &self.runs {
            Runs::Between(span) => RunChoice::Between {
                from: span.from,
                until: span.until,
            },
            Runs::Around { run_id, past, future } => RunChoice::Around {
                run_id,
                past: *past,
                future: *future,
            },
        };
        call(&TaskChoice {
            dag_id: &self.dag_id,
            runs,
            tasks: &tasks,
            map_index: self.map_index,
            reach: self.reach,
            states: self.states,
        })
        .await
    }
}

/// Has tasks run again, or says which these are.
pub(crate) async fn clear(
    actor: &Actor<'_>,
    choice: Choice,
    version: RunVersion,
    effect: Effect,
) -> Result<Vec<ChosenTask>, Failure> {
    let (store, now) = (actor.store(), actor.api.now());
    let cleared = elsewhere(async move || {
        choice
            .given(async |choice| store.clear(choice, version, effect, now).await)
            .await
    })
    .await?
    .map_err(|error| match error {
        ChoiceError::Dag(error) => Failure::BadRequest(error.to_string()),
        ChoiceError::Store(error) => error.into(),
    })?;
    Ok(cleared.tasks)
}

/// Sets the state of tasks, or says which would get it.
pub(crate) async fn mark(
    actor: &Actor<'_>,
    choice: Choice,
    state: TaskInstanceState,
    effect: Effect,
) -> Result<Vec<ChosenTask>, Failure> {
    let (store, now) = (actor.store(), actor.api.now());
    let outcome = format!("marked {state} by {}", actor.identity.name);
    let marked = elsewhere(async move || {
        let mark = Mark {
            state,
            outcome: &outcome,
            now,
        };
        choice
            .given(async |choice| store.mark(choice, mark, effect).await)
            .await
    })
    .await?
    .map_err(|error| match error {
        error @ MarkError::NotSettable { .. } => Failure::body(error.to_string()),
        MarkError::Dag(error) => Failure::BadRequest(error.to_string()),
        MarkError::Store(error) => error.into(),
    })?;
    Ok(marked.marked)
}
