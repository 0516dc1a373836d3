//! `POST /auth/token`: a token for a name and a password, as Airflow 3 gives them out.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::access::Needs;
use crate::call::{Call, Created, Json, Nothing};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::login;

/// The endpoints below `/auth`.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    // The command line of Airflow 3 asks at an address of its own.
    [("/token", "create_token"), ("/token/cli", "create_token_cli")]
        .map(|(path, id)| Endpoint::new(At(Method::POST, path, id), Needs::Nothing, &[401, 422], create))
        .into()
}

/// Who wants a token.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "LoginBody")]
struct LoginBody {
    username: String,
    password: String,
}

/// A token.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "LoginResponse")]
struct LoginResponse {
    access_token: String,
}

async fn create(call: Call<Nothing, Nothing, Json<LoginBody>>) -> Result<Created<LoginResponse>, Failure> {
    let Json(body) = call.body;
    let user = login::by_password(&call.api, &body.username, &body.password, &call.from).await?;
    let parts = call.api.parts();
    let access_token = parts
        .token_key
        .sign(user.user_id, call.api.now(), parts.token_lifetime);
    Ok(Created(LoginResponse { access_token }))
}
