//! `GET /login-methods`: how people can log in.

use axum::http::Method;
use schemars::JsonSchema;
use serde::Serialize;

use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::GET, "/login-methods", "login_methods");
    Endpoint::new(at, Needs::Nothing, &[], get)
}

/// How people can log in.
#[derive(Serialize, JsonSchema)]
struct LoginMethods {
    /// With name and password: always.
    password: bool,
    /// With an identity provider, if there is one.
    oidc: Option<Provider>,
}

/// An identity provider.
#[derive(Serialize, JsonSchema)]
struct Provider {
    /// What people call it.
    name: String,
    /// Where a browser begins, below the path of this installation; `next` in its query says where it ends.
    path: &'static str,
}

async fn get(call: Call<Nothing, Nothing>) -> Result<Json<LoginMethods>, Failure> {
    let oidc = call.api.parts().external.oidc.as_ref();
    Ok(Json(LoginMethods {
        password: true,
        oidc: oidc.map(|oidc| Provider {
            name: oidc.options().name.clone(),
            path: "/ui/api/oidc/login",
        }),
    }))
}
