//! Entries of Bullhorn's lists, which have an id and a name.

use jiff::Timestamp;

use crate::fields::{Fields, FieldsBuilder};
use crate::record::Record;
use crate::wire::row::{Row, RowFault};

/// An entry of a list: a skill, a category, a client corporation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Bullhorn's id.
    pub id: i64,
    /// The name, trimmed.
    pub name: Option<String>,
}

impl Named {
    /// The fields of an entry, for use inside a list of fields.
    pub(crate) fn select(fields: FieldsBuilder) -> FieldsBuilder {
        fields.field("id").field("name")
    }
}

impl Record for Named {
    fn fields() -> Fields {
        Self::select(Fields::builder())
            .build()
            .expect("these field names are valid")
    }

    fn from_row(row: &Row<'_>) -> Result<Self, RowFault> {
        Ok(Self {
            id: row.id()?,
            name: row.text("name")?,
        })
    }

    fn id(&self) -> i64 {
        self.id
    }

    fn modified(&self) -> Option<Timestamp> {
        None
    }
}
