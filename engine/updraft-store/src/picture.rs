//! The scheduler's picture: active DAGs, unfinished runs and their tasks, read in one state of the database.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value};
use updraft_model::{
    AttemptId, BackfillId, BackfillPlace, DagId, DagRunState, DagSpec, DagVersionId, DataInterval, MapIndex,
    Pool, Returned, RunId, RunKey, RunType, SkipDecision, TaskId, TaskInstanceState, TaskKey, order_date,
};
use updraft_sql::{ColumnType, Query, Row, Sql, Tx, row, statements};

use crate::asset_queue::{AssetEventRow, consumed, queues};
use crate::backfills::open_backfills;
use crate::dags::StoredDag;
use crate::deadlines::{self, DeadlineRow};
use crate::error::StoreError;
use crate::pools::read_pools;
use crate::store::Store;
use crate::table::TableRow;
use crate::timetables::timetable_answer;
use crate::verdict::NO_ITEMS;
use crate::waits::{StoredWait, stored_wait};

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    DAGS = Sql::new(
        "SELECT dag_id, source, is_active, is_paused, version_id, last_interval_start, last_interval_end, \
                last_asset_date, timetable_answer \
         FROM dag \
         WHERE is_active \
            OR dag_id IN (SELECT dag_id FROM dag_run WHERE state IN ('queued', 'running')) \
         ORDER BY dag_id",
    );
    SOME_DAGS = Sql::new(
        "SELECT d.dag_id, d.source, d.is_active, d.is_paused, d.version_id, d.last_interval_start, \
                d.last_interval_end, d.last_asset_date, d.timetable_answer \
         FROM {batch} JOIN dag d ON d.dag_id = batch.dag_id \
         ORDER BY d.dag_id",
    )
    .batch(&[("dag_id", ColumnType::Text)]);
    UNFINISHED_RUNS = Sql::new(
        "SELECT r.dag_id, r.run_id, r.version_id, r.state, r.run_type, r.logical_date, r.data_interval_start, \
                r.data_interval_end, r.run_after, r.conf, r.queued_at, r.start_date, r.clear_number, r.triggered_by, \
                b.backfill_id, r.backfill_place \
         FROM dag_run r \
         LEFT JOIN backfill b ON b.backfill_id = r.backfill_id AND b.state IN ('active', 'paused') \
         WHERE r.state IN ('queued', 'running') \
         ORDER BY r.dag_id, r.run_id",
    );
    RUN = Sql::new(
        "SELECT r.dag_id, r.run_id, r.version_id, r.state, r.run_type, r.logical_date, r.data_interval_start, \
                r.data_interval_end, r.run_after, r.conf, r.queued_at, r.start_date, r.clear_number, r.triggered_by, \
                b.backfill_id, r.backfill_place \
         FROM dag_run r \
         LEFT JOIN backfill b ON b.backfill_id = r.backfill_id AND b.state IN ('active', 'paused') \
         WHERE r.dag_id = $1 AND r.run_id = $2",
    );
    // `CROSS JOIN` keeps SQLite from reading all tasks of all runs to find those of the few unfinished ones.
    UNFINISHED_TASKS = Sql::new(
        "SELECT t.dag_id, t.run_id, t.task_id, t.map_index, t.state, t.try_number, t.max_tries, t.attempt_id, \
                t.scheduled_at, t.next_try_at, t.end_date, t.lost_in_row, t.mapped_length, t.returned_length, \
                t.reschedules, t.began_at, t.wait_fires_at, t.wait_times_out_at, t.wait_end IS NOT NULL AS resumes, \
                CASE WHEN t.state = 'deferred' THEN t.deferral END AS deferral \
         FROM dag_run r CROSS JOIN task_instance t \
         WHERE r.state IN ('queued', 'running') AND t.dag_id = r.dag_id AND t.run_id = r.run_id \
         ORDER BY t.dag_id, t.run_id, t.task_id, t.map_index",
    );
    TASKS = Sql::new(
        "SELECT dag_id, run_id, task_id, map_index, state, try_number, max_tries, attempt_id, scheduled_at, \
                next_try_at, end_date, lost_in_row, mapped_length, returned_length, reschedules, began_at, \
                wait_fires_at, wait_times_out_at, wait_end IS NOT NULL AS resumes, \
                CASE WHEN state = 'deferred' THEN deferral END AS deferral \
         FROM task_instance \
         WHERE dag_id = $1 AND run_id = $2 \
         ORDER BY task_id, map_index",
    );
    UNFINISHED_SKIP_DECISIONS = Sql::new(
        "SELECT x.dag_id, x.run_id, x.task_id, x.map_index, x.value \
         FROM dag_run r CROSS JOIN xcom x \
         WHERE r.state IN ('queued', 'running') AND x.dag_id = r.dag_id AND x.run_id = r.run_id \
           AND x.key = 'skipmixin_key'",
    );
    SKIP_DECISIONS = Sql::new(
        "SELECT dag_id, run_id, task_id, map_index, value \
         FROM xcom \
         WHERE dag_id = $1 AND run_id = $2 AND key = 'skipmixin_key'",
    );
    PAST_RUNS = Sql::new(
        "SELECT r.dag_id, r.run_id, coalesce(r.logical_date, r.run_after) AS order_date, batch.place \
         FROM {batch} JOIN dag_run r ON r.dag_id = batch.dag_id \
         WHERE r.run_id = ( \
             SELECT p.run_id FROM dag_run p \
             WHERE p.dag_id = batch.dag_id AND p.state IN ('success', 'failed') \
               AND coalesce(p.logical_date, p.run_after) < batch.date_limit \
               AND (batch.with_manual OR p.run_type NOT IN ('manual', 'operator_triggered')) \
             ORDER BY coalesce(p.logical_date, p.run_after) DESC, p.run_id DESC LIMIT 1)",
    )
    .batch(&[
        ("place", ColumnType::I64),
        ("dag_id", ColumnType::Text),
        ("date_limit", ColumnType::I64),
        ("with_manual", ColumnType::Bool),
    ]);
    // Copies that were removed count no more; the row of a task counts only if copies share it, or it has none. A run does
    // not have a task any more that was removed as a whole.
    PAST_TASKS = Sql::new(
        "SELECT t.dag_id, t.run_id, t.task_id, max(t.mapped_length) AS mapped_length, \
                sum(CASE WHEN t.map_index < 0 OR t.state = 'removed' THEN 0 ELSE 1 END) AS copies, \
                sum(CASE WHEN t.map_index >= 0 AND (t.state IS NULL OR t.state NOT IN ('success', 'skipped', 'removed')) \
                         THEN 1 ELSE 0 END) AS bad_copies, \
                sum(CASE WHEN t.map_index < 0 AND (t.state IS NULL OR t.state NOT IN ('success', 'skipped')) \
                         THEN 1 ELSE 0 END) AS is_bad, \
                sum(CASE WHEN t.map_index < 0 AND t.state = 'removed' THEN 1 ELSE 0 END) AS is_removed \
         FROM {batch} JOIN task_instance t ON t.dag_id = batch.dag_id AND t.run_id = batch.run_id \
         GROUP BY t.dag_id, t.run_id, t.task_id",
    )
    .batch(&[("dag_id", ColumnType::Text), ("run_id", ColumnType::Text)]);
}

