//! Roles as programs page through them and change them.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use updraft_sql::{ColumnType, Conflict, Row, Sql, Tx, retry_conflicts, row, statements};

use crate::author::Note;
use crate::error::{StoreError, from_sql};
use crate::order::{Paging, counted, sorted_by};
use crate::roles::{PermissionRow, RoleRow, permission, tell};
use crate::store::Store;

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    PAGE = Sql::new(concat!(
        "SELECT r.name FROM role r ORDER BY ",
        sorted_by!("$1", "$2"; "id" => "r.role_id", "role_id" => "r.role_id", "name" => "r.name"),
        "r.role_id LIMIT $3 OFFSET $4"
    ));
    COUNT = Sql::new("SELECT count(*) AS number FROM role");
    ONE = Sql::new("SELECT name FROM role WHERE name = $1");
    PERMISSIONS = Sql::new(
        "SELECT r.name, p.action, p.resource \
         FROM {batch} JOIN role r ON r.name = batch.name JOIN role_permission p ON p.role_id = r.role_id \
         ORDER BY r.name, p.resource, p.action",
    )
    .batch(&[("name", ColumnType::Text)]);
    RENAME = Sql::new("UPDATE role SET name = $2 WHERE name = $1");
    CLEAR = Sql::new("DELETE FROM role_permission WHERE role_id = (SELECT role_id FROM role WHERE name = $1)");
    GIVE = Sql::new(
        "INSERT INTO role_permission (role_id, action, resource) \
         SELECT r.role_id, batch.action, batch.resource \
         FROM {batch} JOIN role r ON r.name = $1 \
         WHERE TRUE \
         ON CONFLICT (role_id, action, resource) DO NOTHING",
    )
    .batch(&[("action", ColumnType::Text), ("resource", ColumnType::Text)]);
}

/// Why a role was not changed. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum RoleError {
    /// There is none of that name. Final.
    #[error("there is no role `{name}`")]
    Unknown {
        /// The name.
        name: String,
    },
    /// Another role is called so. Final.
    #[error("there is a role `{name}` already")]
    Taken {
        /// The name.
        name: String,
    },
    /// Reading or writing failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

from_sql!(RoleError);

impl Conflict for RoleError {
    fn is_conflict(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_conflict())
    }
}

impl Store {
    /// A page of roles with what they may do, and how many there are on all pages.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn role_page(&self, paging: &Paging) -> Result<(Vec<RoleRow>, u64), StoreError> {
        let mut tx = self.db.begin_read().await?;
        let rows = tx.fetch_all(paging.bind(PAGE.query())).await?;
        let roles = with_permissions(&mut tx, &rows).await?;
        let total = tx.fetch_one(COUNT.query()).await?;
        tx.rollback().await?;
        Ok((roles, counted("role", &total)?))
    }

    /// The role of that name; `None` if there is none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn role(&self, name: &str) -> Result<Option<RoleRow>, StoreError> {
        let mut tx = self.db.begin_read().await?;
        let rows = tx.fetch_all(ONE.bind(name)).await?;
        let mut roles = with_permissions(&mut tx, &rows).await?;
        tx.rollback().await?;
        Ok(roles.pop())
    }

    /// Makes a role another one: its name, what it may do, or both. Who has it keeps it.
    ///
    /// # Errors
    /// [`RoleError`].
    pub async fn update_role(
        &self,
        name: &str,
        new_name: &str,
        permissions: Option<&[PermissionRow]>,
    ) -> Result<(), RoleError> {
        retry_conflicts(async || {
            let mut tx = self.db.begin().await?;
            let known = async |tx: &mut Tx, name: &str| tx.fetch_optional(ONE.bind(name)).await;
            let before = named(&mut tx, [name]).await?.remove(name);
            let Some(before) = before else {
                return Err(RoleError::Unknown {
                    name: name.to_owned(),
                });
            };
            if new_name != name {
                if known(&mut tx, new_name).await?.is_some() {
                    return Err(RoleError::Taken {
                        name: new_name.to_owned(),
                    });
                }
                tx.execute(RENAME.bind(name).bind(new_name)).await?;
            }
            if let Some(permissions) = permissions {
                tx.execute(CLEAR.bind(new_name)).await?;
                let rows = permissions
                    .iter()
                    .map(|one| row![one.action.as_str(), one.resource.as_str()]);
                tx.execute(GIVE.bind(new_name).rows(rows)).await?;
            }
            let after = named(&mut tx, [new_name]).await?.remove(new_name);
            let note = Note::of(json!({ "name": name }));
            let note = note.changing(tell(&before), after.as_ref().map_or(Value::Null, tell));
            self.note(&mut tx, note).await?;
            tx.commit().await?;
            Ok(())
        })
        .await
    }
}

/// Those of these roles that there are, by name.
pub(crate) async fn named(
    tx: &mut Tx,
    names: impl IntoIterator<Item = &str>,
) -> Result<BTreeMap<String, RoleRow>, StoreError> {
    let mut found = BTreeMap::new();
    for name in names {
        let rows = tx.fetch_all(ONE.bind(name)).await?;
        let roles = with_permissions(tx, &rows).await?;
        found.extend(roles.into_iter().map(|role| (role.name.clone(), role)));
    }
    Ok(found)
}

/// The roles of these rows, in their order.
async fn with_permissions(tx: &mut Tx, rows: &[Row]) -> Result<Vec<RoleRow>, StoreError> {
    let names: Result<Vec<String>, _> = rows.iter().map(|row| row.get::<String>("name")).collect();
    let names = names?;
    let mut of_roles: BTreeMap<String, Vec<PermissionRow>> = BTreeMap::new();
    let batch = names.iter().map(|name| row![name.as_str()]);
    for row in tx.fetch_all(PERMISSIONS.rows(batch)).await? {
        of_roles
            .entry(row.get("name")?)
            .or_default()
            .push(permission(&row)?);
    }
    let role = |name: String| RoleRow {
        permissions: of_roles.remove(&name).unwrap_or_default(),
        name,
    };
    Ok(names.into_iter().map(role).collect())
}
