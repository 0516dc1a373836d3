//! `/variables`.

mod bulk;
mod delete;
mod get;
mod list;
mod patch;
mod post;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use updraft_secrets::Masker;
use updraft_store::VariableRow;

use crate::domain::connections::HIDDEN;
use crate::endpoint::Endpoint;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        list::endpoint(),
        post::endpoint(),
        get::endpoint(),
        patch::endpoint(),
        delete::endpoint(),
        bulk::endpoint(),
    ]
}

/// Which variable.
#[derive(Deserialize, JsonSchema)]
struct ByKey {
    variable_key: String,
}

/// A variable. The value of one whose key says that it is secret is hidden.
#[derive(Serialize, JsonSchema)]
struct VariableResponse {
    key: String,
    value: Option<String>,
    description: Option<String>,
    is_encrypted: bool,
    team_name: Option<String>,
}

impl From<VariableRow> for VariableResponse {
    fn from(row: VariableRow) -> Self {
        let is_secret = Masker::new(&[]).is_sensitive_name(&row.key);
        Self {
            value: Some(if is_secret { HIDDEN.to_owned() } else { row.value }),
            key: row.key,
            description: row.description,
            is_encrypted: row.is_encrypted,
            team_name: None,
        }
    }
}

/// What a variable is to have. There are no teams here.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct VariableBody {
    key: String,
    value: Value,
    description: Option<String>,
    #[expect(dead_code, reason = "accepted for Airflow's sake: there are no teams here")]
    team_name: Option<String>,
}

impl VariableBody {
    /// The value as it is stored: a text as it is, anything else as JSON.
    fn text(&self) -> String {
        match &self.value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        }
    }
}
