//! `GET /me`: who has logged in, what they may do, and what the interface has to know at its start.

use std::collections::BTreeSet;

use axum::http::Method;
use schemars::JsonSchema;
use serde::Serialize;
use updraft_auth::{Action, Identity, Resource};

use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::menu::{self, MenuEntry};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::session;

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::GET, "/me", "me");
    Endpoint::new(at, Needs::Login, &[401], get)
}

/// Who has logged in.
#[derive(Serialize, JsonSchema)]
struct Me {
    username: String,
    first_name: String,
    last_name: String,
    roles: Vec<String>,
    /// What changes say in the header `X-CSRF-Token`; none for who has no session but a token.
    csrf_token: Option<String>,
    version: &'static str,
    instance_name: String,
    default_timezone: String,
    can: Can,
    test_connection: bool,
    expose_config: bool,
    auto_refresh: bool,
    /// Pages of other services in the menu; none for who may not see plugins.
    plugins: Vec<MenuEntry>,
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
    let gone = Failure::Unauthenticated("Not authenticated");
    let Some(user_id) = call.identity.user_id else {
        return Err(gone);
    };
    let user = call.api.store().user(user_id).await?.ok_or(gone)?;
    let session = session::find(&call.api, &call.headers).await?;
    let session = session.filter(|session| session.user_id == user_id);
    let web = call.api.web();
    let plugins = if call.identity.allows(Action::Read, &Resource::PLUGIN) {
        menu::entries(&call.api).await
    } else {
        Vec::new()
    };
    Ok(Json(Me {
        username: user.username,
        first_name: user.first_name,
        last_name: user.last_name,
        roles: user.roles,
        csrf_token: session.map(|session| session.csrf_token),
        version: call.api.parts().version,
        instance_name: web.instance_name.clone(),
        default_timezone: web.default_timezone.clone(),
        can: Can::of(&call.identity),
        test_connection: web.test_connection,
        expose_config: web.expose_config,
        auto_refresh: web.auto_refresh,
        plugins,
    }))
}
