//! Pools: how much of something tasks may use at once.

use serde::{Deserialize, Serialize};

/// A number of slots that tasks share. A task takes as many as its `pool_slots` say while it is queued or running.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pool {
    /// Its name, unique in the installation.
    #[serde(rename = "pool")]
    pub name: String,
    /// How many slots it has; negative: any number.
    pub slots: i32,
    /// What it is for.
    pub description: String,
    /// Whether tasks that wait for an event keep their slots.
    pub include_deferred: bool,
}

impl Pool {
    /// The pool of tasks that name none. It is always there.
    pub const DEFAULT: &'static str = "default_pool";

    /// How many slots there are; `None`: any number.
    pub fn capacity(&self) -> Option<u64> {
        u64::try_from(self.slots).ok()
    }
}
