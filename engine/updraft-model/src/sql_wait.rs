//! Waits for what a query returns.
//!
//! Source: `SqlSensor` of the common SQL provider 2.4, which has no trigger in Airflow: it holds a slot while it waits. Its functions
//! `success`, `failure` and `selector` would be user code; a query can say the same.

use std::fmt;
use std::time::Duration;

use serde_json::{Value, json};

use crate::http_wait::shown;
use crate::kwargs::{ClassPaths, Kwargs, duration, text, truth};
use crate::{Look, Trigger, TriggerProblem, WaitEnd};

/// The only class path that is not Airflow's.
pub(crate) const CLASS: ClassPaths = ClassPaths(&["updraft.triggers.SqlTrigger"]);

/// How long a query may take if nobody says.
const TIMEOUT: Duration = Duration::from_secs(30);

/// However long a query may take: a look that takes longer would count as one that hangs.
const TIMEOUT_MAX: Duration = Duration::from_secs(40);

/// A wait until a query returns a row whose first cell is true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlWait {
    /// The connection, which says which database it is.
    pub connection: String,
    /// The query.
    pub sql: String,
    /// What stands for `$1`, `$2`, ... in it: texts, numbers, booleans and nothing.
    pub parameters: Vec<Value>,
    /// Whether the wait fails if there is no row.
    pub fail_on_empty: bool,
    /// How long the query may take.
    pub timeout: Duration,
    /// How long it takes from one look to the next.
    pub poke_interval: Duration,
}

impl Trigger {
    /// Waits until a query returns a row whose first cell is something else than nothing, 0, `"0"`, an empty text and false, as
    /// Airflow's `SqlSensor` does. The connection is one of type `postgres` or `sqlite`. The argument `parameters` is a list of what
    /// stands for `$1`, `$2`, ... in the query; with `fail_on_empty` a query without rows fails.
    pub fn sql(conn_id: impl Into<String>, sql: impl Into<String>) -> Self {
        CLASS.trigger([("conn_id", conn_id.into().into()), ("sql", sql.into().into())])
    }
}

impl SqlWait {
    /// What a trigger of this class waits for.
    pub(crate) fn of(kwargs: &Kwargs<'_>) -> Result<Self, TriggerProblem> {
        let timeout = kwargs.optional("statement_timeout", duration)?;
        Ok(Self {
            connection: kwargs.required("conn_id", text)?,
            sql: kwargs.required("sql", query)?,
            parameters: kwargs.list("parameters", parameter)?,
            fail_on_empty: kwargs.optional("fail_on_empty", truth)?.unwrap_or_default(),
            timeout: timeout.unwrap_or(TIMEOUT).min(TIMEOUT_MAX),
            poke_interval: kwargs.poke_interval()?,
        })
    }

    /// What the first cell means; `None` if there is no row.
    pub fn judge(&self, first_cell: Option<Value>) -> Look {
        match first_cell {
            None if self.fail_on_empty => {
                let reason = "the query returns no row, and `fail_on_empty` is set".to_owned();
                Look::Ended(WaitEnd::Failed(reason))
            }
            None => Look::Waiting("the query returns no row".to_owned()),
            Some(value) if is_true(&value) => {
                Look::Ended(WaitEnd::Event(json!({"status": "success", "value": value})))
            }
            Some(value) => {
                let value = shown(&value.to_string());
                Look::Waiting(format!("the first cell that the query returns is `{value}`"))
            }
        }
    }
}

fn is_true(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !matches!(text.as_str(), "" | "0"),
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
    }
}

/// One statement. Its end may have a semicolon.
fn query(value: &Value) -> Result<String, String> {
    let text = text(value)?;
    let query = text.trim().trim_end_matches(';').trim_end();
    if query.is_empty() {
        return Err("it is empty".to_owned());
    }
    Ok(query.to_owned())
}

fn parameter(value: &Value) -> Result<Value, String> {
    match value {
        Value::Array(_) | Value::Object(_) => Err(format!("`{value}` is no text, number or boolean")),
        plain => Ok(plain.clone()),
    }
}

/// Follows the words `it waits`. The query may be long, and its parameters are for nobody else.
impl fmt::Display for SqlWait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<&str> = self.sql.split_whitespace().collect();
        let query = shown(&words.join(" "));
        write!(
            f,
            "for `{query}` in the database of connection `{}`",
            self.connection
        )
    }
}
