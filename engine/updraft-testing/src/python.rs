//! A Python for tests of what runs DAG files.

use std::path::PathBuf;

/// The environment variable with the path of a Python with our package for DAG files. The test runner sets it.
pub const PYTHON_VARIABLE: &str = "UPDRAFT_TEST_PYTHON";

/// That Python, absolute.
///
/// # Panics
/// The variable is unset: a missing Python is a failed test, never a skipped one.
#[expect(
    clippy::disallowed_methods,
    reason = "the test runner tells the Python by an environment variable"
)]
#[expect(clippy::panic, reason = "a test without its Python has failed")]
pub fn python() -> PathBuf {
    let Some(python) = std::env::var_os(PYTHON_VARIABLE) else {
        panic!(
            "{PYTHON_VARIABLE} is not set: run the tests with `cargo xtask test`, or set it to \
what `updraft python which` prints"
        );
    };
    PathBuf::from(python)
}
