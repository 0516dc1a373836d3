//! Sources that cannot be read. Somebody sees those of the DAGs that they may read.

use updraft_auth::{Action, Identity};
use updraft_store::{ImportErrorFilter, ImportErrorRow, Paging};

use super::readable;
use crate::api::Api;
use crate::failure::Failure;
use crate::page::Paged;

/// What import errors can be sorted by.
pub(crate) const COLUMNS: [&str; 5] = ["id", "import_error_id", "timestamp", "filename", "stacktrace"];

/// What is shown in the place of an error to those who may not read all DAGs of its source.
pub(crate) const REDACTED: &str = "REDACTED - you do not have read permission on all DAGs in the file";

/// A page of import errors.
pub(crate) async fn list(
    (api, identity): (&Api, &Identity),
    filter: ImportErrorFilter,
    paging: &Paging,
) -> Result<Paged<ImportErrorRow>, Failure> {
    let filter = ImportErrorFilter {
        readable: readable::dags(identity, Action::Read),
        ..filter
    };
    let (rows, total) = api.store().import_error_page(&filter, paging).await?;
    Ok(Paged { rows, total })
}

/// An import error. Who may read none of its DAGs is told that there is none.
pub(crate) async fn get(
    (api, identity): (&Api, &Identity),
    import_error_id: i64,
) -> Result<ImportErrorRow, Failure> {
    let filter = ImportErrorFilter {
        import_error_id: Some(import_error_id),
        ..ImportErrorFilter::default()
    };
    let one = Paging {
        limit: 1,
        ..Paging::default()
    };
    let found = list((api, identity), filter, &one).await?.rows.pop();
    found.ok_or_else(|| Failure::NotFound(format!("there is no import error {import_error_id}")))
}
