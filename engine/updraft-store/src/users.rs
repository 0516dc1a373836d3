//! Users: who may log in, with which roles.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use updraft_sql::{ColumnType, Conflict, Query, Row, Sql, Tx, row, statements};

use crate::author::Note;
use crate::error::{StoreError, from_sql};
use crate::personal_tokens;
use crate::roles::{PermissionRow, permission};
use crate::sessions;
use crate::store::Store;
use crate::table::TableRow;

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    LIST = Sql::new(
        "SELECT account_id, username, email, first_name, last_name, password_hash, password_set_at, is_active, created_at, \
                changed_at, last_login_at, login_count, failed_login_count, locked_until \
         FROM account \
         WHERE (account_id = $1 OR $1 IS NULL) AND (username = $2 OR $2 IS NULL) AND (email = $3 OR $3 IS NULL) \
         ORDER BY account_id",
    );
    ROLES = Sql::new(
        "SELECT a.account_id, r.name \
         FROM account_role a JOIN role r ON r.role_id = a.role_id \
         WHERE a.account_id = $1 OR $1 IS NULL \
         ORDER BY a.account_id, r.name",
    );
    PERMISSIONS = Sql::new(
        "SELECT DISTINCT p.action, p.resource \
         FROM account_role a JOIN role_permission p ON p.role_id = a.role_id \
         WHERE a.account_id = $1",
    );
    PERMISSIONS_OF_ROLE = Sql::new(
        "SELECT p.action, p.resource \
         FROM role_permission p JOIN role r ON r.role_id = p.role_id \
         WHERE r.name = $1",
    );
    TAKEN = Sql::new("SELECT username FROM account WHERE username = $1 OR email = $2");
    CREATE = Sql::new(
        "INSERT INTO account (username, email, first_name, last_name, password_hash, password_set_at, is_active, \
                              created_at, changed_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $6, $6) \
         RETURNING account_id",
    );
    UPDATE = Sql::new(
        "UPDATE account SET \
             username = $2, email = $3, first_name = $4, last_name = $5, is_active = $6, changed_at = $7 \
         WHERE account_id = $1",
    );
    SET_PASSWORD = Sql::new(
        "UPDATE account SET \
             password_hash = $2, password_set_at = $3, changed_at = $3, failed_login_count = 0, locked_until = NULL \
         WHERE account_id = $1",
    );
    REHASH = Sql::new("UPDATE account SET password_hash = $3 WHERE account_id = $1 AND password_hash = $2");
    LOGGED_IN = Sql::new(
        "UPDATE account SET \
             last_login_at = $2, login_count = login_count + 1, failed_login_count = 0, locked_until = NULL \
         WHERE account_id = $1",
    );
    LOGIN_FAILED = Sql::new(
        "UPDATE account SET \
             failed_login_count = failed_login_count + 1, \
             locked_until = CASE WHEN failed_login_count + 1 >= $2 THEN $3 ELSE locked_until END \
         WHERE account_id = $1",
    );
    DELETE = Sql::new("DELETE FROM account WHERE account_id = $1");
    DROP_ROLES = Sql::new("DELETE FROM account_role WHERE account_id = $1");
    GIVE_ROLES = Sql::new(
        "INSERT INTO account_role (account_id, role_id) \
         SELECT $1, r.role_id FROM {batch} JOIN role r ON r.name = batch.name",
    )
    .batch(&[("name", ColumnType::Text)]);
}

/// A user.
#[derive(Clone, PartialEq, Eq)]
pub struct UserRow {
    /// The user's number.
    pub user_id: i64,
    /// The name to log in with.
    pub username: String,
    /// The address; no two users share one.
    pub email: String,
    /// The first name.
    pub first_name: String,
    /// The last name.
    pub last_name: String,
    /// The hash of the password; `None`: there is none to log in with.
    pub password_hash: Option<String>,
    /// When the password was set. Tokens that are older do not count.
    pub password_set_at: Timestamp,
    /// Whether the user may log in.
    pub is_active: bool,
    /// The roles, by name.
    pub roles: Vec<String>,
    /// When the user was made.
    pub created_at: Timestamp,
    /// When something of this was changed last, log-ins aside.
    pub changed_at: Timestamp,
    /// The last log-in.
    pub last_login_at: Option<Timestamp>,
    /// How often the user has logged in.
    pub login_count: u32,
    /// How often that failed since the last success.
    pub failed_login_count: u32,
    /// Nobody logs in as this user before that.
    pub locked_until: Option<Timestamp>,
}

