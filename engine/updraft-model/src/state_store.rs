//! State stores: values that tries of a task keep for each other, and values that are kept about assets.
//!
//! Source: `airflow/models/task_state_store.py` and `asset_state_store.py` of Airflow 3.3.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::AssetRef;

/// The longest key of a state store, in characters.
pub const STATE_KEY_CHARS_MAX: usize = 512;

/// Which state store, seen from a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum StateStoreOf {
    /// The one of the task itself, or of its copy: all tries in one run share it.
    Task,
    /// That of an asset: all runs share it.
    Asset(AssetRef),
}

/// What becomes of a state store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum StateStoreEdit {
    /// A key gets a value.
    Set {
        /// The key.
        key: String,
        /// The value; anything but null.
        value: Value,
        /// When it may be cleaned away; `None`: never. What is kept about assets stays in any case.
        expires_at: Option<Timestamp>,
    },
    /// A key goes, if it is there.
    Delete {
        /// The key.
        key: String,
    },
    /// All keys go.
    Clear,
}

impl StateStoreEdit {
    /// What is wrong with it, if something is.
    pub fn problem(&self) -> Option<String> {
        let (key, value) = match self {
            Self::Set { key, value, .. } => (key, Some(value)),
            Self::Delete { key } => (key, None),
            Self::Clear => return None,
        };
        if key.is_empty() || key.chars().count() > STATE_KEY_CHARS_MAX {
            return Some(format!(
                "a key of a state store has 1 to {STATE_KEY_CHARS_MAX} characters"
            ));
        }
        let is_nothing = value.is_some_and(Value::is_null);
        is_nothing.then(|| format!("the value of `{key}` is null; delete the key to keep nothing"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_have_a_length_and_values_are_something() {
        let set = |key: &str, value| StateStoreEdit::Set {
            key: key.to_owned(),
            value,
            expires_at: None,
        };
        let longest = "ä".repeat(STATE_KEY_CHARS_MAX);
        assert_eq!(set(&longest, json!(false)).problem(), None);
        assert_eq!(StateStoreEdit::Clear.problem(), None);
        for key in ["", &format!("{longest}x")] {
            let problem = Some("a key of a state store has 1 to 512 characters".to_owned());
            assert_eq!(set(key, json!(1)).problem(), problem);
            assert_eq!(StateStoreEdit::Delete { key: key.to_owned() }.problem(), problem);
        }
        let problem = set("k", Value::Null).problem();
        assert_eq!(
            problem.as_deref(),
            Some("the value of `k` is null; delete the key to keep nothing")
        );
    }
}
