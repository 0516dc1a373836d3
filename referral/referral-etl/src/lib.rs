//! Syncs Bullhorn into the application database and cleans what it reads.

pub mod clean;
pub mod embedding_text;
pub mod redact;
