//! Backfills: runs for dates that have passed, asked for, paused and given up together.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value};
use updraft_model::{
    BackfillDates, BackfillError, BackfillEvent, BackfillId, BackfillPlace, BackfillState, DagError, DagId,
    DagRunState, InvalidBackfillTransition, ParamError, ReprocessBehavior, RunEvent, RunInfo, RunKey,
    RunType, TaskInstanceState, TaskKey, ValidDag, transition_backfill, transition_run,
};
use updraft_sql::{ColumnType, Conflict, Row, Sql, SqlError, Tx, retry_conflicts, row, statements};

use crate::attempts::expect_rows;
use crate::changes::Change;
use crate::choose::{ChoosableRun, Effect, RunChoice, TaskChoice};
use crate::clear::RunVersion;
use crate::dags::StoredDag;
use crate::error::{StoreError, from_sql};
use crate::mark::{Mark, read, write_marks};
use crate::plan::{NewRun, insert_runs};
use crate::restructure::Version;
use crate::store::Store;
use crate::table::{TableRow, storable};
use crate::trigger::new_tasks;

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    OPEN_OF_DAG = Sql::new("SELECT backfill_id FROM backfill WHERE dag_id = $1 AND state IN ('active', 'paused')");
    // PostgreSQL has several writers at a time; SQLite's transaction is the only one.
    EXISTING = Sql::per_backend(
        "SELECT dag_id, run_id, state, logical_date FROM dag_run \
         WHERE dag_id = $1 AND logical_date >= $2 AND logical_date <= $3 FOR UPDATE",
        "SELECT dag_id, run_id, state, logical_date FROM dag_run \
         WHERE dag_id = $1 AND logical_date >= $2 AND logical_date <= $3",
    );
    INSERT = Sql::new(
        "INSERT INTO backfill (dag_id, state, from_date, to_date, max_active_runs, run_backwards, reprocess_behavior, \
                               dag_run_conf, created_at, updated_at, triggered_by) \
         VALUES ($1, 'active', $2, $3, $4, $5, $6, $7, $8, $8, $9) \
         RETURNING backfill_id",
    );
    TAKE_RUNS = Sql::new(
        "UPDATE dag_run AS r \
         SET run_type = 'backfill', backfill_id = $1, backfill_place = batch.place, conf = coalesce($2, r.conf), \
             triggered_by = $3 \
         FROM {batch} \
         WHERE r.dag_id = batch.dag_id AND r.run_id = batch.run_id",
    )
    .batch(&[("dag_id", ColumnType::Text), ("run_id", ColumnType::Text), ("place", ColumnType::I64)]);
    LIST = Sql::new(
        "SELECT b.backfill_id, b.dag_id, b.state, b.from_date, b.to_date, b.max_active_runs, b.run_backwards, \
                b.reprocess_behavior, b.dag_run_conf, b.created_at, b.updated_at, b.completed_at, b.triggered_by, \
                sum(CASE WHEN r.state = 'queued' THEN 1 ELSE 0 END) AS queued, \
                sum(CASE WHEN r.state = 'running' THEN 1 ELSE 0 END) AS running, \
                sum(CASE WHEN r.state = 'success' THEN 1 ELSE 0 END) AS success, \
                sum(CASE WHEN r.state = 'failed' THEN 1 ELSE 0 END) AS failed \
         FROM backfill b LEFT JOIN dag_run r ON r.backfill_id = b.backfill_id \
         WHERE (b.dag_id = $1 OR $1 IS NULL) AND (b.backfill_id = $2 OR $2 IS NULL) \
         GROUP BY b.backfill_id \
         ORDER BY b.backfill_id",
    );
    ONE = Sql::per_backend(
        "SELECT backfill_id, dag_id, state FROM backfill WHERE backfill_id = $1 FOR UPDATE",
        "SELECT backfill_id, dag_id, state FROM backfill WHERE backfill_id = $1",
    );
    SET_STATE = Sql::new(
        "UPDATE backfill SET state = $2, updated_at = $3, \
                             completed_at = CASE WHEN $2 = 'cancelled' THEN $3 ELSE completed_at END \
         WHERE backfill_id = $1",
    );
    UNFINISHED = Sql::per_backend(
        "SELECT dag_id, run_id, state FROM dag_run \
         WHERE backfill_id = $1 AND state IN ('queued', 'running') ORDER BY run_id FOR UPDATE",
        "SELECT dag_id, run_id, state FROM dag_run \
         WHERE backfill_id = $1 AND state IN ('queued', 'running') ORDER BY run_id",
    );
    LIVE_TASKS = Sql::new(
        "SELECT t.dag_id, t.run_id, t.task_id, t.map_index \
         FROM {batch} \
         JOIN task_instance t ON t.dag_id = batch.dag_id AND t.run_id = batch.run_id \
         WHERE t.state IN ('queued', 'running', 'restarting')",
    )
    .batch(&[("dag_id", ColumnType::Text), ("run_id", ColumnType::Text)]);
    FAIL_RUNS = Sql::new(
        "UPDATE dag_run AS r SET state = 'failed', end_date = $1 \
         FROM {batch} \
         WHERE r.dag_id = batch.dag_id AND r.run_id = batch.run_id AND r.state = 'queued'",
    )
    .batch(&[("dag_id", ColumnType::Text), ("run_id", ColumnType::Text)]);
    OPEN = Sql::new(
        "SELECT backfill_id, dag_id, state, max_active_runs FROM backfill WHERE state IN ('active', 'paused') \
         ORDER BY backfill_id",
    );
}