/// What people say of a user; the password aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UserDetails<'a> {
    /// The name to log in with.
    pub username: &'a str,
    /// The address.
    pub email: &'a str,
    /// The first name.
    pub first_name: &'a str,
    /// The last name.
    pub last_name: &'a str,
    /// Whether the user may log in.
    pub is_active: bool,
    /// The names of the roles.
    pub roles: &'a [String],
}

/// When so many log-ins have failed, there is a pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LockRule {
    /// Failures in a row that make the pause.
    pub failures: u32,
    /// How long it lasts.
    pub pause: Duration,
}

/// Why a user was not made or changed. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum UserError {
    /// Another user has that name. Final.
    #[error("there is a user `{username}` already")]
    UsernameTaken {
        /// The name.
        username: String,
    },
    /// Another user has that address. Final.
    #[error("another user has the e-mail address `{email}`")]
    EmailTaken {
        /// The address.
        email: String,
    },
    /// One of the roles does not exist. Final.
    #[error("one of the roles {roles} does not exist; `updraft roles list` lists them")]
    NoSuchRole {
        /// The roles.
        roles: String,
    },
    /// Reading or writing failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

from_sql!(UserError);

impl Conflict for UserError {
    fn is_conflict(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_conflict())
    }
}

impl fmt::Debug for UserRow {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("UserRow")
            .field("user_id", &self.user_id)
            .field("username", &self.username)
            .field("roles", &self.roles)
            .finish_non_exhaustive()
    }
}

impl UserRow {
    /// What people say of this user, to change some of it.
    pub fn details(&self) -> UserDetails<'_> {
        UserDetails {
            username: &self.username,
            email: &self.email,
            first_name: &self.first_name,
            last_name: &self.last_name,
            is_active: self.is_active,
            roles: &self.roles,
        }
    }
}

