//! `GET /dagStats`: how many runs DAGs have in each state.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_auth::{Action, Resource};

use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::runs;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;

pub(super) fn endpoint() -> Endpoint {
    let needs = Needs::OfDag(Action::Read, vec![Resource::DAG_RUN]);
    let at = At(Method::GET, "/dagStats", "get_dag_stats");
    Endpoint::new(at, needs, &[400, 401, 403, 404, 422], get)
}

#[derive(Deserialize, JsonSchema)]
struct Query {
    #[serde(default)]
    dag_ids: Vec<String>,
}

#[derive(Serialize, JsonSchema)]
struct DagStatsStateResponse {
    state: &'static str,
    count: u64,
}

#[derive(Serialize, JsonSchema)]
struct DagStatsResponse {
    dag_id: String,
    dag_display_name: String,
    stats: Vec<DagStatsStateResponse>,
}

#[derive(Serialize, JsonSchema)]
struct DagStatsCollectionResponse {
    dags: Vec<DagStatsResponse>,
    total_entries: u64,
}

async fn get(call: Call<Nothing, Query>) -> Result<Json<DagStatsCollectionResponse>, Failure> {
    let stats = runs::stats((&call.api, &call.identity), &call.query.dag_ids).await?;
    let total_entries = stats.len() as u64;
    let dag = |(dag_id, stats): (String, [(&'static str, u64); 4])| DagStatsResponse {
        dag_display_name: dag_id.clone(),
        dag_id,
        stats: stats
            .into_iter()
            .map(|(state, count)| DagStatsStateResponse { state, count })
            .collect(),
    };
    Ok(Json(DagStatsCollectionResponse {
        dags: stats.into_iter().map(dag).collect(),
        total_entries,
    }))
}