/// Of how many of the events that have caused a run its tasks are told: each may have 16 KiB, and all go into one message.
const EVENTS_TOLD_MAX: usize = 1000;

/// Everything a scheduler starts from.
#[derive(Debug, Clone, Default)]
pub struct Picture {
    /// DAGs that a source defines, and those with unfinished runs, by id.
    pub dags: Vec<StoredDag>,
    /// Queued and running runs, by DAG and run id.
    pub runs: Vec<StoredRun>,
    /// Open deadlines of runs that are over.
    pub late: Vec<DeadlineRow>,
    /// Every pool, by name.
    pub pools: Vec<Pool>,
}

/// A run with its tasks.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredRun {
    /// Which run of which DAG.
    pub key: RunKey,
    /// The version of the DAG it runs.
    pub version: DagVersionId,
    /// The description of that version.
    pub spec: Arc<DagSpec>,
    /// Its state.
    pub state: DagRunState,
    /// Why it exists.
    pub run_type: RunType,
    /// The date it is about; at compat level 3 there are runs without one.
    pub logical_date: Option<Timestamp>,
    /// The span of data it is about.
    pub data_interval: Option<DataInterval>,
    /// It must not start earlier.
    pub run_after: Timestamp,
    /// What it was triggered with.
    pub conf: Map<String, Value>,
    /// Its place in a backfill that is not over.
    pub backfill: Option<BackfillPlace>,
    /// When it was queued, last time.
    pub queued_at: Option<Timestamp>,
    /// When it started, last time.
    pub start_date: Option<Timestamp>,
    /// How often it was cleared.
    pub clear_number: u32,
    /// Who triggered it by hand.
    pub triggered_by: Option<String>,
    /// The asset events that have caused it, by number; of very many the newest.
    pub consumed: Vec<AssetEventRow>,
    /// The newest finished run before it, as `depends_on_past` counts them: of a DAG that catches up no manual one. Only
    /// read if a task of the DAG has `depends_on_past`.
    pub previous: Option<PastRun>,
    /// Its deadlines, open or not, by name.
    pub deadlines: Vec<DeadlineRow>,
    /// Its tasks, by task id and map index.
    pub tasks: Vec<StoredTask>,
}

