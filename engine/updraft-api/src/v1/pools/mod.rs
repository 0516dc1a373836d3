//! `/pools`.

mod delete;
mod get;
mod list;
mod patch;
mod post;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::pools::PoolRow;
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

/// Which pool.
#[derive(Deserialize, JsonSchema)]
struct ByName {
    pool_name: String,
}

/// A pool and how full it is.
#[derive(Serialize, JsonSchema)]
struct Pool {
    name: String,
    slots: i32,
    occupied_slots: u64,
    running_slots: u64,
    queued_slots: u64,
    /// -1: any number.
    open_slots: i64,
    scheduled_slots: u64,
    deferred_slots: u64,
    description: Option<String>,
    include_deferred: bool,
}

impl From<PoolRow> for Pool {
    fn from(row: PoolRow) -> Self {
        Self {
            occupied_slots: row.occupied(),
            running_slots: row.usage.running,
            queued_slots: row.usage.queued,
            open_slots: row.open(),
            scheduled_slots: row.usage.scheduled,
            deferred_slots: row.usage.deferred,
            name: row.pool.name,
            slots: row.pool.slots,
            description: Some(row.pool.description),
            include_deferred: row.pool.include_deferred,
        }
    }
}

/// What a pool is to have.
#[derive(Deserialize, JsonSchema)]
struct PoolBody {
    name: Option<String>,
    slots: Option<i32>,
    description: Option<String>,
    include_deferred: Option<bool>,
}
