//! Trying connections, where the installation allows it.

use std::future::Future;
use std::pin::Pin;

use serde_json::json;
use updraft_secrets::{Connection, Masker};

use super::connections::HIDDEN;
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
) -> Result<(bool, String), Failure> {
    let disabled = "Testing connections is disabled in Airflow configuration. Contact your deployment admin to enable it.";
    let trial = actor
        .api
        .parts()
        .connection_trial
        .as_ref()
        .ok_or(Failure::Denied(disabled))?;
    let hidden = [&connection.password, &connection.extra];
    if hidden.into_iter().flatten().any(|text| text.contains(HIDDEN)) {
        return Err(Failure::body(
            "what is hidden is not known here: give the password and the extra as they are",
        ));
    }
    let told = trial.try_connection(connection).await;
    actor
        .record_extra(
            json!({ "connection_id": conn_id, "conn_type": connection.conn_type, "host": connection.host }),
        )
        .await?;
    let mut masker = Masker::new(&[]);
    masker.add_connection(connection);
    Ok(match told {
        Ok(message) => (true, masker.mask(&message).into_owned()),
        Err(message) => (false, masker.mask(&message).into_owned()),
    })
}
