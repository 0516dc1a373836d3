//! `GET /oidc/login` and `GET /oidc/callback`: logging in with an identity provider.

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::access::Needs;
use crate::api::Api;
use crate::call::{Call, Nothing, Whole};
use crate::endpoint::{At, Endpoint};
use crate::external::{self, Answer, COOKIE_NAME, TIME_MAX};
use crate::failure::Failure;
use crate::session;

pub(super) fn endpoints() -> [Endpoint; 2] {
    let login_at = At(Method::GET, "/oidc/login", "oidc_login");
    let callback_at = At(Method::GET, "/oidc/callback", "oidc_callback");
    [
        Endpoint::new(login_at, Needs::Nothing, &[401, 403, 404], login),
        Endpoint::new(callback_at, Needs::Nothing, &[401, 403, 404], callback),
    ]
}

#[derive(Deserialize, JsonSchema)]
struct Query {
    /// Where to go then: an address of this server.
    next: Option<String>,
}

/// What the provider sends somebody back with.
#[derive(Deserialize, JsonSchema)]
struct Told {
    code: Option<String>,
    state: Option<String>,
    error: Option<String>,
    iss: Option<String>,
}

async fn login(call: Call<Nothing, Query>) -> Result<Whole, Failure> {
    // Browsers take `//host` and `/\host` for other servers.
    let is_here = |next: &String| {
        next.starts_with('/')
            && !next.starts_with("//")
            && !next.contains('\\')
            && !next.chars().any(char::is_control)
    };
    let next = call.query.next.filter(is_here);
    let way = external::begin(&call.api, next.unwrap_or_else(|| "/".to_owned())).await?;
    let cookie = cookie(&call.api, &call.headers, &way.cookie, TIME_MAX.as_secs())?;
    redirect(&way.address, [cookie])
}

async fn callback(call: Call<Nothing, Told>) -> Result<Whole, Failure> {
    let answer = Answer {
        code: call.query.code,
        state: call.query.state,
        error: call.query.error,
        issuer: call.query.iss,
    };
    let (api, headers) = (&call.api, &call.headers);
    let (user, next) = external::finish(api, headers, answer).await?;
    let session = session::begin(api, headers, user.user_id).await?;
    api.store().record_login(user.user_id, api.now()).await?;
    let ended = cookie(api, headers, "", 0)?;
    redirect(&format!("{}{next}", api.web().base_url.path), [session, ended])
}

fn cookie(api: &Api, headers: &HeaderMap, value: &str, seconds: i64) -> Result<HeaderValue, Failure> {
    let secure = if session::is_secure(api, headers) {
        "; Secure"
    } else {
        ""
    };
    let text = format!("{COOKIE_NAME}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}");
    let mut value = HeaderValue::try_from(text).map_err(|error| Failure::Internal(error.into()))?;
    value.set_sensitive(true);
    Ok(value)
}

fn redirect(address: &str, cookies: impl IntoIterator<Item = HeaderValue>) -> Result<Whole, Failure> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    let headers = response.headers_mut();
    let address = HeaderValue::from_str(address).map_err(|error| Failure::Internal(error.into()))?;
    headers.insert(LOCATION, address);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    for cookie in cookies {
        headers.append(SET_COOKIE, cookie);
    }
    Ok(Whole(response))
}