/// A task of a run, as far as planning needs it; [`crate::TaskInstanceRow`] has all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredTask {
    /// Which task.
    pub task_id: TaskId,
    /// Which copy of it.
    pub map_index: MapIndex,
    /// Its state; `None` before anything was decided.
    pub state: Option<TaskInstanceState>,
    /// The number of its newest try, from 1; 0 before the first.
    pub try_number: u32,
    /// It is retried as long as `try_number` is not more.
    pub max_tries: u32,
    /// Its attempt, while it is queued, running or restarting.
    pub attempt: Option<AttemptId>,
    /// Since when it is scheduled, while it is.
    pub scheduled_at: Option<Timestamp>,
    /// When it may be tried again, while it waits for that.
    pub next_try_at: Option<Timestamp>,
    /// When its newest attempt ended.
    pub end_date: Option<Timestamp>,
    /// How often its newest try was put off; as long as it is, the next attempt goes on with that try.
    pub reschedules: u32,
    /// When that try began; `None` if it has not, or is over.
    pub began_at: Option<Timestamp>,
    /// What it waits for, while it is deferred.
    pub wait: Option<StoredWait>,
    /// Whether its next or live attempt goes on with what a wait has ended with.
    pub resumes: bool,
    /// How many of its newest attempts in a row were lost.
    pub lost_in_row: u32,
    /// What its newest attempt decided about the tasks after it.
    pub skip_decision: Option<SkipDecision>,
    /// Of a mapped task with copies, at map index -1: how many there are. It stands then for all that are not named.
    pub mapped_length: Option<u32>,
    /// What its newest attempt returned, if tasks are mapped over that.
    pub returned: Option<Returned>,
}

/// A finished run, as far as `depends_on_past` looks at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastRun {
    /// Which run.
    pub run_id: RunId,
    /// Where it stands in the order of its DAG's runs.
    pub order_date: Timestamp,
    /// Its tasks that succeeded or were skipped.
    pub successful: BTreeSet<TaskId>,
    /// Its other tasks.
    pub unsuccessful: BTreeSet<TaskId>,
}

impl StoredRun {
    /// How many copies of a mapped task have no row of their own; 0 if it has none.
    pub fn copies_without_row(&self, task_id: &TaskId) -> u32 {
        let of_task = || self.tasks.iter().filter(|task| task.task_id == *task_id);
        let length = of_task().find_map(|task| task.mapped_length).unwrap_or(0);
        let is_within =
            |task: &&StoredTask| u32::try_from(task.map_index.0).is_ok_and(|index| index < length);
        length - of_task().filter(is_within).count() as u32
    }
}

