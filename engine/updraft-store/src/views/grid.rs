//! The grid of a DAG: a window of its runs, and the states of their tasks.

use updraft_model::{DagId, DagRunState, RunId, RunType, TaskInstanceState};
use updraft_sql::{ColumnType, Query, Sql, row, statements};

use super::columns::{date, run_columns};
use crate::error::StoreError;
use crate::runs::{RunRow, run_row};
use crate::store::Store;
use crate::table::TableRow;

/// Runs of DAG `$1` in state `$2` and of type `$3`.
macro_rules! meant {
    () => {
        "FROM dag_run r JOIN dag_version v ON v.version_id = r.version_id \
         WHERE r.dag_id = $1 AND (r.state = $2 OR $2 IS NULL) AND (r.run_type = $3 OR $3 IS NULL) "
    };
}

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    // Up to the date of a run, if one is named.
    OLDER = Sql::new(concat!(
        "SELECT ", run_columns!(), " ", meant!(), "AND (", date!("r"), " <= $4 OR $4 IS NULL) \
         ORDER BY ", date!("r"), " DESC, r.run_id DESC LIMIT $5",
    ));
    NEWER = Sql::new(concat!(
        "SELECT ", run_columns!(), " ", meant!(), "AND ", date!("r"), " > $4 \
         ORDER BY ", date!("r"), ", r.run_id LIMIT $5",
    ));
    DATE = Sql::new(concat!("SELECT ", date!("r"), " AS date FROM dag_run r WHERE r.dag_id = $1 AND r.run_id = $2"));
    // All tasks of a run are one text, for a row of each costs many times more than the task. Asking run by run leaves SQLite no other way than to look
    // each of them up; it would else go through all runs that the DAG ever had.
    CELLS = Sql::new(
        "SELECT batch.place, ( \
             SELECT STRING_AGG( \
                 CASE WHEN t.map_index >= 0 THEN 'm' WHEN t.mapped_length IS NOT NULL THEN 'mw' ELSE '' END || \
                 CASE WHEN t.try_number > 1 THEN 'r' ELSE '' END || CASE WHEN t.note IS NOT NULL THEN 'n' ELSE '' END || \
                 '/' || COALESCE(t.state, '') || '/' || t.task_id, ' ') \
             FROM task_instance t \
             WHERE t.dag_id = $1 AND t.run_id = batch.run_id \
         ) AS cells \
         FROM {batch}",
    )
    .batch(&[("run_id", ColumnType::Text), ("place", ColumnType::I64)]);
}

/// Which runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GridFilter {
    /// Of this DAG.
    pub dag_id: DagId,
    /// In this state.
    pub state: Option<DagRunState>,
    /// Of this type.
    pub run_type: Option<RunType>,
    /// With this one among them; the newest, if there is none or it does not exist.
    pub around: Option<RunId>,
    /// At most so many.
    pub limit: u32,
}

/// Some runs, the oldest first.
#[derive(Debug, Clone, PartialEq)]
pub struct GridWindow {
    /// The runs.
    pub runs: Vec<RunRow>,
    /// Whether there are older ones.
    pub has_older: bool,
    /// Whether there are newer ones.
    pub has_newer: bool,
}

/// The state of a task of a run, or of those copies of a mapped task that share a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GridCell {
    /// The place of its run among those that were asked for.
    pub run: usize,
    /// The task.
    pub task_id: String,
    /// Its state.
    pub state: Option<TaskInstanceState>,
    /// Whether it was tried more than once.
    pub is_retried: bool,
    /// Whether it is mapped.
    pub is_mapped: bool,
    /// Whether somebody wrote a note on it.
    pub has_note: bool,
    /// Whether it stands for copies and there are none, or all have rows of their own.
    pub is_rest: bool,
}

impl GridFilter {
    /// Binds `$1` to `$3`.
    fn bind<'q>(&'q self, sql: &'static Sql) -> Query<'q> {
        let query = sql
            .bind(self.dag_id.as_str())
            .bind(self.state.map(DagRunState::as_str));
        query.bind(self.run_type.map(RunType::as_str))
    }
}

impl Store {
    /// A window of the runs of a DAG.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn grid_window(&self, filter: &GridFilter) -> Result<GridWindow, StoreError> {
        let mut tx = self.db.begin_read().await?;
        let mut date = None;
        if let Some(run_id) = &filter.around {
            let found = tx
                .fetch_optional(DATE.bind(filter.dag_id.as_str()).bind(run_id.as_str()))
                .await?;
            date = found.map(|row| row.timestamp("date")).transpose()?;
        }
        let limit = i64::from(filter.limit);
        // One more of each side tells whether there are more.
        let older = tx
            .fetch_all(filter.bind(&OLDER).bind(date).bind(limit + 1))
            .await?;
        let newer = match date {
            Some(date) => {
                tx.fetch_all(filter.bind(&NEWER).bind(date).bind(limit + 1))
                    .await?
            }
            None => Vec::new(),
        };
        tx.rollback().await?;
        let read = |row| {
            run_row(&TableRow {
                table: "dag_run",
                row,
            })
        };
        let older: Result<Vec<RunRow>, StoreError> = older.iter().map(read).collect();
        let newer: Result<Vec<RunRow>, StoreError> = newer.iter().map(read).collect();
        let (mut older, mut newer) = (older?, newer?);
        let limit = filter.limit as usize;
        // Half of them newer, unless there are too few of either side.
        let newer_wanted = (limit / 2)
            .max(limit.saturating_sub(older.len()))
            .min(newer.len());
        let older_wanted = (limit - newer_wanted).min(older.len());
        let window = (older.len() > older_wanted, newer.len() > newer_wanted);
        older.truncate(older_wanted);
        newer.truncate(newer_wanted);
        older.reverse();
        older.append(&mut newer);
        Ok(GridWindow {
            runs: older,
            has_older: window.0,
            has_newer: window.1,
        })
    }

    /// The states of all tasks of these runs, in no order.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn grid_cells(&self, dag_id: &DagId, runs: &[RunId]) -> Result<Vec<GridCell>, StoreError> {
        let batch = runs
            .iter()
            .zip(0_i64..)
            .map(|(run, place)| row![run.as_str(), place]);
        let rows = self.db.fetch_all(CELLS.bind(dag_id.as_str()).rows(batch)).await?;
        let mut cells = Vec::new();
        for row in &rows {
            let row = TableRow {
                table: "task_instance",
                row,
            };
            let run = row.number("place")?;
            let told: Option<String> = row.get("cells")?;
            for cell in told.iter().flat_map(|told| told.split(' ')) {
                let read = cell_of(run, cell);
                cells.push(
                    read.ok_or_else(|| row.damaged("state", format!("`{cell}` is no state of a task")))?,
                );
            }
        }
        Ok(cells)
    }
}

/// Reads `flags/state/task`; no id of a task has a slash or a space.
fn cell_of(run: usize, told: &str) -> Option<GridCell> {
    let (flags, rest) = told.split_once('/')?;
    let (state, task_id) = rest.split_once('/')?;
    Some(GridCell {
        run,
        task_id: task_id.to_owned(),
        state: match state {
            "" => None,
            state => Some(state.parse().ok()?),
        },
        is_retried: flags.contains('r'),
        is_mapped: flags.contains('m'),
        has_note: flags.contains('n'),
        is_rest: flags.contains('w'),
    })
}
