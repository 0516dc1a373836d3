//! Who calls: by what a proxy says; by password, by a token of a log-in or by one that somebody made for a program, in the header
//! `Authorization`; or by the session that a cookie names.

use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, Method};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use updraft_auth::{BuiltInRole, Identity, TokenError, is_personal_token, token_hash};

use crate::api::Api;
use crate::failure::{Failure, Version};
use crate::{external, login, session};

const NOT_UNDERSTOOD: Failure = Failure::Unauthenticated("the header `Authorization` cannot be understood");

/// Who calls. Without the header and without a session it is somebody with the role Public.
///
/// # Errors
/// [`Failure::Unauthenticated`], [`Failure::TooManyLogins`], [`Failure::Refused`], or the database does not answer.
pub(crate) async fn caller(
    api: &Api,
    version: Version,
    (method, headers): (&Method, &HeaderMap),
    from: &str,
) -> Result<Identity, Failure> {
    if let Some(user) = external::user(api, (method, headers), from).await? {
        return login::identity(api, &user).await;
    }
    let Some(header) = headers.get(AUTHORIZATION) else {
        if let Some(session) = session::find(api, headers).await?
            && let Some(user) = api.store().user(session.user_id).await?
        {
            session::demand_own_page(api, method, headers, &session)?;
            return login::identity(api, &user).await;
        }
        let public = api.store().permissions_of_role(BuiltInRole::PUBLIC).await?;
        return Ok(Identity::public(public.into_iter().filter_map(login::permission)));
    };
    let header = header.to_str().map_err(|_| NOT_UNDERSTOOD)?;
    let (scheme, value) = header.split_once(' ').ok_or(NOT_UNDERSTOOD)?;
    let value = value.trim();
    if scheme.eq_ignore_ascii_case("bearer") && is_personal_token(value) {
        by_personal_token(api, value, from).await
    } else if scheme.eq_ignore_ascii_case("bearer") {
        by_token(api, value).await
    } else if scheme.eq_ignore_ascii_case("basic") && version == Version::V1 {
        by_basic(api, value, from).await
    } else {
        Err(NOT_UNDERSTOOD)
    }
}

async fn by_basic(api: &Api, value: &str, from: &str) -> Result<Identity, Failure> {
    let decoded = STANDARD.decode(value).map_err(|_| NOT_UNDERSTOOD)?;
    let decoded = String::from_utf8(decoded).map_err(|_| NOT_UNDERSTOOD)?;
    let (username, password) = decoded.split_once(':').ok_or(NOT_UNDERSTOOD)?;
    if username.contains('\0') {
        return Err(NOT_UNDERSTOOD);
    }
    let user = login::by_password(api, username, password, from).await?;
    login::identity(api, &user).await
}

/// Whether a call is made with a token that somebody made for a program.
pub(crate) fn is_by_personal_token(headers: &HeaderMap) -> bool {
    let header = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let value = header.and_then(|header| header.split_once(' '));
    value.is_some_and(|(_, value)| is_personal_token(value.trim()))
}

/// Who guesses tokens is slowed down as those are who guess passwords.
async fn by_personal_token(api: &Api, token: &str, from: &str) -> Result<Identity, Failure> {
    let now = api.now();
    let user_id = api
        .store()
        .user_of_personal_token(&token_hash(token), now)
        .await?;
    let user = match user_id {
        Some(user_id) => api.store().user(user_id).await?,
        None => None,
    };
    match user {
        Some(user) => login::identity(api, &user).await,
        None if api.attempts().spend(from, now) => Err(Failure::Unauthenticated("Invalid token")),
        None => Err(Failure::TooManyLogins),
    }
}

/// A token counts while its user may log in and has not set another password since.
async fn by_token(api: &Api, token: &str) -> Result<Identity, Failure> {
    let invalid = |error: TokenError| match error {
        TokenError::Invalid => Failure::Unauthenticated("Invalid JWT token"),
        TokenError::Expired => Failure::Unauthenticated("Token Expired"),
    };
    let claims = api.parts().token_key.verify(token, api.now()).map_err(invalid)?;
    let user_id = claims.user_id().map_err(invalid)?;
    let user = api.store().user(user_id).await?;
    let counts =
        |user: &updraft_store::UserRow| user.is_active && claims.iat >= user.password_set_at.as_second();
    match user.filter(counts) {
        Some(user) => login::identity(api, &user).await,
        None => Err(Failure::Unauthenticated("Invalid JWT token")),
    }
}
