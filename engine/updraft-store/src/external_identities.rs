//! Users whom an identity provider lets in: it names each by a subject, which stays the same, and no password is theirs here.

use jiff::Timestamp;
use serde_json::{Value, json};
use updraft_sql::{Sql, Tx, statements};

use crate::author::Note;
use crate::error::StoreError;
use crate::store::Store;
use crate::users::{self, UserDetails, UserError, UserRow};

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    FIND = Sql::new("SELECT account_id FROM external_identity WHERE issuer = $1 AND subject = $2");
    ADD = Sql::new(
        "INSERT INTO external_identity (issuer, subject, account_id, created_at) VALUES ($1, $2, $3, $4)",
    );
}

/// Who somebody is to an identity provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExternalIdentity<'a> {
    /// The provider.
    pub issuer: &'a str,
    /// What the provider calls them.
    pub subject: &'a str,
}

impl Store {
    /// The user who is that to an identity provider; `None` if nobody is.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn external_user(&self, identity: ExternalIdentity<'_>) -> Result<Option<UserRow>, StoreError> {
        let query = FIND.bind(identity.issuer).bind(identity.subject);
        match self.db.fetch_optional(query).await? {
            Some(row) => self.user(row.get("account_id")?).await,
            None => Ok(None),
        }
    }

    /// Makes a user without a password who is that to an identity provider.
    ///
    /// # Errors
    /// [`UserError`].
    pub async fn create_external_user(
        &self,
        user: UserDetails<'_>,
        identity: ExternalIdentity<'_>,
        now: Timestamp,
    ) -> Result<i64, UserError> {
        let mut tx = self.db.begin().await?;
        let user_id = users::create(&mut tx, user, (None, now)).await?;
        add(&mut tx, user_id, (identity, now)).await?;
        let note = about(user.username, identity).changing(Value::Null, users::tell(user));
        self.note(&mut tx, note).await?;
        tx.commit().await?;
        Ok(user_id)
    }

    /// Says that a user who exists is that to an identity provider.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn add_external_identity(
        &self,
        user: &UserRow,
        identity: ExternalIdentity<'_>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        add(&mut tx, user.user_id, (identity, now)).await?;
        self.note(&mut tx, about(&user.username, identity)).await?;
        Ok(tx.commit().await?)
    }
}

async fn add(
    tx: &mut Tx,
    user_id: i64,
    (identity, now): (ExternalIdentity<'_>, Timestamp),
) -> Result<(), StoreError> {
    let query = ADD.bind(identity.issuer).bind(identity.subject);
    tx.execute(query.bind(user_id).bind(now)).await?;
    Ok(())
}

fn about(username: &str, identity: ExternalIdentity<'_>) -> Note<'static> {
    Note::of(json!({
        "username": username,
        "issuer": identity.issuer,
        "subject": identity.subject,
    }))
}
