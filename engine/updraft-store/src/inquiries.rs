//! What tasks ask about runs and the tasks in them: how many there are, in which states they are, which came before.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use updraft_model::{
    DagId, DagRunState, DagSpec, DagVersionId, MapIndex, RunId, RunKey, TaskGroupId, TaskId,
    TaskInstanceState, TaskKey,
};
use updraft_sql::{ColumnType, Row, Sql, Tx, row, statements};

use crate::error::StoreError;
use crate::store::Store;
use crate::table::{TableRow, state_text};
use crate::tasks::{TaskInstanceRow, bind_key};

/// The runs whose tasks are read at a time.
const RUNS_AT_A_TIME: usize = 1000;

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    ALL_RUNS = Sql::new(
        "SELECT dag_id, run_id, logical_date, state, version_id FROM dag_run WHERE dag_id = $1 ORDER BY run_id",
    );
    // `CROSS JOIN`: SQLite is to go through the batch and not through all runs of the DAG.
    RUNS_BY_ID = Sql::new(
        "SELECT r.dag_id, r.run_id, r.logical_date, r.state, r.version_id \
         FROM {batch} CROSS JOIN dag_run r \
         WHERE r.dag_id = $1 AND r.run_id = batch.run_id \
         ORDER BY r.run_id",
    )
    .batch(&[("run_id", ColumnType::Text)]);
    RUNS_BY_DATE = Sql::new(
        "SELECT r.dag_id, r.run_id, r.logical_date, r.state, r.version_id \
         FROM {batch} CROSS JOIN dag_run r \
         WHERE r.dag_id = $1 AND r.logical_date = batch.logical_date \
         ORDER BY r.run_id",
    )
    .batch(&[("logical_date", ColumnType::I64)]);
    COUNT_RUNS = Sql::new("SELECT state, count(*) AS number FROM dag_run WHERE dag_id = $1 GROUP BY state");
    TASKS_OF_RUNS = Sql::new(
        "SELECT t.dag_id, t.run_id, t.task_id, t.map_index, t.state, t.mapped_length \
         FROM {batch} CROSS JOIN task_instance t \
         WHERE t.dag_id = $1 AND t.run_id = batch.run_id",
    )
    .batch(&[("run_id", ColumnType::Text)]);
    SOME_TASKS_OF_RUNS = Sql::new(
        "SELECT t.dag_id, t.run_id, t.task_id, t.map_index, t.state, t.mapped_length \
         FROM {batch} CROSS JOIN task_instance t \
         WHERE t.dag_id = $1 AND t.run_id = batch.run_id AND t.task_id = batch.task_id",
    )
    .batch(&[("run_id", ColumnType::Text), ("task_id", ColumnType::Text)]);
    // A copy without a row of its own has that of its task.
    PREVIOUS_TASK = Sql::new(
        "SELECT r.dag_id, r.run_id, r.logical_date \
         FROM dag_run r JOIN task_instance t ON t.dag_id = r.dag_id AND t.run_id = r.run_id \
         WHERE r.dag_id = $1 AND r.logical_date < $2 AND t.task_id = $3 AND (t.state = $4 OR $4 IS NULL) \
           AND ((t.map_index = $5 AND (t.map_index >= 0 OR t.mapped_length IS NULL)) \
                OR (t.map_index = -1 AND t.mapped_length > $5 AND $5 >= 0 \
                    AND NOT EXISTS (SELECT 1 FROM task_instance o \
                                    WHERE o.dag_id = t.dag_id AND o.run_id = t.run_id AND o.task_id = t.task_id \
                                      AND o.map_index = $5))) \
         ORDER BY r.logical_date DESC \
         LIMIT 1",
    );
    FIRST_LOOK = Sql::new(
        "SELECT min(start_date) AS start_date FROM task_instance_history \
         WHERE dag_id = $1 AND run_id = $2 AND task_id = $3 AND map_index = $4 AND try_number = $5 \
           AND state = 'up_for_reschedule'",
    );
}

