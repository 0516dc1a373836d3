//! `POST /login`: begins a session.

use axum::http::Method;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::access::Needs;
use crate::call::{Call, Json, NoContentSetting, Nothing};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::{login, session};

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::POST, "/login", "login");
    Endpoint::new(at, Needs::Nothing, &[401, 403, 422, 429], begin)
}

/// Who logs in.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Login {
    username: String,
    password: String,
}

async fn begin(call: Call<Nothing, Nothing, Json<Login>>) -> Result<NoContentSetting, Failure> {
    session::demand_own_site(&call.api, &call.headers)?;
    let Json(body) = call.body;
    let user = login::by_password(&call.api, &body.username, &body.password, &call.from).await?;
    let cookie = session::begin(&call.api, &call.headers, user.user_id).await?;
    Ok(NoContentSetting(cookie))
}