impl Store {
    /// Reads what a scheduler starts from: active DAGs and unfinished runs.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn picture(&self) -> Result<Picture, StoreError> {
        let mut tx = self.db.begin_read().await?;
        let dags = self.read_dags(&mut tx, DAGS.query()).await?;
        let runs = self
            .read_runs(
                &mut tx,
                RunQueries {
                    runs: UNFINISHED_RUNS.query(),
                    tasks: UNFINISHED_TASKS.query(),
                    skip_decisions: UNFINISHED_SKIP_DECISIONS.query(),
                    deadlines: deadlines::of_unfinished(),
                },
            )
            .await?;
        let late = deadlines::read_late(&mut tx).await?;
        let pools = read_pools(&mut tx).await?;
        tx.rollback().await?;
        Ok(Picture {
            dags,
            runs,
            late,
            pools,
        })
    }

    /// A run as the picture has it, also if it is finished; `None` if there is none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn stored_run(&self, key: &RunKey) -> Result<Option<StoredRun>, StoreError> {
        let (dag_id, run_id) = (key.dag_id.as_str(), key.run_id.as_str());
        let mut tx = self.db.begin_read().await?;
        let queries = RunQueries {
            runs: RUN.bind(dag_id).bind(run_id),
            tasks: TASKS.bind(dag_id).bind(run_id),
            skip_decisions: SKIP_DECISIONS.bind(dag_id).bind(run_id),
            deadlines: deadlines::of_run(key),
        };
        let runs = self.read_runs(&mut tx, queries).await?;
        tx.rollback().await?;
        Ok(runs.into_iter().next())
    }

    /// A run without its tasks and what comes before it; `None` if there is none.
    pub(crate) async fn run_without_tasks(
        &self,
        tx: &mut Tx,
        key: &RunKey,
    ) -> Result<Option<StoredRun>, StoreError> {
        let query = RUN.bind(key.dag_id.as_str()).bind(key.run_id.as_str());
        let Some(row) = tx.fetch_optional(query).await? else {
            return Ok(None);
        };
        let row = TableRow {
            table: "dag_run",
            row: &row,
        };
        let version = row.version()?;
        let specs = self.specs(tx, BTreeSet::from([version])).await?;
        let spec = specs
            .get(&version)
            .ok_or_else(|| row.damaged("version_id", "names no version"))?;
        stored_run(&row, Arc::clone(spec)).map(Some)
    }

    /// A DAG with its newest description, also if it is inactive; `None` if there is none of that id.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn dag(&self, dag_id: &DagId) -> Result<Option<StoredDag>, StoreError> {
        let mut tx = self.db.begin_read().await?;
        let dags = self.some_dags(&mut tx, [dag_id]).await?;
        tx.rollback().await?;
        Ok(dags.into_iter().next())
    }

    pub(crate) async fn some_dags(
        &self,
        tx: &mut Tx,
        dag_ids: impl IntoIterator<Item = &DagId>,
    ) -> Result<Vec<StoredDag>, StoreError> {
        let rows = dag_ids.into_iter().map(|dag_id| row![dag_id.as_str()]);
        self.read_dags(tx, SOME_DAGS.rows(rows)).await
    }

    async fn read_dags(&self, tx: &mut Tx, query: Query<'_>) -> Result<Vec<StoredDag>, StoreError> {
        let rows = tx.fetch_all(query).await?;
        let rows: Vec<TableRow<'_>> = rows.iter().map(|row| TableRow { table: "dag", row }).collect();
        let versions: Result<BTreeSet<_>, _> = rows.iter().map(TableRow::version).collect();
        let specs = self.specs(tx, versions?).await?;
        let mut backfills = open_backfills(tx).await?;
        let mut dags = Vec::with_capacity(rows.len());
        for row in rows {
            let version = row.version()?;
            let spec = specs
                .get(&version)
                .ok_or_else(|| row.damaged("version_id", "names no version"))?;
            let start = row.optional_time("last_interval_start")?;
            let dag_id = row.dag_id()?;
            dags.push(StoredDag {
                backfills: backfills.remove(&dag_id).unwrap_or_default(),
                dag_id,
                source: row.get("source")?,
                version,
                spec: Arc::clone(spec),
                is_paused: row.get("is_paused")?,
                is_active: row.get("is_active")?,
                last_scheduled: start
                    .zip(row.optional_time("last_interval_end")?)
                    .map(|(start, end)| DataInterval { start, end }),
                asset_queue: Vec::new(),
                runtimes: Vec::new(),
                last_asset_date: row.optional_time("last_asset_date")?,
                timetable_answer: timetable_answer(&row)?,
            });
        }
        let waiting = dags.iter().filter(|dag| dag.spec.schedule.assets().is_some());
        let mut queues = queues(tx, waiting.map(|dag| &dag.dag_id)).await?;
        for dag in &mut dags {
            dag.asset_queue = queues.remove(&dag.dag_id).unwrap_or_default();
            let wanted = dag.spec.runtimes_needed();
            if wanted > 0 {
                dag.runtimes = deadlines::read_runtimes(tx, &dag.dag_id, wanted).await?;
            }
        }
        Ok(dags)
    }

    async fn read_runs(&self, tx: &mut Tx, queries: RunQueries<'_>) -> Result<Vec<StoredRun>, StoreError> {
        let rows = tx.fetch_all(queries.runs).await?;
        let rows: Vec<TableRow<'_>> = rows
            .iter()
            .map(|row| TableRow {
                table: "dag_run",
                row,
            })
            .collect();
        let versions: Result<BTreeSet<_>, _> = rows.iter().map(TableRow::version).collect();
        let specs = self.specs(tx, versions?).await?;
        let mut runs = BTreeMap::new();
        for row in rows {
            let spec = specs
                .get(&row.version()?)
                .ok_or_else(|| row.damaged("version_id", "names no version"))?;
            let run = stored_run(&row, Arc::clone(spec))?;
            runs.insert(run.key.clone(), run);
        }
        let mut decisions = skip_decisions(tx, queries.skip_decisions).await?;
        for row in tx.fetch_all(queries.tasks).await? {
            let row = TableRow {
                table: "task_instance",
                row: &row,
            };
            if let Some(run) = runs.get_mut(&row.run_key()?) {
                let mut task = stored_task(&row)?;
                task.skip_decision = decisions.remove(&row.task_key()?);
                run.tasks.push(task);
            }
        }
        for (key, of_run) in deadlines::read(tx, queries.deadlines).await? {
            if let Some(run) = runs.get_mut(&key) {
                run.deadlines = of_run;
            }
        }
        let by_assets = runs
            .values()
            .filter(|run| run.run_type == RunType::AssetTriggered)
            .map(|run| &run.key);
        for (key, mut events) in consumed(tx, by_assets).await? {
            if let Some(run) = runs.get_mut(&key) {
                events.drain(..events.len().saturating_sub(EVENTS_TOLD_MAX));
                run.consumed = events;
            }
        }
        let mut runs: Vec<StoredRun> = runs.into_values().collect();
        let mut careful: Vec<&mut StoredRun> = runs.iter_mut().filter(|run| run.spec.looks_back()).collect();
        let wanted = careful.iter().map(|run| WantedPast {
            dag_id: run.key.dag_id.clone(),
            before: order_date(run.logical_date, run.run_after),
            with_manual: !run.spec.catchup,
        });
        let wanted = wanted.collect();
        for (run, past) in careful.iter_mut().zip(past_runs(tx, wanted).await?) {
            run.previous = past;
        }
        Ok(runs)
    }
}

