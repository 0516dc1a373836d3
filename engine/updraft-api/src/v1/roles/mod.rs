//! `/roles`.

mod delete;
mod get;
mod list;
mod patch;
mod post;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_store::{PermissionRow, RoleRow};

use crate::endpoint::Endpoint;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        list::endpoint(),
        post::endpoint(),
        get::endpoint(),
        patch::endpoint(),
        delete::endpoint(),
    ]
}

/// Which role.
#[derive(Deserialize, JsonSchema)]
struct ByName {
    role_name: String,
}

/// A role and what it may do.
#[derive(Serialize, JsonSchema)]
struct Role {
    name: String,
    actions: Vec<ActionResource>,
}

/// Something that can be done to something.
#[derive(Serialize, Deserialize, JsonSchema)]
struct ActionResource {
    action: Named,
    resource: Named,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Named {
    name: String,
}

/// What a role is to be.
#[derive(Deserialize, JsonSchema)]
struct RoleBody {
    #[schemars(length(min = 1))]
    name: Option<String>,
    actions: Option<Vec<ActionResource>>,
}

impl From<RoleRow> for Role {
    fn from(row: RoleRow) -> Self {
        let pair = |one: PermissionRow| ActionResource {
            action: Named { name: one.action },
            resource: Named { name: one.resource },
        };
        Self {
            name: row.name,
            actions: row.permissions.into_iter().map(pair).collect(),
        }
    }
}

fn permissions(actions: Vec<ActionResource>) -> Vec<PermissionRow> {
    let permission = |one: ActionResource| PermissionRow {
        action: one.action.name,
        resource: one.resource.name,
    };
    actions.into_iter().map(permission).collect()
}