/// A backfill that somebody asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct NewBackfill {
    /// The DAG.
    pub dag_id: DagId,
    /// For which dates, in which order.
    pub dates: BackfillDates,
    /// How many of its runs may be running at once, whatever the DAG's own limit is.
    pub max_active_runs: u32,
    /// What becomes of dates that have a run.
    pub reprocess: ReprocessBehavior,
    /// The version of the DAG that runs get which run again; new ones get the newest.
    pub version: RunVersion,
    /// What its tasks are told; `None`: nothing, and what runs again keeps what it was told.
    pub conf: Option<Map<String, Value>>,
    /// Who asks.
    pub triggered_by: Option<String>,
}

/// What became of a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BackfillFate {
    /// It has a new run.
    Created,
    /// Its run runs again.
    Reprocessed,
    /// Its run had not ended and is left alone.
    InFlight,
    /// Its run stays as it is.
    AlreadyExists,
}

/// A date of a backfill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackfillDate {
    /// The run's date and data interval.
    pub info: RunInfo,
    /// The run that the date has.
    pub key: RunKey,
    /// What became of it.
    pub fate: BackfillFate,
}

/// A backfill that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreatedBackfill {
    /// Its id; that of a dry run is not kept.
    pub id: BackfillId,
    /// Its dates in the order in which their runs start.
    pub dates: Vec<BackfillDate>,
}