/// Runs of a DAG that somebody asks about: those that have one of the dates and one of the names, as far as they are given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunsAsked {
    /// The DAG.
    pub dag_id: DagId,
    /// Only those with one of these logical dates.
    pub logical_dates: Option<Vec<Timestamp>>,
    /// Only those with one of these ids.
    pub run_ids: Option<Vec<RunId>>,
}

/// Tasks of runs that somebody asks about, each copy of a mapped one by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TasksAsked {
    /// In these runs.
    pub runs: RunsAsked,
    /// Only these.
    pub task_ids: Option<Vec<TaskId>>,
    /// Only those of this group, and of the groups in it.
    pub task_group: Option<TaskGroupId>,
    /// Only copies with this index; [`MapIndex::UNMAPPED`] for tasks that have none.
    pub map_index: Option<MapIndex>,
}

/// A task of an earlier run.
#[derive(Debug, Clone, PartialEq)]
pub struct PreviousTask {
    /// The task.
    pub task: TaskInstanceRow,
    /// The date that its run is about.
    pub logical_date: Timestamp,
}

/// A run that was asked for.
struct Found {
    key: RunKey,
    state: DagRunState,
    version: DagVersionId,
}

/// The rows of one task in one run.
#[derive(Default)]
struct Rows {
    /// That of the task itself, and how many copies share it.
    shared: Option<(Option<TaskInstanceState>, Option<u32>)>,
    copies: BTreeMap<MapIndex, Option<TaskInstanceState>>,
}

impl Store {
    /// How many runs there are, in one of the states if some are given.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn count_runs(
        &self,
        asked: &RunsAsked,
        states: Option<&[DagRunState]>,
    ) -> Result<u64, StoreError> {
        let is_wanted = |state: DagRunState| states.is_none_or(|states| states.contains(&state));
        if asked.logical_dates.is_some() || asked.run_ids.is_some() {
            let mut tx = self.db.begin_read().await?;
            let runs = find_runs(&mut tx, asked).await?;
            tx.rollback().await?;
            return Ok(runs.iter().filter(|run| is_wanted(run.state)).count() as u64);
        }
        let mut count = 0;
        for row in self.db.fetch_all(COUNT_RUNS.bind(asked.dag_id.as_str())).await? {
            let row = run_row(&row);
            if is_wanted(row.parsed("state")?) {
                count += row.number::<u64>("number")?;
            }
        }
        Ok(count)
    }

    /// How many tasks there are, in one of the states if some are given.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn count_tasks(
        &self,
        asked: &TasksAsked,
        states: Option<&[Option<TaskInstanceState>]>,
    ) -> Result<u64, StoreError> {
        let is_wanted = |state| states.is_none_or(|states| states.contains(&state));
        let mut count = 0;
        self.each_task(asked, |_, rows| {
            count += rows.count(asked.map_index, is_wanted);
        })
        .await?;
        Ok(count)
    }

    /// The states of tasks, each copy by itself, by run and task.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn task_states(
        &self,
        asked: &TasksAsked,
    ) -> Result<Vec<(TaskKey, Option<TaskInstanceState>)>, StoreError> {
        let mut found = Vec::new();
        self.each_task(asked, |(run, task_id), rows| {
            let states = rows.each(asked.map_index);
            found.extend(states.map(|(index, state)| (run.task(task_id.clone(), index), state)));
        })
        .await?;
        Ok(found)
    }

    /// The newest run that has the task, of those with a logical date before `before`, and the task as it is in it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn previous_task(
        &self,
        (dag_id, task_id, map_index): (&DagId, &TaskId, MapIndex),
        before: Option<Timestamp>,
        state: Option<TaskInstanceState>,
    ) -> Result<Option<PreviousTask>, StoreError> {
        let query = PREVIOUS_TASK
            .bind(dag_id.as_str())
            .bind(before.unwrap_or(Timestamp::MAX))
            .bind(task_id.as_str())
            .bind(state_text(state))
            .bind(map_index.0);
        let Some(row) = self.db.fetch_optional(query).await? else {
            return Ok(None);
        };
        let row = run_row(&row);
        let key = row.run_key()?.task(task_id.clone(), map_index);
        let logical_date = row.time("logical_date")?;
        let task = self.task_instance(&key).await?;
        Ok(task.map(|task| PreviousTask { task, logical_date }))
    }

    /// When the first attempt at a try began that was put off by itself; `None` if none was.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn first_look(&self, task: &TaskKey, try_number: u32) -> Result<Option<Timestamp>, StoreError> {
        let query = bind_key(&FIRST_LOOK, task).bind(try_number);
        let row = self.db.fetch_optional(query).await?;
        Ok(row
            .map(|row| row.optional_timestamp("start_date"))
            .transpose()?
            .flatten())
    }

    /// Goes through the tasks that are asked for, run by run.
    async fn each_task(
        &self,
        asked: &TasksAsked,
        mut each: impl FnMut(&(RunKey, TaskId), &Rows),
    ) -> Result<(), StoreError> {
        let mut tx = self.db.begin_read().await?;
        let runs = find_runs(&mut tx, &asked.runs).await?;
        let specs = match &asked.task_group {
            Some(_) => {
                self.specs(&mut tx, runs.iter().map(|run| run.version).collect())
                    .await?
            }
            None => BTreeMap::new(),
        };
        for runs in runs.chunks(RUNS_AT_A_TIME) {
            for (task, rows) in &tasks_of(&mut tx, asked, &specs, runs).await? {
                each(task, rows);
            }
        }
        tx.rollback().await?;
        Ok(())
    }
}

