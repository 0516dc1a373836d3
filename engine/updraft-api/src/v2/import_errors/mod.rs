//! `/importErrors`.

mod get;
mod list;

use schemars::JsonSchema;
use serde::Serialize;
use updraft_store::ImportErrorRow;

use crate::domain::import_errors::REDACTED;
use crate::endpoint::Endpoint;
use crate::time::V2Time;
use crate::v2::dags::BUNDLE;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![list::endpoint(), get::endpoint()]
}

/// A source that cannot be read.
#[derive(Serialize, JsonSchema)]
struct ImportErrorResponse {
    import_error_id: i64,
    timestamp: V2Time,
    filename: String,
    bundle_name: Option<&'static str>,
    stack_trace: String,
}

impl From<ImportErrorRow> for ImportErrorResponse {
    fn from(row: ImportErrorRow) -> Self {
        Self {
            import_error_id: row.import_error_id,
            timestamp: V2Time(row.occurred_at),
            filename: row.fileloc,
            bundle_name: Some(BUNDLE),
            stack_trace: row.message.unwrap_or_else(|| REDACTED.to_owned()),
        }
    }
}
