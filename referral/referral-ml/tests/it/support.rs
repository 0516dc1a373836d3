//! What several tests need: the real model, once per test process.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use referral_ml::bert::{LocalModel, LocalModelOptions, ModelFolder};

/// The folder with the published model, which the test runner names.
pub(crate) fn model_path() -> PathBuf {
    #[expect(
        clippy::disallowed_methods,
        reason = "the test runner tells where the model is"
    )]
    let path = std::env::var_os("UPDRAFT_TEST_MODEL");
    path.map(PathBuf::from)
        .expect("UPDRAFT_TEST_MODEL is not set: run the tests with `cargo xtask test`")
}

/// The published model on `threads` threads.
pub(crate) fn model(threads: usize) -> LocalModel {
    let threads = NonZeroUsize::new(threads).unwrap();
    LocalModel::load(&LocalModelOptions {
        folder: ModelFolder::published(model_path()),
        threads,
    })
    .unwrap()
}
