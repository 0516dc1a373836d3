//! The fingerprint of a DAG's structure, by which a new version is told from an old one.

use std::collections::BTreeMap;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{DagSpec, StructureHash};

impl StructureHash {
    /// SHA-256 of a text.
    pub fn of_text(text: &str) -> Self {
        Self(Sha256::digest(text).into())
    }
}

impl DagSpec {
    /// SHA-256 of the normalised document: two DAGs have the same one when they differ in nothing but the place they
    /// were found at and the order in which tasks, groups and keys are written.
    ///
    /// # Panics
    /// Never: every field has a JSON form.
    pub fn structure_hash(&self) -> StructureHash {
        let mut document = serde_json::to_value(self).expect("a DAG has a JSON form");
        if let Value::Object(fields) = &mut document {
            fields.remove("fileloc");
            sort_by(fields.get_mut("tasks"), "task_id");
            sort_by(fields.get_mut("task_groups"), "group_id");
        }
        let mut text = Vec::new();
        write_sorted(&document, &mut text);
        StructureHash(Sha256::digest(text).into())
    }
}

fn sort_by(list: Option<&mut Value>, key: &str) {
    if let Some(Value::Array(items)) = list {
        items.sort_by_cached_key(|item| item[key].as_str().map(str::to_owned));
    }
}

/// JSON with the keys of every object in alphabetical order and no blanks.
fn write_sorted(value: &Value, text: &mut Vec<u8>) {
    match value {
        Value::Object(fields) => {
            let sorted: BTreeMap<&String, &Value> = fields.iter().collect();
            write_list(text, *b"{}", sorted.into_iter(), |(key, value), text| {
                write_leaf(&Value::String(key.clone()), text);
                text.push(b':');
                write_sorted(value, text);
            });
        }
        Value::Array(items) => write_list(text, *b"[]", items.iter(), write_sorted),
        leaf @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => write_leaf(leaf, text),
    }
}

fn write_list<T>(
    text: &mut Vec<u8>,
    [open, close]: [u8; 2],
    items: impl Iterator<Item = T>,
    write: impl Fn(T, &mut Vec<u8>),
) {
    text.push(open);
    for (at, item) in items.enumerate() {
        if at > 0 {
            text.push(b',');
        }
        write(item, text);
    }
    text.push(close);
}

fn write_leaf(value: &Value, text: &mut Vec<u8>) {
    text.extend_from_slice(value.to_string().as_bytes());
}
