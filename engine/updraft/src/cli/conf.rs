//! JSON objects on the command line.

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value};

/// Reads the object that a flag was given.
///
/// # Errors
/// It is no JSON, or no object.
pub(crate) fn parse(text: &str, flag: &str) -> Result<Map<String, Value>> {
    let value: Value =
        serde_json::from_str(text).with_context(|| format!("`{flag}` is no JSON: `{text}`"))?;
    match value {
        Value::Object(conf) => Ok(conf),
        _ => bail!("`{flag}` must be a JSON object such as `{{\"key\": 1}}`, it is `{text}`"),
    }
}
