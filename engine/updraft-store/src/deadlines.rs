//! Deadlines of runs: written by the plan that makes, meets or misses them, and read with what they belong to.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::Timestamp;
use updraft_model::{DagId, DeadlineName, DueAt, RunId, RunKey};
use updraft_sql::{ColumnType, Query, Sql, Tx, row, statements};

use crate::error::StoreError;
use crate::plan::{CommitError, execute_all};
use crate::store::Store;
use crate::table::TableRow;

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    SET = Sql::new(
        "INSERT INTO deadline (dag_id, run_id, name, reference_at, due_at, is_called, state) \
         SELECT dag_id, run_id, name, reference_at, due_at, is_called, 'open' FROM {batch} WHERE TRUE \
         ON CONFLICT (dag_id, run_id, name) DO UPDATE \
         SET reference_at = excluded.reference_at, due_at = excluded.due_at, is_called = excluded.is_called, \
             state = 'open', ended_at = NULL",
    )
    .batch(&[
        ("dag_id", ColumnType::Text),
        ("run_id", ColumnType::Text),
        ("name", ColumnType::Text),
        ("reference_at", ColumnType::I64),
        ("due_at", ColumnType::I64),
        ("is_called", ColumnType::Bool),
    ]);
    END = Sql::new(
        "UPDATE deadline AS d SET state = batch.state, ended_at = batch.ended_at \
         FROM {batch} \
         WHERE d.dag_id = batch.dag_id AND d.run_id = batch.run_id AND d.name = batch.name AND d.state = 'open'",
    )
    .batch(&[
        ("dag_id", ColumnType::Text),
        ("run_id", ColumnType::Text),
        ("name", ColumnType::Text),
        ("state", ColumnType::Text),
        ("ended_at", ColumnType::I64),
    ]);
    OF_UNFINISHED = Sql::new(
        "SELECT d.dag_id, d.run_id, d.name, d.reference_at, d.due_at, d.is_called, d.state, d.ended_at \
         FROM dag_run r CROSS JOIN deadline d \
         WHERE r.state IN ('queued', 'running') AND d.dag_id = r.dag_id AND d.run_id = r.run_id \
         ORDER BY d.dag_id, d.run_id, d.name",
    );
    OPEN_OF_FINISHED = Sql::new(
        "SELECT d.dag_id, d.run_id, d.name, d.reference_at, d.due_at, d.is_called, d.state, d.ended_at \
         FROM deadline d JOIN dag_run r ON r.dag_id = d.dag_id AND r.run_id = d.run_id \
         WHERE d.state = 'open' AND r.state IN ('success', 'failed') \
         ORDER BY d.dag_id, d.run_id, d.name",
    );
    OF_RUN = Sql::new(
        "SELECT dag_id, run_id, name, reference_at, due_at, is_called, state, ended_at \
         FROM deadline WHERE dag_id = $1 AND run_id = $2 ORDER BY name",
    );
    LIST = Sql::new(
        "SELECT dag_id, run_id, name, reference_at, due_at, is_called, state, ended_at \
         FROM deadline \
         WHERE (dag_id = $1 OR $1 IS NULL) AND (run_id = $2 OR $2 IS NULL) AND (state = $3 OR $3 IS NULL) \
         ORDER BY due_at DESC, dag_id, run_id, name \
         LIMIT $4",
    );
    RUNTIMES = Sql::new(
        "SELECT start_date, end_date FROM dag_run \
         WHERE dag_id = $1 AND state IN ('success', 'failed') AND start_date IS NOT NULL AND end_date IS NOT NULL \
         ORDER BY run_after DESC, end_date DESC LIMIT $2",
    );
}

/// What became of a deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeadlineState {
    /// Its time has not come.
    Open,
    /// What was to succeed by then has.
    Met,
    /// It has not.
    Missed,
}

impl DeadlineState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Open, Self::Met, Self::Missed];

    /// What is stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Met => "met",
            Self::Missed => "missed",
        }
    }
}

impl fmt::Display for DeadlineState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A text that names no state of a deadline.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no state of a deadline, known are `open`, `met` and `missed`")]
pub struct UnknownDeadlineState(String);

impl FromStr for DeadlineState {
    type Err = UnknownDeadlineState;

    fn from_str(text: &str) -> Result<Self, UnknownDeadlineState> {
        let found = Self::ALL.into_iter().find(|state| state.as_str() == text);
        found.ok_or_else(|| UnknownDeadlineState(text.to_owned()))
    }
}

/// A deadline of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadlineRow {
    /// The run.
    pub run: RunKey,
    /// Which deadline of it.
    pub name: DeadlineName,
    /// When it is, and from when it counts.
    pub at: DueAt,
    /// Whether the source has a callback for it.
    pub is_called: bool,
    /// What became of it.
    pub state: DeadlineState,
    /// When that was.
    pub ended_at: Option<Timestamp>,
}