impl Store {
    /// All users, the first one made first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn users(&self) -> Result<Vec<UserRow>, StoreError> {
        self.read_users(None, None, None).await
    }

    /// The user of that number; `None` if there is none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn user(&self, user_id: i64) -> Result<Option<UserRow>, StoreError> {
        Ok(self.read_users(Some(user_id), None, None).await?.pop())
    }

    /// The user of that name; `None` if there is none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn user_by_name(&self, username: &str) -> Result<Option<UserRow>, StoreError> {
        Ok(self.read_users(None, Some(username), None).await?.pop())
    }

    /// The user of that address; `None` if there is none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn user_by_email(&self, email: &str) -> Result<Option<UserRow>, StoreError> {
        Ok(self.read_users(None, None, Some(email)).await?.pop())
    }

    /// What a user may do: what any of the user's roles may.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn permissions_of(&self, user_id: i64) -> Result<Vec<PermissionRow>, StoreError> {
        let rows = self.db.fetch_all(PERMISSIONS.bind(user_id)).await?;
        rows.iter().map(permission).collect()
    }

    /// What a role may do; nothing if there is none of that name.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn permissions_of_role(&self, name: &str) -> Result<Vec<PermissionRow>, StoreError> {
        let rows = self.db.fetch_all(PERMISSIONS_OF_ROLE.bind(name)).await?;
        rows.iter().map(permission).collect()
    }

    /// Makes a user and returns the number.
    ///
    /// # Errors
    /// [`UserError`].
    pub async fn create_user(
        &self,
        user: UserDetails<'_>,
        password_hash: Option<&str>,
        now: Timestamp,
    ) -> Result<i64, UserError> {
        let mut tx = self.db.begin().await?;
        let user_id = create(&mut tx, user, (password_hash, now)).await?;
        let note = Note::of(json!({ "username": user.username })).changing(Value::Null, tell(user));
        self.note(&mut tx, note).await?;
        tx.commit().await?;
        Ok(user_id)
    }

    /// Changes what people say of a user; false if there is none of that number.
    ///
    /// # Errors
    /// [`UserError`].
    pub async fn update_user(
        &self,
        user_id: i64,
        user: UserDetails<'_>,
        now: Timestamp,
    ) -> Result<bool, UserError> {
        self.change_user(user_id, user, (None, now)).await
    }

    /// Changes what people say of a user, and the password if there is a new one, which does what [`Store::set_password`] does; false if there
    /// is none of that number.
    ///
    /// # Errors
    /// [`UserError`].
    pub async fn change_user(
        &self,
        user_id: i64,
        user: UserDetails<'_>,
        (password_hash, now): (Option<&str>, Timestamp),
    ) -> Result<bool, UserError> {
        let mut tx = self.db.begin().await?;
        for row in tx
            .fetch_all(LIST.bind(None::<i64>).bind(user.username).bind(None::<&str>))
            .await?
        {
            if row.get::<i64>("account_id")? != user_id {
                return Err(taken_by(&row, user)?);
            }
        }
        for row in tx
            .fetch_all(LIST.bind(None::<i64>).bind(None::<&str>).bind(user.email))
            .await?
        {
            if row.get::<i64>("account_id")? != user_id {
                return Err(taken_by(&row, user)?);
            }
        }
        let Some(before) = one(&mut tx, user_id).await? else {
            return Ok(false);
        };
        let query = UPDATE.bind(user_id).bind(user.username).bind(user.email);
        let query = query.bind(user.first_name).bind(user.last_name);
        tx.execute(query.bind(user.is_active).bind(now)).await?;
        tx.execute(DROP_ROLES.bind(user_id)).await?;
        give_roles(&mut tx, user_id, user.roles).await?;
        if !user.is_active {
            sessions::end_of_user(&mut tx, user_id).await?;
            personal_tokens::end_of_user(&mut tx, user_id).await?;
        }
        if let Some(password_hash) = password_hash {
            change_password(&mut tx, user_id, (password_hash, now)).await?;
        }
        let note =
            Note::of(json!({ "username": user.username, "has_new_password": password_hash.is_some() }));
        self.note(&mut tx, note.changing(tell(before.details()), tell(user)))
            .await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Sets a password. Sessions end, tokens that were given out before do not count any more, and a pause after failed log-ins is over. False
    /// if there is no such user.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn set_password(
        &self,
        user_id: i64,
        password_hash: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut tx = self.db.begin().await?;
        let Some(user) = one(&mut tx, user_id).await? else {
            return Ok(false);
        };
        change_password(&mut tx, user_id, (password_hash, now)).await?;
        let note = Note::of(json!({ "username": user.username, "has_new_password": true }));
        self.note(&mut tx, note).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Replaces the hash of a password by another one of the same password, if it is still that one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn rehash_password(&self, user_id: i64, old: &str, new: &str) -> Result<(), StoreError> {
        self.db.execute(REHASH.bind(user_id).bind(old).bind(new)).await?;
        Ok(())
    }

    /// Records a log-in.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn record_login(&self, user_id: i64, now: Timestamp) -> Result<(), StoreError> {
        self.db.execute(LOGGED_IN.bind(user_id).bind(now)).await?;
        Ok(())
    }

    /// Records that somebody failed to log in as this user; too many in a row make a pause.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn record_failed_login(
        &self,
        user_id: i64,
        rule: LockRule,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let pause = SignedDuration::try_from(rule.pause).unwrap_or(SignedDuration::MAX);
        let until = now.checked_add(pause).unwrap_or(Timestamp::MAX);
        let query = LOGIN_FAILED.bind(user_id).bind(i64::from(rule.failures));
        self.db.execute(query.bind(until)).await?;
        Ok(())
    }

    /// Deletes a user; false if there was none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn delete_user(&self, user_id: i64) -> Result<bool, StoreError> {
        let mut tx = self.db.begin().await?;
        let Some(user) = one(&mut tx, user_id).await? else {
            return Ok(false);
        };
        tx.execute(DELETE.bind(user_id)).await?;
        let note = Note::of(json!({ "username": user.username }));
        self.note(&mut tx, note.changing(tell(user.details()), Value::Null))
            .await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn read_users(
        &self,
        user_id: Option<i64>,
        username: Option<&str>,
        email: Option<&str>,
    ) -> Result<Vec<UserRow>, StoreError> {
        let mut tx = self.db.begin_read().await?;
        let query: Query<'_> = LIST.bind(user_id).bind(username).bind(email);
        let users = tx.fetch_all(query).await?;
        let only = match users.as_slice() {
            [] => return Ok(Vec::new()),
            [one] => Some(one.get::<i64>("account_id")?),
            _ => None,
        };
        let roles = tx.fetch_all(ROLES.bind(only)).await?;
        tx.rollback().await?;
        let mut of_users: BTreeMap<i64, Vec<String>> = BTreeMap::new();
        for row in &roles {
            let of: i64 = row.get("account_id")?;
            of_users.entry(of).or_default().push(row.get("name")?);
        }
        let mut found = Vec::with_capacity(users.len());
        for row in &users {
            let mut user = read_user(row)?;
            user.roles = of_users.remove(&user.user_id).unwrap_or_default();
            found.push(user);
        }
        Ok(found)
    }
}

