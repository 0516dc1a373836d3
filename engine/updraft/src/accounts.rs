//! Users and roles of this installation: what the commands and the servers have in common.

use std::net::IpAddr;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use jiff::SignedDuration;
use updraft_api::{Api, ApiParts, ExecutionApi, Trial, TryConnection};
use updraft_auth::{
    BuiltInRole, Passwords, SigningKey, TaskTokens, TokenKey, built_in_roles, random_password,
};
use updraft_executor::RemoteWorkers;
use updraft_scheduler::try_connection;
use updraft_secrets::Connection;
use updraft_store::{PermissionRow, RoleRow, Store, UserDetails};

use crate::cli::python_program::Installed;
use crate::cli::{self, App};
use crate::clock::{RandomIds, SystemClock};
use crate::config::Settings;
use crate::engine::EngineOfApp;

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
/// The operating system gives no randomness, or what tokens are to be signed with is no key.
pub(crate) fn api(app: &App) -> Result<Api> {
    let settings = &app.settings;
    let key = match settings.tokens.open()? {
        Some(key) => key,
        // Tokens then end with this process.
        None => SigningKey::of_secret(format!("{}{}", random_password()?, random_password()?).as_bytes()),
    };
    let parts = ApiParts {
        store: app.store.clone(),
        passwords: passwords()?,
        token_key: TokenKey::new(key),
        token_lifetime: SignedDuration::try_from(settings.token_lifetime)
            .context("`[api_auth] jwt_expiration_time` is too long")?,
        log_folder: settings.base_log_folder.clone(),
        web: settings.web.clone(),
        configuration: cli::config::shown(settings)?,
        connection_trial: settings
            .may_try_connections
            .then(|| Arc::new(Tries) as Arc<dyn TryConnection>),
        installation: Arc::new(Installed(settings.clone())),
        version: env!("CARGO_PKG_VERSION"),
        engine: Arc::new(EngineOfApp::of(app)),
        external: settings.external.open()?,
    };
    Ok(Api::new(parts, Arc::new(SystemClock)))
}

/// The Task Execution API of this installation, for these workers.
///
/// # Errors
/// As [`task_tokens`].
pub(crate) fn execution_api(app: &App, workers: RemoteWorkers) -> Result<ExecutionApi> {
    Ok(ExecutionApi {
        workers,
        store: app.store.clone(),
        tokens: task_tokens(&app.settings)?,
        clock: Arc::new(SystemClock),
        ids: Arc::new(RandomIds),
    })
}

/// What signs the tokens of attempts and workers.
///
/// # Errors
/// There is nothing to sign with: workers are told theirs before the server starts, so it cannot be made up. Or it is no key.
pub(crate) fn task_tokens(settings: &Settings) -> Result<TaskTokens> {
    let Some(key) = settings.tokens.open()? else {
        bail!(
            "workers elsewhere need tokens that are signed with a secret: set `[api_auth] jwt_secret`, for example to what \
             `openssl rand -base64 64` prints, or `[api_auth] jwt_private_key_path`"
        );
    };
    Ok(TaskTokens::new(key, settings.task_tokens.clone()))
}

/// Tries connections as waits of deferred tasks use them.
struct Tries;

impl TryConnection for Tries {
    fn try_connection<'a>(&'a self, connection: &'a Connection) -> Trial<'a> {
        Box::pin(try_connection(connection))
    }
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
