//! Permissions: an action on a resource, in Airflow's words.
//!
//! Source: Airflow 2.11 `airflow/security/permissions.py`.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use updraft_model::DagId;

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Make a new one.
    Create,
    /// Look at it.
    Read,
    /// Change it.
    Edit,
    /// Delete it.
    Delete,
    /// See its entry in the menu of the web interface.
    AccessMenu,
}

/// A word that names no action.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no action, expected can_create, can_read, can_edit, can_delete or menu_access")]
pub struct UnknownAction(String);

impl Action {
    /// Every action.
    pub const ALL: [Self; 5] = [
        Self::Create,
        Self::Read,
        Self::Edit,
        Self::Delete,
        Self::AccessMenu,
    ];

    /// Airflow's name of it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "can_create",
            Self::Read => "can_read",
            Self::Edit => "can_edit",
            Self::Delete => "can_delete",
            Self::AccessMenu => "menu_access",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for Action {
    type Err = UnknownAction;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|action| action.as_str() == text);
        found.ok_or_else(|| UnknownAction(text.to_owned()))
    }
}

/// What something is done to. An open set: plugins and DAGs have resources of their own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Resource(Cow<'static, str>);

/// Before the id of a DAG: the resource that is that DAG.
const DAG_PREFIX: &str = "DAG:";

impl Resource {
    /// The event log.
    pub const AUDIT_LOG: Self = Self::named("Audit Logs");
    /// Settings.
    pub const CONFIG: Self = Self::named("Configurations");
    /// Connections.
    pub const CONNECTION: Self = Self::named("Connections");
    /// All DAGs.
    pub const DAG: Self = Self::named("DAGs");
    /// The sources of DAGs.
    pub const DAG_CODE: Self = Self::named("DAG Code");
    /// Which DAGs follow which.
    pub const DAG_DEPENDENCIES: Self = Self::named("DAG Dependencies");
    /// Runs.
    pub const DAG_RUN: Self = Self::named("DAG Runs");
    /// Warnings about DAGs.
    pub const DAG_WARNING: Self = Self::named("DAG Warnings");
    /// Assets, which Airflow 2 calls datasets.
    pub const ASSET: Self = Self::named("Datasets");
    /// Sources that cannot be read.
    pub const IMPORT_ERROR: Self = Self::named("ImportError");
    /// Processes of the engine.
    pub const JOB: Self = Self::named("Jobs");
    /// Permissions, to list them.
    pub const PERMISSION: Self = Self::named("Permissions");
    /// Plugins.
    pub const PLUGIN: Self = Self::named("Plugins");
    /// Pools.
    pub const POOL: Self = Self::named("Pools");
    /// Providers.
    pub const PROVIDER: Self = Self::named("Providers");
    /// Roles.
    pub const ROLE: Self = Self::named("Roles");
    /// Tasks of runs.
    pub const TASK_INSTANCE: Self = Self::named("Task Instances");
    /// Logs of tasks.
    pub const TASK_LOG: Self = Self::named("Task Logs");
    /// Users.
    pub const USER: Self = Self::named("Users");
    /// Variables.
    pub const VARIABLE: Self = Self::named("Variables");
    /// The web interface.
    pub const WEBSITE: Self = Self::named("Website");
    /// Values that tasks leave.
    pub const XCOM: Self = Self::named("XComs");

    const fn named(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }

    /// One DAG.
    pub fn dag(dag_id: &DagId) -> Self {
        Self(Cow::Owned(format!("{DAG_PREFIX}{dag_id}")))
    }

    /// The resource of that name, whatever it is.
    pub fn of(name: impl Into<String>) -> Self {
        Self(Cow::Owned(name.into()))
    }

    /// Its name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The DAG that it is; `None` if it is something else.
    pub fn dag_id(&self) -> Option<DagId> {
        DagId::parse(self.0.strip_prefix(DAG_PREFIX)?).ok()
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// An action on a resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Permission {
    /// What is done.
    pub action: Action,
    /// To what.
    pub resource: Resource,
}

impl fmt::Display for Permission {
    /// As Airflow says it: `can read on DAGs`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} on {}",
            self.action.as_str().replace('_', " "),
            self.resource
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permission_is_said_as_airflow_says_it() {
        let dag = Resource::dag(&DagId::parse("d").unwrap());
        let permission = Permission {
            action: Action::Edit,
            resource: dag.clone(),
        };
        assert_eq!(permission.to_string(), "can edit on DAG:d");
        assert_eq!(dag.dag_id(), DagId::parse("d").ok());
        assert_eq!(Resource::DAG.dag_id(), None);
    }

    #[test]
    fn actions_are_read_as_they_are_written_and_nothing_else_is() {
        for action in Action::ALL {
            assert_eq!(action.as_str().parse(), Ok(action));
        }
        let error = "can_fly".parse::<Action>().unwrap_err().to_string();
        assert!(error.starts_with("`can_fly` is no action"), "{error}");
    }
}
