//! Users. Their passwords come in and never go out.

use updraft_auth::BuiltInRole;
use updraft_store::{Paging, UserDetails, UserError, UserRow};

use crate::api::Api;
use crate::call::Actor;
use crate::failure::Failure;
use crate::page::Paged;

/// What users can be sorted by.
pub(crate) const COLUMNS: [&str; 12] = [
    "id",
    "user_id",
    "username",
    "first_name",
    "last_name",
    "email",
    "active",
    "last_login",
    "login_count",
    "failed_login_count",
    "created_on",
    "changed_on",
];
/// The longest name, address or password, in characters.
const LENGTH_MAX: usize = 256;

/// A user as somebody wants it to be.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted {
    pub(crate) username: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) first_name: Option<String>,
    pub(crate) last_name: Option<String>,
    pub(crate) roles: Option<Vec<String>>,
    pub(crate) password: Option<Secret>,
}

/// A password, which nothing prints.
#[derive(Clone)]
pub(crate) struct Secret(pub(crate) String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("***")
    }
}

/// A page of users.
pub(crate) async fn list(api: &Api, paging: &Paging) -> Result<Paged<UserRow>, Failure> {
    let (rows, total) = api.store().user_page(paging).await?;
    Ok(Paged { rows, total })
}

/// A user.
pub(crate) async fn get(api: &Api, username: &str) -> Result<UserRow, Failure> {
    let found = api.store().user_by_name(username).await?;
    found.ok_or_else(|| unknown(username))
}

/// Makes a user that there is not yet. Without roles it is one of the public, who may do nothing.
pub(crate) async fn create(actor: &Actor<'_>, wanted: Wanted) -> Result<UserRow, Failure> {
    check(&wanted)?;
    let (Some(username), Some(email), Some(first_name), Some(last_name), Some(password)) = (
        &wanted.username,
        &wanted.email,
        &wanted.first_name,
        &wanted.last_name,
        &wanted.password,
    ) else {
        return Err(Failure::body(
            "`username`, `email`, `first_name`, `last_name` and `password` are required",
        ));
    };
    let mut roles = wanted.roles.clone().unwrap_or_default();
    if roles.is_empty() {
        roles.push(BuiltInRole::PUBLIC.to_owned());
    }
    demand_roles(actor.api, &roles).await?;
    let details = UserDetails {
        username,
        email,
        first_name,
        last_name,
        is_active: true,
        roles: &roles,
    };
    let hash = hash(actor.api, password).await?;
    let made = actor
        .store()
        .create_user(details, Some(&hash), actor.api.now())
        .await;
    made.map_err(|error| match error {
        UserError::Store(error) => error.into(),
        UserError::NoSuchRole { .. } => Failure::BadRequest(error.to_string()),
        taken @ (UserError::UsernameTaken { .. } | UserError::EmailTaken { .. }) => {
            Failure::Conflict(format!("{taken}. Use PATCH to update."))
        }
    })?;
    get(actor.api, username).await
}

/// Changes what is wanted of a user.
pub(crate) async fn update(actor: &Actor<'_>, username: &str, wanted: Wanted) -> Result<UserRow, Failure> {
    check(&wanted)?;
    let api = actor.api;
    let known = get(api, username).await?;
    if let Some(roles) = &wanted.roles {
        demand_roles(api, roles).await?;
    }
    let details = UserDetails {
        username: wanted.username.as_ref().unwrap_or(&known.username),
        email: wanted.email.as_ref().unwrap_or(&known.email),
        first_name: wanted.first_name.as_ref().unwrap_or(&known.first_name),
        last_name: wanted.last_name.as_ref().unwrap_or(&known.last_name),
        is_active: known.is_active,
        roles: wanted.roles.as_ref().unwrap_or(&known.roles),
    };
    let name = details.username.to_owned();
    let hash = match &wanted.password {
        Some(password) => Some(hash(api, password).await?),
        None => None,
    };
    let new = (hash.as_deref(), api.now());
    match actor.store().change_user(known.user_id, details, new).await {
        Ok(true) => {}
        Ok(false) => return Err(unknown(username)),
        Err(UserError::Store(error)) => return Err(error.into()),
        Err(error) => return Err(Failure::BadRequest(error.to_string())),
    }
    get(api, &name).await
}

/// Deletes a user.
pub(crate) async fn delete(actor: &Actor<'_>, username: &str) -> Result<(), Failure> {
    let known = get(actor.api, username).await?;
    if !actor.store().delete_user(known.user_id).await? {
        return Err(unknown(username));
    }
    Ok(())
}

fn check(wanted: &Wanted) -> Result<(), Failure> {
    for (name, text) in [("username", &wanted.username), ("email", &wanted.email)] {
        if text.as_ref().is_some_and(|text| text.trim().is_empty()) {
            return Err(Failure::body(format!("`{name}` must not be empty")));
        }
    }
    let password = wanted.password.as_ref().map(|password| &password.0);
    if password.is_some_and(String::is_empty) {
        return Err(Failure::body("`password` must not be empty"));
    }
    let texts = [
        &wanted.username,
        &wanted.email,
        &wanted.first_name,
        &wanted.last_name,
    ];
    let texts = texts.into_iter().flatten().chain(password);
    if texts.into_iter().any(|text| text.chars().count() > LENGTH_MAX) {
        return Err(Failure::body(format!(
            "names, addresses and passwords have at most {LENGTH_MAX} characters"
        )));
    }
    Ok(())
}

async fn demand_roles(api: &Api, wanted: &[String]) -> Result<(), Failure> {
    let mut unknown = Vec::new();
    for name in wanted {
        if api.store().role(name).await?.is_none() {
            unknown.push(format!("`{name}`"));
        }
    }
    if unknown.is_empty() {
        return Ok(());
    }
    Err(Failure::BadRequest(format!(
        "Unknown roles: {}",
        unknown.join(", ")
    )))
}

async fn hash(api: &Api, password: &Secret) -> Result<String, Failure> {
    let hashed = api.parts().passwords.hash(password.0.clone()).await;
    hashed.map_err(|error| Failure::Internal(error.into()))
}

fn unknown(username: &str) -> Failure {
    Failure::NotFound(format!("The User with username `{username}` was not found"))
}
