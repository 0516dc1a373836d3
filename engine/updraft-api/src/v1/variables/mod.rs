//! `/variables`.

mod delete;
mod get;
mod list;
mod patch;
mod post;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_store::VariableRow;

use crate::endpoint::Endpoint;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        list::endpoint(),
        post::endpoint(),
        get::endpoint(),
        patch::endpoint(),
        delete::endpoint(),
    ]
}

/// Which variable.
#[derive(Deserialize, JsonSchema)]
struct ByKey {
    variable_key: String,
}

/// A variable, with its value as in Airflow 2.
#[derive(Serialize, JsonSchema)]
struct Variable {
    key: String,
    description: Option<String>,
    value: String,
}

impl From<VariableRow> for Variable {
    fn from(row: VariableRow) -> Self {
        Self {
            key: row.key,
            description: row.description,
            value: row.value,
        }
    }
}

/// What a variable is to have.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct VariableBody {
    key: Option<String>,
    description: Option<String>,
    value: Option<String>,
}
