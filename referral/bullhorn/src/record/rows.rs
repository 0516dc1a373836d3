//! The rows of a reply: records, and beside them the rows that could not be read.

use std::fmt;

use jiff::Timestamp;

use crate::record::Record;
use crate::wire::row::{Row, RowFault};

/// The rows of one reply. A row that cannot be read does not fail the others.
#[derive(Debug)]
pub struct Rows<R> {
    /// The records, in the order of the reply.
    pub records: Vec<R>,
    /// The rows that could not be read.
    pub faulty: Vec<FaultyRow>,
    /// Id and last change of every row, faulty ones included, in the order of the reply: what paging goes by.
    pub(crate) keys: Vec<RowKey>,
}

/// What identifies a row, as far as it can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RowKey {
    pub(crate) id: Option<i64>,
    pub(crate) modified: Option<Timestamp>,
}

/// A row that could not be read.
#[derive(Clone)]
pub struct FaultyRow {
    /// The record's id, if at least that could be read.
    pub id: Option<i64>,
    /// What is wrong with it.
    pub fault: RowFault,
    raw: String,
}

impl FaultyRow {
    /// The row as JSON. It holds personal data: hash it or quarantine it, but do not log it.
    pub fn raw(&self) -> &str {
        &self.raw
    }
}

impl fmt::Debug for FaultyRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaultyRow")
            .field("id", &self.id)
            .field("fault", &self.fault)
            .finish_non_exhaustive()
    }
}

impl<R> Rows<R> {
    /// No rows.
    pub(crate) const fn none() -> Self {
        Self {
            records: Vec::new(),
            faulty: Vec::new(),
            keys: Vec::new(),
        }
    }

    /// How many rows the server returned, faulty ones included. Paging advances by this number.
    pub fn returned(&self) -> usize {
        self.keys.len()
    }

    /// Adds the rows of a further reply.
    pub(crate) fn append(&mut self, mut more: Self) {
        self.records.append(&mut more.records);
        self.faulty.append(&mut more.faulty);
        self.keys.append(&mut more.keys);
    }
}

impl<R: Record> Rows<R> {
    /// Reads each row on its own.
    pub(crate) fn read(raw_rows: &[Row<'_>]) -> Self {
        let mut rows = Self {
            records: Vec::with_capacity(raw_rows.len()),
            faulty: Vec::new(),
            keys: Vec::new(),
        };
        for row in raw_rows {
            rows.push(row);
        }
        rows
    }

    fn push(&mut self, row: &Row<'_>) {
        match row.check().and_then(|()| R::from_row(row)) {
            Ok(record) => {
                self.keys.push(RowKey {
                    id: Some(record.id()),
                    modified: record.modified(),
                });
                self.records.push(record);
            }
            Err(fault) => {
                let id = row.id().ok();
                let modified = row.instant("dateLastModified").ok().flatten();
                self.keys.push(RowKey { id, modified });
                self.faulty.push(FaultyRow {
                    id,
                    fault,
                    raw: row.to_json(),
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::named::Named;

    #[test]
    fn unreadable_rows_are_reported_beside_the_others() {
        let json = r#"[{"id":1,"name":"A"},{"id":2,"_error":"gone"},{"name":"no id"},7,{"id":3,"name":{}}]"#;
        let raw: Vec<Row<'_>> = serde_json::from_str(json).unwrap();
        let rows = Rows::<Named>::read(&raw);
        assert_eq!(
            rows.records,
            [Named {
                id: 1,
                name: Some("A".to_owned())
            }]
        );
        let faults: Vec<(Option<i64>, String)> = rows
            .faulty
            .iter()
            .map(|row| (row.id, row.fault.to_string()))
            .collect();
        let expected = [
            (
                Some(2),
                "the record is in the search index but not in the database",
            ),
            (None, "the field `id` is missing"),
            (None, "the record is not an object"),
            (Some(3), "the field `name` is not text"),
        ];
        assert_eq!(faults, expected.map(|(id, fault)| (id, fault.to_owned())));
        assert_eq!(rows.faulty[1].raw(), r#"{"name":"no id"}"#);
        assert!(!format!("{:?}", rows.faulty).contains("no id"));
        assert_eq!(rows.returned(), 5);
    }
}