/// Why there is no such backfill.
#[derive(Debug, thiserror::Error)]
pub enum CreateBackfillError {
    /// There is no DAG of that id, or no source defines it any more. Final.
    #[error("there is no DAG `{dag_id}`")]
    UnknownDag {
        /// The id.
        dag_id: DagId,
    },
    /// The DAG has one that is not over. Final until it is.
    #[error(
        "DAG `{dag_id}` has backfill {id}, which is not over; wait for it, or give it up with `updraft backfill cancel {id}`"
    )]
    AlreadyOpen {
        /// The DAG.
        dag_id: DagId,
        /// The backfill.
        id: BackfillId,
    },
    /// It would have no runs. Final.
    #[error(
        "DAG `{dag_id}` has a run for each of these dates already; choose another reprocess behavior than `{reprocess}` to run them again"
    )]
    NothingToDo {
        /// The DAG.
        dag_id: DagId,
        /// What was chosen.
        reprocess: ReprocessBehavior,
    },
    /// None of its runs could ever start. Final.
    #[error("max_active_runs is 0, it must be 1 or more")]
    NoActiveRuns,
    /// The DAG cannot be backfilled so. Final.
    #[error(transparent)]
    Backfill(#[from] BackfillError),
    /// The DAG's newest version cannot run. Final.
    #[error(transparent)]
    Dag(#[from] DagError),
    /// The `conf` does not fit the parameters of the DAG's newest version. Final.
    #[error(transparent)]
    Params(#[from] ParamError),
    /// Reading or writing failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a backfill was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeBackfillError {
    /// There is none of that id. Final.
    #[error("there is no backfill {id}; `updraft backfill list` lists them")]
    Unknown {
        /// The id.
        id: BackfillId,
    },
    /// It is over. Final.
    #[error(transparent)]
    Transition(#[from] InvalidBackfillTransition),
    /// Reading or writing failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

from_sql!(CreateBackfillError, ChangeBackfillError);

impl Conflict for CreateBackfillError {
    fn is_conflict(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_conflict())
    }
}

impl Conflict for ChangeBackfillError {
    fn is_conflict(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_conflict())
    }
}

/// A backfill in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct BackfillRow {
    /// Its id.
    pub id: BackfillId,
    /// The DAG.
    pub dag_id: DagId,
    /// How far it is.
    pub state: BackfillState,
    /// For which dates, in which order.
    pub dates: BackfillDates,
    /// How many of its runs may be running at once.
    pub max_active_runs: u32,
    /// What became of dates that had a run.
    pub reprocess: ReprocessBehavior,
    /// What its tasks are told.
    pub conf: Map<String, Value>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was paused, let go on or given up last, or complete.
    pub updated_at: Timestamp,
    /// When it was over.
    pub completed_at: Option<Timestamp>,
    /// Who asked for it.
    pub triggered_by: Option<String>,
    /// How many of its runs are in which state.
    pub runs: BackfillRuns,
}

/// How many runs of a backfill are in which state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BackfillRuns {
    /// Runs that wait for their turn.
    pub queued: u32,
    /// Runs that run.
    pub running: u32,
    /// Runs that succeeded.
    pub success: u32,
    /// Runs that failed.
    pub failed: u32,
}

/// A backfill that is not over, as far as planning needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenBackfill {
    /// Its id.
    pub id: BackfillId,
    /// Whether somebody paused it.
    pub is_paused: bool,
    /// How many of its runs may be running at once.
    pub max_active_runs: u32,
}

/// What a backfill is made from.
struct Draft<'a> {
    new: &'a NewBackfill,
    dag: &'a StoredDag,
    valid: ValidDag,
    now: Timestamp,
}

impl Store {
    /// Makes a backfill with all its runs, queued, in one transaction; the scheduler starts them one after the other. A run
    /// that runs again keeps its id.
    ///
    /// # Errors
    /// [`CreateBackfillError`]; nothing was made then.
    pub async fn create_backfill(
        &self,
        new: &NewBackfill,
        effect: Effect,
        now: Timestamp,
    ) -> Result<CreatedBackfill, CreateBackfillError> {
        if new.max_active_runs == 0 {
            return Err(CreateBackfillError::NoActiveRuns);
        }
        retry_conflicts(async || {
            let mut tx = self.db.begin().await?;
            let created = self.create_in(&mut tx, new, now).await?;
            let is_changed = |date: &&BackfillDate| date.fate.is_of_backfill();
            let runs = created.dates.iter().filter(is_changed);
            let changes = runs.map(|date| Change::of_run(&date.key));
            let changes: Vec<Change> = changes.chain([Change::Dag(new.dag_id.clone())]).collect();
            match effect {
                Effect::DryRun => tx.rollback().await?,
                Effect::Lasting => self.commit_with_changes(tx, changes).await?,
            }
            Ok(created)
        })
        .await
    }

