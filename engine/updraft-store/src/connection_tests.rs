//! Trials of connections that somebody comes back to ask about.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use updraft_sql::{Sql, statements};

use crate::author::Note;
use crate::error::StoreError;
use crate::store::Store;
use crate::table::{TableRow, storable};

/// What was tried is forgotten after so long.
const KEPT: SignedDuration = SignedDuration::from_hours(1);

/// Whoever tries a connection longer than this has ended without a word.
const LOST_AFTER: SignedDuration = SignedDuration::from_mins(2);

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    FORGET = Sql::new("DELETE FROM connection_test WHERE created_at < $1");
    GIVE_UP = Sql::new(
        "UPDATE connection_test SET ended_at = $2, is_usable = $3, message = $4 WHERE created_at < $1 AND ended_at IS NULL",
    );
    BEGIN = Sql::new("INSERT INTO connection_test (token, conn_id, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING");
    END = Sql::new(
        "UPDATE connection_test SET ended_at = $2, is_usable = $3, message = $4 WHERE token = $1 AND ended_at IS NULL",
    );
    ONE = Sql::new("SELECT conn_id, created_at, ended_at, is_usable, message FROM connection_test WHERE token = $1");
}

/// A trial of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionTest {
    /// Of which connection.
    pub conn_id: String,
    /// When it has begun.
    pub created_at: Timestamp,
    /// What came of it; `None` as long as it goes on.
    pub outcome: Option<TrialOutcome>,
}

/// What came of a trial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrialOutcome {
    /// Whether the connection can be used.
    pub is_usable: bool,
    /// That in words.
    pub message: String,
}

impl TrialOutcome {
    fn lost() -> Self {
        Self {
            is_usable: false,
            message: "the server that tried the connection has ended before it knew; try it again".to_owned(),
        }
    }
}

impl Store {
    /// Says that a trial begins, under a token that nobody guesses; false if the same connection is being tried already.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn begin_connection_test(
        &self,
        token: &str,
        conn_id: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let lost = TrialOutcome::lost();
        let mut tx = self.db.begin().await?;
        tx.execute(FORGET.bind(now - KEPT)).await?;
        let give_up = GIVE_UP.bind(now - LOST_AFTER).bind(now);
        tx.execute(give_up.bind(lost.is_usable).bind(lost.message))
            .await?;
        let begins = tx.execute(BEGIN.bind(token).bind(conn_id).bind(now)).await? > 0;
        if begins {
            self.note(&mut tx, Note::of(json!({ "connection_id": conn_id })))
                .await?;
        }
        tx.commit().await?;
        Ok(begins)
    }

    /// Says what came of a trial.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn end_connection_test(
        &self,
        token: &str,
        outcome: &TrialOutcome,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let query = END.bind(token).bind(now).bind(outcome.is_usable);
        self.db.execute(query.bind(storable(&outcome.message))).await?;
        Ok(())
    }

    /// The trial of a token; `None` if there is none, or none any more.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn connection_test(
        &self,
        token: &str,
        now: Timestamp,
    ) -> Result<Option<ConnectionTest>, StoreError> {
        let Some(row) = self.db.fetch_optional(ONE.bind(token)).await? else {
            return Ok(None);
        };
        let row = TableRow {
            table: "connection_test",
            row: &row,
        };
        let created_at = row.time("created_at")?;
        let outcome = match row.optional_time("ended_at")? {
            Some(_) => Some(TrialOutcome {
                is_usable: row.get("is_usable")?,
                message: row.get("message")?,
            }),
            None => (created_at < now - LOST_AFTER).then(TrialOutcome::lost),
        };
        Ok(Some(ConnectionTest {
            conn_id: row.get("conn_id")?,
            created_at,
            outcome,
        }))
    }
}