async fn find_runs(tx: &mut Tx, asked: &RunsAsked) -> Result<Vec<Found>, StoreError> {
    let dag_id = asked.dag_id.as_str();
    let query = match (&asked.run_ids, &asked.logical_dates) {
        (Some(run_ids), _) => {
            let each: BTreeSet<&RunId> = run_ids.iter().collect();
            RUNS_BY_ID
                .bind(dag_id)
                .rows(each.iter().map(|run_id| row![run_id.as_str()]))
        }
        (None, Some(dates)) => {
            let each: BTreeSet<&Timestamp> = dates.iter().collect();
            RUNS_BY_DATE
                .bind(dag_id)
                .rows(each.iter().map(|date| row![**date]))
        }
        (None, None) => ALL_RUNS.bind(dag_id),
    };
    let dates = asked.logical_dates.as_deref();
    let is_dated = |date: Option<Timestamp>| {
        dates.is_none_or(|dates| date.is_some_and(|date| dates.iter().any(|at| is_same(*at, date))))
    };
    let mut found = Vec::new();
    for row in tx.fetch_all(query).await? {
        let row = run_row(&row);
        if is_dated(row.optional_time("logical_date")?) {
            found.push(Found {
                key: row.run_key()?,
                state: row.parsed("state")?,
                version: row.version()?,
            });
        }
    }
    Ok(found)
}

/// Times are kept to the microsecond.
fn is_same(asked: Timestamp, kept: Timestamp) -> bool {
    asked.as_microsecond() == kept.as_microsecond()
}

