//! `/oauth/authorize` and `/oauth/token`.

use axum::http::StatusCode;
use serde_json::json;
use url::form_urlencoded::byte_serialize;

use super::pages;
use super::state::{ACCESS_LIFE_S, InvalidGrant, TokenPair};
use crate::http::{ApiError, Call, Reply};
use crate::lock::LockExt;

/// Name and password against a code. Success is a redirect, failure a page with status 200.
pub(crate) fn authorize(call: &Call<'_>) -> Result<Reply, ApiError> {
    let params = &call.params;
    let credentials = &call.shared.options.credentials;
    let client_id = params
        .get("client_id")
        .ok_or_else(|| ApiError::missing("client_id"))?;
    if client_id != credentials.client_id {
        return Ok(Reply::html(pages::unknown_client()));
    }
    let asked = params.get("redirect_uri");
    if asked.is_some() && asked != credentials.redirect_uri.as_deref() {
        return Ok(Reply::html(pages::wrong_redirect()));
    }
    let target = asked.or(credentials.redirect_uri.as_deref());
    if params
        .get("response_type")
        .ok_or_else(|| ApiError::missing("response_type"))?
        != "code"
    {
        return Ok(failed(
            call,
            target,
            "unsupported_response_type",
            "The response type must be code.",
        ));
    }
    let (Some(username), Some(password), Some("Login")) = (
        params.get("username"),
        params.get("password"),
        params.get("action"),
    ) else {
        return Ok(Reply::html(pages::login_form(None)));
    };
    let right = username == credentials.username && password == credentials.password;
    let mut auth = call.shared.auth.locked();
    if !auth.password_checked(right, call.knobs.lock_out_after) {
        return Ok(Reply::html(pages::login_form(Some("Invalid credentials."))));
    }
    if !call.knobs.terms_accepted {
        return Ok(Reply::html(pages::terms()));
    }
    let code = auth.issue_code(asked.map(str::to_owned), call.now_ms);
    Ok(redirect(
        call,
        target,
        &[("code", &code), ("client_id", client_id)],
    ))
}

/// The redirect that carries an OAuth error.
pub(crate) fn failed(call: &Call<'_>, target: Option<&str>, error: &str, description: &str) -> Reply {
    redirect(
        call,
        target,
        &[("error", error), ("error_description", description)],
    )
}

/// The page for a user who has not accepted the terms.
pub(crate) fn terms_page() -> Reply {
    Reply::html(pages::terms())
}

fn redirect(call: &Call<'_>, target: Option<&str>, pairs: &[(&str, &str)]) -> Reply {
    let default = format!("{}/authorized", call.self_url);
    let target = target.unwrap_or(&default);
    let state = call.params.get("state").map(|state| ("state", state));
    let query: Vec<String> = pairs
        .iter()
        .copied()
        .chain(state)
        .map(|(name, value)| format!("{name}={}", byte_serialize(value.as_bytes()).collect::<String>()))
        .collect();
    let separator = if target.contains('?') { '&' } else { '?' };
    Reply::redirect(
        StatusCode::FOUND,
        format!("{target}{separator}{}", query.join("&")),
    )
}

/// A code or a refresh token against an access token and the next refresh token.
pub(crate) fn token(call: &Call<'_>) -> Reply {
    let params = &call.params;
    let credentials = &call.shared.options.credentials;
    let client = (params.get("client_id"), params.get("client_secret"));
    if client != (Some(&credentials.client_id), Some(&credentials.client_secret)) {
        return refused(
            StatusCode::UNAUTHORIZED,
            "invalid_client",
            "Client authentication failed.",
        );
    }
    let mut auth = call.shared.auth.locked();
    let (pair, description) = match params.get("grant_type") {
        Some("authorization_code") => {
            let code = params.get("code").unwrap_or_default();
            let redirect_uri = params.get("redirect_uri");
            let pair = auth.exchange(code, redirect_uri, call.knobs.refresh_tokens, call.now_ms);
            (pair, "Invalid, expired, or revoked authorization code.")
        }
        Some("refresh_token") => {
            let pair = auth.refresh(params.get("refresh_token").unwrap_or_default(), call.now_ms);
            (pair, "Invalid, expired, or revoked refresh token.")
        }
        _ => {
            let description = "The grant type must be authorization_code or refresh_token.";
            return refused(StatusCode::BAD_REQUEST, "unsupported_grant_type", description);
        }
    };
    match pair {
        Ok(TokenPair { access, refresh }) => {
            let mut body =
                json!({ "access_token": access, "token_type": "Bearer", "expires_in": ACCESS_LIFE_S });
            if let (Some(refresh), Some(object)) = (refresh, body.as_object_mut()) {
                object.insert("refresh_token".to_owned(), json!(refresh));
            }
            Reply::json(&body)
        }
        Err(InvalidGrant) => refused(StatusCode::BAD_REQUEST, "invalid_grant", description),
    }
}

fn refused(status: StatusCode, error: &str, description: &str) -> Reply {
    Reply::json(&json!({ "error": error, "error_description": description })).with_status(status)
}
