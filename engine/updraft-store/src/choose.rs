//! Which tasks of which runs something is done to: clearing and marking choose alike.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use updraft_model::{
    DagError, DagId, DagSpec, DagVersionId, MapIndex, Reach, RunId, RunKey, TaskId, TaskIndex,
    TaskInstanceState, TaskKey,
};
use updraft_sql::{Conflict, Sql, Tx, statements};

use crate::error::{StoreError, from_sql};
use crate::store::Store;
use crate::table::TableRow;

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    DATE = Sql::new(
        "SELECT coalesce(logical_date, run_after) AS order_date FROM dag_run WHERE dag_id = $1 AND run_id = $2",
    );
    // Around a run: of the runs at its own date only itself. PostgreSQL has several writers at a time; SQLite's transaction is
    // the only one.
    BETWEEN = Sql::per_backend(
        "SELECT r.dag_id, r.run_id, r.version_id, coalesce(r.logical_date, r.run_after) AS order_date, t.task_id, t.map_index, t.state, t.mapped_length \
         FROM dag_run r JOIN task_instance t ON t.dag_id = r.dag_id AND t.run_id = r.run_id \
         WHERE r.dag_id = $1 AND coalesce(r.logical_date, r.run_after) >= $2 \
           AND coalesce(r.logical_date, r.run_after) <= $3 \
           AND (r.run_id = $5 OR coalesce(r.logical_date, r.run_after) <> $4 OR $5 IS NULL) \
         ORDER BY order_date, r.run_id, t.task_id, t.map_index \
         FOR UPDATE OF r, t",
        "SELECT r.dag_id, r.run_id, r.version_id, coalesce(r.logical_date, r.run_after) AS order_date, t.task_id, t.map_index, t.state, t.mapped_length \
         FROM dag_run r JOIN task_instance t ON t.dag_id = r.dag_id AND t.run_id = r.run_id \
         WHERE r.dag_id = $1 AND coalesce(r.logical_date, r.run_after) >= $2 \
           AND coalesce(r.logical_date, r.run_after) <= $3 \
           AND (r.run_id = $5 OR coalesce(r.logical_date, r.run_after) <> $4 OR $5 IS NULL) \
         ORDER BY order_date, r.run_id, t.task_id, t.map_index",
    );
    UNFINISHED = Sql::per_backend(
        "SELECT r.dag_id, r.run_id, r.version_id, coalesce(r.logical_date, r.run_after) AS order_date, t.task_id, t.map_index, t.state, t.mapped_length \
         FROM dag_run r JOIN task_instance t ON t.dag_id = r.dag_id AND t.run_id = r.run_id \
         WHERE r.dag_id = $1 AND r.state IN ('queued', 'running') \
         ORDER BY order_date, r.run_id, t.task_id, t.map_index \
         FOR UPDATE OF r, t",
        "SELECT r.dag_id, r.run_id, r.version_id, coalesce(r.logical_date, r.run_after) AS order_date, t.task_id, t.map_index, t.state, t.mapped_length \
         FROM dag_run r CROSS JOIN task_instance t \
         WHERE r.dag_id = $1 AND r.state IN ('queued', 'running') AND t.dag_id = r.dag_id AND t.run_id = r.run_id \
         ORDER BY order_date, r.run_id, t.task_id, t.map_index",
    );
}

/// The tasks that a version of a DAG has of those that are meant.
pub type TasksOfVersion<'a> = &'a (dyn Fn(&DagSpec) -> BTreeSet<TaskId> + Sync);

/// Tasks of runs, in words. Each run is looked at with the version of the DAG that it has.
#[derive(Clone, Copy)]
pub struct TaskChoice<'a> {
    /// The DAG.
    pub dag_id: &'a DagId,
    /// Which of its runs.
    pub runs: RunChoice<'a>,
    /// Which tasks of them.
    pub tasks: TasksOfVersion<'a>,
    /// Of mapped tasks only this copy. Tasks before and after them that are not mapped together with them are chosen as a
    /// whole.
    pub map_index: Option<i32>,
    /// Which tasks before and after those.
    pub reach: Reach,
    /// In which states.
    pub states: StateChoice,
}

/// Runs of a DAG.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunChoice<'a> {
    /// Those with a logical date in a span, both ends included; without an end there is no limit there.
    Between {
        /// The earliest date.
        from: Option<Timestamp>,
        /// The latest date.
        until: Option<Timestamp>,
    },
    /// A run, and perhaps all before it and all after it by logical date.
    Around {
        /// The run.
        run_id: &'a RunId,
        /// Also the runs before it.
        past: bool,
        /// Also the runs after it.
        future: bool,
    },
}

