//! What somebody wants to see of a graph.

use std::collections::BTreeSet;

/// How a graph is to be shown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct GraphView {
    /// Which task groups are open.
    pub open: OpenGroups,
    /// Where upstreams are.
    pub direction: Direction,
    /// The part that is shown; everything if absent.
    pub focus: Option<Focus>,
}

/// Which task groups are open. One in a closed group is closed, too.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum OpenGroups {
    /// Every one.
    All,
    /// Those of these ids.
    These(BTreeSet<String>),
}

impl Default for OpenGroups {
    fn default() -> Self {
        Self::These(BTreeSet::new())
    }
}

impl OpenGroups {
    pub(super) fn contains(&self, group_id: &str) -> bool {
        match self {
            Self::All => true,
            Self::These(ids) => ids.contains(group_id),
        }
    }
}

/// Where upstreams are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Direction {
    /// On the left.
    #[default]
    LeftToRight,
    /// At the top.
    TopToBottom,
}

/// A task or a group, and what is near it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Focus {
    /// The id of a task or a task group.
    pub root: String,
    /// How many steps upwards are shown; all if absent.
    pub up: Option<u32>,
    /// How many steps downwards are shown; all if absent.
    pub down: Option<u32>,
}

/// Why a graph cannot be shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GraphError {
    /// The focus is on nothing.
    #[error("the DAG has no task and no group `{root}`; leave `root` out to see all of it")]
    UnknownRoot {
        /// What it should have been on.
        root: String,
    },
}