/// What reads runs with all that belongs to them.
struct RunQueries<'q> {
    runs: Query<'q>,
    tasks: Query<'q>,
    skip_decisions: Query<'q>,
    deadlines: Query<'q>,
}

/// What branches and short circuits have decided. A value that no such task writes decides nothing.
async fn skip_decisions(
    tx: &mut Tx,
    query: Query<'_>,
) -> Result<BTreeMap<TaskKey, SkipDecision>, StoreError> {
    let mut decisions = BTreeMap::new();
    for row in tx.fetch_all(query).await? {
        let row = TableRow {
            table: "xcom",
            row: &row,
        };
        if let Some(decision) = SkipDecision::from_xcom(&row.json("value")?) {
            decisions.insert(row.task_key()?, decision);
        }
    }
    Ok(decisions)
}

fn stored_run(row: &TableRow<'_>, spec: Arc<DagSpec>) -> Result<StoredRun, StoreError> {
    Ok(StoredRun {
        key: row.run_key()?,
        version: row.version()?,
        spec,
        state: row.parsed("state")?,
        run_type: row.parsed("run_type")?,
        logical_date: row.optional_time("logical_date")?,
        data_interval: row.interval("data_interval_start", "data_interval_end")?,
        run_after: row.time("run_after")?,
        backfill: backfill_place(row)?,
        conf: row.json_object("conf")?,
        queued_at: row.optional_time("queued_at")?,
        start_date: row.optional_time("start_date")?,
        clear_number: row.number("clear_number")?,
        triggered_by: row.get("triggered_by")?,
        consumed: Vec::new(),
        previous: None,
        deadlines: Vec::new(),
        tasks: Vec::new(),
    })
}

