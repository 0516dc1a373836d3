//! The OpenAPI document, made of the declarations that serve.

use serde_json::Value;

use super::operation::{AskedBy, Operation};
use super::router::operations;
use crate::openapi::{Described, describe};

/// The document of everything that is served below `/execution`, with Airflow's paths.
pub fn execution_document() -> Value {
    let operations = operations();
    let described = |operation: &Operation| Described {
        method: operation.method.clone(),
        path: operation.path.to_owned(),
        id: None,
        shape: operation.shape,
        failures: operation.failures,
        is_rest: false,
        also: &[],
        is_open: operation.by == AskedBy::Anybody,
    };
    let title = "Updraft Task Execution API, as Airflow 3 has it, version 2026-06-30";
    describe(
        title,
        ("/execution", crate::failure::Version::V2),
        operations.iter().map(described),
    )
}
