//! `NAME.bundle.toml`: the file in the DAGs folder that makes a program a bundle of DAGs.
//!
//! ```toml
//! program = "referral"            # beside this file, beside the engine's binary, or on the search path
//! args = ["bundle"]
//!
//! [env]                           # added to the engine's own environment
//! RUST_LOG = "info"
//!
//! [default_args]                  # the operator's word on every task of the bundle
//! retry_delay = "2s"
//! ```

mod document;
mod overrides;
mod parse;

pub use document::ManifestError;
pub use overrides::TaskOverrides;

use std::collections::BTreeMap;

/// What the name of a bundle file ends with.
pub const MANIFEST_SUFFIX: &str = ".bundle.toml";

/// A bundle file, read and checked.
#[derive(Debug, Clone, PartialEq)]
pub struct BundleManifest {
    /// The program, as written: a name, or a path relative to the file.
    pub program: String,
    /// Its arguments, in front of those that the engine adds.
    pub args: Vec<String>,
    /// Environment variables that are added to the engine's own.
    pub env: BTreeMap<String, String>,
    /// Arguments that replace those of every task.
    pub default_args: TaskOverrides,
}

impl BundleManifest {
    /// Reads the text of a bundle file.
    ///
    /// # Errors
    /// The text is no TOML, has an unknown key, lacks `program`, or has a value of the wrong kind. The error names
    /// the line and what to write instead.
    pub fn parse(text: &str) -> Result<Self, ManifestError> {
        parse::manifest(text)
    }
}
