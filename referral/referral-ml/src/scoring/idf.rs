//! How much each skill says: one that few candidates have counts more than one that all have.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::skill_names::skill_key;

/// The weight of every skill, frozen per version of the formula.
///
/// `ln(1 + N / (1 + n))` for a skill that `n` of `N` candidates have, kept in millionths so that sums are exact and do not
/// depend on their order. A skill that the table does not know has `n = 0`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdfTable {
    candidates: u64,
    holders: BTreeMap<String, u64>,
}

/// The table as it is frozen.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    candidates: u64,
    holders: BTreeMap<String, u64>,
}

/// A frozen table that does not read as one.
#[derive(Debug, thiserror::Error)]
#[error("the frozen table of skills of formula version `{version}` cannot be read; choose another version")]
pub struct IdfDocumentError {
    /// The version.
    pub version: String,
    /// What does not fit.
    #[source]
    pub source: serde_json::Error,
}

impl IdfTable {
    /// A table for `candidates` candidates; `holders` gives how many have a skill, under any spelling.
    pub fn new<'a>(candidates: u64, holders: impl IntoIterator<Item = (&'a str, u64)>) -> Self {
        let mut by_key = BTreeMap::new();
        for (name, count) in holders {
            *by_key.entry(skill_key(name)).or_insert(0_u64) += count;
        }
        for count in by_key.values_mut() {
            *count = (*count).min(candidates);
        }
        Self {
            candidates,
            holders: by_key,
        }
    }

    /// The weight of a skill, given by its [`skill_key`], in millionths; never 0.
    pub fn millionths(&self, key: &str) -> u32 {
        let holders = self.holders.get(key).copied().unwrap_or(0);
        let weight = (1.0 + self.candidates as f64 / (1.0 + holders as f64)).ln();
        ((weight * 1e6).round() as u32).max(1)
    }

    /// The document to freeze.
    pub fn document(&self) -> serde_json::Value {
        let document = Document {
            candidates: self.candidates,
            holders: self.holders.clone(),
        };
        serde_json::to_value(document).expect("a map of numbers is JSON")
    }

    /// Reads a frozen document.
    ///
    /// # Errors
    /// It is not what [`IdfTable::document`] writes.
    pub fn from_document(version: &str, document: &serde_json::Value) -> Result<Self, IdfDocumentError> {
        let read = Document::deserialize(document);
        let Document { candidates, holders } = read.map_err(|source| IdfDocumentError {
            version: version.to_owned(),
            source,
        })?;
        Ok(Self { candidates, holders })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rare_skills_weigh_more_than_common_ones() {
        let table = IdfTable::new(100, [("excel", 90), ("TIG welding", 3), ("tig-welding", 1)]);
        let weight = |name: &str| table.millionths(&skill_key(name));
        assert_eq!(
            weight("TIG Welding"),
            (1.0_f64 + 100.0 / 5.0).ln().mul_add(1e6, 0.5) as u32
        );
        assert!(weight("glass blowing") > weight("tig welding"));
        assert!(weight("tig welding") > weight("MS Excel"));
    }

    #[test]
    fn an_empty_database_still_gives_weights() {
        assert_eq!(IdfTable::new(0, []).millionths("x"), 1);
    }

    #[test]
    fn a_frozen_table_reads_back() {
        let table = IdfTable::new(7, [("a", 3), ("b", 9)]);
        assert_eq!(IdfTable::from_document("1", &table.document()).unwrap(), table);
        let error = IdfTable::from_document("1", &serde_json::json!({"candidates": "many"})).unwrap_err();
        assert!(error.to_string().contains("version `1`"));
    }
}