/// Makes a user, in a transaction that does more.
pub(crate) async fn create(
    tx: &mut Tx,
    user: UserDetails<'_>,
    (password_hash, now): (Option<&str>, Timestamp),
) -> Result<i64, UserError> {
    let taken = TAKEN.bind(user.username).bind(user.email);
    if let Some(row) = tx.fetch_optional(taken).await? {
        return Err(taken_by(&row, user)?);
    }
    let query = CREATE.bind(user.username).bind(user.email);
    let query = query.bind(user.first_name).bind(user.last_name);
    let row = tx
        .fetch_one(query.bind(password_hash).bind(now).bind(user.is_active))
        .await?;
    let user_id = row.get("account_id")?;
    give_roles(tx, user_id, user.roles).await?;
    Ok(user_id)
}

/// The user of that number.
async fn one(tx: &mut Tx, user_id: i64) -> Result<Option<UserRow>, StoreError> {
    let query = LIST.bind(user_id).bind(None::<&str>).bind(None::<&str>);
    let Some(row) = tx.fetch_optional(query).await? else {
        return Ok(None);
    };
    let mut user = read_user(&row)?;
    for row in tx.fetch_all(ROLES.bind(user_id)).await? {
        user.roles.push(row.get("name")?);
    }
    Ok(Some(user))
}

async fn change_password(
    tx: &mut Tx,
    user_id: i64,
    (password_hash, now): (&str, Timestamp),
) -> Result<(), StoreError> {
    tx.execute(SET_PASSWORD.bind(user_id).bind(password_hash).bind(now))
        .await?;
    sessions::end_of_user(tx, user_id).await
}

/// A user as the event log tells it.
pub(crate) fn tell(user: UserDetails<'_>) -> Value {
    json!({
        "username": user.username,
        "email": user.email,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "active": user.is_active,
        "roles": user.roles,
    })
}

/// Gives a user roles that it does not have.
async fn give_roles(tx: &mut Tx, user_id: i64, roles: &[String]) -> Result<(), UserError> {
    let wanted: std::collections::BTreeSet<&str> = roles.iter().map(String::as_str).collect();
    let batch = wanted.iter().map(|name| row![*name]);
    let given = tx.execute(GIVE_ROLES.bind(user_id).rows(batch)).await?;
    if given == wanted.len() as u64 {
        return Ok(());
    }
    Err(UserError::NoSuchRole {
        roles: roles.join(", "),
    })
}

/// What of a user the one of this row has already.
fn taken_by(row: &Row, user: UserDetails<'_>) -> Result<UserError, StoreError> {
    Ok(if row.get::<String>("username")? == user.username {
        UserError::UsernameTaken {
            username: user.username.to_owned(),
        }
    } else {
        UserError::EmailTaken {
            email: user.email.to_owned(),
        }
    })
}

pub(crate) fn read_user(row: &Row) -> Result<UserRow, StoreError> {
    let row = TableRow {
        table: "account",
        row,
    };
    Ok(UserRow {
        user_id: row.get("account_id")?,
        username: row.get("username")?,
        email: row.get("email")?,
        first_name: row.get("first_name")?,
        last_name: row.get("last_name")?,
        password_hash: row.get("password_hash")?,
        password_set_at: row.time("password_set_at")?,
        is_active: row.get("is_active")?,
        roles: Vec::new(),
        created_at: row.time("created_at")?,
        changed_at: row.time("changed_at")?,
        last_login_at: row.optional_time("last_login_at")?,
        login_count: row.number("login_count")?,
        failed_login_count: row.number("failed_login_count")?,
        locked_until: row.optional_time("locked_until")?,
    })
}
