//! Clearing: tasks that are to run again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::json;
use updraft_model::{
    DagRunState, DagVersionId, RunEvent, RunKey, TaskEvent, TaskId, TaskInstanceState, TaskKey,
};
use updraft_model::{transition, transition_run};
use updraft_sql::{ColumnType, Sql, Tx, retry_conflicts, row, statements};

use crate::attempts::expect_rows;
use crate::changes::Change;
use crate::choose::{
    ChoiceError, ChoosableRun, ChoosableTask, ChosenTask, Effect, Purpose, StateChoice, TaskChoice, Wanted,
};
use crate::copies::make_rows;
use crate::error::StoreError;
use crate::restructure::{MovedRun, Version};
use crate::store::Store;
use crate::table::{TableRow, state_text, task_row};

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    // PostgreSQL has several writers at a time; SQLite's transaction is the only one.
    READ = Sql::per_backend(
        "SELECT t.dag_id, t.run_id, t.task_id, t.map_index, t.state, t.try_number, t.max_tries, \
                r.version_id, r.state AS run_state \
         FROM {batch} \
         JOIN task_instance t ON t.dag_id = batch.dag_id AND t.run_id = batch.run_id AND t.task_id = batch.task_id \
                             AND t.map_index = batch.map_index \
         JOIN dag_run r ON r.dag_id = t.dag_id AND r.run_id = t.run_id \
         FOR UPDATE OF t, r",
        "SELECT t.dag_id, t.run_id, t.task_id, t.map_index, t.state, t.try_number, t.max_tries, \
                r.version_id, r.state AS run_state \
         FROM {batch} \
         JOIN task_instance t ON t.dag_id = batch.dag_id AND t.run_id = batch.run_id AND t.task_id = batch.task_id \
                             AND t.map_index = batch.map_index \
         JOIN dag_run r ON r.dag_id = t.dag_id AND r.run_id = t.run_id",
    )
    .batch(&[
        ("dag_id", ColumnType::Text),
        ("run_id", ColumnType::Text),
        ("task_id", ColumnType::Text),
        ("map_index", ColumnType::I64),
    ]);
    RUNS = Sql::per_backend(
        "SELECT r.dag_id, r.run_id, r.state AS run_state \
         FROM {batch} JOIN dag_run r ON r.dag_id = batch.dag_id AND r.run_id = batch.run_id \
         FOR UPDATE OF r",
        "SELECT r.dag_id, r.run_id, r.state AS run_state \
         FROM {batch} JOIN dag_run r ON r.dag_id = batch.dag_id AND r.run_id = batch.run_id",
    )
    .batch(&[("dag_id", ColumnType::Text), ("run_id", ColumnType::Text)]);
    CLEAR_TASKS = Sql::new(
        "UPDATE task_instance AS t \
         SET state = batch.to_state, max_tries = batch.max_tries, lost_in_row = 0, next_try_at = NULL, \
             reschedules = 0, deferral = NULL, wait_end = NULL, \
             start_date = CASE WHEN batch.to_state IS NULL THEN NULL ELSE t.start_date END, \
             end_date = NULL, outcome = NULL \
         FROM {batch} \
         WHERE t.dag_id = batch.dag_id AND t.run_id = batch.run_id AND t.task_id = batch.task_id \
           AND t.map_index = batch.map_index",
    )
    .batch(&[
        ("dag_id", ColumnType::Text),
        ("run_id", ColumnType::Text),
        ("task_id", ColumnType::Text),
        ("map_index", ColumnType::I64),
        ("to_state", ColumnType::Text),
        ("max_tries", ColumnType::I64),
    ]);
    CLEAR_RUNS = Sql::new(
        "UPDATE dag_run AS r \
         SET clear_number = r.clear_number + 1, state = batch.to_state, \
             queued_at = CASE WHEN r.state = batch.to_state THEN r.queued_at ELSE $1 END, \
             start_date = CASE WHEN r.state = batch.to_state THEN r.start_date ELSE NULL END, \
             end_date = NULL \
         FROM {batch} \
         WHERE r.dag_id = batch.dag_id AND r.run_id = batch.run_id",
    )
    .batch(&[("dag_id", ColumnType::Text), ("run_id", ColumnType::Text), ("to_state", ColumnType::Text)]);
}

/// What a clear did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cleared {
    /// The tasks that will run again, by key.
    pub tasks: Vec<ClearedTask>,
    /// Their runs, by key. Those that had finished are queued again.
    pub runs: Vec<RunKey>,
}

