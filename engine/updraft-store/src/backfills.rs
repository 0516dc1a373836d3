//! Backfills that there are: listing, pausing and giving them up.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use updraft_model::{
    BackfillDates, BackfillEvent, BackfillId, BackfillState, DagId, DagRunState, InvalidBackfillTransition,
    ReprocessBehavior, RunEvent, TaskInstanceState, transition_backfill, transition_run,
};
use updraft_sql::{ColumnType, Conflict, Row, Sql, Tx, retry_conflicts, row, statements};

use crate::attempts::expect_rows;
use crate::author::Note;
use crate::changes::Change;
use crate::error::{StoreError, from_sql};
use crate::mark::{Mark, read, write_marks};
use crate::order::{Paging, counted, sorted_by};
use crate::store::Store;
use crate::table::TableRow;

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

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
    PAGE = Sql::new(concat!(
        "SELECT b.backfill_id, b.dag_id, b.state, b.from_date, b.to_date, b.max_active_runs, b.run_backwards, \
                b.reprocess_behavior, b.dag_run_conf, b.created_at, b.updated_at, b.completed_at, b.triggered_by, \
                (SELECT count(*) FROM dag_run r WHERE r.backfill_id = b.backfill_id AND r.state = 'queued') AS queued, \
                (SELECT count(*) FROM dag_run r WHERE r.backfill_id = b.backfill_id AND r.state = 'running') AS running, \
                (SELECT count(*) FROM dag_run r WHERE r.backfill_id = b.backfill_id AND r.state = 'success') AS success, \
                (SELECT count(*) FROM dag_run r WHERE r.backfill_id = b.backfill_id AND r.state = 'failed') AS failed \
         FROM backfill b WHERE b.dag_id = $1 ORDER BY ",
        sorted_by!(
            "$2", "$3";
            "id" => "b.backfill_id",
            "dag_id" => "b.dag_id",
            "from_date" => "b.from_date",
            "to_date" => "b.to_date",
            "max_active_runs" => "b.max_active_runs",
            "created_at" => "b.created_at",
            "updated_at" => "b.updated_at",
            "completed_at" => "b.completed_at",
        ),
        "b.backfill_id LIMIT $4 OFFSET $5"
    ));
    COUNT = Sql::new("SELECT count(*) AS number FROM backfill WHERE dag_id = $1");
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

from_sql!(ChangeBackfillError);

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

impl Store {
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
            let dag_id = found.dag_id()?;
            let (before, after) = (found.get::<String>("state")?, to.as_str());
            let note = Note::of_dag(&dag_id).telling(json!({ "backfill_id": id.0 }));
            let note = note.changing(json!({ "state": before }), json!({ "state": after }));
            self.note(&mut tx, note).await?;
            let mut changes = vec![Change::Dag(dag_id)];
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

    /// A page of the backfills of a DAG, and how many there are on all pages.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn backfill_page(
        &self,
        dag_id: &DagId,
        paging: &Paging,
    ) -> Result<(Vec<BackfillRow>, u64), StoreError> {
        let mut tx = self.db.begin_read().await?;
        let rows = tx.fetch_all(paging.bind(PAGE.bind(dag_id.as_str()))).await?;
        let total = tx.fetch_one(COUNT.bind(dag_id.as_str())).await?;
        tx.rollback().await?;
        let rows: Result<Vec<BackfillRow>, StoreError> = rows.iter().map(backfill_row).collect();
        Ok((rows?, counted("backfill", &total)?))
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
