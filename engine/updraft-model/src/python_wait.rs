//! Waits that only Python knows how to wait for.

use std::fmt;

use serde_json::{Map, Value};

/// A wait for a trigger of Python, of a class of the user's or of a provider's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PythonWait {
    /// The class, e.g. `company.triggers.OrderShipped`.
    pub classpath: String,
    /// Its arguments, as Airflow serialises them.
    pub kwargs: Map<String, Value>,
}

/// Whether a text can be the path of a class in a module.
pub(crate) fn is_class(classpath: &str) -> bool {
    let is_start = |first: char| first.is_alphabetic() || first == '_';
    let is_name = |name: &str| {
        name.starts_with(is_start)
            && name
                .chars()
                .all(|character| character.is_alphanumeric() || character == '_')
    };
    classpath.contains('.') && classpath.split('.').all(is_name)
}

/// Follows the words `it waits`.
impl fmt::Display for PythonWait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "for trigger `{}`", self.classpath)
    }
}
