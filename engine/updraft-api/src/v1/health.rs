//! `GET /health`, which needs no login.

use axum::http::Method;
use schemars::JsonSchema;
use serde::Serialize;

use crate::access::Needs;
use crate::api::Api;
use crate::call::{Call, Json, Nothing};
use crate::domain::health::{look, word};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::time::V1Time;

pub(super) fn endpoint() -> Endpoint {
    Endpoint::new(At(Method::GET, "/health", "get_health"), Needs::Nothing, &[], get)
}

/// How the parts of the installation are. A part is absent where another one does its work.
#[derive(Serialize, JsonSchema)]
pub(crate) struct HealthInfo {
    metadatabase: MetadatabaseStatus,
    scheduler: SchedulerStatus,
    triggerer: TriggererStatus,
    dag_processor: DagProcessorStatus,
}

#[derive(Serialize, JsonSchema)]
struct MetadatabaseStatus {
    status: &'static str,
}

#[derive(Serialize, JsonSchema)]
struct SchedulerStatus {
    status: &'static str,
    latest_scheduler_heartbeat: Option<V1Time>,
}

#[derive(Serialize, JsonSchema)]
struct TriggererStatus {
    status: Option<&'static str>,
    latest_triggerer_heartbeat: Option<V1Time>,
}

#[derive(Serialize, JsonSchema)]
struct DagProcessorStatus {
    status: Option<&'static str>,
    latest_dag_processor_heartbeat: Option<V1Time>,
}

async fn get(call: Call<Nothing, Nothing>) -> Result<Json<HealthInfo>, Failure> {
    Ok(Json(look_at(&call.api).await))
}

/// How they are now.
pub(crate) async fn look_at(api: &Api) -> HealthInfo {
    let health = look(api).await;
    HealthInfo {
        metadatabase: MetadatabaseStatus {
            status: word(health.database),
        },
        scheduler: SchedulerStatus {
            status: word(health.scheduler),
            latest_scheduler_heartbeat: health.heartbeat.map(V1Time),
        },
        triggerer: TriggererStatus {
            status: None,
            latest_triggerer_heartbeat: None,
        },
        dag_processor: DagProcessorStatus {
            status: None,
            latest_dag_processor_heartbeat: None,
        },
    }
}
