//! Connections. Their secrets can be written and never read.

use serde_json::Value;
use updraft_secrets::{Connection, Masker, default_connections};
use updraft_store::ConnectionRow;

use super::search::Search;
use crate::api::Api;
use crate::call::Actor;
use crate::failure::Failure;
use crate::page::{Key, Order, Page, Paged};

/// What connections can be sorted by.
pub(crate) const COLUMNS: [&str; 8] = [
    "id",
    "connection_id",
    "conn_id",
    "conn_type",
    "description",
    "host",
    "port",
    "login",
];
/// What stands for a secret.
pub(crate) const HIDDEN: &str = "***";
/// The longest id, in characters.
const ID_MAX: usize = 200;

/// A page of connections.
pub(crate) async fn list(
    api: &Api,
    search: &Search,
    orders: &[Order],
    page: Page,
) -> Result<Paged<ConnectionRow>, Failure> {
    let mut rows = api.store().connections().await?;
    rows.retain(|row| search.finds(&row.conn_id));
    Order::sort(orders, &mut rows, |row, column| match column {
        "conn_type" => Key::Text(row.connection.conn_type.clone()),
        "description" => Key::Text(row.connection.description.clone()),
        "host" => Key::Text(row.connection.host.clone()),
        "login" => Key::Text(row.connection.login.clone()),
        "port" => Key::Number(row.connection.port.map(i64::from)),
        _ => Key::Text(Some(row.conn_id.clone())),
    });
    Ok(Paged::of(rows, page))
}

/// A connection.
pub(crate) async fn get(api: &Api, conn_id: &str) -> Result<Connection, Failure> {
    let found = api.store().connection(conn_id).await?;
    found.ok_or_else(|| Failure::NotFound(format!("there is no connection `{conn_id}`")))
}

/// Makes a connection that there is not yet.
pub(crate) async fn create(actor: &Actor<'_>, conn_id: &str, connection: &Connection) -> Result<(), Failure> {
    if actor.api.store().connection(conn_id).await?.is_some() {
        return Err(Failure::Conflict(format!(
            "the connection `{conn_id}` already exists"
        )));
    }
    set(actor, conn_id, connection).await
}

/// Makes a connection or replaces it whole.
pub(crate) async fn set(actor: &Actor<'_>, conn_id: &str, connection: &Connection) -> Result<(), Failure> {
    let is_word = |character: char| character.is_alphanumeric() || "_.-".contains(character);
    if conn_id.is_empty() || conn_id.chars().count() > ID_MAX || !conn_id.chars().all(is_word) {
        return Err(Failure::body(format!(
            "the id of a connection has 1 to {ID_MAX} letters, digits, underscores, dots and dashes"
        )));
    }
    let api = actor.api;
    actor
        .store()
        .set_connection(conn_id, connection, api.now())
        .await?;
    Ok(())
}

/// Makes Airflow's default connections. Those that are there already stay as they are.
pub(crate) async fn create_defaults(actor: &Actor<'_>) -> Result<(), Failure> {
    for (conn_id, connection) in default_connections() {
        if actor.api.store().connection(&conn_id).await?.is_none() {
            set(actor, &conn_id, &connection).await?;
        }
    }
    Ok(())
}

/// Deletes a connection.
pub(crate) async fn delete(actor: &Actor<'_>, conn_id: &str) -> Result<(), Failure> {
    if !actor.store().delete_connection(conn_id).await? {
        return Err(Failure::NotFound(format!("there is no connection `{conn_id}`")));
    }
    Ok(())
}

/// The extra of a connection for people: what its names say is secret is hidden, and so is all of it if it is no JSON object.
pub(crate) fn shown_extra(extra: Option<&str>) -> Option<String> {
    let extra = extra.filter(|extra| !extra.is_empty())?;
    Some(match serde_json::from_str::<Value>(extra) {
        Ok(document @ Value::Object(_)) => Masker::new(&[]).mask_json(&document).to_string(),
        _ => HIDDEN.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_in_extras_are_not_shown() {
        let shown = shown_extra(Some(r#"{"password": "opensesame", "timeout": 5}"#)).unwrap();
        assert_eq!(shown, r#"{"password":"***","timeout":5}"#);
        assert_eq!(shown_extra(Some("opensesame")).as_deref(), Some("***"));
        assert_eq!(shown_extra(Some("")), None);
        assert_eq!(shown_extra(None), None);
    }
}
