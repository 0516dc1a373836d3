//! Which tasks a branch goes on with.

use serde::{Deserialize, Serialize};

/// What the function of a branch returns: the ids of the tasks and task groups to go on with. Text, an array or a `Vec`
/// becomes one, and so does an `Option` of those.
///
/// ```
/// use updraft_sdk::Branch;
///
/// let one: Branch = "full_load".into();
/// let several: Branch = ["load", "report"].into();
/// let nothing: Branch = None::<&str>.into();
/// assert_ne!(one, several);
/// assert_eq!(nothing, Branch::nowhere());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Branch(Goal);

/// As Airflow's branches return it; the XCom `return_value` has it in this form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
enum Goal {
    Nowhere,
    One(String),
    Several(Vec<String>),
}

impl Branch {
    /// Everything directly after the branch is skipped.
    pub const fn nowhere() -> Self {
        Self(Goal::Nowhere)
    }

    /// The ids, as given.
    pub fn ids(&self) -> &[String] {
        match &self.0 {
            Goal::Nowhere => &[],
            Goal::One(id) => std::slice::from_ref(id),
            Goal::Several(ids) => ids,
        }
    }
}

impl From<&str> for Branch {
    fn from(id: &str) -> Self {
        Self(Goal::One(id.to_owned()))
    }
}

impl From<String> for Branch {
    fn from(id: String) -> Self {
        Self(Goal::One(id))
    }
}

impl<S: Into<String>> From<Vec<S>> for Branch {
    fn from(ids: Vec<S>) -> Self {
        Self(Goal::Several(ids.into_iter().map(Into::into).collect()))
    }
}

impl<S: Into<String>, const N: usize> From<[S; N]> for Branch {
    fn from(ids: [S; N]) -> Self {
        Self(Goal::Several(ids.into_iter().map(Into::into).collect()))
    }
}

impl<T: Into<Branch>> From<Option<T>> for Branch {
    fn from(goal: Option<T>) -> Self {
        goal.map_or(Self::nowhere(), Into::into)
    }
}
