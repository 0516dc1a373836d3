//! `/users`.

mod delete;
mod get;
mod list;
mod patch;
mod post;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_store::UserRow;

use crate::domain::users::{Secret, Wanted};
use crate::endpoint::Endpoint;
use crate::time::V1Time;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        list::endpoint(),
        post::endpoint(),
        get::endpoint(),
        patch::endpoint(),
        delete::endpoint(),
    ]
}

/// Which user.
#[derive(Deserialize, JsonSchema)]
struct ByName {
    username: String,
}

/// A user.
#[derive(Serialize, JsonSchema)]
struct UserCollectionItem {
    first_name: String,
    last_name: String,
    username: String,
    email: String,
    active: Option<bool>,
    last_login: Option<V1Time>,
    login_count: Option<u32>,
    failed_login_count: Option<u32>,
    roles: Vec<RoleName>,
    created_on: Option<V1Time>,
    changed_on: Option<V1Time>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct RoleName {
    name: String,
}

/// What a user is to be.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "User")]
struct UserBody {
    first_name: Option<String>,
    last_name: Option<String>,
    #[schemars(length(min = 1))]
    username: Option<String>,
    #[schemars(length(min = 1))]
    email: Option<String>,
    roles: Option<Vec<RoleName>>,
    #[schemars(extend("format" = "password", "writeOnly" = true))]
    password: Option<String>,
}

impl From<UserRow> for UserCollectionItem {
    fn from(row: UserRow) -> Self {
        Self {
            active: Some(row.is_active),
            last_login: row.last_login_at.map(V1Time),
            login_count: Some(row.login_count),
            failed_login_count: Some(row.failed_login_count),
            created_on: Some(V1Time(row.created_at)),
            changed_on: Some(V1Time(row.changed_at)),
            roles: row.roles.into_iter().map(|name| RoleName { name }).collect(),
            first_name: row.first_name,
            last_name: row.last_name,
            username: row.username,
            email: row.email,
        }
    }
}

impl From<UserBody> for Wanted {
    fn from(body: UserBody) -> Self {
        let roles = body
            .roles
            .map(|roles| roles.into_iter().map(|role| role.name).collect());
        Self {
            username: body.username,
            email: body.email,
            first_name: body.first_name,
            last_name: body.last_name,
            roles,
            password: body.password.map(Secret),
        }
    }
}
