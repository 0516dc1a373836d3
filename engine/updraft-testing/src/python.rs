//! Pythons for tests of what runs DAG files.

use std::path::PathBuf;

/// The environment variable with the path of a Python with our package for DAG files. The test runner sets it.
pub const PYTHON_VARIABLE: &str = "UPDRAFT_TEST_PYTHON";

/// The environment variable with the path of a Python with a real Airflow of version 2. The test runner sets it.
pub const AIRFLOW_VARIABLE: &str = "UPDRAFT_TEST_AIRFLOW";

/// The Python with our package, absolute.
///
/// # Panics
/// The variable is unset: a missing Python is a failed test, never a skipped one.
pub fn python() -> PathBuf {
    named(PYTHON_VARIABLE, "what `updraft python which` prints")
}

/// The Python with a real Airflow, absolute.
///
/// # Panics
/// The variable is unset: a missing Airflow is a failed test, never a skipped one.
pub fn airflow() -> PathBuf {
    named(AIRFLOW_VARIABLE, "the Python of an environment with Airflow 2.11")
}

#[expect(
    clippy::disallowed_methods,
    reason = "the test runner tells the Python by an environment variable"
)]
#[expect(clippy::panic, reason = "a test without its Python has failed")]
fn named(variable: &str, what: &str) -> PathBuf {
    let Some(python) = std::env::var_os(variable) else {
        panic!("{variable} is not set: run the tests with `cargo xtask test`, or set it to {what}");
    };
    PathBuf::from(python)
}