/// A task that will run again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClearedTask {
    /// The task.
    pub key: TaskKey,
    /// The state it had.
    pub from: Option<TaskInstanceState>,
    /// The state it has now: none, or restarting while its attempt is being ended.
    pub to: Option<TaskInstanceState>,
}

/// Which version of its DAG a run has after a clear.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RunVersion {
    /// The one it has: it runs as it did before.
    #[default]
    Same,
    /// The newest: tasks that are not there any more are removed, new ones come. Airflow 3's `run_on_latest_version`.
    Latest,
}

/// What clearing chosen tasks did, or would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClearedChoice {
    /// The tasks that will run again, by logical date, task and map index.
    pub tasks: Vec<ChosenTask>,
    /// Their runs, and those that got new tasks, by key. Those that had finished are queued again.
    pub runs: Vec<RunKey>,
    /// The runs that went over to the newest version, by logical date.
    pub moved: Vec<MovedRun>,
}

/// A row that may be cleared.
struct Candidate {
    cleared: ClearedTask,
    try_number: u32,
    max_tries: u32,
    version: DagVersionId,
}

impl Store {
    /// Clears tasks, so that they run again with all their retries; those that run are ended first, and a late end of their
    /// attempt does not count. Tasks that do not exist or were removed from their DAG are left out of the answer. Of a mapped
    /// task with copies, map index -1 is all copies without a row of their own.
    ///
    /// As in Airflow 2.11 a finished run is queued again, an unfinished one goes on, and `max_tries` becomes the tries made
    /// plus the task's retries. Earlier attempts and their logs stay.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was cleared then.
    pub async fn clear_tasks(&self, tasks: &[TaskKey], now: Timestamp) -> Result<Cleared, StoreError> {
        retry_conflicts(async || {
            let mut tx = self.db.begin().await?;
            let cleared = self.clear_in(&mut tx, tasks, &[], now).await?;
            self.commit_with_changes(tx, cleared.runs.iter().map(Change::of_run))
                .await?;
            Ok(cleared)
        })
        .await
    }

    /// Clears the tasks that are chosen, as [`Store::clear_tasks`] does, all of them or none. Chosen with them are the setups
    /// and teardowns that they need; not chosen is what nothing was decided about yet.
    ///
    /// With [`RunVersion::Latest`] runs in which something is chosen go over to the newest version of the DAG first; the
    /// choice is then made in that one.
    ///
    /// # Errors
    /// [`ChoiceError`]; nothing was cleared then.
    pub async fn clear(
        &self,
        choice: &TaskChoice<'_>,
        version: RunVersion,
        effect: Effect,
        now: Timestamp,
    ) -> Result<ClearedChoice, ChoiceError> {
        retry_conflicts(async || {
            let mut tx = self.db.begin().await?;
            let mut runs = self.choosable_runs(&mut tx, choice).await?;
            let moved = match version {
                RunVersion::Same => Vec::new(),
                RunVersion::Latest => self.move_to_latest(&mut tx, &runs, choice, now).await?,
            };
            if !moved.is_empty() {
                runs = self.choosable_runs(&mut tx, choice).await?;
            }
            let mut tasks = self.choose(&mut tx, &runs, choice, Purpose::Clear).await?;
            let keys: Vec<TaskKey> = tasks.iter().map(|task| task.key.clone()).collect();
            let moved_keys: Vec<RunKey> = moved.iter().map(|run| run.key.clone()).collect();
            let cleared = self.clear_in(&mut tx, &keys, &moved_keys, now).await?;
            let is_cleared: BTreeSet<&TaskKey> = cleared.tasks.iter().map(|task| &task.key).collect();
            tasks.retain(|task| is_cleared.contains(&task.key));
            match effect {
                Effect::DryRun => tx.rollback().await?,
                Effect::Lasting => {
                    if !cleared.runs.is_empty() {
                        let told = json!({ "tasks": tasks.len(), "runs": cleared.runs.len() });
                        self.note_chosen(&mut tx, choice, (&tasks, told)).await?;
                    }
                    self.commit_with_changes(tx, cleared.runs.iter().map(Change::of_run))
                        .await?;
                }
            }
            Ok(ClearedChoice {
                tasks,
                runs: cleared.runs,
                moved,
            })
        })
        .await
    }

