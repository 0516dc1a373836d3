//! Sessions of the web interface: who has logged in, by a token whose hash alone is stored.

use jiff::Timestamp;
use updraft_sql::{Sql, statements};

use crate::error::StoreError;
use crate::store::Store;
use crate::table::TableRow;

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    CREATE = Sql::new(
        "INSERT INTO session (token_hash, account_id, csrf_token, created_at, seen_at, expires_at) \
         VALUES ($1, $2, $3, $4, $4, $5)",
    );
    FIND = Sql::new(
        "SELECT s.account_id, s.csrf_token, s.seen_at \
         FROM session s JOIN account a ON a.account_id = s.account_id \
         WHERE s.token_hash = $1 AND s.expires_at > $2 AND s.seen_at > $3 AND a.is_active \
           AND s.created_at >= a.password_set_at",
    );
    SEEN = Sql::new("UPDATE session SET seen_at = $2 WHERE token_hash = $1 AND seen_at < $2");
    END = Sql::new("DELETE FROM session WHERE token_hash = $1");
    END_OF_USER = Sql::new("DELETE FROM session WHERE account_id = $1");
    FORGET = Sql::new("DELETE FROM session WHERE expires_at <= $1 OR seen_at <= $2");
}

/// A session to begin.
#[derive(Debug, Clone, Copy)]
pub struct NewSession<'a> {
    /// SHA-256 of its token.
    pub token_hash: &'a str,
    /// Whose it is.
    pub user_id: i64,
    /// What a page of ours says with each change.
    pub csrf_token: &'a str,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
}

/// A session that counts.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionRow {
    /// Whose it is.
    pub user_id: i64,
    /// What a page of ours says with each change.
    pub csrf_token: String,
    /// When it was seen last, to the minute.
    pub seen_at: Timestamp,
}

impl std::fmt::Debug for SessionRow {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("SessionRow")
            .field("user_id", &self.user_id)
            .finish_non_exhaustive()
    }
}

impl Store {
    /// Begins a session, and forgets those that are over or were not seen since `idle_since`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn create_session(
        &self,
        session: NewSession<'_>,
        idle_since: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        tx.execute(FORGET.bind(now).bind(idle_since)).await?;
        let query = CREATE.bind(session.token_hash).bind(session.user_id);
        let query = query.bind(session.csrf_token).bind(now).bind(session.expires_at);
        tx.execute(query).await?;
        Ok(tx.commit().await?)
    }

    /// The session of a token; `None` if it is over, was not seen since `idle_since`, or if its user may not log in any more or has set
    /// another password since.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn session(
        &self,
        token_hash: &str,
        idle_since: Timestamp,
        now: Timestamp,
    ) -> Result<Option<SessionRow>, StoreError> {
        let query = FIND.bind(token_hash).bind(now).bind(idle_since);
        let Some(row) = self.db.fetch_optional(query).await? else {
            return Ok(None);
        };
        let row = TableRow {
            table: "session",
            row: &row,
        };
        Ok(Some(SessionRow {
            user_id: row.get("account_id")?,
            csrf_token: row.get("csrf_token")?,
            seen_at: row.time("seen_at")?,
        }))
    }

    /// Notes that a session was seen.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn session_seen(&self, token_hash: &str, now: Timestamp) -> Result<(), StoreError> {
        self.db.execute(SEEN.bind(token_hash).bind(now)).await?;
        Ok(())
    }

    /// Ends a session.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn end_session(&self, token_hash: &str) -> Result<(), StoreError> {
        self.db.execute(END.bind(token_hash)).await?;
        Ok(())
    }
}

/// Ends all sessions of a user.
pub(crate) async fn end_of_user(tx: &mut updraft_sql::Tx, user_id: i64) -> Result<(), StoreError> {
    tx.execute(END_OF_USER.bind(user_id)).await?;
    Ok(())
}
