//! Variables.

use updraft_store::VariableRow;

use super::search::Search;
use crate::api::Api;
use crate::call::Actor;
use crate::failure::Failure;
use crate::page::{Key, Order, Page, Paged};

/// What variables can be sorted by. They have no numbers here: `id` is the key.
pub(crate) const COLUMNS: [&str; 5] = ["id", "_id", "key", "description", "is_encrypted"];
/// The longest key, in characters.
const KEY_MAX: usize = 250;

/// A page of variables.
pub(crate) async fn list(
    api: &Api,
    search: &Search,
    orders: &[Order],
    page: Page,
) -> Result<Paged<VariableRow>, Failure> {
    let mut rows = api.store().variables().await?;
    rows.retain(|row| search.finds(&row.key));
    Order::sort(orders, &mut rows, |row, column| match column {
        "description" => Key::Text(row.description.clone()),
        "is_encrypted" => Key::Number(Some(row.is_encrypted.into())),
        _ => Key::Text(Some(row.key.clone())),
    });
    Ok(Paged::of(rows, page))
}

/// A variable.
pub(crate) async fn get(api: &Api, key: &str) -> Result<VariableRow, Failure> {
    let found = api.store().variable_row(key).await?;
    found.ok_or_else(|| Failure::NotFound(format!("there is no variable `{key}`")))
}

/// What a variable is to have.
pub(crate) struct Wanted<'a> {
    pub(crate) key: &'a str,
    pub(crate) value: &'a str,
    pub(crate) description: Option<&'a str>,
}

/// Makes a variable or changes it, whichever is needed.
pub(crate) async fn set(actor: &Actor<'_>, wanted: Wanted<'_>) -> Result<VariableRow, Failure> {
    let Wanted {
        key,
        value,
        description,
    } = wanted;
    if key.is_empty() || key.chars().count() > KEY_MAX {
        return Err(Failure::body(format!("`key` has 1 to {KEY_MAX} characters")));
    }
    let api = actor.api;
    actor
        .store()
        .set_variable(key, value, description, api.now())
        .await?;
    get(api, key).await
}

/// Demands that there is no variable of that key.
pub(crate) async fn demand_new(api: &Api, key: &str) -> Result<(), Failure> {
    match api.store().variable_row(key).await? {
        Some(_) => Err(Failure::Conflict(format!("the variable `{key}` already exists"))),
        None => Ok(()),
    }
}

/// Deletes a variable.
pub(crate) async fn delete(actor: &Actor<'_>, key: &str) -> Result<(), Failure> {
    if !actor.store().delete_variable(key).await? {
        return Err(Failure::NotFound(format!("there is no variable `{key}`")));
    }
    Ok(())
}
