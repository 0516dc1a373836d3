//! `DELETE .../xcomEntries/{xcom_key}`.

use axum::http::Method;
use schemars::JsonSchema;
use serde::Deserialize;
use updraft_auth::{Action, Resource};

use super::ByKey;
use crate::access::Needs;
use crate::call::{Call, NoContent};
use crate::domain::{runs, xcoms};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;

pub(super) fn endpoint() -> Endpoint {
    let at = At(
        Method::DELETE,
        "/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/xcomEntries/{xcom_key}",
        "delete_xcom_entry",
    );
    let needs = Needs::OfDag(Action::Delete, vec![Resource::XCOM]);
    Endpoint::new(at, needs, &[400, 401, 403, 404, 422], delete)
}

#[derive(Deserialize, JsonSchema)]
struct Query {
    map_index: Option<i32>,
}

async fn delete(call: Call<ByKey, Query>) -> Result<NoContent, Failure> {
    let path = &call.path;
    let key = runs::key(&path.dag_id, &path.dag_run_id)?;
    let of = (&key, path.task_id.as_str(), call.query.map_index.unwrap_or(-1));
    xcoms::delete(&call.actor(), of, &path.xcom_key).await?;
    Ok(NoContent)
}
