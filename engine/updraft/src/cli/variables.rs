//! `variables ...`: values that tasks look up by key.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::app::App;
use super::args::{Existing, VariablesCommand, VariablesGetArgs, VariablesImportArgs, VariablesSetArgs};
use super::installation::{self, Installation};
use super::{closest, output, secret_files};
use crate::cli::output::Rows;
use crate::config::Settings;
use crate::row;

/// Airflow's column holds so many characters.
const KEY_LENGTH_MAX: usize = 250;

/// Runs a `variables` command.
///
/// # Errors
/// What the command cannot do.
pub(crate) async fn run(command: VariablesCommand, settings: Settings) -> Result<()> {
    if let VariablesCommand::Export(args) = command {
        // Elsewhere some values are hidden, and a file of those is of no use.
        installation::must_be_here(&settings)?;
        return export(&args.file, &App::open(settings).await?).await;
    }
    let app = installation::open(settings).await?;
    match command {
        VariablesCommand::List(args) => {
            let mut rows = Rows::default();
            for key in app.variable_keys().await? {
                rows.push(row! { "key": key });
            }
            rows.print(args.output.output)
        }
        VariablesCommand::Get(args) => get(args, &*app).await,
        VariablesCommand::Set(args) => set(args, &*app).await,
        VariablesCommand::Delete(args) => {
            if !app.delete_variable(&args.key).await? {
                let known = app.variable_keys().await?;
                let hint = closest::hint(&args.key, known.iter().map(String::as_str));
                bail!("there is no variable `{}`{hint}", args.key);
            }
            output::print(&format!("Variable {} deleted", args.key))
        }
        VariablesCommand::Import(args) => import(&args, &*app).await,
        VariablesCommand::Export(_) => Ok(()),
    }
}

async fn get(args: VariablesGetArgs, installation: &dyn Installation) -> Result<()> {
    let found = installation.variable(&args.key).await?;
    let Some(value) = found else {
        let Some(default) = args.default else {
            bail!("Variable {} does not exist", args.key);
        };
        return output::print(&default);
    };
    if !args.json {
        return output::print(&value);
    }
    let value: Value = serde_json::from_str(&value)
        .with_context(|| format!("the value of variable `{}` is no JSON", args.key))?;
    match value {
        Value::String(text) => output::print(&text),
        other => output::print(&other.to_string()),
    }
}

async fn set(args: VariablesSetArgs, installation: &dyn Installation) -> Result<()> {
    check(&args.key)?;
    let value = if args.json {
        Value::from(args.value).to_string()
    } else {
        args.value
    };
    installation
        .set_variable(&args.key, &value, args.description.as_deref())
        .await?;
    output::print(&format!("Variable {} created", args.key))
}

fn check(key: &str) -> Result<()> {
    let length = key.chars().count();
    if length == 0 || length > KEY_LENGTH_MAX {
        bail!("the key of a variable has 1 to {KEY_LENGTH_MAX} characters, this one has {length}");
    }
    Ok(())
}

/// Value and description of a variable in a file.
fn in_file(value: Value) -> (String, Option<String>) {
    let (value, description) = match value {
        Value::Object(mut fields) if fields.get("value").is_some_and(is_there) => {
            let description = fields.get("description").and_then(Value::as_str);
            let description = description.map(str::to_owned);
            (fields.remove("value").unwrap_or_default(), description)
        }
        other => (other, None),
    };
    match value {
        Value::String(text) => (text, description),
        other => (other.to_string(), description),
    }
}

/// What Python calls true: `{"value": 0}` is an object as the value.
fn is_there(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(truth) => *truth,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
    }
}

async fn import(args: &VariablesImportArgs, installation: &dyn Installation) -> Result<()> {
    let found = updraft_vaults::read_file(&args.file)?;
    found.keys().try_for_each(|key| check(key))?;
    let known = installation.variable_keys().await?;
    let existing: Vec<&str> = found
        .keys()
        .map(String::as_str)
        .filter(|key| known.iter().any(|known| known == key))
        .collect();
    if args.action_on_existing_key == Existing::Fail && !existing.is_empty() {
        bail!("Failed. These keys: {} already exist", existing.join(", "));
    }
    let skipped = if args.action_on_existing_key == Existing::Skip {
        existing.iter().map(|key| (*key).to_owned()).collect()
    } else {
        Vec::new()
    };
    let (all, mut set) = (found.len(), 0);
    for (key, value) in found {
        if skipped.contains(&key) {
            continue;
        }
        let (value, description) = in_file(value);
        installation
            .set_variable(&key, &value, description.as_deref())
            .await
            .with_context(|| format!("{set} of {all} variables were set, `{key}` was not"))?;
        set += 1;
    }
    output::print(&format!("{set} of {all} variables successfully updated."))?;
    if !skipped.is_empty() {
        let keys = skipped.join(", ");
        output::print(&format!(
            "The variables with these keys: {keys} were skipped because they already exist"
        ))?;
    }
    Ok(())
}

async fn export(file: &Path, app: &App) -> Result<()> {
    let variables = app.store.variables().await?;
    let count = variables.len();
    let all: BTreeMap<String, Value> = variables
        .into_iter()
        .map(|variable| {
            let value = serde_json::from_str(&variable.value).unwrap_or(Value::String(variable.value));
            match variable.description.filter(|text| !text.is_empty()) {
                Some(text) => (variable.key, json!({ "description": text, "value": value })),
                None => (variable.key, value),
            }
        })
        .collect();
    let mut text = Vec::new();
    let four = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    let mut writer = serde_json::Serializer::with_formatter(&mut text, four);
    serde::Serialize::serialize(&all, &mut writer)?;
    let said = format!("{count} Variables successfully exported");
    secret_files::write(file, &String::from_utf8(text)?, &said)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_files_are_texts_or_stored_as_json() {
        for (value, expected) in [
            (json!("text"), ("text", None)),
            (json!(3), ("3", None)),
            (json!([1, "a"]), (r#"[1,"a"]"#, None)),
            (json!({ "a": 1 }), (r#"{"a":1}"#, None)),
            (
                json!({ "value": "x", "description": "about" }),
                ("x", Some("about")),
            ),
            (json!({ "value": { "a": 1 } }), (r#"{"a":1}"#, None)),
            (json!({ "value": "" }), (r#"{"value":""}"#, None)),
        ] {
            let (text, description) = in_file(value);
            assert_eq!((text.as_str(), description.as_deref()), expected);
        }
    }
}
