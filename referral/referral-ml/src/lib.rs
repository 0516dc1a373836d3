//! Embeddings and matching of candidates and positions.

pub mod bench;
pub mod bert;
pub mod document;
pub mod embedder;
pub mod evaluation;
pub mod explain;
pub mod matching;
pub mod remote;
pub mod scoring;
pub mod service;
pub mod vectors;
pub mod workers;

mod features;
mod product;
mod widest;