    async fn create_in(
        &self,
        tx: &mut Tx,
        new: &NewBackfill,
        now: Timestamp,
    ) -> Result<CreatedBackfill, CreateBackfillError> {
        let dag_id = &new.dag_id;
        let dags = self.some_dags(tx, [dag_id]).await?;
        let Some(dag) = dags.into_iter().find(|dag| dag.is_active) else {
            return Err(CreateBackfillError::UnknownDag {
                dag_id: dag_id.clone(),
            });
        };
        let valid = Arc::clone(&dag.spec).validate()?;
        dag.spec.params_with(new.conf.as_ref().unwrap_or(&Map::new()))?;
        let infos = valid.backfill(&new.dates, new.reprocess, now)?;
        if let Some(row) = tx.fetch_optional(OPEN_OF_DAG.bind(dag_id.as_str())).await? {
            let id = BackfillId(row.get("backfill_id")?);
            return Err(CreateBackfillError::AlreadyOpen {
                dag_id: dag_id.clone(),
                id,
            });
        }
        let dates = fates(tx, new, infos).await?;
        if !dates.iter().any(|date| date.fate.is_of_backfill()) {
            return Err(CreateBackfillError::NothingToDo {
                dag_id: dag_id.clone(),
                reprocess: new.reprocess,
            });
        }
        let draft = Draft {
            new,
            dag: &dag,
            valid,
            now,
        };
        let id = insert(tx, &draft).await?;
        let runs: Vec<NewRun> = places(id, &dates, BackfillFate::Created)
            .map(|(place, date)| draft.run(place, date))
            .collect();
        insert_runs(tx, &runs).await?;
        self.run_again(tx, &draft, (id, &dates)).await?;
        Ok(CreatedBackfill { id, dates })
    }

    /// Clears the runs of a backfill that run again, and takes them over.
    async fn run_again(
        &self,
        tx: &mut Tx,
        draft: &Draft<'_>,
        (id, dates): (BackfillId, &[BackfillDate]),
    ) -> Result<(), CreateBackfillError> {
        let again: Vec<(BackfillPlace, &BackfillDate)> =
            places(id, dates, BackfillFate::Reprocessed).collect();
        if again.is_empty() {
            return Ok(());
        }
        let keys: Vec<RunKey> = again.iter().map(|(_, date)| date.key.clone()).collect();
        let wanted: BTreeSet<&RunKey> = keys.iter().collect();
        let all = |_: &_| BTreeSet::new();
        let choice = TaskChoice {
            dag_id: &draft.new.dag_id,
            runs: RunChoice::Between {
                from: Some(draft.new.dates.from),
                until: Some(draft.new.dates.until),
            },
            tasks: &all,
            map_index: None,
            reach: updraft_model::Reach::default(),
            states: crate::choose::StateChoice::Any,
        };
        let mut runs = self.choosable_runs(tx, &choice).await?;
        runs.retain(|run| wanted.contains(&run.key));
        if draft.new.version == RunVersion::Latest {
            let old: Vec<&ChoosableRun> = runs
                .iter()
                .filter(|run| run.version != draft.dag.version)
                .collect();
            let to = Version {
                id: draft.dag.version,
                dag: &draft.valid,
            };
            self.move_runs(tx, &old, to, draft.now).await?;
        }
        let tasks: Vec<TaskKey> = runs.iter().flat_map(ChoosableRun::decided).collect();
        self.clear_in(tx, &tasks, &keys, draft.now).await?;
        let conf = draft.new.conf.as_ref().map(json_text);
        let rows = again
            .iter()
            .map(|(place, date)| row![date.key.dag_id.as_str(), date.key.run_id.as_str(), place.place]);
        let query = TAKE_RUNS
            .bind(id.0)
            .bind(conf)
            .bind(draft.new.triggered_by.as_deref());
        Ok(expect_rows(tx, query.rows(rows), again.len()).await?)
    }

