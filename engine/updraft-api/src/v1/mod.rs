//! `/api/v1`: the stable REST API of Airflow 2.11.

mod connections;
mod dag_runs;
mod dag_sources;
mod dag_stats;
mod dag_warnings;
mod dags;
mod datasets;
mod event_logs;
mod fields;
pub(crate) mod health;
mod import_errors;
mod mask;
mod permissions;
mod plugins;
mod pools;
mod providers;
mod roles;
mod task_instances;
mod tasks;
mod users;
mod variables;
mod version;
mod xcom_entries;

use crate::config;
use crate::endpoint::Endpoint;

/// All endpoints of this version.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    [
        vec![health::endpoint(), version::endpoint(), dag_stats::endpoint()],
        vec![
            dag_warnings::endpoint(),
            permissions::endpoint(),
            plugins::endpoint(),
            providers::endpoint(),
        ],
        config::endpoints("get_value", &[401, 403, 404]).into(),
        connections::endpoints(),
        dags::endpoints(),
        dag_runs::endpoints(),
        dag_sources::endpoints(),
        datasets::endpoints(),
        event_logs::endpoints(),
        import_errors::endpoints(),
        pools::endpoints(),
        roles::endpoints(),
        task_instances::endpoints(),
        tasks::endpoints(),
        users::endpoints(),
        variables::endpoints(),
        xcom_entries::endpoints(),
    ]
    .concat()
}
