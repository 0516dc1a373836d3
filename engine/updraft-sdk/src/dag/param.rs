//! A parameter of a DAG's runs.

use serde::Serialize;
use serde_json::Value;
use updraft_model::ParamSpec;

/// A parameter of a DAG's runs with a description, a schema for its values, or no default; Airflow's `Param`.
///
/// A DAG with a schedule needs defaults that fit. Whoever triggers a run may give other values in its `conf`, and is told if
/// they do not fit; then no run is made.
///
/// ```
/// use serde_json::json;
/// use updraft_sdk::{Dag, Param};
///
/// let dag = Dag::new("etl")
///     .param("mode", "full")
///     .param("limit", Param::new(500).schema(json!({"type": "integer", "minimum": 1})))
///     .param("table", Param::required().description("what is to be loaded"));
/// assert!(dag.build().is_ok());
/// ```
#[derive(Debug, Clone)]
pub struct Param {
    pub(crate) default: Option<Result<Value, String>>,
    pub(crate) description: Option<String>,
    pub(crate) schema: Option<Value>,
}

impl Param {
    /// A parameter with a default value.
    pub fn new(default: impl Serialize) -> Self {
        Self {
            default: Some(serde_json::to_value(default).map_err(|error| error.to_string())),
            ..Self::required()
        }
    }

    /// A parameter that each run must give a value; only in a DAG without a schedule.
    pub const fn required() -> Self {
        Self {
            default: None,
            description: None,
            schema: None,
        }
    }

    /// What the parameter is for.
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// The JSON schema of its values, an object; draft 2020-12 unless it names another one in `$schema`.
    pub fn schema(mut self, schema: Value) -> Self {
        self.schema = Some(schema);
        self
    }

    /// What is known beside the default, if anything is.
    pub(super) fn spec(&self) -> Result<Option<ParamSpec>, String> {
        let schema = match self.schema.clone() {
            None => serde_json::Map::new(),
            Some(Value::Object(schema)) => schema,
            Some(other) => return Err(format!("has a schema that is no JSON object: {other}")),
        };
        let spec = ParamSpec {
            description: self.description.clone(),
            schema,
        };
        Ok((self.default.is_none() || spec != ParamSpec::default()).then_some(spec))
    }
}

/// What [`Dag::param`](super::Dag::param) takes: a default value, or a [`Param`].
pub trait IntoParam {
    /// The parameter.
    fn into_param(self) -> Param;
}

impl<T: Serialize> IntoParam for T {
    fn into_param(self) -> Param {
        Param::new(self)
    }
}

impl IntoParam for Param {
    fn into_param(self) -> Param {
        self
    }
}