    /// Pauses a backfill, lets it go on, or gives it up. With [`BackfillEvent::Cancel`] its queued runs fail; those that run
    /// go on, as runs of their DAG. Gives the state that it has now.
    ///
    /// # Errors
    /// [`ChangeBackfillError`]; nothing was changed then.
    pub async fn change_backfill(
        &self,
        id: BackfillId,
        event: BackfillEvent,
        now: Timestamp,
    ) -> Result<BackfillState, ChangeBackfillError> {
        retry_conflicts(async || {
            let mut tx = self.db.begin().await?;
            let Some(found) = tx.fetch_optional(ONE.bind(id.0)).await? else {
                return Err(ChangeBackfillError::Unknown { id });
            };
            let found = table_row(&found);
            let to = transition_backfill(found.parsed("state")?, event)?;
            expect_rows(&mut tx, SET_STATE.bind(id.0).bind(to.as_str()).bind(now), 1).await?;
            let mut changes = vec![Change::Dag(found.dag_id()?)];
            if to == BackfillState::Cancelled {
                changes.extend(give_up_runs(&mut tx, id, now).await?);
            }
            self.commit_with_changes(tx, changes).await?;
            Ok(to)
        })
        .await
    }

    /// Backfills by id: all, or those of one DAG.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn backfills(&self, dag_id: Option<&DagId>) -> Result<Vec<BackfillRow>, StoreError> {
        let query = LIST.bind(dag_id.map(DagId::as_str)).bind(None::<i64>);
        let rows = self.db.fetch_all(query).await?;
        rows.iter().map(backfill_row).collect()
    }

    /// One backfill; `None` if there is none of that id.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn backfill(&self, id: BackfillId) -> Result<Option<BackfillRow>, StoreError> {
        let row = self.db.fetch_optional(LIST.bind(None::<&str>).bind(id.0)).await?;
        row.as_ref().map(backfill_row).transpose()
    }
}

impl BackfillFate {
    /// Whether the run belongs to the backfill.
    pub const fn is_of_backfill(self) -> bool {
        matches!(self, Self::Created | Self::Reprocessed)
    }
}

impl Draft<'_> {
    fn run(&self, place: BackfillPlace, date: &BackfillDate) -> NewRun {
        NewRun {
            key: date.key.clone(),
            version: self.dag.version,
            run_type: RunType::Backfill,
            logical_date: date.info.logical_date,
            data_interval: date.info.data_interval,
            run_after: date.info.run_after,
            queued_at: self.now,
            conf: self.new.conf.clone().unwrap_or_default(),
            triggered_by: self.new.triggered_by.as_deref().map(storable),
            backfill: Some(place),
            tasks: new_tasks(&self.valid),
        }
    }
}

/// What becomes of each date.
async fn fates(tx: &mut Tx, new: &NewBackfill, infos: Vec<RunInfo>) -> Result<Vec<BackfillDate>, StoreError> {
    let query = EXISTING.bind(new.dag_id.as_str()).bind(new.dates.from);
    let mut existing: BTreeMap<Timestamp, (RunKey, DagRunState)> = BTreeMap::new();
    for row in tx.fetch_all(query.bind(new.dates.until)).await? {
        let row = TableRow {
            table: "dag_run",
            row: &row,
        };
        existing.insert(row.time("logical_date")?, (row.run_key()?, row.parsed("state")?));
    }
    let date = |info: RunInfo| match existing.remove(&info.logical_date) {
        None => BackfillDate {
            key: RunKey {
                dag_id: new.dag_id.clone(),
                run_id: RunType::Backfill.run_id(info.logical_date),
            },
            info,
            fate: BackfillFate::Created,
        },
        Some((key, state)) => BackfillDate {
            key,
            info,
            fate: match state {
                state if !state.is_finished() => BackfillFate::InFlight,
                state if new.reprocess.takes(state) => BackfillFate::Reprocessed,
                _ => BackfillFate::AlreadyExists,
            },
        },
    };
    Ok(infos.into_iter().map(date).collect())
}

/// The dates of one fate, with their places among all.
fn places(
    id: BackfillId,
    dates: &[BackfillDate],
    fate: BackfillFate,
) -> impl Iterator<Item = (BackfillPlace, &BackfillDate)> {
    let numbered = (1..).zip(dates);
    let of_fate = numbered.filter(move |(_, date)| date.fate == fate);
    of_fate.map(move |(place, date)| (BackfillPlace { id, place }, date))
}

