//! The order of a page.

use std::fmt;

use crate::dialect::path::Path;

/// A sort order: fields, each ascending or descending.
///
/// ```
/// use bullhorn::{Path, Sort};
///
/// let sort = Sort::by(&Path::DATE_LAST_MODIFIED).then(&Path::ID);
/// assert_eq!(sort.to_string(), "dateLastModified,id");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sort(String);

impl Sort {
    /// Ascending by one field.
    pub fn by<K>(path: &Path<K>) -> Self {
        Self(path.as_str().to_owned())
    }

    /// Descending by one field.
    pub fn descending<K>(path: &Path<K>) -> Self {
        Self(format!("-{path}"))
    }

    /// Ties are ordered by a further field, ascending.
    pub fn then<K>(self, path: &Path<K>) -> Self {
        Self(format!("{},{path}", self.0))
    }

    /// Ties are ordered by a further field, descending.
    pub fn then_descending<K>(self, path: &Path<K>) -> Self {
        Self(format!("{},-{path}", self.0))
    }
}

impl fmt::Display for Sort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
