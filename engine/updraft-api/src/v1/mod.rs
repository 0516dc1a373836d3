//! `/api/v1`: the stable REST API of Airflow 2.11.

mod connections;
mod dag_runs;
mod dags;
mod event_logs;
mod fields;
pub(crate) mod health;
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
        connections::endpoints(),
        dags::endpoints(),
        dag_runs::endpoints(),
        event_logs::endpoints(),
        pools::endpoints(),
        task_instances::endpoints(),
        variables::endpoints(),
        xcom_entries::endpoints(),
    ]
    .concat()
}