    /// Has those runs go over to the newest version of their DAG that are about to have something cleared, or that get a
    /// chosen task with it.
    async fn move_to_latest(
        &self,
        tx: &mut Tx,
        runs: &[ChoosableRun],
        choice: &TaskChoice<'_>,
        now: Timestamp,
    ) -> Result<Vec<MovedRun>, ChoiceError> {
        let Some(latest) = self.some_dags(tx, [choice.dag_id]).await?.into_iter().next() else {
            return Ok(Vec::new());
        };
        let wanted = Wanted::of(choice, &latest.spec, Purpose::Clear)?;
        let concerns = |run: &&ChoosableRun| {
            let has = |task_id: &TaskId| {
                let is_there = |task: &ChoosableTask| task.state != Some(TaskInstanceState::Removed);
                run.tasks
                    .iter()
                    .any(|task| task.task_id == *task_id && is_there(task))
            };
            let gets_new = choice.states == StateChoice::Any && !wanted.tasks.iter().all(has);
            let is_old = run.version != latest.version;
            is_old && (gets_new || wanted.among(run, choice, Purpose::Clear).next().is_some())
        };
        let runs: Vec<&ChoosableRun> = runs.iter().filter(concerns).collect();
        let dag = Arc::clone(&latest.spec).validate()?;
        let to = Version {
            id: latest.version,
            dag: &dag,
        };
        Ok(self.move_runs(tx, &runs, to, now).await?)
    }

    /// Clears tasks in a transaction. Their runs and `also` are queued again if they had finished.
    pub(crate) async fn clear_in(
        &self,
        tx: &mut Tx,
        tasks: &[TaskKey],
        also: &[RunKey],
        now: Timestamp,
    ) -> Result<Cleared, StoreError> {
        let tasks: BTreeSet<&TaskKey> = tasks.iter().collect();
        make_rows(tx, tasks.iter().copied()).await?;
        let (candidates, mut runs) = candidates(tx, &tasks).await?;
        runs.extend(states(tx, also).await?);
        if runs.is_empty() {
            return Ok(Cleared::default());
        }
        let versions = candidates.iter().map(|candidate| candidate.version).collect();
        let specs = self.specs(tx, versions).await?;
        let rows = candidates.iter().map(|candidate| {
            let ClearedTask { key, to, .. } = &candidate.cleared;
            let task = specs
                .get(&candidate.version)
                .and_then(|spec| spec.task(&key.task_id));
            let max_tries = match to {
                Some(_) => candidate.max_tries,
                None => task.map_or(candidate.max_tries, |task| candidate.try_number + task.retries),
            };
            task_row!(key, state_text(*to), max_tries)
        });
        expect_rows(tx, CLEAR_TASKS.rows(rows), candidates.len()).await?;
        let rows = runs.iter().map(|(key, state)| {
            let to = if state.is_finished() {
                transition_run(*state, RunEvent::Clear).unwrap_or(*state)
            } else {
                *state
            };
            row![key.dag_id.as_str(), key.run_id.as_str(), to.as_str()]
        });
        expect_rows(tx, CLEAR_RUNS.bind(now).rows(rows), runs.len()).await?;
        let mut tasks: Vec<ClearedTask> = candidates
            .into_iter()
            .map(|candidate| candidate.cleared)
            .collect();
        tasks.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(Cleared {
            tasks,
            runs: runs.into_keys().collect(),
        })
    }
}

/// The states of runs.
async fn states(tx: &mut Tx, runs: &[RunKey]) -> Result<BTreeMap<RunKey, DagRunState>, StoreError> {
    let mut states = BTreeMap::new();
    if runs.is_empty() {
        return Ok(states);
    }
    let rows = runs
        .iter()
        .map(|key| row![key.dag_id.as_str(), key.run_id.as_str()]);
    for row in tx.fetch_all(RUNS.rows(rows)).await? {
        let row = TableRow {
            table: "dag_run",
            row: &row,
        };
        states.insert(row.run_key()?, row.parsed("run_state")?);
    }
    Ok(states)
}

/// The rows of the tasks that can be cleared, and the states of their runs.
async fn candidates(
    tx: &mut Tx,
    tasks: &BTreeSet<&TaskKey>,
) -> Result<(Vec<Candidate>, BTreeMap<RunKey, DagRunState>), StoreError> {
    let (mut candidates, mut runs) = (Vec::new(), BTreeMap::new());
    for row in tx
        .fetch_all(READ.rows(tasks.iter().map(|key| task_row!(key))))
        .await?
    {
        let row = TableRow {
            table: "task_instance",
            row: &row,
        };
        let from = row.task_state("state")?;
        // Only a removed task cannot be cleared.
        let Ok(to) = transition(from, TaskEvent::Clear) else {
            continue;
        };
        let key = row.task_key()?;
        runs.insert(key.run_key(), row.parsed("run_state")?);
        candidates.push(Candidate {
            cleared: ClearedTask { key, from, to },
            try_number: row.number("try_number")?,
            max_tries: row.number("max_tries")?,
            version: row.version()?,
        });
    }
    Ok((candidates, runs))
}