/// What is asked for of some runs, by run and task.
async fn tasks_of(
    tx: &mut Tx,
    asked: &TasksAsked,
    specs: &BTreeMap<DagVersionId, Arc<DagSpec>>,
    runs: &[Found],
) -> Result<BTreeMap<(RunKey, TaskId), Rows>, StoreError> {
    let of_dag = asked.runs.dag_id.as_str();
    let query = if asked.task_ids.is_none() && asked.task_group.is_none() {
        TASKS_OF_RUNS
            .bind(of_dag)
            .rows(runs.iter().map(|run| row![run.key.run_id.as_str()]))
    } else {
        let wanted: Vec<(&RunId, BTreeSet<TaskId>)> = runs
            .iter()
            .map(|run| (&run.key.run_id, wanted(asked, specs.get(&run.version))))
            .collect();
        let pairs = wanted.iter().flat_map(|(run_id, task_ids)| {
            let each = task_ids.iter();
            each.map(|task_id| row![run_id.as_str().to_owned(), task_id.as_str().to_owned()])
        });
        SOME_TASKS_OF_RUNS.bind(of_dag).rows(pairs.collect::<Vec<_>>())
    };
    let mut tasks: BTreeMap<(RunKey, TaskId), Rows> = BTreeMap::new();
    for row in tx.fetch_all(query).await? {
        let row = TableRow {
            table: "task_instance",
            row: &row,
        };
        let rows = tasks.entry((row.run_key()?, row.task_id()?)).or_default();
        let (index, state) = (row.map_index()?, row.task_state("state")?);
        if index == MapIndex::UNMAPPED {
            rows.shared = Some((state, row.optional_number("mapped_length")?));
        } else {
            rows.copies.insert(index, state);
        }
    }
    Ok(tasks)
}

/// The tasks of a version that are asked for.
fn wanted(asked: &TasksAsked, spec: Option<&Arc<DagSpec>>) -> BTreeSet<TaskId> {
    let of_group = asked.task_group.as_ref().map(|group_id| {
        let tasks = spec.and_then(|spec| spec.tasks_of_group(group_id));
        tasks.unwrap_or_default()
    });
    match (&asked.task_ids, of_group) {
        (Some(task_ids), Some(of_group)) => {
            let both = task_ids.iter().filter(|task_id| of_group.contains(task_id));
            both.cloned().collect()
        }
        (Some(task_ids), None) => task_ids.iter().cloned().collect(),
        (None, of_group) => of_group.unwrap_or_default().into_iter().collect(),
    }
}

impl Rows {
    /// How many there are with that index, in a state that is wanted. Copies without rows are counted and not listed.
    fn count(
        &self,
        map_index: Option<MapIndex>,
        is_wanted: impl Fn(Option<TaskInstanceState>) -> bool,
    ) -> u64 {
        let of_index = |index: &MapIndex| map_index.is_none_or(|wanted| wanted == *index);
        let own = self
            .copies
            .iter()
            .filter(|(index, state)| of_index(index) && is_wanted(**state));
        let shared = match self.shared {
            Some((state, None)) => u64::from(of_index(&MapIndex::UNMAPPED) && is_wanted(state)),
            Some((state, Some(length))) if is_wanted(state) => match map_index {
                Some(index) => u64::from(self.shares(index, length)),
                None => {
                    let within = MapIndex(0)..MapIndex(i32::try_from(length).unwrap_or(i32::MAX));
                    u64::from(length) - self.copies.range(within).count() as u64
                }
            },
            Some(_) | None => 0,
        };
        own.count() as u64 + shared
    }

    /// Each with that index, and its state.
    fn each(
        &self,
        map_index: Option<MapIndex>,
    ) -> impl Iterator<Item = (MapIndex, Option<TaskInstanceState>)> {
        let (state, indexes) = match self.shared {
            None => (None, 0..0),
            Some((state, None)) => (state, -1..0),
            Some((state, Some(length))) => (state, 0..i32::try_from(length).unwrap_or(i32::MAX)),
        };
        let has_own = |index: &MapIndex| self.copies.contains_key(index);
        let shared = indexes.map(MapIndex).filter(move |index| !has_own(index));
        let own = self.copies.iter().map(|(index, state)| (*index, *state));
        let all = shared.map(move |index| (index, state)).chain(own);
        all.filter(move |(index, _)| map_index.is_none_or(|wanted| wanted == *index))
    }

    /// Whether a copy has the row of its task.
    fn shares(&self, index: MapIndex, length: u32) -> bool {
        let is_within = u32::try_from(index.0).is_ok_and(|index| index < length);
        is_within && !self.copies.contains_key(&index)
    }
}

fn run_row(row: &Row) -> TableRow<'_> {
    TableRow {
        table: "dag_run",
        row,
    }
}
