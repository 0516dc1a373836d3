//! Tokens that people make for their programs, of which the hash alone is stored. They end with their user.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use updraft_sql::{Row, Sql, Tx, statements};

use crate::author::Note;
use crate::error::StoreError;
use crate::store::Store;
use crate::table::TableRow;

/// A token is noted as used no more often than this.
const USED_EVERY: SignedDuration = SignedDuration::from_mins(1);

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    // Not an upsert: on PostgreSQL that would use up a number for each name that is taken.
    CREATE = Sql::new(
        "INSERT INTO personal_token (account_id, name, token_hash, created_at, expires_at) \
         SELECT a.account_id, $2, $3, $4, $5 FROM account a \
         WHERE a.account_id = $1 AND a.is_active \
           AND NOT EXISTS (SELECT 1 FROM personal_token t WHERE t.account_id = $1 AND t.name = $2) \
         RETURNING token_id",
    );
    LIST = Sql::new(
        "SELECT t.token_id, t.account_id, a.username, t.name, t.created_at, t.expires_at, t.last_used_at \
         FROM personal_token t JOIN account a ON a.account_id = t.account_id \
         WHERE (t.account_id = $1 OR $1 IS NULL) AND (t.token_id = $2 OR $2 IS NULL) \
         ORDER BY t.token_id",
    );
    FIND = Sql::new(
        "SELECT t.token_id, t.account_id, t.last_used_at \
         FROM personal_token t JOIN account a ON a.account_id = t.account_id \
         WHERE t.token_hash = $1 AND (t.expires_at > $2 OR t.expires_at IS NULL) AND a.is_active",
    );
    USED = Sql::new(
        "UPDATE personal_token SET last_used_at = $2 \
         WHERE token_id = $1 AND (last_used_at < $2 OR last_used_at IS NULL)",
    );
    DELETE = Sql::new("DELETE FROM personal_token WHERE token_id = $1");
    DELETE_OF_USER = Sql::new("DELETE FROM personal_token WHERE account_id = $1");
}

/// A token to make.
#[derive(Debug, Clone, Copy)]
pub struct NewPersonalToken<'a> {
    /// Whose it is.
    pub user_id: i64,
    /// What the user calls it.
    pub name: &'a str,
    /// SHA-256 of it.
    pub token_hash: &'a str,
    /// When it ends; `None`: when it is revoked.
    pub expires_at: Option<Timestamp>,
}

/// A token, without what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonalTokenRow {
    /// Its number.
    pub token_id: i64,
    /// Whose it is.
    pub user_id: i64,
    /// The name of that user.
    pub username: String,
    /// What the user calls it.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends; `None`: when it is revoked.
    pub expires_at: Option<Timestamp>,
    /// When it was used last, to the minute.
    pub last_used_at: Option<Timestamp>,
}

impl Store {
    /// Makes a token and returns its number; `None` if the user has one of that name, may not log in, or is gone.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn create_personal_token(
        &self,
        token: NewPersonalToken<'_>,
        now: Timestamp,
    ) -> Result<Option<i64>, StoreError> {
        let mut tx = self.db.begin().await?;
        let query = CREATE.bind(token.user_id).bind(token.name).bind(token.token_hash);
        let Some(row) = tx.fetch_optional(query.bind(now).bind(token.expires_at)).await? else {
            return Ok(None);
        };
        let token_id = row.get("token_id")?;
        if let Some(made) = one(&mut tx, (None, token_id)).await? {
            let note = about(&made).changing(Value::Null, tell(&made));
            self.note(&mut tx, note).await?;
        }
        tx.commit().await?;
        Ok(Some(token_id))
    }

    /// The tokens of a user, or of all, the oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn personal_tokens(&self, user_id: Option<i64>) -> Result<Vec<PersonalTokenRow>, StoreError> {
        let rows = self.db.fetch_all(LIST.bind(user_id).bind(None::<i64>)).await?;
        rows.iter().map(read).collect()
    }

    /// Ends a token, which must be of that user if one is named; `None` if there is no such token.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn revoke_personal_token(
        &self,
        token_id: i64,
        of_user: Option<i64>,
    ) -> Result<Option<PersonalTokenRow>, StoreError> {
        let mut tx = self.db.begin().await?;
        let Some(revoked) = one(&mut tx, (of_user, token_id)).await? else {
            return Ok(None);
        };
        tx.execute(DELETE.bind(token_id)).await?;
        let note = about(&revoked).changing(tell(&revoked), Value::Null);
        self.note(&mut tx, note).await?;
        tx.commit().await?;
        Ok(Some(revoked))
    }

    /// The user of a token that counts, which is noted as used.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn user_of_personal_token(
        &self,
        token_hash: &str,
        now: Timestamp,
    ) -> Result<Option<i64>, StoreError> {
        let Some(row) = self.db.fetch_optional(FIND.bind(token_hash).bind(now)).await? else {
            return Ok(None);
        };
        let row = table_row(&row);
        let last = row.optional_time("last_used_at")?;
        if last.is_none_or(|last| now.duration_since(last) >= USED_EVERY) {
            self.db
                .execute(USED.bind(row.get::<i64>("token_id")?).bind(now))
                .await?;
        }
        Ok(Some(row.get("account_id")?))
    }
}

/// Ends all tokens of a user.
pub(crate) async fn end_of_user(tx: &mut Tx, user_id: i64) -> Result<(), StoreError> {
    tx.execute(DELETE_OF_USER.bind(user_id)).await?;
    Ok(())
}

async fn one(
    tx: &mut Tx,
    (user_id, token_id): (Option<i64>, i64),
) -> Result<Option<PersonalTokenRow>, StoreError> {
    let row = tx.fetch_optional(LIST.bind(user_id).bind(token_id)).await?;
    row.as_ref().map(read).transpose()
}

fn about(token: &PersonalTokenRow) -> Note<'static> {
    Note::of(json!({ "token_id": token.token_id, "username": token.username }))
}

/// A token as the event log tells it.
fn tell(token: &PersonalTokenRow) -> Value {
    json!({
        "name": token.name,
        "expires_at": token.expires_at.map(|at| at.to_string()),
    })
}

const fn table_row(row: &Row) -> TableRow<'_> {
    TableRow {
        table: "personal_token",
        row,
    }
}

fn read(row: &Row) -> Result<PersonalTokenRow, StoreError> {
    let row = table_row(row);
    Ok(PersonalTokenRow {
        token_id: row.get("token_id")?,
        user_id: row.get("account_id")?,
        username: row.get("username")?,
        name: row.get("name")?,
        created_at: row.time("created_at")?,
        expires_at: row.optional_time("expires_at")?,
        last_used_at: row.optional_time("last_used_at")?,
    })
}