fn backfill_place(row: &TableRow<'_>) -> Result<Option<BackfillPlace>, StoreError> {
    let id = row.get::<Option<i64>>("backfill_id")?.map(BackfillId);
    let place = row.optional_number("backfill_place")?;
    Ok(id.zip(place).map(|(id, place)| BackfillPlace { id, place }))
}

fn stored_task(row: &TableRow<'_>) -> Result<StoredTask, StoreError> {
    let (state, reschedules) = (row.task_state("state")?, row.number("reschedules")?);
    let goes_on = reschedules > 0 || state == Some(TaskInstanceState::Running);
    Ok(StoredTask {
        task_id: row.task_id()?,
        map_index: row.map_index()?,
        state,
        try_number: row.number("try_number")?,
        max_tries: row.number("max_tries")?,
        attempt: row
            .optional_attempt()?
            .filter(|_| state.is_some_and(TaskInstanceState::has_attempt)),
        scheduled_at: row
            .optional_time("scheduled_at")?
            .filter(|_| state == Some(TaskInstanceState::Scheduled)),
        next_try_at: row.optional_time("next_try_at")?,
        end_date: row.optional_time("end_date")?,
        reschedules,
        began_at: row.optional_time("began_at")?.filter(|_| goes_on),
        wait: stored_wait(row, state)?,
        resumes: row.get::<bool>("resumes")? && reschedules > 0,
        lost_in_row: row.number("lost_in_row")?,
        skip_decision: None,
        mapped_length: row.optional_number("mapped_length")?,
        returned: returned(row)?,
    })
}

fn returned(row: &TableRow<'_>) -> Result<Option<Returned>, StoreError> {
    Ok(match row.get::<Option<i64>>("returned_length")? {
        None => None,
        Some(NO_ITEMS) => Some(Returned::Other),
        Some(_) => row.optional_number("returned_length")?.map(Returned::Items),
    })
}

/// Which finished run is asked for: the newest of a DAG before a date.
struct WantedPast {
    dag_id: DagId,
    before: Timestamp,
    with_manual: bool,
}

/// The runs that are asked for, in their order.
async fn past_runs(tx: &mut Tx, wanted: Vec<WantedPast>) -> Result<Vec<Option<PastRun>>, StoreError> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let limits = (0_i64..)
        .zip(&wanted)
        .map(|(place, past)| row![place, past.dag_id.as_str(), past.before, past.with_manual]);
    let found: Vec<Row> = tx.fetch_all(PAST_RUNS.rows(limits)).await?;
    let mut places: BTreeMap<usize, RunKey> = BTreeMap::new();
    let mut runs: BTreeMap<RunKey, PastRun> = BTreeMap::new();
    for row in &found {
        let row = TableRow {
            table: "dag_run",
            row,
        };
        let key = row.run_key()?;
        let run = PastRun {
            run_id: key.run_id.clone(),
            order_date: row.time("order_date")?,
            successful: BTreeSet::new(),
            unsuccessful: BTreeSet::new(),
        };
        places.insert(row.number("place")?, key.clone());
        runs.insert(key, run);
    }
    let rows = runs
        .keys()
        .map(|key| row![key.dag_id.as_str(), key.run_id.as_str()]);
    for row in tx.fetch_all(PAST_TASKS.rows(rows)).await? {
        let row = TableRow {
            table: "task_instance",
            row: &row,
        };
        let Some(run) = runs.get_mut(&row.run_key()?) else {
            continue;
        };
        let (copies, bad_copies, is_bad): (i64, i64, i64) =
            (row.get("copies")?, row.get("bad_copies")?, row.get("is_bad")?);
        if copies == 0 && row.get::<i64>("is_removed")? > 0 {
            continue;
        }
        let all_have_rows = row
            .get::<Option<i64>>("mapped_length")?
            .is_some_and(|length| copies >= length);
        let ended_well = bad_copies == 0 && (is_bad == 0 || all_have_rows);
        let tasks = if ended_well {
            &mut run.successful
        } else {
            &mut run.unsuccessful
        };
        tasks.insert(row.task_id()?);
    }
    let past = |place| places.get(&place).and_then(|key| runs.get(key)).cloned();
    Ok((0..wanted.len()).map(past).collect())
}
