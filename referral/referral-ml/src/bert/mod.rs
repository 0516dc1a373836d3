//! The transformer that runs here: its files, its weights, its tokens and its forward pass.

mod attention;
mod batch;
mod files;
mod forward;
mod linear;
mod local;
mod loops;
mod shape;
mod tokens;
mod weights;

pub use files::{
    FETCH_COMMAND, ModelError, ModelFolder, PUBLISHED_TOKENIZER_SHA256, PUBLISHED_WEIGHTS_SHA256,
};
pub use local::LocalModel;
pub use shape::{TOKENS_MAX, WIDTH};
