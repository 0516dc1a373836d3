//! `/importErrors`.

mod get;
mod list;

use schemars::JsonSchema;
use serde::Serialize;
use updraft_store::ImportErrorRow;

use crate::domain::import_errors::REDACTED;
use crate::endpoint::Endpoint;
use crate::time::V1Time;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![list::endpoint(), get::endpoint()]
}

/// A source that cannot be read.
#[derive(Serialize, JsonSchema)]
struct ImportError {
    import_error_id: i64,
    timestamp: V1Time,
    filename: String,
    stack_trace: String,
}

impl From<ImportErrorRow> for ImportError {
    fn from(row: ImportErrorRow) -> Self {
        Self {
            import_error_id: row.import_error_id,
            timestamp: V1Time(row.occurred_at),
            filename: row.fileloc,
            stack_trace: row.message.unwrap_or_else(|| REDACTED.to_owned()),
        }
    }
}
