//! Embeddings and matching of candidates and positions.

pub mod bert;
pub mod document;
pub mod embedder;
pub mod remote;
pub mod vectors;