/// In which states tasks are chosen. Airflow's `--only-failed` and `--only-running`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum StateChoice {
    /// In any.
    #[default]
    Any,
    /// Those that failed, or could not run because of a failure before them.
    Failed,
    /// Those that run.
    Running,
}

/// A task that was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChosenTask {
    /// The task. Of a mapped task with copies, map index -1 is all copies without a row of their own.
    pub key: TaskKey,
    /// Where its run stands in the order of its DAG's runs: its logical date, or when it may start if it has none.
    pub order_date: Timestamp,
    /// Its state before.
    pub state: Option<TaskInstanceState>,
    /// How many task instances it is: 1, or so many copies.
    pub instances: u32,
}

/// Whether an operation is done, or only tells what it would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It is done.
    Lasting,
    /// The same transaction is rolled back in the end: the answer is exact, and nothing has changed.
    DryRun,
}

/// Why nothing was chosen, and nothing done.
#[derive(Debug, thiserror::Error)]
pub enum ChoiceError {
    /// A version of the DAG cannot be understood. Final.
    #[error(transparent)]
    Dag(#[from] DagError),
    /// Reading or writing failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

from_sql!(ChoiceError);

impl Conflict for ChoiceError {
    fn is_conflict(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_conflict())
    }
}

/// What tasks are chosen for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To run again: with the setups and teardowns that they need; what nothing was decided about yet need not be cleared.
    Clear,
    /// To get a state.
    Mark,
}

/// A run with the rows of its tasks.
#[derive(Debug)]
pub(crate) struct ChoosableRun {
    pub(crate) key: RunKey,
    pub(crate) version: DagVersionId,
    order_date: Timestamp,
    pub(crate) tasks: Vec<ChoosableTask>,
}

/// A row of a task.
#[derive(Debug)]
pub(crate) struct ChoosableTask {
    pub(crate) task_id: TaskId,
    pub(crate) map_index: MapIndex,
    pub(crate) state: Option<TaskInstanceState>,
    pub(crate) mapped_length: Option<u32>,
}

/// The tasks of one version that are chosen.
pub(crate) struct Wanted {
    pub(crate) tasks: BTreeSet<TaskId>,
    /// Those of which a map index names the copy: the named ones, and those that are mapped together with them.
    by_copy: BTreeSet<TaskId>,
}

impl Wanted {
    pub(crate) fn of(
        choice: &TaskChoice<'_>,
        spec: &Arc<DagSpec>,
        purpose: Purpose,
    ) -> Result<Self, DagError> {
        let dag = Arc::clone(spec).validate()?;
        let named = (choice.tasks)(spec);
        let named: BTreeSet<TaskIndex> = named.iter().filter_map(|id| dag.graph().index(id)).collect();
        let all = match purpose {
            Purpose::Clear => dag.to_clear(&named, choice.reach),
            Purpose::Mark => dag.within(&named, choice.reach),
        };
        let is_by_copy = |task: &&TaskIndex| {
            let mut others = named.iter();
            named.contains(task) || others.any(|other| dag.mapping().are_together(*other, **task))
        };
        let id = |task: &TaskIndex| spec.tasks.get(task.at()).map(|task| task.task_id.clone());
        Ok(Self {
            by_copy: all.iter().filter(is_by_copy).filter_map(id).collect(),
            tasks: all.iter().filter_map(id).collect(),
        })
    }

    /// The tasks of a run that are chosen.
    pub(crate) fn among<'r>(
        &'r self,
        run: &'r ChoosableRun,
        choice: &'r TaskChoice<'_>,
        purpose: Purpose,
    ) -> impl Iterator<Item = ChosenTask> + 'r {
        let is_wanted = move |task: &&ChoosableTask| {
            self.tasks.contains(&task.task_id) && choice.states.has(task.state, purpose)
        };
        run.tasks.iter().filter(is_wanted).filter_map(move |task| {
            let only = choice.map_index.filter(|_| self.by_copy.contains(&task.task_id));
            let (map_index, instances) = run.instances(task, only);
            (instances > 0).then(|| ChosenTask {
                key: run.key.task(task.task_id.clone(), map_index),
                order_date: run.order_date,
                state: task.state,
                instances,
            })
        })
    }
}

impl StateChoice {
    fn has(self, state: Option<TaskInstanceState>, purpose: Purpose) -> bool {
        use TaskInstanceState::{Failed, Removed, Running, UpstreamFailed};

        match (self, state) {
            // What is not in the DAG can neither run nor be marked.
            (_, Some(Removed)) => false,
            (Self::Any, None) => purpose == Purpose::Mark,
            (Self::Any, Some(_)) => true,
            (Self::Failed, state) => matches!(state, Some(Failed | UpstreamFailed)),
            (Self::Running, state) => state == Some(Running),
        }
    }
}

