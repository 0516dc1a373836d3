//! Roles, and what they may do.

use updraft_auth::{Action, BuiltInRole};
use updraft_store::{Paging, PermissionRow, RoleError, RoleRow};

use super::elsewhere::elsewhere;
use crate::api::Api;
use crate::call::Actor;
use crate::failure::Failure;
use crate::page::Paged;

/// What roles can be sorted by.
pub(crate) const COLUMNS: [&str; 3] = ["id", "role_id", "name"];
/// The longest name of a role or a resource, in characters.
const NAME_MAX: usize = 250;

/// A page of roles.
pub(crate) async fn list(api: &Api, paging: &Paging) -> Result<Paged<RoleRow>, Failure> {
    let (rows, total) = api.store().role_page(paging).await?;
    Ok(Paged { rows, total })
}

/// A role.
pub(crate) async fn get(api: &Api, name: &str) -> Result<RoleRow, Failure> {
    api.store().role(name).await?.ok_or_else(|| unknown(name))
}

/// Makes a role that there is not yet.
pub(crate) async fn create(actor: &Actor<'_>, role: RoleRow) -> Result<RoleRow, Failure> {
    check(&role.name, &role.permissions)?;
    let made = actor.store().create_roles(std::slice::from_ref(&role)).await?;
    if made.is_empty() {
        return Err(Failure::Conflict(format!(
            "Role with name `{}` already exists; please update with the PATCH endpoint",
            role.name
        )));
    }
    get(actor.api, &role.name).await
}

/// Gives a role another name, or something else that it may do. That of administrators keeps its name.
pub(crate) async fn update(
    actor: &Actor<'_>,
    name: &str,
    new_name: Option<String>,
    permissions: Option<Vec<PermissionRow>>,
) -> Result<RoleRow, Failure> {
    let new_name = new_name.unwrap_or_else(|| name.to_owned());
    check(&new_name, permissions.as_deref().unwrap_or_default())?;
    if new_name != name {
        keep_administrators(name)?;
    }
    let store = actor.store();
    let (old, new) = (name.to_owned(), new_name.clone());
    let done = elsewhere(async move || store.update_role(&old, &new, permissions.as_deref()).await);
    match done.await? {
        Ok(()) => {}
        Err(RoleError::Unknown { name }) => return Err(unknown(&name)),
        Err(error @ RoleError::Taken { .. }) => return Err(Failure::BadRequest(error.to_string())),
        Err(RoleError::Store(error)) => return Err(error.into()),
    }
    get(actor.api, &new_name).await
}

/// Deletes a role; who had it loses it. That of administrators stays.
pub(crate) async fn delete(actor: &Actor<'_>, name: &str) -> Result<(), Failure> {
    keep_administrators(name)?;
    if actor.store().delete_roles(&[name.to_owned()]).await? == 0 {
        return Err(unknown(name));
    }
    Ok(())
}

/// Without that role nobody could give it back.
fn keep_administrators(name: &str) -> Result<(), Failure> {
    if name == BuiltInRole::ADMIN {
        return Err(Failure::BadRequest(format!(
            "the role `{name}` keeps its name and is not deleted"
        )));
    }
    Ok(())
}

fn check(name: &str, permissions: &[PermissionRow]) -> Result<(), Failure> {
    let is_name = |text: &str| !text.is_empty() && text.chars().count() <= NAME_MAX;
    if !is_name(name) {
        return Err(Failure::body(format!(
            "the name of a role has 1 to {NAME_MAX} characters"
        )));
    }
    for one in permissions {
        let known = one.action.parse::<Action>();
        known.map_err(|_| {
            Failure::BadRequest(format!("The specified action: '{}' was not found", one.action))
        })?;
        if !is_name(&one.resource) {
            return Err(Failure::BadRequest(format!(
                "The specified resource: '{}' was not found",
                one.resource
            )));
        }
    }
    Ok(())
}

fn unknown(name: &str) -> Failure {
    Failure::NotFound(format!("Role with name `{name}` was not found"))
}
