//! Where a run stands, as it is kept with each page.

use bullhorn::paging::{ChangesCursor, FullCursor};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::SyncError;

/// Where a run goes on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "phase", rename_all = "snake_case")]
pub(super) enum Cursor {
    /// A full load, by id.
    Full {
        /// The client's cursor.
        from: FullCursor,
    },
    /// What changed in a window.
    Changes {
        /// The client's cursor, with the window.
        from: ChangesCursor,
    },
    /// Comparing versions, by id.
    Sweep {
        /// The client's cursor.
        from: FullCursor,
    },
    /// Everything is compared; what was not found is looked up once more and deleted.
    Missing {
        /// The last id that was looked up.
        after_id: i64,
        /// How many records the sweep saw at the source.
        seen: u64,
    },
}

impl Cursor {
    /// Reads a stored cursor; `None` for none.
    pub(super) fn read(stored: Option<&Value>) -> Result<Option<Self>, SyncError> {
        match stored {
            None | Some(Value::Null) => Ok(None),
            Some(json) => serde_json::from_value(json.clone())
                .map(Some)
                .map_err(SyncError::Cursor),
        }
    }

    /// As it is stored.
    pub(super) fn to_json(&self) -> Value {
        serde_json::to_value(self).expect("a cursor is plain data")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_read_back_what_they_write() {
        for cursor in [
            Cursor::Full {
                from: FullCursor { after_id: 7 },
            },
            Cursor::Sweep {
                from: FullCursor { after_id: 0 },
            },
            Cursor::Missing { after_id: 3, seen: 9 },
        ] {
            assert_eq!(Cursor::read(Some(&cursor.to_json())).unwrap(), Some(cursor));
        }
        assert_eq!(Cursor::read(Some(&Value::Null)).unwrap(), None);
        assert!(Cursor::read(Some(&serde_json::json!({"phase": "other"}))).is_err());
    }
}
