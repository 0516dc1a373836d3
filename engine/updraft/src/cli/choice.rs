//! Tasks of runs as the command line names them.

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use regex::Regex;
use updraft_model::{DagId, DagSpec, Reach, RunId, TaskId, isoformat};
use updraft_store::{ChosenTask, RunChoice, StateChoice, TaskChoice, TasksOfVersion};

use super::app::whole;
use super::closest;
use super::dates::DateRange;
use super::tasks::name;

/// Which tasks of a version are meant: all, one by its id, or those that match an expression.
pub(crate) enum Tasks {
    All,
    Named(TaskId),
    /// An id that fits is taken as it is; else what matches anywhere, as Airflow's `-t` does.
    Matching(String, Regex),
}

impl Tasks {
    /// # Errors
    /// The text is no regular expression.
    pub(crate) fn matching(text: Option<&str>) -> Result<Self> {
        let Some(text) = text else { return Ok(Self::All) };
        let expression = whole(&format!(".*(?:{text}).*"))?;
        Ok(Self::Matching(text.to_owned(), expression))
    }

    /// Those of a version of the DAG.
    pub(crate) fn of(&self, spec: &DagSpec) -> BTreeSet<TaskId> {
        let chosen = self.among(spec.tasks.iter().map(|task| task.task_id.as_str()));
        let ids = spec.tasks.iter().map(|task| &task.task_id);
        ids.filter(|id| chosen.contains(id.as_str())).cloned().collect()
    }

    /// Those of the ids that are meant.
    pub(crate) fn among<'i>(&self, ids: impl Iterator<Item = &'i str> + Clone) -> BTreeSet<&'i str> {
        match self {
            Self::All => ids.collect(),
            Self::Named(wanted) => ids.filter(|id| *id == wanted.as_str()).collect(),
            Self::Matching(text, _) if ids.clone().any(|id| id == text) => {
                ids.filter(|id| id == text).collect()
            }
            Self::Matching(_, expression) => ids.filter(|id| expression.is_match(id)).collect(),
        }
    }

    /// # Errors
    /// The newest version has no such task; the error names the closest.
    pub(crate) fn must_be_in<'i>(
        &self,
        dag_id: &DagId,
        ids: impl Iterator<Item = &'i str> + Clone,
    ) -> Result<()> {
        let Self::Matching(text, _) = self else {
            return Ok(());
        };
        if !self.among(ids.clone()).is_empty() {
            return Ok(());
        }
        let hint = closest::hint(text, ids);
        bail!("DAG `{dag_id}` has no task that matches `{text}`{hint}")
    }
}

/// Which runs are meant.
pub(crate) enum Runs {
    Between(DateRange),
    Around { run_id: RunId, past: bool, future: bool },
}

/// What a command is about.
pub(crate) struct Choice {
    pub(crate) dag_id: DagId,
    pub(crate) runs: Runs,
    pub(crate) tasks: Tasks,
    pub(crate) map_index: Option<i32>,
    pub(crate) reach: Reach,
    pub(crate) states: StateChoice,
}

impl Choice {
    /// The same for the store; `tasks` gives what [`Tasks::of`] does.
    pub(crate) fn for_store<'a>(&'a self, tasks: TasksOfVersion<'a>) -> TaskChoice<'a> {
        let runs = match &self.runs {
            Runs::Between(range) => RunChoice::Between {
                from: Some(range.first),
                until: Some(range.last),
            },
            Runs::Around { run_id, past, future } => RunChoice::Around {
                run_id,
                past: *past,
                future: *future,
            },
        };
        TaskChoice {
            dag_id: &self.dag_id,
            runs,
            tasks,
            map_index: self.map_index,
            reach: self.reach,
            states: self.states,
        }
    }
}

/// How many task instances that is.
pub(crate) fn count(chosen: &[ChosenTask]) -> u32 {
    chosen.iter().map(|task| task.instances).sum()
}

/// A line for a chosen task: `DAG DATE TASK`, with the number of copies if it is several.
pub(crate) fn line(chosen: &ChosenTask) -> String {
    let (key, date) = (&chosen.key, isoformat(chosen.order_date));
    let copies = if chosen.instances > 1 {
        format!(", {} copies", chosen.instances)
    } else {
        String::new()
    };
    format!("{} {date} {}{copies}", key.dag_id, name(key))
}
