//! What an endpoint needs, and whether somebody has it.
//!
//! Source of the rules: Airflow 2.11's auth manager for users and roles, `fab_auth_manager.py`.

use updraft_auth::{Action, Identity, Resource};
use updraft_model::DagId;

/// Stands for all DAGs, or all runs, in a path.
pub(crate) const ALL: &str = "~";

/// The permission that an endpoint needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Needs {
    /// None: anybody may ask.
    Nothing,
    /// To have logged in.
    Login,
    /// To do something to a resource.
    Resource(Action, Resource),
    /// To do something to the DAG in the path. Where the path names none, to do it to at least one; the endpoint leaves out the
    /// others.
    Dag(Action),
    /// To do something to what belongs to DAGs: runs, tasks, their logs. Reading needs also that the DAG may be read, anything else
    /// that it may be edited.
    OfDag(Action, Vec<Resource>),
}

impl Needs {
    /// Whether somebody may do it to the DAG that the path names, if it names one.
    pub(crate) fn are_met(&self, identity: &Identity, dag_id: Option<&str>) -> bool {
        match self {
            Self::Nothing => true,
            Self::Login => identity.user_id.is_some(),
            Self::Resource(action, resource) => identity.allows(*action, resource),
            Self::Dag(action) => allows_dag(identity, *action, dag_id),
            Self::OfDag(action, resources) => {
                let of_dag = match action {
                    Action::Read => Action::Read,
                    Action::Create | Action::Edit | Action::Delete | Action::AccessMenu => Action::Edit,
                };
                allows_dag(identity, of_dag, dag_id)
                    && resources
                        .iter()
                        .all(|resource| identity.allows(*action, resource))
            }
        }
    }
}

fn allows_dag(identity: &Identity, action: Action, dag_id: Option<&str>) -> bool {
    match dag_id.filter(|id| *id != ALL).map(DagId::parse) {
        None => !identity.dags(action).is_none(),
        Some(Ok(dag_id)) => identity.allows(action, &Resource::dag(&dag_id)),
        // There is no DAG of such a name. Who may see all DAGs is told so, and others are not told what exists.
        Some(Err(_)) => identity.allows(action, &Resource::DAG),
    }
}
