//! `/dags`: what is known of a DAG.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_model::DagId;
use updraft_protocol::message::{GetDag, Inquiry};

use super::convert::time;
use super::operation::{Ask, AskedBy, Operation, expect_answer};
use super::refusal::Refusal;
use crate::call::{Json, Nothing};
use crate::time::V2Time;

pub(crate) fn operations() -> Vec<Operation> {
    let at = (Method::GET, "/dags/{dag_id}");
    vec![Operation::new(at, AskedBy::Attempt, &[404, 422], get)]
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Named {
    #[schemars(with = "String")]
    dag_id: DagId,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DagResponse")]
struct DagShape {
    dag_id: String,
    is_paused: bool,
    bundle_name: Option<String>,
    bundle_version: Option<String>,
    relative_fileloc: Option<String>,
    owners: Option<String>,
    tags: Vec<String>,
    next_dagrun: Option<V2Time>,
}

async fn get(ask: Ask<Named, Nothing>) -> Result<Json<DagShape>, Refusal> {
    let inquiry = Inquiry::Dag(GetDag {
        dag_id: ask.path.dag_id.clone(),
    });
    let dag = expect_answer!(ask.inquire(inquiry).await?, DagResult);
    Ok(Json(DagShape {
        dag_id: dag.dag_id.to_string(),
        is_paused: dag.is_paused,
        bundle_name: dag.bundle_name,
        bundle_version: dag.bundle_version,
        relative_fileloc: dag.relative_fileloc,
        owners: dag.owners,
        tags: dag.tags,
        next_dagrun: time(dag.next_dagrun),
    }))
}
