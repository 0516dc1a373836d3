//! `POST /backfills` and `POST /backfills/dry_run`: makes a backfill, or tells what it would do.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use updraft_auth::{Action, Resource};
use updraft_model::BackfillDates;
use updraft_store::RunVersion;

use super::{BackfillResponse, Reprocess};
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::backfills::{self, Asked};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::time::{Given, V2Time};

pub(super) fn endpoints() -> [Endpoint; 2] {
    let needs = || Needs::OfDag(Action::Create, vec![Resource::DAG_RUN]);
    let create_at = At(Method::POST, "/backfills", "create_backfill");
    let dry_run_at = At(Method::POST, "/backfills/dry_run", "create_backfill_dry_run");
    [
        Endpoint::new(create_at, needs(), &[400, 401, 403, 404, 409, 422, 503], create),
        Endpoint::new(dry_run_at, needs(), &[400, 401, 403, 404, 409, 422, 503], dry_run),
    ]
}

/// A backfill that somebody asks for.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct BackfillPostBody {
    dag_id: String,
    from_date: Given,
    to_date: Given,
    #[serde(default)]
    run_backwards: bool,
    dag_run_conf: Option<Map<String, Value>>,
    #[serde(default)]
    reprocess_behavior: Reprocess,
    #[serde(default = "max_active_runs")]
    max_active_runs: u32,
    run_on_latest_version: Option<bool>,
}

const fn max_active_runs() -> u32 {
    10
}

impl From<BackfillPostBody> for Asked {
    fn from(body: BackfillPostBody) -> Self {
        Self {
            dag_id: body.dag_id,
            dates: BackfillDates {
                from: body.from_date.0,
                until: body.to_date.0,
                backwards: body.run_backwards,
            },
            max_active_runs: body.max_active_runs,
            reprocess: body.reprocess_behavior.into(),
            // Airflow 3 takes the newest one unless it is told otherwise.
            version: if body.run_on_latest_version.unwrap_or(true) {
                RunVersion::Latest
            } else {
                RunVersion::Same
            },
            conf: body.dag_run_conf,
        }
    }
}

async fn create(
    call: Call<Nothing, Nothing, Json<BackfillPostBody>>,
) -> Result<Json<BackfillResponse>, Failure> {
    let (call, Json(body)) = call.take_body();
    Ok(Json(backfills::create(&call.actor(), body.into()).await?.into()))
}

/// A date for which there would be a run.
#[derive(Serialize, JsonSchema)]
struct DryRunBackfillResponse {
    logical_date: Option<V2Time>,
    partition_key: Option<String>,
    partition_date: Option<V2Time>,
}

#[derive(Serialize, JsonSchema)]
struct DryRunBackfillCollectionResponse {
    backfills: Vec<DryRunBackfillResponse>,
    total_entries: u64,
}

async fn dry_run(
    call: Call<Nothing, Nothing, Json<BackfillPostBody>>,
) -> Result<Json<DryRunBackfillCollectionResponse>, Failure> {
    let (call, Json(body)) = call.take_body();
    let dates = backfills::dry_run(&call.actor(), body.into()).await?;
    let run = |date| DryRunBackfillResponse {
        logical_date: Some(V2Time(date)),
        partition_key: None,
        partition_date: None,
    };
    Ok(Json(DryRunBackfillCollectionResponse {
        total_entries: dates.len() as u64,
        backfills: dates.into_iter().map(run).collect(),
    }))
}
