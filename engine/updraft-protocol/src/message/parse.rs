//! The order to describe a bundle's DAGs, and the description.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use updraft_model::DagSpec;

/// The order to describe the DAGs of a source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DagFileParseRequest {
    /// The source: a DAG file, or a `NAME.bundle.toml`.
    pub file: String,
    /// The DAGs folder.
    pub bundle_path: String,
    /// The bundle's name.
    pub bundle_name: String,
    /// Callbacks to run instead of a description; none here.
    #[serde(default)]
    pub callback_requests: Vec<Value>,
}

/// The DAGs of a source, and what is wrong with those that cannot be described.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DagFileParsingResult {
    /// The source, as in the request.
    pub fileloc: String,
    /// The DAGs that are well-formed.
    pub serialized_dags: Vec<SerializedDag>,
    /// What works but should be changed.
    #[serde(default)]
    pub warnings: Option<Vec<String>>,
    /// What is wrong, by place: `FILE` or `FILE:LINE`.
    #[serde(default)]
    pub import_errors: Option<Map<String, Value>>,
    /// Ours: the DAGs that the `import_errors` are about, by id; absent if that is not known of all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updraft_failed_dags: Option<Vec<String>>,
    /// Ours: files and folders that the source has read, when it can tell; it is to be described again when one changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updraft_reads: Option<Vec<UpdraftRead>>,
}

/// A file or folder as it was when a source read it: what `stat` says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdraftRead {
    /// Where it is, absolute.
    pub path: String,
    /// The file system.
    pub device: u64,
    /// Its number there.
    pub inode: u64,
    /// In bytes.
    pub size: u64,
    /// When its content was changed, in nanoseconds since 1970.
    pub modified: i64,
    /// When its entry was changed, in nanoseconds since 1970.
    pub changed: i64,
}

/// One DAG in a [`DagFileParsingResult`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SerializedDag {
    /// The description.
    pub data: DagSpec,
}
