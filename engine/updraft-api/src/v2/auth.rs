//! `GET /auth/login` and `GET /auth/logout`: where people log in and out.

use axum::http::Method;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::access::Needs;
use crate::call::{Call, Nothing, Redirect};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;

/// Where the pages are.
const LOGIN: &str = "/auth/login";
const LOGOUT: &str = "/auth/logout";

pub(super) fn endpoints() -> [Endpoint; 2] {
    [
        Endpoint::new(
            At(Method::GET, "/auth/login", "login"),
            Needs::Nothing,
            &[307, 400, 422],
            login,
        ),
        Endpoint::new(
            At(Method::GET, "/auth/logout", "logout"),
            Needs::Nothing,
            &[307],
            logout,
        ),
    ]
}

#[derive(Deserialize, JsonSchema)]
struct Query {
    /// Where to go then: an address of this server.
    next: Option<String>,
}

async fn login(call: Call<Nothing, Query>) -> Result<Redirect, Failure> {
    let Some(next) = call.query.next else {
        return Ok(Redirect(LOGIN.to_owned()));
    };
    // Browsers take `//host` and `/\host` for other servers.
    let is_here = next.starts_with('/') && !next.starts_with("//") && !next.contains('\\');
    if !is_here || next.chars().any(char::is_control) {
        return Err(Failure::BadRequest("Invalid or unsafe next URL".to_owned()));
    }
    let query =
        serde_html_form::to_string([("next", next)]).map_err(|error| Failure::Internal(error.into()))?;
    Ok(Redirect(format!("{LOGIN}?{query}")))
}

async fn logout(_: Call<Nothing, Nothing>) -> Result<Redirect, Failure> {
    Ok(Redirect(LOGOUT.to_owned()))
}
