//! Users as programs page through them.

use std::collections::BTreeMap;

use updraft_sql::{ColumnType, Sql, row, statements};

use crate::error::StoreError;
use crate::order::{Paging, counted, sorted_by};
use crate::store::Store;
use crate::users::{UserRow, read_user};

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    PAGE = Sql::new(concat!(
        "SELECT account_id, username, email, first_name, last_name, password_hash, password_set_at, is_active, created_at, \
                changed_at, last_login_at, login_count, failed_login_count, locked_until \
         FROM account ORDER BY ",
        sorted_by!(
            "$1", "$2";
            "id" => "account_id",
            "user_id" => "account_id",
            "username" => "username",
            "first_name" => "first_name",
            "last_name" => "last_name",
            "email" => "email",
            "active" => "is_active",
            "last_login" => "last_login_at",
            "login_count" => "login_count",
            "failed_login_count" => "failed_login_count",
            "created_on" => "created_at",
            "changed_on" => "changed_at",
        ),
        "account_id LIMIT $3 OFFSET $4"
    ));
    COUNT = Sql::new("SELECT count(*) AS number FROM account");
    ROLES = Sql::new(
        "SELECT a.account_id, r.name \
         FROM {batch} \
         JOIN account_role a ON a.account_id = batch.account_id \
         JOIN role r ON r.role_id = a.role_id \
         ORDER BY a.account_id, r.name",
    )
    .batch(&[("account_id", ColumnType::I64)]);
}

impl Store {
    /// A page of users, and how many there are on all pages.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn user_page(&self, paging: &Paging) -> Result<(Vec<UserRow>, u64), StoreError> {
        let mut tx = self.db.begin_read().await?;
        let rows = tx.fetch_all(paging.bind(PAGE.query())).await?;
        let users: Result<Vec<UserRow>, StoreError> = rows.iter().map(read_user).collect();
        let mut users = users?;
        let roles = tx
            .fetch_all(ROLES.rows(users.iter().map(|user| row![user.user_id])))
            .await?;
        let total = tx.fetch_one(COUNT.query()).await?;
        tx.rollback().await?;
        let mut of_users: BTreeMap<i64, Vec<String>> = BTreeMap::new();
        for row in &roles {
            of_users
                .entry(row.get("account_id")?)
                .or_default()
                .push(row.get("name")?);
        }
        for user in &mut users {
            user.roles = of_users.remove(&user.user_id).unwrap_or_default();
        }
        Ok((users, counted("account", &total)?))
    }
}
