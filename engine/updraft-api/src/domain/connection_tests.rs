//! Trying connections, where the installation allows it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use serde_json::json;
use updraft_auth::{Action, Resource, random_token};
use updraft_secrets::{Connection, Masker};
use updraft_store::{ConnectionTest, TrialOutcome};

use super::connections::HIDDEN;
use crate::api::Api;
use crate::call::Actor;
use crate::failure::Failure;

/// Whether a connection can be used, in words.
pub type Trial<'a> = Pin<Box<dyn Future<Output = Result<String, String>> + Send + 'a>>;

/// Who tries connections, within a short time.
pub trait TryConnection: Send + Sync + 'static {
    /// Tries one: what is said of it, or why it cannot be used.
    fn try_connection<'a>(&'a self, connection: &'a Connection) -> Trial<'a>;
}

/// Tries a connection, which need not be stored. Nothing secret comes back, and what is stored is not used for it: so nobody can send
/// a password that they do not know to a place of their choice.
pub(crate) async fn test(
    actor: &Actor<'_>,
    conn_id: &str,
    connection: &Connection,
) -> Result<TrialOutcome, Failure> {
    let trial = allowed(actor.api, connection)?;
    let outcome = outcome(&*trial, connection).await;
    actor
        .record_extra(
            json!({ "connection_id": conn_id, "conn_type": connection.conn_type, "host": connection.host }),
        )
        .await?;
    Ok(outcome)
}

/// Begins to try a connection as [`test`] does, and gives the token with which to ask what came of it. With `keep` it is stored if it can
/// be used.
pub(crate) async fn begin(
    actor: &Actor<'_>,
    (conn_id, connection): (String, Connection),
    keep: bool,
) -> Result<String, Failure> {
    let trial = allowed(actor.api, &connection)?;
    let exists = async || Ok::<_, Failure>(actor.api.store().connection(&conn_id).await?.is_some());
    if keep && !actor.identity.allows(Action::Edit, &Resource::CONNECTION) && exists().await? {
        return Err(Failure::Forbidden);
    }
    let token = random_token().map_err(|error| Failure::Internal(error.into()))?;
    let (store, api) = (actor.store(), actor.api.clone());
    if !store.begin_connection_test(&token, &conn_id, api.now()).await? {
        return Err(Failure::Conflict(format!(
            "connection `{conn_id}` is being tried; ask again when that is over"
        )));
    }
    let begun = token.clone();
    tokio::spawn(async move {
        let mut outcome = outcome(&*trial, &connection).await;
        if keep && outcome.is_usable {
            let stored = store.set_connection(&conn_id, &connection, api.now()).await;
            if let Err(error) = stored {
                outcome.is_usable = false;
                outcome.message = format!("{}, but it could not be stored: {error}", outcome.message);
            }
        }
        let ended = api.store().end_connection_test(&begun, &outcome, api.now()).await;
        if let Err(error) = ended {
            tracing::error!(%error, conn_id, "what came of the trial of a connection could not be stored");
        }
    });
    Ok(token)
}

/// The trial of a token.
pub(crate) async fn begun(api: &Api, token: &str) -> Result<ConnectionTest, Failure> {
    let test = api.store().connection_test(token, api.now()).await?;
    let unknown = "no trial of a connection has this token, or it was begun more than an hour ago";
    test.ok_or_else(|| Failure::NotFound(unknown.to_owned()))
}

/// Who tries connections, if the installation allows it and nothing that was hidden is to be tried.
fn allowed(api: &Api, connection: &Connection) -> Result<Arc<dyn TryConnection>, Failure> {
    let disabled = "Testing connections is disabled in Airflow configuration. Contact your deployment admin to enable it.";
    let trial = api
        .parts()
        .connection_trial
        .clone()
        .ok_or(Failure::Denied(disabled))?;
    let hidden = [&connection.password, &connection.extra];
    if hidden.into_iter().flatten().any(|text| text.contains(HIDDEN)) {
        return Err(Failure::body(
            "what is hidden is not known here: give the password and the extra as they are",
        ));
    }
    Ok(trial)
}

/// What comes of a trial, without what is secret of the connection.
async fn outcome(trial: &dyn TryConnection, connection: &Connection) -> TrialOutcome {
    let told = trial.try_connection(connection).await;
    let mut masker = Masker::new(&[]);
    masker.add_connection(connection);
    let is_usable = told.is_ok();
    let (Ok(message) | Err(message)) = told;
    TrialOutcome {
        is_usable,
        message: masker.mask(&message).into_owned(),
    }
}
