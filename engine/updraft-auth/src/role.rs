//! The roles that every installation has.
//!
//! Source: a new database of Airflow 2.11.2, recorded in `oracle/roles-2.11.2.json`; a test compares the two.

use crate::permission::Action::{self, AccessMenu, Create, Delete, Edit, Read};
use crate::permission::{Permission, Resource};

/// Looks at everything but secrets and settings.
const VIEWER: &[(&str, &[Action])] = &[
    ("Browse", &[AccessMenu]),
    ("Cluster Activity", &[Read, AccessMenu]),
    ("DAG Code", &[Read]),
    ("DAG Dependencies", &[Read, AccessMenu]),
    ("DAG Runs", &[Read, AccessMenu]),
    ("DAG Warnings", &[Read]),
    ("DAGs", &[Read, AccessMenu]),
    ("Datasets", &[Read, AccessMenu]),
    ("Docs", &[AccessMenu]),
    ("Documentation", &[AccessMenu]),
    ("ImportError", &[Read]),
    ("Jobs", &[Read, AccessMenu]),
    ("My Password", &[Read, Edit]),
    ("My Profile", &[Read, Edit]),
    ("Pools", &[Read]),
    ("SLA Misses", &[Read, AccessMenu]),
    ("Task Instances", &[Read, AccessMenu]),
    ("Task Logs", &[Read]),
    ("Website", &[Read]),
    ("XComs", &[Read]),
];

/// What a user may do beyond looking: work with DAGs, runs and tasks.
const USER: &[(&str, &[Action])] = &[
    ("DAG Runs", &[Create, Edit, Delete]),
    ("DAGs", &[Edit, Delete]),
    ("Datasets", &[Create]),
    ("Task Instances", &[Create, Edit, Delete]),
];

/// What an operator may do beyond that: connections, variables, pools, settings.
const OP: &[(&str, &[Action])] = &[
    ("Admin", &[AccessMenu]),
    ("Configurations", &[Read, AccessMenu]),
    ("Connections", &[Create, Read, Edit, Delete, AccessMenu]),
    ("Datasets", &[Delete]),
    ("Plugins", &[Read, AccessMenu]),
    ("Pools", &[Create, Edit, Delete, AccessMenu]),
    ("Providers", &[Read, AccessMenu]),
    ("Variables", &[Create, Read, Edit, Delete, AccessMenu]),
    ("XComs", &[Delete, AccessMenu]),
];

/// What an administrator may do beyond that: users and roles, the event log.
const ADMIN: &[(&str, &[Action])] = &[
    ("Actions", &[AccessMenu]),
    ("Audit Logs", &[Read, AccessMenu]),
    ("List Roles", &[AccessMenu]),
    ("List Users", &[AccessMenu]),
    ("Passwords", &[Read, Edit]),
    ("Permission Pairs", &[AccessMenu]),
    ("Permission Views", &[Read]),
    ("Permissions", &[Read]),
    ("Resources", &[AccessMenu]),
    ("Roles", &[Create, Read, Edit, Delete]),
    ("Security", &[AccessMenu]),
    ("Task Reschedules", &[Read, AccessMenu]),
    ("Triggers", &[Read, AccessMenu]),
    ("User Stats Chart", &[Read]),
    ("User's Statistics", &[AccessMenu]),
    ("Users", &[Create, Read, Edit, Delete]),
    ("View Menus", &[Read]),
];

/// A role that every installation has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuiltInRole {
    /// Its name.
    pub name: &'static str,
    /// What it may do.
    pub permissions: Vec<Permission>,
}

/// Admin, Op, User, Viewer and Public: each may do what the next one may. Public, which may nothing, is who has not logged in.
pub fn built_in_roles() -> Vec<BuiltInRole> {
    let role = |name, parts: &[&[(&'static str, &[Action])]]| BuiltInRole {
        name,
        permissions: parts.iter().flat_map(|part| permissions(part)).collect(),
    };
    vec![
        role("Admin", &[VIEWER, USER, OP, ADMIN]),
        role("Op", &[VIEWER, USER, OP]),
        role("User", &[VIEWER, USER]),
        role("Viewer", &[VIEWER]),
        role(BuiltInRole::PUBLIC, &[]),
    ]
}

impl BuiltInRole {
    /// The role of those who have not logged in.
    pub const PUBLIC: &'static str = "Public";
    /// The role that may everything.
    pub const ADMIN: &'static str = "Admin";
}

fn permissions(part: &[(&'static str, &[Action])]) -> Vec<Permission> {
    let of_resource = |(resource, actions): &(&'static str, &[Action])| {
        let resource = Resource::of(*resource);
        let one = move |action: &Action| Permission {
            action: *action,
            resource: resource.clone(),
        };
        actions.iter().map(one).collect::<Vec<_>>()
    };
    part.iter().flat_map(of_resource).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    /// A line of the recording.
    #[derive(serde::Deserialize)]
    struct Recorded {
        name: String,
        resource: String,
        action: String,
    }

    #[test]
    fn oracle_roles_have_the_permissions_of_airflow() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../oracle/roles-2.11.2.json");
        let recorded: Vec<Recorded> = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        assert!(recorded.len() > 100);
        let theirs: BTreeSet<(String, String, String)> = recorded
            .iter()
            .flat_map(|line| {
                let of = |action: &str| (line.name.clone(), line.resource.clone(), action.to_owned());
                line.action.split(',').map(of).collect::<Vec<_>>()
            })
            .collect();
        let ours: BTreeSet<(String, String, String)> = built_in_roles()
            .iter()
            .flat_map(|role| {
                let of = |one: &Permission| {
                    (
                        role.name.to_owned(),
                        one.resource.to_string(),
                        one.action.to_string(),
                    )
                };
                role.permissions.iter().map(of).collect::<Vec<_>>()
            })
            .collect();
        assert_eq!(ours, theirs);
    }
}
