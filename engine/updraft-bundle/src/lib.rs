//! Finds DAG sources, parses them through their runtime and keeps the last good version.

mod source;

pub use source::{ImportError, ParsedSource, SourceChange};
