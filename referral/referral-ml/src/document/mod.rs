//! From a document of any length to one vector: contact details out, cut into pieces, averaged.

mod chunk;
mod contacts;
mod vector;

pub use chunk::{CHUNK_RULE, chunks};
pub use contacts::without_contacts;
pub use vector::embed_documents;