/// A deadline that a run has from now on, in the place of one of that name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDeadline {
    /// The run.
    pub run: RunKey,
    /// Which deadline of it.
    pub name: DeadlineName,
    /// When it is, and from when it counts.
    pub at: DueAt,
    /// Whether the source has a callback for it.
    pub is_called: bool,
}

/// An open deadline that is met or missed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadlineEnd {
    /// The run.
    pub run: RunKey,
    /// Which deadline of it.
    pub name: DeadlineName,
    /// Met or missed.
    pub state: DeadlineState,
    /// When.
    pub at: Timestamp,
}

/// Which deadlines to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeadlineFilter {
    /// Of runs of this DAG.
    pub dag_id: Option<DagId>,
    /// Of the run of this name.
    pub run_id: Option<RunId>,
    /// In this state.
    pub state: Option<DeadlineState>,
    /// At most so many.
    pub limit: u32,
}

impl Store {
    /// Deadlines, the latest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn deadlines(&self, filter: &DeadlineFilter) -> Result<Vec<DeadlineRow>, StoreError> {
        let query = LIST
            .bind(filter.dag_id.as_ref().map(DagId::as_str))
            .bind(filter.run_id.as_ref().map(RunId::as_str))
            .bind(filter.state.map(DeadlineState::as_str))
            .bind(filter.limit);
        let rows = self.db.fetch_all(query).await?;
        rows.iter().map(deadline).collect()
    }
}

/// The deadlines of a run.
pub(crate) fn of_run(key: &RunKey) -> Query<'_> {
    OF_RUN.bind(key.dag_id.as_str()).bind(key.run_id.as_str())
}

/// The deadlines of all unfinished runs.
pub(crate) fn of_unfinished() -> Query<'static> {
    OF_UNFINISHED.query()
}

/// The deadlines that a query finds, by run.
pub(crate) async fn read(
    tx: &mut Tx,
    query: Query<'_>,
) -> Result<BTreeMap<RunKey, Vec<DeadlineRow>>, StoreError> {
    let mut found: BTreeMap<RunKey, Vec<DeadlineRow>> = BTreeMap::new();
    for row in tx.fetch_all(query).await? {
        let deadline = deadline(&row)?;
        found.entry(deadline.run.clone()).or_default().push(deadline);
    }
    Ok(found)
}

/// Open deadlines of runs that are over.
pub(crate) async fn read_late(tx: &mut Tx) -> Result<Vec<DeadlineRow>, StoreError> {
    let rows = tx.fetch_all(OPEN_OF_FINISHED.query()).await?;
    rows.iter().map(deadline).collect()
}

/// How long the newest runs of a DAG took that are over, the newest first.
pub(crate) async fn read_runtimes(
    tx: &mut Tx,
    dag_id: &DagId,
    limit: u32,
) -> Result<Vec<Duration>, StoreError> {
    let rows = tx.fetch_all(RUNTIMES.bind(dag_id.as_str()).bind(limit)).await?;
    let runtimes = rows.iter().map(|row| {
        let row = TableRow {
            table: "dag_run",
            row,
        };
        let runtime = row.time("end_date")?.duration_since(row.time("start_date")?);
        Ok(Duration::try_from(runtime).unwrap_or_default())
    });
    runtimes.collect()
}

/// Writes deadlines that a plan makes, then those that it ends.
pub(crate) async fn write(tx: &mut Tx, new: &[NewDeadline], ends: &[DeadlineEnd]) -> Result<(), CommitError> {
    if !new.is_empty() {
        let rows = new.iter().map(|new| {
            row![
                new.run.dag_id.as_str(),
                new.run.run_id.as_str(),
                new.name.to_string(),
                new.at.reference,
                new.at.due,
                new.is_called,
            ]
        });
        tx.execute(SET.rows(rows)).await?;
    }
    let rows = ends.iter().map(|end| {
        row![
            end.run.dag_id.as_str(),
            end.run.run_id.as_str(),
            end.name.to_string(),
            end.state.as_str(),
            end.at,
        ]
    });
    execute_all(tx, END.rows(rows), ends.len(), "deadlines").await
}

fn deadline(row: &updraft_sql::Row) -> Result<DeadlineRow, StoreError> {
    let row = TableRow {
        table: "deadline",
        row,
    };
    Ok(DeadlineRow {
        run: row.run_key()?,
        name: row.parsed("name")?,
        at: DueAt {
            reference: row.time("reference_at")?,
            due: row.time("due_at")?,
        },
        is_called: row.get("is_called")?,
        state: row.parsed("state")?,
        ended_at: row.optional_time("ended_at")?,
    })
}
