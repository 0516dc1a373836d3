//! Somebody who has logged in, and what they may do.

use std::collections::BTreeSet;

use updraft_model::DagId;

use crate::permission::{Action, Permission, Resource};

/// Somebody, with what they may do. What is not in the permissions is denied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The user's number; `None` for those who have not logged in.
    pub user_id: Option<i64>,
    /// What the event log calls them.
    pub name: String,
    permissions: BTreeSet<Permission>,
}

/// Some DAGs: those that somebody may do something to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dags {
    /// All that there are, and will be.
    All,
    /// These, which need not exist.
    Only(BTreeSet<DagId>),
}

impl Identity {
    /// A user with the permissions of all of the user's roles.
    pub fn user(
        user_id: i64,
        name: impl Into<String>,
        permissions: impl IntoIterator<Item = Permission>,
    ) -> Self {
        Self {
            user_id: Some(user_id),
            name: name.into(),
            permissions: permissions.into_iter().collect(),
        }
    }

    /// Somebody who has not logged in, with the permissions of the role Public.
    pub fn public(permissions: impl IntoIterator<Item = Permission>) -> Self {
        Self {
            user_id: None,
            name: "anonymous".to_owned(),
            permissions: permissions.into_iter().collect(),
        }
    }

    /// Whether this may be done. What may be done to all DAGs may be done to each.
    pub fn allows(&self, action: Action, resource: &Resource) -> bool {
        self.has(action, resource) || (resource.dag_id().is_some() && self.has(action, &Resource::DAG))
    }

    /// The DAGs that this may be done to.
    pub fn dags(&self, action: Action) -> Dags {
        if self.has(action, &Resource::DAG) {
            return Dags::All;
        }
        let of_action = self.permissions.iter().filter(|one| one.action == action);
        Dags::Only(of_action.filter_map(|one| one.resource.dag_id()).collect())
    }

    /// The resources that this may be done to.
    pub fn resources(&self, action: Action) -> impl Iterator<Item = &Resource> {
        let of_action = self.permissions.iter().filter(move |one| one.action == action);
        of_action.map(|one| &one.resource)
    }

    fn has(&self, action: Action, resource: &Resource) -> bool {
        self.permissions.contains(&Permission {
            action,
            resource: resource.clone(),
        })
    }
}

impl Dags {
    /// Whether a DAG is one of them.
    pub fn contains(&self, dag_id: &DagId) -> bool {
        match self {
            Self::All => true,
            Self::Only(ids) => ids.contains(dag_id),
        }
    }

    /// Whether there is none.
    pub fn is_none(&self) -> bool {
        match self {
            Self::All => false,
            Self::Only(ids) => ids.is_empty(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::role::built_in_roles;

    fn dag_id(text: &str) -> DagId {
        DagId::parse(text).unwrap()
    }

    fn permission(action: Action, resource: Resource) -> Permission {
        Permission { action, resource }
    }

    #[test]
    fn what_may_be_done_to_all_dags_may_be_done_to_each_and_not_the_other_way_round() {
        let all = Identity::user(1, "all", [permission(Action::Edit, Resource::DAG)]);
        assert!(all.allows(Action::Edit, &Resource::dag(&dag_id("d"))));
        assert!(!all.allows(Action::Read, &Resource::dag(&dag_id("d"))));
        assert_eq!(all.dags(Action::Edit), Dags::All);
        let one = Identity::user(2, "one", [permission(Action::Edit, Resource::dag(&dag_id("d")))]);
        assert!(one.allows(Action::Edit, &Resource::dag(&dag_id("d"))));
        assert!(!one.allows(Action::Edit, &Resource::dag(&dag_id("e"))));
        assert!(!one.allows(Action::Edit, &Resource::DAG));
        assert!(one.dags(Action::Edit).contains(&dag_id("d")));
        assert!(one.dags(Action::Read).is_none());
    }

    #[test]
    fn those_without_a_login_may_nothing() {
        let public = built_in_roles().pop().unwrap();
        let nobody = Identity::public(public.permissions);
        for role in built_in_roles() {
            for one in role.permissions {
                assert!(!nobody.allows(one.action, &one.resource), "{one}");
            }
        }
    }

    #[test]
    fn a_permission_on_dags_is_none_on_what_belongs_to_them() {
        let identity = Identity::user(1, "u", [permission(Action::Read, Resource::DAG)]);
        assert!(!identity.allows(Action::Read, &Resource::DAG_RUN));
        assert!(!identity.allows(Action::Read, &Resource::of("DAG Run:d")));
    }
}
