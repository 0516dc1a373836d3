//! Users and roles of this installation: what the commands and the servers have in common.

use anyhow::{Context, Result};
use serde_json::Value;
use updraft_auth::{Passwords, built_in_roles};
use updraft_store::{NewEventLog, PermissionRow, RoleRow, Store};

use crate::cli::App;

/// How many passwords are hashed at a time: each takes 19 MiB.
const HASHED_AT_ONCE: usize = 2;

/// What hashes and verifies passwords.
///
/// # Errors
/// The operating system gives no randomness.
pub(crate) fn passwords() -> Result<Passwords> {
    Passwords::new(HASHED_AT_ONCE).context("passwords cannot be hashed")
}

/// Makes the built-in roles that the database lacks. One that is there stays as it was made by whoever changed it.
///
/// # Errors
/// The database cannot be written.
pub(crate) async fn add_built_in_roles(store: &Store) -> Result<()> {
    let missing = built_in_role_rows();
    store
        .create_roles(&missing)
        .await
        .context("cannot create the built-in roles")?;
    Ok(())
}

/// The built-in roles, as they are stored.
pub(crate) fn built_in_role_rows() -> Vec<RoleRow> {
    let role = |role: updraft_auth::BuiltInRole| RoleRow {
        name: role.name.to_owned(),
        permissions: role
            .permissions
            .iter()
            .map(|one| PermissionRow {
                action: one.action.as_str().to_owned(),
                resource: one.resource.to_string(),
            })
            .collect(),
    };
    built_in_roles().into_iter().map(role).collect()
}

/// Records in the event log what the person at the command line did; never with a secret.
///
/// # Errors
/// The database cannot be written.
pub(crate) async fn record(app: &App, event: &str, extra: Value) -> Result<()> {
    let owner = app.settings.environment.get("USER").map(String::as_str);
    let entry = NewEventLog {
        event,
        owner: owner.or(Some("airflow")),
        extra: Some(extra),
        ..NewEventLog::default()
    };
    Ok(app.store.record_event(&entry, app.now()).await?)
}
