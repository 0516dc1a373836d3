//! `/dags/{dag_id}/dagVersions`.

mod get;
mod list;

use schemars::JsonSchema;
use serde::Serialize;
use updraft_store::DagVersionRow;

use crate::endpoint::Endpoint;
use crate::time::V2Time;
use crate::v2::dags::BUNDLE;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![list::endpoint(), get::endpoint()]
}

/// A version of a DAG.
#[derive(Serialize, JsonSchema)]
struct DagVersionResponse {
    id: String,
    version_number: u32,
    dag_id: String,
    bundle_name: Option<&'static str>,
    bundle_version: Option<String>,
    created_at: V2Time,
    dag_display_name: String,
    bundle_url: Option<String>,
}

impl From<DagVersionRow> for DagVersionResponse {
    fn from(row: DagVersionRow) -> Self {
        Self {
            id: row.version.0.to_string(),
            version_number: row.version_number,
            dag_display_name: row.dag_id.to_string(),
            dag_id: row.dag_id.to_string(),
            bundle_name: Some(BUNDLE),
            bundle_version: None,
            created_at: V2Time(row.created_at),
            bundle_url: None,
        }
    }
}
