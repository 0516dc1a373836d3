//! The application database: candidates, positions, embeddings, matches and sync state.
