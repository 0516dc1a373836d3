//! `GET /monitor/health`, which needs no login.

use axum::http::Method;
use schemars::JsonSchema;
use serde::Serialize;

use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::health::{look, word};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::time::V2Time;

pub(super) fn endpoint() -> Endpoint {
    Endpoint::new(
        At(Method::GET, "/monitor/health", "get_health"),
        Needs::Nothing,
        &[],
        get,
    )
}

/// How the parts of the installation are. A part is absent where another one does its work.
#[derive(Serialize, JsonSchema)]
struct HealthInfoResponse {
    metadatabase: BaseInfoResponse,
    scheduler: SchedulerInfoResponse,
    triggerer: TriggererInfoResponse,
    dag_processor: DagProcessorInfoResponse,
}

#[derive(Serialize, JsonSchema)]
struct BaseInfoResponse {
    status: &'static str,
}

#[derive(Serialize, JsonSchema)]
struct SchedulerInfoResponse {
    status: &'static str,
    latest_scheduler_heartbeat: Option<V2Time>,
}

#[derive(Serialize, JsonSchema)]
struct TriggererInfoResponse {
    status: Option<&'static str>,
    latest_triggerer_heartbeat: Option<V2Time>,
}

#[derive(Serialize, JsonSchema)]
struct DagProcessorInfoResponse {
    status: Option<&'static str>,
    latest_dag_processor_heartbeat: Option<V2Time>,
}

async fn get(call: Call<Nothing, Nothing>) -> Result<Json<HealthInfoResponse>, Failure> {
    let health = look(&call.api).await;
    Ok(Json(HealthInfoResponse {
        metadatabase: BaseInfoResponse {
            status: word(health.database),
        },
        scheduler: SchedulerInfoResponse {
            status: word(health.scheduler),
            latest_scheduler_heartbeat: health.heartbeat.map(V2Time),
        },
        triggerer: TriggererInfoResponse {
            status: None,
            latest_triggerer_heartbeat: None,
        },
        dag_processor: DagProcessorInfoResponse {
            status: None,
            latest_dag_processor_heartbeat: None,
        },
    }))
}
