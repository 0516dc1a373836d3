//! Parameters of a DAG's runs: their defaults, the values they take, and the values that a run has.
//!
//! Source: `Param`, `ParamsDict` and `DAG.validate_schedule_and_params` of Airflow 2.11. A schema is read when the DAG is,
//! and resolves no address outside itself.

use std::fmt;

use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{CompatLevel, DagId, DagSpec};

/// What is known of a parameter beside its default.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParamSpec {
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The JSON schema that its values fit, draft 2020-12 unless it says `$schema`; any value if empty.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub schema: Map<String, Value>,
}

/// A parameter whose value, or schema, cannot be used. Final: DAG or `conf` have to be changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("dag `{dag_id}`: param `{param}` {problem}")]
pub struct ParamError {
    /// The DAG.
    pub dag_id: DagId,
    /// The parameter.
    pub param: String,
    /// What is wrong with it.
    pub problem: ParamProblem,
}

/// What is wrong with a parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParamProblem {
    /// It has no default, and the run gives no value.
    Missing,
    /// The value does not fit the schema.
    Unfit {
        /// Where in the value, as a JSON pointer; empty for all of it.
        place: String,
        /// In what way.
        reason: String,
    },
    /// The schema is none.
    Schema {
        /// Where in the schema, as a JSON pointer; empty for all of it.
        place: String,
        /// In what way.
        reason: String,
    },
}

impl fmt::Display for ParamProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, place, reason) = match self {
            Self::Missing => return f.write_str("has no default, so a run must give it a value in its conf"),
            Self::Unfit { place, reason } => ("does not fit its schema", place, reason),
            Self::Schema { place, reason } => ("has a schema that cannot be used", place, reason),
        };
        f.write_str(what)?;
        if !place.is_empty() {
            write!(f, " at `{place}`")?;
        }
        write!(f, ": {reason}")
    }
}

impl DagSpec {
    /// The parameters of a run that is made with this `conf`: the defaults, with the values of `conf` over them. `conf` may
    /// have further keys.
    ///
    /// # Errors
    /// The first parameter, by name, whose value is missing or does not fit its schema.
    pub fn params_with(&self, conf: &Map<String, Value>) -> Result<Map<String, Value>, ParamError> {
        let mut params = self.params.clone();
        params.extend(conf.iter().map(|(name, value)| (name.clone(), value.clone())));
        for (name, spec) in &self.param_specs {
            let checked = match params.get(name) {
                None => Err(ParamProblem::Missing),
                Some(_) if spec.schema.is_empty() => Ok(()),
                Some(value) => self
                    .compile(spec)
                    .and_then(|validator| validator.validate(value).map_err(|error| unfit(&error))),
            };
            checked.map_err(|problem| self.param_error(name, problem))?;
        }
        Ok(params)
    }

    /// Demands that every schema is one.
    pub(crate) fn check_param_schemas(&self) -> Result<(), ParamError> {
        self.param_specs.iter().try_for_each(|(name, spec)| {
            let compiled = self.compile(spec).map(drop);
            compiled.map_err(|problem| self.param_error(name, problem))
        })
    }

    fn param_error(&self, name: &str, problem: ParamProblem) -> ParamError {
        ParamError {
            dag_id: self.dag_id.clone(),
            param: name.to_owned(),
            problem,
        }
    }

    fn compile(&self, spec: &ParamSpec) -> Result<jsonschema::Validator, ParamProblem> {
        let mut options = jsonschema::options()
            .should_validate_formats(true)
            .with_retriever(NothingElse);
        if self.compat == CompatLevel::Two {
            options = options.with_format("date-time", is_iso_8601);
        }
        let schema = Value::Object(spec.schema.clone());
        options.build(&schema).map_err(|error| ParamProblem::Schema {
            place: error.instance_path().to_string(),
            reason: error.to_string(),
        })
    }
}

/// Where schemas come from that a schema refers to by their address: nowhere.
struct NothingElse;

impl jsonschema::Retrieve for NothingElse {
    fn retrieve(
        &self,
        _: &jsonschema::Uri<String>,
    ) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
        Err("a schema can only refer to places in itself, such as `#/$defs/name`".into())
    }
}

fn unfit(error: &jsonschema::ValidationError<'_>) -> ParamProblem {
    ParamProblem::Unfit {
        place: error.instance_path().to_string(),
        reason: error.to_string(),
    }
}

/// Date and time with or without an offset. RFC 3339, which Airflow 3 insists on, demands the offset.
fn is_iso_8601(text: &str) -> bool {
    let has_time = text.contains(['T', 't', ' ']);
    has_time && (text.parse::<jiff::Timestamp>().is_ok() || text.parse::<DateTime>().is_ok())
}
