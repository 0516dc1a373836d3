//! `/pools`.

mod bulk;
mod delete;
mod get;
mod list;
mod patch;
mod post;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_model::Pool;

use crate::domain::pools::PoolRow;
use crate::endpoint::Endpoint;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        list::endpoint(),
        post::endpoint(),
        get::endpoint(),
        patch::endpoint(),
        delete::endpoint(),
        bulk::endpoint(),
    ]
}

/// Which pool.
#[derive(Deserialize, JsonSchema)]
struct ByName {
    pool_name: String,
}

/// A pool and how full it is.
#[derive(Serialize, JsonSchema)]
struct PoolResponse {
    name: String,
    slots: i32,
    description: Option<String>,
    include_deferred: bool,
    occupied_slots: u64,
    running_slots: u64,
    queued_slots: u64,
    scheduled_slots: u64,
    /// -1: any number.
    open_slots: i64,
    deferred_slots: u64,
    team_name: Option<String>,
}

impl From<PoolRow> for PoolResponse {
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
            team_name: None,
        }
    }
}

/// What a pool is to have. There are no teams here.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PoolBody {
    name: String,
    slots: i32,
    description: Option<String>,
    #[serde(default)]
    include_deferred: bool,
    #[expect(dead_code, reason = "accepted for Airflow's sake: there are no teams here")]
    team_name: Option<String>,
}

impl PoolBody {
    /// What it says.
    fn pool(&self) -> Pool {
        Pool {
            name: self.name.clone(),
            slots: self.slots,
            description: self.description.clone().unwrap_or_default(),
            include_deferred: self.include_deferred,
        }
    }
}
