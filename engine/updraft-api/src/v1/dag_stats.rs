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
    Endpoint::new(at, needs, &[401, 403], get)
}

#[derive(Deserialize, JsonSchema)]
struct Query {
    /// Ids, separated by commas.
    dag_ids: String,
}

#[derive(Serialize, JsonSchema)]
struct DagStatsStateCollectionItem {
    state: &'static str,
    count: u64,
}

#[derive(Serialize, JsonSchema)]
struct DagStatsCollectionItem {
    dag_id: String,
    stats: Vec<DagStatsStateCollectionItem>,
}

#[derive(Serialize, JsonSchema)]
struct DagStatsCollection {
    dags: Vec<DagStatsCollectionItem>,
    total_entries: u64,
}

async fn get(call: Call<Nothing, Query>) -> Result<Json<DagStatsCollection>, Failure> {
    let named = call.query.dag_ids.split(',').map(str::trim);
    let named: Vec<String> = named.filter(|id| !id.is_empty()).map(str::to_owned).collect();
    let stats = runs::stats((&call.api, &call.identity), &named).await?;
    let total_entries = stats.len() as u64;
    let dag = |(dag_id, stats): (String, [(&'static str, u64); 4])| DagStatsCollectionItem {
        dag_id,
        stats: stats
            .into_iter()
            .map(|(state, count)| DagStatsStateCollectionItem { state, count })
            .collect(),
    };
    Ok(Json(DagStatsCollection {
        dags: stats.into_iter().map(dag).collect(),
        total_entries,
    }))
}