async fn insert(tx: &mut Tx, draft: &Draft<'_>) -> Result<BackfillId, SqlError> {
    let new = draft.new;
    let query = INSERT
        .bind(new.dag_id.as_str())
        .bind(new.dates.from)
        .bind(new.dates.until)
        .bind(new.max_active_runs)
        .bind(new.dates.backwards)
        .bind(new.reprocess.as_str())
        .bind(json_text(new.conf.as_ref().unwrap_or(&Map::new())))
        .bind(draft.now)
        .bind(new.triggered_by.as_deref().map(storable));
    Ok(BackfillId(tx.fetch_one(query).await?.get("backfill_id")?))
}

fn json_text(conf: &Map<String, Value>) -> String {
    serde_json::to_string(conf).expect("a JSON object has a text")
}

/// The queued runs of a backfill fail. Gives all runs that it still had.
async fn give_up_runs(tx: &mut Tx, id: BackfillId, now: Timestamp) -> Result<Vec<Change>, StoreError> {
    let (mut queued, mut changes) = (Vec::new(), Vec::new());
    for row in tx.fetch_all(UNFINISHED.bind(id.0)).await? {
        let row = TableRow {
            table: "dag_run",
            row: &row,
        };
        let (key, state): (_, DagRunState) = (row.run_key()?, row.parsed("state")?);
        changes.push(Change::of_run(&key));
        if state == DagRunState::Queued && transition_run(state, RunEvent::Fail).is_ok() {
            queued.push(key);
        }
    }
    let rows = || {
        queued
            .iter()
            .map(|key| row![key.dag_id.as_str(), key.run_id.as_str()])
    };
    let mut live = Vec::new();
    for row in tx.fetch_all(LIVE_TASKS.rows(rows())).await? {
        let row = TableRow {
            table: "task_instance",
            row: &row,
        };
        live.push(row.task_key()?);
    }
    let live = read(tx, &live.iter().collect()).await?;
    let mark = Mark {
        state: TaskInstanceState::Failed,
        outcome: "killed because its backfill was cancelled",
        now,
    };
    write_marks(tx, &live, mark).await?;
    expect_rows(tx, FAIL_RUNS.bind(now).rows(rows()), queued.len()).await?;
    Ok(changes)
}

/// Every backfill that is not over, by DAG and id.
pub(crate) async fn open_backfills(tx: &mut Tx) -> Result<BTreeMap<DagId, Vec<OpenBackfill>>, StoreError> {
    let mut open: BTreeMap<DagId, Vec<OpenBackfill>> = BTreeMap::new();
    for row in tx.fetch_all(OPEN.query()).await? {
        let row = table_row(&row);
        let state: BackfillState = row.parsed("state")?;
        open.entry(row.dag_id()?).or_default().push(OpenBackfill {
            id: BackfillId(row.get("backfill_id")?),
            is_paused: state == BackfillState::Paused,
            max_active_runs: row.number("max_active_runs")?,
        });
    }
    Ok(open)
}

const fn table_row(row: &Row) -> TableRow<'_> {
    TableRow {
        table: "backfill",
        row,
    }
}

fn backfill_row(row: &Row) -> Result<BackfillRow, StoreError> {
    let row = table_row(row);
    Ok(BackfillRow {
        id: BackfillId(row.get("backfill_id")?),
        dag_id: row.dag_id()?,
        state: row.parsed("state")?,
        dates: BackfillDates {
            from: row.time("from_date")?,
            until: row.time("to_date")?,
            backwards: row.get("run_backwards")?,
        },
        max_active_runs: row.number("max_active_runs")?,
        reprocess: row.parsed("reprocess_behavior")?,
        conf: row.json_object("dag_run_conf")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
        completed_at: row.optional_time("completed_at")?,
        triggered_by: row.get("triggered_by")?,
        runs: BackfillRuns {
            queued: row.number("queued")?,
            running: row.number("running")?,
            success: row.number("success")?,
            failed: row.number("failed")?,
        },
    })
}
