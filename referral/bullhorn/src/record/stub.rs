//! The few fields that a reconciling sweep over all records needs.

use jiff::Timestamp;

use crate::fields::Fields;
use crate::record::Record;
use crate::wire::row::{Row, RowFault};

/// That a record exists, whether it is deleted, and when it changed. For entities with `isDeleted` (see
/// [`Entity::is_soft_deleted`](crate::Entity::is_soft_deleted)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stub {
    /// Bullhorn's id.
    pub id: i64,
    /// Whether it is soft-deleted.
    pub is_deleted: bool,
    /// When it last changed.
    pub modified: Option<Timestamp>,
}

impl Record for Stub {
    fn fields() -> Fields {
        Fields::plain(&["id", "isDeleted", "dateLastModified"]).expect("these field names are valid")
    }

    fn from_row(row: &Row<'_>) -> Result<Self, RowFault> {
        Ok(Self {
            id: row.id()?,
            is_deleted: row.flag("isDeleted")?.unwrap_or(false),
            modified: row.instant("dateLastModified")?,
        })
    }

    fn id(&self) -> i64 {
        self.id
    }

    fn modified(&self) -> Option<Timestamp> {
        self.modified
    }
}
