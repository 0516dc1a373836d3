//! `/backfills`.

mod change;
mod create;
mod get;
mod list;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use updraft_model::{BackfillState, ReprocessBehavior};
use updraft_store::BackfillRow;

use crate::endpoint::Endpoint;
use crate::time::V2Time;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let mut endpoints = vec![list::endpoint(), get::endpoint()];
    endpoints.extend(create::endpoints());
    endpoints.extend(change::endpoints());
    endpoints
}

/// Which backfill.
#[derive(Deserialize, JsonSchema)]
struct ByNumber {
    #[schemars(range(min = 0))]
    backfill_id: i64,
}

/// What becomes of dates that have a run.
#[derive(Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "ReprocessBehavior")]
enum Reprocess {
    /// Those that failed run again.
    Failed,
    /// Those that are over run again.
    Completed,
    /// They are left alone.
    #[default]
    None,
}

impl From<ReprocessBehavior> for Reprocess {
    fn from(behavior: ReprocessBehavior) -> Self {
        match behavior {
            ReprocessBehavior::Failed => Self::Failed,
            ReprocessBehavior::Completed => Self::Completed,
            ReprocessBehavior::None => Self::None,
        }
    }
}

impl From<Reprocess> for ReprocessBehavior {
    fn from(behavior: Reprocess) -> Self {
        match behavior {
            Reprocess::Failed => Self::Failed,
            Reprocess::Completed => Self::Completed,
            Reprocess::None => Self::None,
        }
    }
}

/// A backfill.
#[derive(Serialize, JsonSchema)]
struct BackfillResponse {
    id: i64,
    dag_id: String,
    from_date: V2Time,
    to_date: V2Time,
    dag_run_conf: Option<Map<String, Value>>,
    is_paused: bool,
    reprocess_behavior: Reprocess,
    max_active_runs: u32,
    created_at: V2Time,
    completed_at: Option<V2Time>,
    updated_at: V2Time,
    dag_display_name: String,
}

impl From<BackfillRow> for BackfillResponse {
    fn from(row: BackfillRow) -> Self {
        Self {
            id: row.id.0,
            dag_display_name: row.dag_id.to_string(),
            dag_id: row.dag_id.to_string(),
            from_date: V2Time(row.dates.from),
            to_date: V2Time(row.dates.until),
            dag_run_conf: Some(row.conf),
            is_paused: row.state == BackfillState::Paused,
            reprocess_behavior: row.reprocess.into(),
            max_active_runs: row.max_active_runs,
            created_at: V2Time(row.created_at),
            completed_at: row.completed_at.map(V2Time),
            updated_at: V2Time(row.updated_at),
        }
    }
}
