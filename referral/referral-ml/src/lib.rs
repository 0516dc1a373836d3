//! Embeddings and matching of candidates and positions.
