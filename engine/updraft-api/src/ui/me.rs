//! `GET /me`: who has logged in, what they may do, and what the interface has to know at its start.

use std::collections::BTreeSet;

use axum::http::Method;
use schemars::JsonSchema;
use serde::Serialize;
use updraft_auth::{Action, Identity};

use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::GET, "/me", "me");
    Endpoint::new(at, Needs::Login, &[401], get)
}

/// Who has logged in.
#[derive(Serialize, JsonSchema)]
struct Me {
    username: String,
    version: &'static str,
    can: Can,
}

/// The resources of each kind of permission, by Airflow's names.
#[derive(Serialize, JsonSchema)]
struct Can {
    read: BTreeSet<String>,
    edit: BTreeSet<String>,
    create: BTreeSet<String>,
    delete: BTreeSet<String>,
    menu: BTreeSet<String>,
}

impl Can {
    fn of(identity: &Identity) -> Self {
        let resources = |action| identity.resources(action).map(ToString::to_string).collect();
        Self {
            read: resources(Action::Read),
            edit: resources(Action::Edit),
            create: resources(Action::Create),
            delete: resources(Action::Delete),
            menu: resources(Action::AccessMenu),
        }
    }
}

async fn get(call: Call<Nothing, Nothing>) -> Result<Json<Me>, Failure> {
    Ok(Json(Me {
        username: call.identity.name.clone(),
        version: call.api.parts().version,
        can: Can::of(&call.identity),
    }))
}
