//! Who calls: by password or by token, in the header `Authorization`, or by the session that a cookie names.

use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, Method};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use updraft_auth::{BuiltInRole, Identity, TokenError};

use crate::api::Api;
use crate::failure::{Failure, Version};
use crate::{login, session};

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
    if scheme.eq_ignore_ascii_case("bearer") {
        by_token(api, value.trim()).await
    } else if scheme.eq_ignore_ascii_case("basic") && version == Version::V1 {
        by_basic(api, value.trim(), from).await
    } else {
        Err(NOT_UNDERSTOOD)
    }
}

async fn by_basic(api: &Api, value: &str, from: &str) -> Result<Identity, Failure> {
    let decoded = STANDARD.decode(value).map_err(|_| NOT_UNDERSTOOD)?;
    let decoded = String::from_utf8(decoded).map_err(|_| NOT_UNDERSTOOD)?;
    let (username, password) = decoded.split_once(':').ok_or(NOT_UNDERSTOOD)?;
    let user = login::by_password(api, username, password, from).await?;
    login::identity(api, &user).await
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
