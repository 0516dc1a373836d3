//! Answers of programs for timetables that are their sources' own.

use updraft_model::{DagId, NextRun, TimetableAnswer};
use updraft_sql::{Sql, statements};

use crate::error::{StoreError, WriteError};
use crate::lease::{self, Lease};
use crate::store::Store;
use crate::table::TableRow;

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    RECORD = Sql::new(
        "UPDATE dag SET timetable_answer = $1, next_logical_date = $2, next_run_after = $3 \
         WHERE dag_id = $4 AND is_active AND version_id = $5 \
           AND last_interval_start IS NOT DISTINCT FROM $6 AND last_interval_end IS NOT DISTINCT FROM $7",
    );
    FAILING = Sql::new(
        "SELECT dag_id, version_id, last_interval_start, last_interval_end, timetable_answer FROM dag \
         WHERE is_active AND timetable_answer IS NOT NULL \
         ORDER BY dag_id",
    );
}

impl Store {
    /// Records what the program of a DAG has told of its next run, in the place of what it has told before. False if it is
    /// about another version of the DAG than the newest, or another last run: then it is as it was.
    ///
    /// # Errors
    /// [`WriteError`]; nothing was written then.
    pub async fn record_timetable_answer(
        &self,
        lease: &Lease,
        dag_id: &DagId,
        answer: &TimetableAnswer,
    ) -> Result<bool, WriteError> {
        let info = answer.next.run().map(updraft_model::AnsweredRun::info);
        let query = RECORD
            .bind(serde_json::to_string(answer).expect("an answer has a JSON form"))
            .bind(info.map(|info| info.logical_date))
            .bind(info.map(|info| info.run_after))
            .bind(dag_id.as_str())
            .bind(answer.version.0)
            .bind(answer.last.map(|last| last.start))
            .bind(answer.last.map(|last| last.end));
        let mut tx = self.db.begin().await?;
        if !lease::is_valid(&mut tx, lease).await? {
            return Err(WriteError::LeaseLost);
        }
        let is_recorded = tx.execute(query).await? == 1;
        tx.commit().await?;
        Ok(is_recorded)
    }

    /// DAGs that get no scheduled runs at the moment because their timetable fails, by id, each with what is wrong.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn failing_timetables(&self) -> Result<Vec<(DagId, NextRun)>, StoreError> {
        let mut failing = Vec::new();
        for row in self.db.fetch_all(FAILING.query()).await? {
            let row = TableRow {
                table: "dag",
                row: &row,
            };
            let Some(answer) = timetable_answer(&row)? else {
                continue;
            };
            let counts = answer.version == row.version()?
                && answer.last == row.interval("last_interval_start", "last_interval_end")?;
            if counts && matches!(answer.next, NextRun::Failed { .. }) {
                failing.push((row.dag_id()?, answer.next));
            }
        }
        Ok(failing)
    }
}

/// What a row of `dag` says of the next run.
pub(crate) fn timetable_answer(row: &TableRow<'_>) -> Result<Option<TimetableAnswer>, StoreError> {
    let Some(value) = row.optional_json("timetable_answer")? else {
        return Ok(None);
    };
    // One that another version of this program has written in another form is asked for again.
    Ok(serde_json::from_value(value).ok())
}
