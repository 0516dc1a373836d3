//! `/dags/{dag_id}/dagVersions`, and the version of a DAG in what is told of runs and tasks.

mod get;
mod list;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use updraft_model::{DagId, DagVersionId};
use updraft_store::{DagVersionRow, RunRow};

use super::dags::BUNDLE;
use crate::api::Api;
use crate::endpoint::Endpoint;
use crate::failure::Failure;
use crate::time::V2Time;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![list::endpoint(), get::endpoint()]
}

/// A version of a DAG.
#[derive(Clone, Serialize, JsonSchema)]
pub(super) struct DagVersionResponse {
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

impl DagVersionResponse {
    /// A version and its number; `None` if it vanished a moment ago.
    pub(super) async fn of(
        api: &Api,
        dag_id: &DagId,
        (version, version_number): (DagVersionId, u32),
    ) -> Result<Option<Self>, Failure> {
        let created_at = api.store().version_created_at(version).await?;
        Ok(created_at.map(|created_at| {
            Self::from(DagVersionRow {
                version,
                version_number,
                dag_id: dag_id.clone(),
                created_at,
            })
        }))
    }

    /// The versions of runs, each read once.
    pub(super) async fn of_runs(
        api: &Api,
        runs: BTreeMap<DagVersionId, (DagId, u32)>,
    ) -> Result<BTreeMap<DagVersionId, Self>, Failure> {
        let mut found = BTreeMap::new();
        for (version, (dag_id, number)) in runs {
            let told = Self::of(api, &dag_id, (version, number)).await?;
            found.extend(told.map(|told| (version, told)));
        }
        Ok(found)
    }
}

/// Which version a run has, and its number.
pub(super) fn of_run(run: &RunRow) -> (DagVersionId, (DagId, u32)) {
    (run.version, (run.key.dag_id.clone(), run.version_number))
}
