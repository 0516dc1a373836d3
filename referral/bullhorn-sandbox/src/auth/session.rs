//! `loginInfo`, `login`, `ping`, `logout`, and the check of every other call's token.

use axum::http::header;
use serde_json::json;

use super::state::LoginError;
use crate::http::{ApiError, Call, Reply};
use crate::lock::LockExt;

/// Which data centre a user belongs to. Public.
pub(crate) fn login_info(call: &Call<'_>) -> Result<Reply, ApiError> {
    call.params
        .get("username")
        .ok_or_else(|| ApiError::missing("username"))?;
    let url = &call.self_url;
    Ok(Reply::json(&json!({
        "atsUrl": url,
        "billingSyncUrl": format!("{url}/billing-sync"),
        "canvasUrl": format!("{url}/canvas"),
        "coreUrl": format!("{url}/core"),
        "documentEditorUrl": format!("{url}/document-editor"),
        "mobileUrl": format!("{url}/mobile"),
        "oauthUrl": format!("{url}/oauth"),
        "restUrl": format!("{url}/rest-services/"),
        "samlUrl": format!("{url}/saml"),
        "novoUrl": format!("{url}/novo"),
        "pulseInboxUrl": format!("{url}/pulse-inbox"),
        "npsSurveyUrl": format!("{url}/nps-survey"),
        "ulUrl": format!("{url}/universal-login"),
        "dataCenterId": 0,
        "superClusterId": 0,
    })))
}

/// An access token against a session.
pub(crate) fn login(call: &Call<'_>) -> Result<Reply, ApiError> {
    let params = &call.params;
    params
        .get("version")
        .ok_or_else(|| ApiError::missing("version"))?;
    let knobs = &call.knobs;
    let minutes = params
        .number("ttl")
        .map_or(knobs.session_minutes_default, |ttl| {
            u32::try_from(ttl).unwrap_or(u32::MAX)
        })
        .clamp(1, knobs.session_minutes_max.max(1));
    let access = params.get("access_token").unwrap_or_default();
    let mut auth = call.shared.auth.locked();
    let token = auth
        .open_session(access, minutes, knobs.sessions_max, call.now_ms)
        .map_err(|error| match error {
            LoginError::BadAccessToken => ApiError::BadAccessToken,
            LoginError::TooManySessions => ApiError::TooManySessions {
                max: knobs.sessions_max,
            },
        })?;
    let rest_url = format!("{}/rest-services/{}/", call.self_url, auth.corp_token());
    Ok(
        Reply::json(&json!({ "BhRestToken": token, "restUrl": rest_url })).with_header(
            header::SET_COOKIE,
            format!("BhRestToken={token}; Path=/rest-services; HttpOnly"),
        ),
    )
}

/// When the session ends.
pub(crate) fn ping(call: &Call<'_>) -> Result<Reply, ApiError> {
    Ok(Reply::json(&json!({ "sessionExpires": check(call)? })))
}

/// Ends the session.
pub(crate) fn logout(call: &Call<'_>) -> Result<Reply, ApiError> {
    check(call)?;
    if let Some(token) = call.token() {
        call.shared.auth.locked().close_session(token);
    }
    Ok(Reply::json(&json!({ "logout": "OK" })))
}

/// Refuses a call without a good token; returns when the session ends.
pub(crate) fn check(call: &Call<'_>) -> Result<i64, ApiError> {
    let token = call.token().ok_or_else(|| ApiError::NoToken {
        message: call.knobs.no_token_message.clone(),
    })?;
    let corp = call.route.corp.as_deref().unwrap_or_default();
    call.shared
        .auth
        .locked()
        .session_expires_ms(token, corp, call.now_ms)
        .ok_or(ApiError::BadToken {
            key: call.knobs.session_error_key,
        })
}
