//! Users and roles of this installation: what the commands and the servers have in common.

use std::net::IpAddr;
use std::sync::Arc;

use anyhow::{Context, Result};
use jiff::SignedDuration;
use serde_json::Value;
use updraft_api::{Api, ApiParts, Explain};
use updraft_auth::{BuiltInRole, Passwords, TokenKey, built_in_roles, random_password};
use updraft_model::Clock;
use updraft_store::{NewEventLog, PermissionRow, RoleRow, Store, UserDetails};

use crate::cli::App;
use crate::clock::SystemClock;

/// How many passwords are hashed at a time: each takes 19 MiB.
const HASHED_AT_ONCE: usize = 2;

/// What hashes and verifies passwords.
///
/// # Errors
/// The operating system gives no randomness.
pub(crate) fn passwords() -> Result<Passwords> {
    Passwords::new(HASHED_AT_ONCE).context("passwords cannot be hashed")
}

/// The REST API of this installation.
///
/// # Errors
/// The operating system gives no randomness.
pub(crate) fn api(app: &App) -> Result<Api> {
    let settings = &app.settings;
    let token_key = if settings.token_secret.is_empty() {
        // Tokens then end with this process.
        TokenKey::new(format!("{}{}", random_password()?, random_password()?).as_bytes())
    } else {
        TokenKey::new(settings.token_secret.as_bytes())
    };
    let parts = ApiParts {
        store: app.store.clone(),
        passwords: passwords()?,
        token_key,
        token_lifetime: SignedDuration::try_from(settings.token_lifetime)
            .context("`[api_auth] jwt_expiration_time` is too long")?,
        explain: explain(app),
        web: settings.web.clone(),
        version: env!("CARGO_PKG_VERSION"),
    };
    Ok(Api::new(parts, Arc::new(SystemClock)))
}

/// Tells why a task does not run, as `tasks why` does.
fn explain(app: &App) -> Explain {
    let (store, slots) = (app.store.clone(), app.settings.parallelism);
    Arc::new(move |key| {
        let store = store.clone();
        Box::pin(async move {
            let now = SystemClock.now();
            let members = store.jobs().await.map_err(|error| error.to_string())?;
            let parallelism = slots + members.iter().map(|job| job.slots).sum::<usize>();
            let reasons = updraft_scheduler::explain(&store, &key, parallelism, false, now).await;
            let reasons = reasons.map_err(|error| error.to_string())?.unwrap_or_default();
            Ok(reasons.into_iter().map(|reason| reason.sentence).collect())
        })
    })
}

/// Makes the first user of a new database: admin with the password admin where only this machine can reach it, else with one that is
/// made up and told once.
///
/// # Errors
/// The database cannot be written.
pub(crate) async fn add_first_user(app: &App, address: IpAddr) -> Result<()> {
    let password = if address.is_loopback() {
        "admin".to_owned()
    } else {
        random_password()?
    };
    let hash = passwords()?.hash(password.clone()).await?;
    let user = UserDetails {
        username: "admin",
        email: "admin@example.com",
        first_name: "Admin",
        last_name: "User",
        is_active: true,
        roles: &[BuiltInRole::ADMIN.to_owned()],
    };
    app.store.create_user(user, Some(&hash), app.now()).await?;
    tracing::warn!(
        "log in as `admin` with the password `{password}`, and change it: updraft users reset-password --username admin"
    );
    Ok(())
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
