//! `GET /dags/{dag_id}/details`.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use updraft_auth::Action;
use updraft_model::DagSpec;
use updraft_store::DagRow;

use super::{ById, Dag};
use crate::access::Needs;
use crate::call::{Call, Json};
use crate::delta::TimeDelta;
use crate::domain::dags;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::joined::Joined;
use crate::page::list;
use crate::time::V1Time;
use crate::v1::fields::Picked;

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::GET, "/dags/{dag_id}/details", "get_dag_details");
    Endpoint::new(at, Needs::Dag(Action::Read), &[401, 403, 404], get)
}

#[derive(Deserialize, JsonSchema)]
struct Query {
    #[serde(default, deserialize_with = "list")]
    fields: Vec<String>,
}

/// What its description says of a DAG beside what lists tell.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DAGDetail")]
struct Details {
    timezone: String,
    catchup: bool,
    orientation: &'static str,
    concurrency: u32,
    start_date: Option<V1Time>,
    dag_run_timeout: Option<TimeDelta>,
    dataset_expression: Option<Value>,
    doc_md: Option<String>,
    params: Map<String, Value>,
    end_date: Option<V1Time>,
    is_paused_upon_creation: Option<bool>,
    last_parsed: Option<V1Time>,
    template_search_path: Option<Vec<String>>,
    render_template_as_native_obj: bool,
}

impl Details {
    fn of(row: &DagRow, spec: &DagSpec) -> Self {
        Self {
            timezone: spec.timezone.clone(),
            catchup: spec.catchup,
            orientation: "LR",
            concurrency: spec.max_active_tasks,
            start_date: spec.start_date.map(V1Time),
            dag_run_timeout: spec.dagrun_timeout.map(TimeDelta::from),
            dataset_expression: spec.schedule.assets().map(dags::expression_of_datasets),
            doc_md: spec.doc_md.clone(),
            params: params(spec),
            end_date: spec.end_date.map(V1Time),
            is_paused_upon_creation: spec.is_paused_upon_creation,
            last_parsed: Some(V1Time(row.parsed_at)),
            template_search_path: None,
            render_template_as_native_obj: spec.render_template_as_native_obj,
        }
    }
}

/// The parameters with their class, as Airflow 2 writes them.
fn params(spec: &DagSpec) -> Map<String, Value> {
    let mut params = dags::params(spec);
    for param in params.values_mut() {
        param["__class"] = json!("airflow.models.param.Param");
    }
    params
}

async fn get(call: Call<ById, Query>) -> Result<Json<Picked<Joined<Dag, Details>>>, Failure> {
    let found = dags::get(&call.api, &call.path.dag_id).await?;
    let details = Details::of(&found.row, &found.spec);
    let whole = Joined(Dag::of(&call.api, found), details);
    Picked::of(whole, &call.query.fields).map(Json)
}
