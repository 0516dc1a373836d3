//! The users of people whom others let in. Who comes for the first time becomes a user without a password.

use std::collections::BTreeSet;

use serde_json::Map;
use updraft_store::{Author, ExternalIdentity, Store, UserDetails, UserError, UserRow};

use crate::api::Api;
use crate::failure::Failure;

/// What they do here is called so in the event log.
const EVENT: &str = "external_login";
/// The longest name or address, in characters.
const LENGTH_MAX: usize = 256;

const INACTIVE: Failure = Failure::Unauthenticated("this user may not log in");
const UNNAMED: Failure = Failure::Unauthenticated("what lets you in here does not say who you are");
const TAKEN: Failure = Failure::Refused(
    "there is a user of your name already, who logs in in another way; an administrator can allow this or rename one of you",
);

/// What is said of somebody.
#[derive(Debug, Clone, Default)]
pub(super) struct Told {
    pub(super) username: String,
    pub(super) email: Option<String>,
    pub(super) first_name: Option<String>,
    pub(super) last_name: Option<String>,
    /// `None`: nothing is said of groups.
    pub(super) groups: Option<Vec<String>>,
}

/// The user of that name.
pub(super) async fn by_name(api: &Api, told: &Told) -> Result<UserRow, Failure> {
    check(told)?;
    let known = api.store().user_by_name(&told.username).await?;
    let user = match known {
        Some(user) => user,
        None => create(api, told, None).await?,
    };
    with_roles(api, user, told).await
}

/// The user who is that to an identity provider. A user of the name, whom it has not let in before, is taken for the same person only if
/// `may_link`: names are not always a provider's to give.
pub(super) async fn by_identity(
    api: &Api,
    identity: ExternalIdentity<'_>,
    (told, may_link): (&Told, bool),
) -> Result<UserRow, Failure> {
    if let Some(user) = api.store().external_user(identity).await? {
        return with_roles(api, user, told).await;
    }
    check(told)?;
    let user = match api.store().user_by_name(&told.username).await? {
        Some(user) if may_link => {
            let store = by(api, &user.username);
            store.add_external_identity(&user, identity, api.now()).await?;
            user
        }
        Some(_) => return Err(TAKEN),
        None => create(api, told, Some(identity)).await?,
    };
    with_roles(api, user, told).await
}

fn check(told: &Told) -> Result<(), Failure> {
    let texts = [&told.email, &told.first_name, &told.last_name];
    let texts = texts.into_iter().flatten().chain([&told.username]);
    let is_fine = |text: &String| text.chars().count() <= LENGTH_MAX && !text.chars().any(char::is_control);
    if told.username.is_empty() || !texts.into_iter().all(is_fine) {
        return Err(UNNAMED);
    }
    Ok(())
}

async fn create(api: &Api, told: &Told, identity: Option<ExternalIdentity<'_>>) -> Result<UserRow, Failure> {
    let mapping = &api.parts().external.roles;
    let mapped = mapping.roles(groups(told));
    let wanted = mapped.unwrap_or_else(|| mapping.default.iter().cloned().collect());
    let roles = existing(api, wanted).await?;
    let (store, now) = (by(api, &told.username), api.now());
    // Another user may have the address, and nobody else has the name.
    for email in told.email.iter().chain([&told.username]) {
        let details = UserDetails {
            username: &told.username,
            email,
            first_name: told.first_name.as_deref().unwrap_or(&told.username),
            last_name: told.last_name.as_deref().unwrap_or_default(),
            is_active: true,
            roles: &roles,
        };
        let made = match identity {
            Some(identity) => store.create_external_user(details, identity, now).await,
            None => store.create_user(details, None, now).await,
        };
        match made {
            Ok(user_id) => {
                let made = api.store().user(user_id).await?;
                return made.ok_or(INACTIVE);
            }
            Err(UserError::EmailTaken { .. }) => {}
            Err(UserError::UsernameTaken { .. }) => break,
            Err(UserError::Store(error)) => return Err(error.into()),
            Err(error @ UserError::NoSuchRole { .. }) => return Err(Failure::Internal(error.into())),
        }
    }
    // Somebody made it in this moment: another call of the same person, if the name alone counts.
    match (identity, api.store().user_by_name(&told.username).await?) {
        (None, Some(user)) => Ok(user),
        _ => Err(TAKEN),
    }
}

/// A user with the roles that the groups give now.
async fn with_roles(api: &Api, mut user: UserRow, told: &Told) -> Result<UserRow, Failure> {
    if !user.is_active {
        return Err(INACTIVE);
    }
    let Some(wanted) = api.parts().external.roles.roles(groups(told)) else {
        return Ok(user);
    };
    let roles = existing(api, wanted).await?;
    if roles.iter().collect::<BTreeSet<_>>() == user.roles.iter().collect() {
        return Ok(user);
    }
    let details = UserDetails {
        roles: &roles,
        ..user.details()
    };
    let changed = by(api, &user.username)
        .update_user(user.user_id, details, api.now())
        .await;
    changed.map_err(|error| match error {
        UserError::Store(error) => error.into(),
        other => Failure::Internal(other.into()),
    })?;
    user.roles = roles;
    Ok(user)
}

/// Those of these roles that there are.
async fn existing(api: &Api, wanted: BTreeSet<String>) -> Result<Vec<String>, Failure> {
    let mut found = Vec::new();
    for name in wanted {
        if api.store().role(&name).await?.is_some() {
            found.push(name);
        } else {
            tracing::warn!(role = name, "a group gives a role that there is not");
        }
    }
    Ok(found)
}

fn groups(told: &Told) -> Option<impl Iterator<Item = &str>> {
    told.groups
        .as_ref()
        .map(|groups| groups.iter().map(String::as_str))
}

fn by(api: &Api, username: &str) -> Store {
    api.store().by(Author {
        owner: username.to_owned(),
        event: EVENT.to_owned(),
        at: api.now(),
        extra: Map::new(),
    })
}
