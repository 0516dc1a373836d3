//! `GET /dags/{dag_id}/details`.

use axum::http::Method;
use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use updraft_auth::Action;
use updraft_model::DagRunState;

use super::{ById, DagResponse};
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::favorites;
use crate::domain::{dags, runs};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::joined::Joined;
use crate::time::V2Time;
use crate::v2::dag_versions::DagVersionResponse;

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::GET, "/dags/{dag_id}/details", "get_dag_details");
    Endpoint::new(at, Needs::Dag(Action::Read), &[400, 401, 403, 404, 422], get)
}

/// What its description says of a DAG beside what lists tell.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DAGDetailsResponse")]
struct Details {
    catchup: bool,
    /// An ISO 8601 duration.
    dag_run_timeout: Option<String>,
    asset_expression: Option<Value>,
    doc_md: Option<String>,
    start_date: Option<V2Time>,
    end_date: Option<V2Time>,
    is_paused_upon_creation: Option<bool>,
    params: Option<Map<String, Value>>,
    render_template_as_native_obj: bool,
    template_search_path: Option<Vec<String>>,
    timezone: Option<String>,
    last_parsed: Option<V2Time>,
    default_args: Option<Map<String, Value>>,
    rerun_with_latest_version: Option<bool>,
    owner_links: Option<Map<String, Value>>,
    is_favorite: bool,
    active_runs_count: u64,
    concurrency: u32,
    latest_dag_version: Option<DagVersionResponse>,
}

async fn get(call: Call<ById, Nothing>) -> Result<Json<Joined<DagResponse, Details>>, Failure> {
    let (api, dag_id) = (&call.api, &call.path.dag_id);
    let found = dags::get(api, dag_id).await?;
    let counts = runs::counts((api, &call.identity), std::slice::from_ref(dag_id)).await?;
    let active = counts
        .iter()
        .filter(|count| count.state.is_some_and(|state: DagRunState| !state.is_finished()));
    let spec = &found.spec;
    let timeout = spec
        .dagrun_timeout
        .and_then(|timeout| SignedDuration::try_from(timeout).ok());
    let details = Details {
        catchup: spec.catchup,
        dag_run_timeout: timeout.map(|timeout| timeout.to_string()),
        asset_expression: spec.schedule.assets().map(dags::expression_of_assets),
        doc_md: spec.doc_md.clone(),
        start_date: spec.start_date.map(V2Time),
        end_date: spec.end_date.map(V2Time),
        is_paused_upon_creation: spec.is_paused_upon_creation,
        params: Some(dags::params(spec)),
        render_template_as_native_obj: spec.render_template_as_native_obj,
        template_search_path: None,
        timezone: Some(spec.timezone.clone()),
        last_parsed: Some(V2Time(found.row.parsed_at)),
        default_args: None,
        rerun_with_latest_version: None,
        owner_links: Some(Map::new()),
        is_favorite: favorites::of_user(api, &call.identity)
            .await?
            .contains(&found.row.dag_id),
        active_runs_count: active.map(|count| count.number).sum(),
        concurrency: spec.max_active_tasks,
        latest_dag_version: DagVersionResponse::of(
            api,
            &found.row.dag_id,
            (found.row.version, found.row.version_number),
        )
        .await?,
    };
    Ok(Json(Joined(DagResponse::of(api, found), details)))
}