impl ChoosableRun {
    /// Its tasks about which something was decided, and which are still there.
    pub(crate) fn decided(&self) -> impl Iterator<Item = TaskKey> {
        let has = |task: &&ChoosableTask| StateChoice::Any.has(task.state, Purpose::Clear);
        let tasks = self.tasks.iter().filter(has);
        tasks.map(|task| self.key.task(task.task_id.clone(), task.map_index))
    }

    /// Which instances a row stands for, and how many: of the row that copies share all of those, or only one of them.
    fn instances(&self, task: &ChoosableTask, only: Option<i32>) -> (MapIndex, u32) {
        let rows = || self.tasks.iter().filter(|other| other.task_id == task.task_id);
        let has_row = |index: i32| rows().any(|other| other.map_index == MapIndex(index));
        match (task.mapped_length, only) {
            (Some(length), None) => {
                let is_copy =
                    |row: &&ChoosableTask| u32::try_from(row.map_index.0).is_ok_and(|copy| copy < length);
                (task.map_index, length - rows().filter(is_copy).count() as u32)
            }
            // Copies without a row are like the one that they share.
            (Some(length), Some(index)) => {
                let shares = u32::try_from(index).is_ok_and(|copy| copy < length) && !has_row(index);
                (MapIndex(index), u32::from(shares))
            }
            (None, Some(index)) => (task.map_index, u32::from(task.map_index == MapIndex(index))),
            (None, None) => (task.map_index, 1),
        }
    }
}

impl Store {
    /// The runs that are chosen, by logical date, with all their tasks. They are locked until the transaction ends.
    pub(crate) async fn choosable_runs(
        &self,
        tx: &mut Tx,
        choice: &TaskChoice<'_>,
    ) -> Result<Vec<ChoosableRun>, StoreError> {
        let dag_id = choice.dag_id.as_str();
        let (from, until, around) = match choice.runs {
            RunChoice::Between { from, until } => (from, until, None),
            RunChoice::Around { run_id, past, future } => {
                let found = tx.fetch_optional(DATE.bind(dag_id).bind(run_id.as_str())).await?;
                let Some(row) = found else { return Ok(Vec::new()) };
                let date = row.timestamp("order_date")?;
                let only = |is_open: bool| (!is_open).then_some(date);
                (only(past), only(future), Some((run_id, date)))
            }
        };
        let query = BETWEEN
            .bind(dag_id)
            .bind(from.unwrap_or(Timestamp::MIN))
            .bind(until.unwrap_or(Timestamp::MAX))
            .bind(around.map(|(_, date)| date))
            .bind(around.map(|(run_id, _)| run_id.as_str()));
        runs(&tx.fetch_all(query).await?)
    }

    /// The unfinished runs of a DAG with all their tasks, locked likewise.
    pub(crate) async fn unfinished_runs(
        &self,
        tx: &mut Tx,
        dag_id: &DagId,
    ) -> Result<Vec<ChoosableRun>, StoreError> {
        runs(&tx.fetch_all(UNFINISHED.bind(dag_id.as_str())).await?)
    }

    /// The tasks that are chosen in these runs.
    pub(crate) async fn choose(
        &self,
        tx: &mut Tx,
        runs: &[ChoosableRun],
        choice: &TaskChoice<'_>,
        purpose: Purpose,
    ) -> Result<Vec<ChosenTask>, ChoiceError> {
        let versions: BTreeSet<DagVersionId> = runs.iter().map(|run| run.version).collect();
        let mut wanted = BTreeMap::new();
        for (version, spec) in self.specs(tx, versions).await? {
            wanted.insert(version, Wanted::of(choice, &spec, purpose)?);
        }
        let mut chosen = Vec::new();
        for run in runs {
            if let Some(wanted) = wanted.get(&run.version) {
                chosen.extend(wanted.among(run, choice, purpose));
            }
        }
        Ok(chosen)
    }
}

fn runs(rows: &[updraft_sql::Row]) -> Result<Vec<ChoosableRun>, StoreError> {
    let mut runs: Vec<ChoosableRun> = Vec::new();
    for row in rows {
        let row = TableRow {
            table: "task_instance",
            row,
        };
        let key = row.run_key()?;
        if runs.last().is_none_or(|run| run.key != key) {
            runs.push(ChoosableRun {
                key,
                version: row.version()?,
                order_date: row.time("order_date")?,
                tasks: Vec::new(),
            });
        }
        if let Some(run) = runs.last_mut() {
            run.tasks.push(ChoosableTask {
                task_id: row.task_id()?,
                map_index: row.map_index()?,
                state: row.task_state("state")?,
                mapped_length: row.optional_number("mapped_length")?,
            });
        }
    }
    Ok(runs)
}
