//! Roles: what people may do, in Airflow's words for actions and resources.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use updraft_sql::{ColumnType, Sql, Tx, row, statements};

use crate::author::Note;
use crate::error::StoreError;
use crate::role_list;
use crate::store::Store;
use crate::table::TableRow;

/// The columns of permissions in a batch.
const PERMISSION_COLUMNS: [(&str, ColumnType); 3] = [
    ("name", ColumnType::Text),
    ("action", ColumnType::Text),
    ("resource", ColumnType::Text),
];

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    ALL = Sql::new("SELECT role_id, name FROM role ORDER BY name");
    PERMISSIONS = Sql::new(
        "SELECT r.name, p.action, p.resource \
         FROM role_permission p JOIN role r ON r.role_id = p.role_id \
         ORDER BY r.name, p.resource, p.action",
    );
    // Not an upsert: on PostgreSQL that would use up a number for each role that there is.
    CREATE = Sql::new(
        "INSERT INTO role (name) \
         SELECT name FROM {batch} \
         WHERE NOT EXISTS (SELECT 1 FROM role r WHERE r.name = batch.name) \
         ORDER BY batch.name \
         RETURNING name",
    )
    .batch(&[("name", ColumnType::Text)]);
    DELETE = Sql::new("DELETE FROM role WHERE name IN (SELECT name FROM {batch})")
        .batch(&[("name", ColumnType::Text)]);
    ADD_PERMISSIONS = Sql::new(
        "INSERT INTO role_permission (role_id, action, resource) \
         SELECT r.role_id, batch.action, batch.resource \
         FROM {batch} JOIN role r ON r.name = batch.name \
         WHERE TRUE \
         ON CONFLICT (role_id, action, resource) DO NOTHING",
    )
    .batch(&PERMISSION_COLUMNS);
    REMOVE_PERMISSIONS = Sql::new(
        "DELETE FROM role_permission \
         WHERE (role_id, action, resource) IN ( \
             SELECT r.role_id, batch.action, batch.resource FROM {batch} JOIN role r ON r.name = batch.name)",
    )
    .batch(&PERMISSION_COLUMNS);
}

/// Something that a role may do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PermissionRow {
    /// Airflow's name of the action, such as `can_read`.
    pub action: String,
    /// Airflow's name of what it is done to, such as `DAGs` or `DAG:some_dag`.
    pub resource: String,
}

/// A role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleRow {
    /// Its name.
    pub name: String,
    /// What it may do, by resource and action.
    pub permissions: Vec<PermissionRow>,
}

impl Store {
    /// All roles by name.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn roles(&self) -> Result<Vec<RoleRow>, StoreError> {
        let mut tx = self.db.begin_read().await?;
        let roles = tx.fetch_all(ALL.query()).await?;
        let permissions = tx.fetch_all(PERMISSIONS.query()).await?;
        tx.rollback().await?;
        let mut of_roles: BTreeMap<String, Vec<PermissionRow>> = BTreeMap::new();
        for row in &permissions {
            let role: String = row.get("name")?;
            of_roles.entry(role).or_default().push(permission(row)?);
        }
        let mut found = Vec::with_capacity(roles.len());
        for row in &roles {
            let row = TableRow { table: "role", row };
            let name: String = row.get("name")?;
            let permissions = of_roles.remove(&name).unwrap_or_default();
            found.push(RoleRow { name, permissions });
        }
        Ok(found)
    }

    /// Makes the roles that there are not yet, with their permissions, and says which these are. One that exists stays as it is.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was made then.
    pub async fn create_roles(&self, roles: &[RoleRow]) -> Result<Vec<String>, StoreError> {
        let mut tx = self.db.begin().await?;
        let names = roles.iter().map(|role| row![role.name.as_str()]);
        let mut created = Vec::new();
        for row in tx.fetch_all(CREATE.rows(names)).await? {
            created.push(row.get::<String>("name")?);
        }
        let new = roles.iter().filter(|role| created.contains(&role.name));
        add_permissions(&mut tx, new.clone()).await?;
        for role in new {
            let note = Note::of(json!({ "name": role.name })).changing(Value::Null, tell(role));
            self.note(&mut tx, note).await?;
        }
        tx.commit().await?;
        Ok(created)
    }

    /// Deletes roles; who had them loses them. Returns how many there were.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was deleted then.
    pub async fn delete_roles(&self, names: &[String]) -> Result<u64, StoreError> {
        let mut tx = self.db.begin().await?;
        let before = role_list::named(&mut tx, names.iter().map(String::as_str)).await?;
        let rows = names.iter().map(|name| row![name.as_str()]);
        let deleted = tx.execute(DELETE.rows(rows)).await?;
        self.note_roles(&mut tx, before).await?;
        tx.commit().await?;
        Ok(deleted)
    }

    /// Lets roles that exist do more, and says how many permissions are new.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was added then.
    pub async fn add_permissions(&self, roles: &[RoleRow]) -> Result<u64, StoreError> {
        let mut tx = self.db.begin().await?;
        let before = role_list::named(&mut tx, roles.iter().map(|role| role.name.as_str())).await?;
        let added = add_permissions(&mut tx, roles.iter()).await?;
        self.note_roles(&mut tx, before).await?;
        tx.commit().await?;
        Ok(added)
    }

    /// Takes permissions from roles, and says how many they had.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was removed then.
    pub async fn remove_permissions(&self, roles: &[RoleRow]) -> Result<u64, StoreError> {
        let query = REMOVE_PERMISSIONS.rows(roles.iter().flat_map(|role| {
            role.permissions
                .iter()
                .map(|one| row![role.name.as_str(), one.action.as_str(), one.resource.as_str()])
        }));
        let mut tx = self.db.begin().await?;
        let before = role_list::named(&mut tx, roles.iter().map(|role| role.name.as_str())).await?;
        let removed = tx.execute(query).await?;
        self.note_roles(&mut tx, before).await?;
        tx.commit().await?;
        Ok(removed)
    }

    /// Writes which of these roles are others than they were.
    async fn note_roles(&self, tx: &mut Tx, before: BTreeMap<String, RoleRow>) -> Result<(), StoreError> {
        let after = role_list::named(tx, before.keys().map(String::as_str)).await?;
        for (name, before) in &before {
            let now = after.get(name);
            if now == Some(before) {
                continue;
            }
            let note = Note::of(json!({ "name": name }));
            let note = note.changing(tell(before), now.map_or(Value::Null, tell));
            self.note(tx, note).await?;
        }
        Ok(())
    }
}

/// A role as the event log tells it.
pub(crate) fn tell(role: &RoleRow) -> Value {
    let permission = |one: &PermissionRow| format!("{} on {}", one.action, one.resource);
    json!({
        "name": role.name,
        "permissions": role.permissions.iter().map(permission).collect::<Vec<_>>(),
    })
}

async fn add_permissions<'r>(
    tx: &mut Tx,
    roles: impl Iterator<Item = &'r RoleRow>,
) -> Result<u64, StoreError> {
    let rows = roles.flat_map(|role| {
        role.permissions
            .iter()
            .map(|one| row![role.name.as_str(), one.action.as_str(), one.resource.as_str()])
    });
    Ok(tx.execute(ADD_PERMISSIONS.rows(rows)).await?)
}

/// The permission of a row with the columns `action` and `resource`.
pub(crate) fn permission(row: &updraft_sql::Row) -> Result<PermissionRow, StoreError> {
    Ok(PermissionRow {
        action: row.get("action")?,
        resource: row.get("resource")?,
    })
}
