//! Runs of embedding and matching: their counts, so that a repeated request reports the whole.

use jiff::Timestamp;
use serde_json::{Map, Value};
use updraft_sql::{Row, Sql, SqlError, statements};

use crate::rows::{json, word};
use crate::sync_run::RunState;
use crate::{ReferralStore, RunId, StoreError};

/// What a run does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WorkKind {
    /// Embeds candidates.
    CandidateEmbeddings,
    /// Embeds positions.
    PositionEmbeddings,
    /// Finds matches.
    Matches,
}

impl WorkKind {
    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CandidateEmbeddings => "candidate_embeddings",
            Self::PositionEmbeddings => "position_embeddings",
            Self::Matches => "matches",
        }
    }
}

/// A run as it stands. Its counts are the caller's, kept as a JSON object.
#[derive(Debug, Clone, PartialEq)]
pub struct WorkRun {
    /// Where it stands.
    pub state: RunState,
    /// The counts last saved.
    pub counts: Map<String, Value>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

statements! {
    /// Statements about work runs.
    pub(crate) STATEMENTS;

    BEGIN = Sql::new(
        "INSERT INTO work_run (kind, run_id, state, counts, started_at) VALUES ($1, $2, 'running', '{}', $3) \
         ON CONFLICT (kind, run_id) DO UPDATE SET \
         state = CASE WHEN work_run.state = 'succeeded' THEN 'succeeded' ELSE 'running' END, \
         error = NULL, ended_at = CASE WHEN work_run.state = 'succeeded' THEN work_run.ended_at ELSE NULL END \
         RETURNING state, counts, started_at, ended_at",
    );

    SELECT = Sql::new(
        "SELECT state, counts, started_at, ended_at FROM work_run WHERE kind = $1 AND run_id = $2",
    );

    SAVE = Sql::new("UPDATE work_run SET counts = $3 WHERE kind = $1 AND run_id = $2 AND state = 'running'");

    FINISH = Sql::new(
        "UPDATE work_run SET state = 'succeeded', counts = $3, ended_at = $4 \
         WHERE kind = $1 AND run_id = $2 AND state = 'running'",
    );

    FAIL = Sql::new(
        "UPDATE work_run SET state = 'failed', error = $3, ended_at = $4 \
         WHERE kind = $1 AND run_id = $2 AND state = 'running'",
    );
}

impl ReferralStore {
    /// Begins a run, or goes on with the run of that id and its counts. One that has succeeded is returned as it is.
    pub async fn begin_work(
        &self,
        kind: WorkKind,
        run_id: &RunId,
        now: Timestamp,
    ) -> Result<WorkRun, StoreError> {
        let mut tx = self.db.begin().await?;
        let row = tx
            .fetch_one(BEGIN.bind(kind.as_str()).bind(run_id.as_str()).bind(now))
            .await?;
        let run = read_work(&row)?;
        tx.commit().await?;
        Ok(run)
    }

    /// A run as it stands; `None` if it was never begun.
    pub async fn work_run(&self, kind: WorkKind, run_id: &RunId) -> Result<Option<WorkRun>, StoreError> {
        let row = self
            .db
            .fetch_optional(SELECT.bind(kind.as_str()).bind(run_id.as_str()))
            .await?;
        Ok(row.map(|row| read_work(&row)).transpose()?)
    }

    /// Saves the counts of a running run.
    pub async fn save_work(
        &self,
        kind: WorkKind,
        run_id: &RunId,
        counts: &Map<String, Value>,
    ) -> Result<(), StoreError> {
        let counts = counts_json(counts);
        self.db
            .execute(SAVE.bind(kind.as_str()).bind(run_id.as_str()).bind(counts))
            .await?;
        Ok(())
    }

    /// Ends a run well.
    pub async fn finish_work(
        &self,
        kind: WorkKind,
        run_id: &RunId,
        counts: &Map<String, Value>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let counts = counts_json(counts);
        self.db
            .execute(
                FINISH
                    .bind(kind.as_str())
                    .bind(run_id.as_str())
                    .bind(counts)
                    .bind(now),
            )
            .await?;
        Ok(())
    }

    /// Ends a run with an error. The same run id may go on later.
    pub async fn fail_work(
        &self,
        kind: WorkKind,
        run_id: &RunId,
        message: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.db
            .execute(
                FAIL.bind(kind.as_str())
                    .bind(run_id.as_str())
                    .bind(message)
                    .bind(now),
            )
            .await?;
        Ok(())
    }
}

fn counts_json(counts: &Map<String, Value>) -> String {
    serde_json::to_string(counts).expect("a map of JSON values is JSON")
}

fn read_work(row: &Row) -> Result<WorkRun, SqlError> {
    Ok(WorkRun {
        state: word(row, "state")?,
        counts: json(row, "counts")?,
        started_at: row.timestamp("started_at")?,
        ended_at: row.optional_timestamp("ended_at")?,
    })
}
