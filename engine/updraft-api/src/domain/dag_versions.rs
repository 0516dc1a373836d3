//! The versions of DAGs, and their tags.

use updraft_auth::{Action, Identity};
use updraft_store::{DagVersionFilter, DagVersionRow, Paging, TagFilter};

use super::{dags, readable};
use crate::access::ALL;
use crate::api::Api;
use crate::failure::Failure;
use crate::page::Paged;

/// What versions can be sorted by.
pub(crate) const COLUMNS: [&str; 4] = ["id", "version_number", "created_at", "dag_id"];
/// What tags can be sorted by.
pub(crate) const TAG_COLUMNS: [&str; 1] = ["name"];

/// A page of the versions of a DAG, or of all DAGs that somebody may read where the path names none.
pub(crate) async fn list(
    (api, identity): (&Api, &Identity),
    dag_id: &str,
    version_number: Option<i64>,
    paging: &Paging,
) -> Result<Paged<DagVersionRow>, Failure> {
    let dags = if dag_id == ALL {
        readable::dags(identity, Action::Read)
    } else {
        let id = dags::parse(dag_id)?;
        if api.store().dag_row(&id).await?.is_none() {
            return Err(Failure::NotFound(format!("there is no DAG `{dag_id}`")));
        }
        Some([id].into())
    };
    let filter = DagVersionFilter { dags, version_number };
    let (rows, total) = api.store().dag_version_page(&filter, paging).await?;
    Ok(Paged { rows, total })
}

/// A version of a DAG.
pub(crate) async fn get(api: &Api, dag_id: &str, version_number: i64) -> Result<DagVersionRow, Failure> {
    let filter = DagVersionFilter {
        dags: Some([dags::parse(dag_id)?].into()),
        version_number: Some(version_number),
    };
    let one = Paging {
        limit: 1,
        ..Paging::default()
    };
    let found = api.store().dag_version_page(&filter, &one).await?.0.pop();
    found.ok_or_else(|| Failure::NotFound(format!("the DAG `{dag_id}` has no version {version_number}")))
}

/// A page of the tags of DAGs that somebody may read.
pub(crate) async fn tags(
    (api, identity): (&Api, &Identity),
    filter: TagFilter,
    paging: &Paging,
) -> Result<Paged<String>, Failure> {
    let filter = TagFilter {
        dags: readable::dags(identity, Action::Read),
        ..filter
    };
    let (rows, total) = api.store().tag_page(&filter, paging).await?;
    Ok(Paged { rows, total })
}
