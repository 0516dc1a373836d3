//! Tokens that people make for their programs: shown once, and stored as hashes only.

use jiff::Timestamp;
use updraft_auth::{personal_token, token_hash};
use updraft_store::{NewPersonalToken, PersonalTokenRow};

use crate::api::Api;
use crate::call::Actor;
use crate::failure::Failure;

/// The longest name, in characters.
const NAME_MAX: usize = 200;
/// So many tokens a user may have.
const TOKENS_MAX: usize = 100;

/// A token that was made, which nobody is told again.
pub(crate) struct Made {
    pub(crate) token: String,
    pub(crate) row: PersonalTokenRow,
}

/// The tokens of a user.
pub(crate) async fn list(api: &Api, user_id: i64) -> Result<Vec<PersonalTokenRow>, Failure> {
    Ok(api.store().personal_tokens(Some(user_id)).await?)
}

/// Makes a token of the user who asks.
pub(crate) async fn create(
    actor: &Actor<'_>,
    name: &str,
    expires_at: Option<Timestamp>,
) -> Result<Made, Failure> {
    let (api, user_id) = (actor.api, own(actor)?);
    let name = name.trim();
    if name.is_empty() || name.chars().count() > NAME_MAX {
        return Err(Failure::body(format!("`name` has 1 to {NAME_MAX} characters")));
    }
    if expires_at.is_some_and(|at| at <= api.now()) {
        return Err(Failure::body("`expires_at` has passed"));
    }
    let known = list(api, user_id).await?;
    if known.iter().any(|token| token.name == name) {
        return Err(Failure::Conflict(format!("you have a token `{name}` already")));
    }
    if known.len() >= TOKENS_MAX {
        return Err(Failure::Conflict(format!(
            "you have {TOKENS_MAX} tokens, and no more are possible: revoke one"
        )));
    }
    let token = personal_token().map_err(|error| Failure::Internal(error.into()))?;
    let new = NewPersonalToken {
        user_id,
        name,
        token_hash: &token_hash(&token),
        expires_at,
    };
    let made = actor.store().create_personal_token(new, api.now()).await?;
    let mut rows = list(api, user_id).await?;
    rows.retain(|row| Some(row.token_id) == made);
    match rows.pop() {
        Some(row) => Ok(Made { token, row }),
        None => Err(Failure::Conflict(format!("you have a token `{name}` already"))),
    }
}

/// Ends a token of the user who asks.
pub(crate) async fn revoke(actor: &Actor<'_>, token_id: i64) -> Result<(), Failure> {
    let user_id = own(actor)?;
    let revoked = actor
        .store()
        .revoke_personal_token(token_id, Some(user_id))
        .await?;
    match revoked {
        Some(_) => Ok(()),
        None => Err(Failure::NotFound(format!("you have no token {token_id}"))),
    }
}

fn own(actor: &Actor<'_>) -> Result<i64, Failure> {
    actor.identity.user_id.ok_or(Failure::Forbidden)
}
