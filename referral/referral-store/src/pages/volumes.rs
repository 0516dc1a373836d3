//! How much each run moved, and what became of all of it.

use jiff::Timestamp;
use serde_json::{Map, Value};
use updraft_sql::{Row, Sql, SqlError, statements};

use crate::rows::{count, json, word};
use crate::sync_run::{RunState, SyncRun, read_run};
use crate::{ReferralStore, StoreError};

/// A sync with the error that ended it, if one did.
#[derive(Debug, Clone, PartialEq)]
pub struct SyncVolume {
    /// The run.
    pub run: SyncRun,
    /// Why it failed.
    pub error: Option<String>,
}

/// A run of embedding or matching.
#[derive(Debug, Clone, PartialEq)]
pub struct WorkVolume {
    /// Its id.
    pub run_id: String,
    /// `candidate_embeddings`, `position_embeddings` or `matches`.
    pub kind: String,
    /// Where it stands.
    pub state: RunState,
    /// What it counted.
    pub counts: Map<String, Value>,
    /// Why it failed.
    pub error: Option<String>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// Calls to the source in a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonthlyCalls {
    /// `2026-11`, of the UTC calendar.
    pub month: String,
    /// How many.
    pub calls: u64,
}

/// What became of all candidates that were read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Funnel {
    /// Candidates that are here, deleted ones included.
    pub read: u64,
    /// Of them, those that exist at the source.
    pub live: u64,
    /// Of those, the ones with a text that no check withholds.
    pub valid: u64,
    /// Of those, the ones with a vector of that text.
    pub embedded: u64,
    /// Candidates that were compared with all positions as they are now.
    pub compared: u64,
    /// Candidates suggested for at least one position.
    pub suggested: u64,
}

statements! {
    /// Statements about volumes.
    pub(crate) STATEMENTS;

    SYNCS = Sql::new("SELECT * FROM sync_run ORDER BY started_at DESC, run_id, entity LIMIT $1");

    WORK = Sql::new(
        "SELECT kind, run_id, state, counts, error, started_at, ended_at FROM work_run \
         ORDER BY started_at DESC, run_id, kind LIMIT $1",
    );

    CALLS = Sql::new("SELECT month, calls FROM api_calls ORDER BY month DESC LIMIT $1");

    FUNNEL = Sql::new(
        "SELECT count(*) AS everybody, count(*) FILTER (WHERE live) AS live, count(*) FILTER (WHERE valid) AS valid, \
         count(*) FILTER (WHERE embedded) AS embedded, count(*) FILTER (WHERE compared) AS compared, \
         (SELECT count(DISTINCT candidate_id) FROM candidate_match WHERE status = 'active') AS suggested \
         FROM (SELECT NOT c.is_deleted AND NOT c.is_anonymized AS live, \
         NOT c.is_deleted AND NOT c.is_anonymized AND c.embedding_text_hash IS NOT NULL AND w.entity_id IS NULL AS valid, \
         NOT c.is_deleted AND NOT c.is_anonymized AND w.entity_id IS NULL AND e.entity_id IS NOT NULL AS embedded, \
         w.entity_id IS NULL AND e.entity_id IS NOT NULL AND i.entity_id IS NOT NULL AS compared \
         FROM candidate c LEFT JOIN (SELECT DISTINCT entity_id FROM quality_withheld WHERE kind = 'candidate') w \
         ON w.entity_id = c.id \
         LEFT JOIN embedding e ON e.kind = 'candidate' AND e.entity_id = c.id AND e.text_hash = c.embedding_text_hash \
         LEFT JOIN match_input i ON i.kind = 'candidate' AND i.entity_id = c.id AND i.content_hash = c.content_hash \
         AND i.text_hash = e.text_hash) AS people",
    );
}

impl ReferralStore {
    /// The newest syncs, newest first.
    pub async fn sync_volumes(&self, limit: u32) -> Result<Vec<SyncVolume>, StoreError> {
        let rows = self.db.fetch_all(SYNCS.bind(limit)).await?;
        let read = |row: &Row| {
            Ok::<_, StoreError>(SyncVolume {
                run: read_run(row)?,
                error: row.get("error")?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// The newest runs of embedding and matching, newest first.
    pub async fn work_volumes(&self, limit: u32) -> Result<Vec<WorkVolume>, StoreError> {
        let rows = self.db.fetch_all(WORK.bind(limit)).await?;
        rows.iter().map(|row| Ok(read_work(row)?)).collect()
    }

    /// Calls to the source in the newest months, newest first.
    pub async fn monthly_calls(&self, months: u32) -> Result<Vec<MonthlyCalls>, StoreError> {
        let rows = self.db.fetch_all(CALLS.bind(months)).await?;
        let read = |row: &Row| {
            Ok::<_, StoreError>(MonthlyCalls {
                month: row.get("month")?,
                calls: count(row, "calls")?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// What became of all candidates.
    pub async fn funnel(&self) -> Result<Funnel, StoreError> {
        let row = self.db.fetch_one(FUNNEL.query()).await?;
        Ok(Funnel {
            read: count(&row, "everybody")?,
            live: count(&row, "live")?,
            valid: count(&row, "valid")?,
            embedded: count(&row, "embedded")?,
            compared: count(&row, "compared")?,
            suggested: count(&row, "suggested")?,
        })
    }
}

fn read_work(row: &Row) -> Result<WorkVolume, SqlError> {
    Ok(WorkVolume {
        run_id: row.get("run_id")?,
        kind: row.get("kind")?,
        state: word(row, "state")?,
        counts: json(row, "counts")?,
        error: row.get("error")?,
        started_at: row.timestamp("started_at")?,
        ended_at: row.optional_timestamp("ended_at")?,
    })
}
