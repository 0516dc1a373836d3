//! `/api/v1`: the stable REST API of Airflow 2.11.

mod config;
mod connections;
mod dag_runs;
mod dag_sources;
mod dag_warnings;
mod dags;
mod event_logs;
mod fields;
mod health;
mod import_errors;
mod mask;
mod pools;
mod task_instances;
mod variables;
mod version;
mod xcom_entries;

use crate::endpoint::Endpoint;

/// All endpoints of this version.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    [
        vec![health::endpoint(), version::endpoint()],
        vec![dag_warnings::endpoint()],
        config::endpoints(),
        connections::endpoints(),
        dags::endpoints(),
        dag_runs::endpoints(),
        dag_sources::endpoints(),
        event_logs::endpoints(),
        import_errors::endpoints(),
        pools::endpoints(),
        task_instances::endpoints(),
        variables::endpoints(),
        xcom_entries::endpoints(),
    ]
    .concat()
}
