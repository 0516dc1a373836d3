//! `POST /logout`: ends the session.

use axum::http::Method;

use crate::access::Needs;
use crate::call::{Call, NoContentSetting, Nothing};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::session;

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::POST, "/logout", "logout");
    Endpoint::new(at, Needs::Login, &[401, 403], end)
}

async fn end(call: Call<Nothing, Nothing>) -> Result<NoContentSetting, Failure> {
    Ok(NoContentSetting(session::end(&call.api, &call.headers).await?))
}
