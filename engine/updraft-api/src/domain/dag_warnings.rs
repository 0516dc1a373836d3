//! What is wrong with DAGs that can be read.

use updraft_auth::{Action, Identity};
use updraft_store::{DagWarningFilter, DagWarningRow, Paging};

use super::readable;
use crate::api::Api;
use crate::failure::Failure;
use crate::page::Paged;

/// What warnings can be sorted by.
pub(crate) const COLUMNS: [&str; 2] = ["dag_id", "timestamp"];

/// The kind of warning that there is: tasks name pools that there are not.
pub(crate) const MISSING_POOL: &str = "non-existent pool";

/// A page of the warnings about DAGs that somebody may read.
pub(crate) async fn list(
    (api, identity): (&Api, &Identity),
    dag_id: Option<String>,
    paging: &Paging,
) -> Result<Paged<DagWarningRow>, Failure> {
    let filter = DagWarningFilter {
        dags: readable::dags(identity, Action::Read),
        dag_id,
    };
    let (rows, total) = api.store().dag_warning_page(&filter, paging).await?;
    Ok(Paged { rows, total })
}

/// A warning in words.
pub(crate) fn message(row: &DagWarningRow) -> String {
    format!(
        "Dag '{}' references non-existent pools: {}",
        row.dag_id, row.missing_pools
    )
}
