//! `/api/v2`: the public REST API of Airflow 3.3.

mod assets;
mod auth;
mod backfills;
mod bulk;
mod connections;
mod cursor;
mod dag_runs;
mod dag_sources;
mod dag_stats;
mod dag_tags;
mod dag_versions;
mod dag_warnings;
mod dags;
mod event_logs;
mod health;
mod hitl_details;
mod import_errors;
mod jobs;
mod many;
mod plugins;
mod pools;
mod providers;
mod state_stores;
mod task_instances;
mod tasks;
mod variables;
mod version;
mod xcom_entries;

use schemars::JsonSchema;
use serde::Deserialize;

use updraft_model::DagRunState;

use crate::config;
use crate::endpoint::Endpoint;
use crate::failure::Failure;

/// All endpoints of this version.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    [
        vec![health::endpoint(), version::endpoint(), dag_stats::endpoint()],
        vec![
            dag_tags::endpoint(),
            dag_warnings::endpoint(),
            jobs::endpoint(),
            providers::endpoint(),
        ],
        assets::endpoints(),
        auth::endpoints().into(),
        backfills::endpoints(),
        config::endpoints("get_config_value", &[401, 403, 404, 406, 422])
            .map(|endpoint| endpoint.with_headers(&[("accept", false)]))
            .into(),
        connections::endpoints(),
        dags::endpoints(),
        dag_runs::endpoints(),
        dag_sources::endpoints(),
        dag_versions::endpoints(),
        event_logs::endpoints(),
        hitl_details::endpoints(),
        import_errors::endpoints(),
        plugins::endpoints().into(),
        pools::endpoints(),
        state_stores::endpoints(),
        task_instances::endpoints(),
        tasks::endpoints(),
        variables::endpoints(),
        xcom_entries::endpoints(),
    ]
    .concat()
}

/// Which fields of a body a PATCH is to change.
#[derive(Debug, Deserialize, JsonSchema)]
struct Mask {
    /// The names of the fields that change; all that the body has when left out.
    #[serde(default)]
    update_mask: Vec<String>,
}

impl Mask {
    /// Whether a field is to be changed, if the body has it.
    fn covers(&self, field: &str) -> bool {
        self.update_mask.is_empty() || self.update_mask.iter().any(|name| name == field)
    }
}

/// The texts of a list parameter, or the one that it has by default.
fn or_default(texts: Vec<String>, default: &str) -> Vec<String> {
    if texts.is_empty() {
        vec![default.to_owned()]
    } else {
        texts
    }
}

/// The states of runs that are named.
fn run_states(names: &[String]) -> Result<Vec<DagRunState>, Failure> {
    let state = |name: &String| {
        name.parse()
            .map_err(|error: updraft_model::UnknownState| Failure::query(error.to_string()))
    };
    names.iter().map(state).collect()
}
