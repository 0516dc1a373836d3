//! Commands that are programs of our Python package, whose output and exit code are those of the command.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::{Map, Value};
use updraft_api::{Installation, Provider};

use super::args::{CheckArgs, DagsTestArgs, PluginsArgs, TasksRenderArgs};
use super::by_hand;
use super::output::Rows;
use crate::config::Settings;
use crate::python;
use crate::row;

/// `check`: what DAG files use, and what would not run.
///
/// # Errors
/// There is no Python. Otherwise it does not return: this process becomes the program.
pub(crate) fn check(args: &CheckArgs, settings: &Settings) -> Result<()> {
    let mut arguments: Vec<OsString> = vec!["check".into(), "--output".into(), (&args.output).into()];
    add(&mut arguments, "--compat", args.compat.as_ref());
    add(
        &mut arguments,
        "--timeout",
        args.timeout.map(|seconds| seconds.to_string()),
    );
    if args.paths.is_empty() {
        arguments.push((&settings.dags_folder).into());
    }
    arguments.extend(args.paths.iter().map(Into::into));
    become_python(arguments, settings)
}

/// `plugins`: the plugins, and what of them is used.
///
/// # Errors
/// There is no Python, or a plugin cannot be loaded.
pub(crate) fn plugins(args: &PluginsArgs, settings: &Settings) -> Result<()> {
    let told = load_plugins(settings)?;
    let mut rows = Rows::default();
    for plugin in told.plugins {
        rows.push(row! {
            "name": plugin.name,
            "source": plugin.source,
            "used": plugin.used,
            "not_used": plugin.not_served,
        });
    }
    rows.print(args.output.output)?;
    if told.import_errors.is_empty() {
        return Ok(());
    }
    let errors = told
        .import_errors
        .iter()
        .map(|(file, error)| format!("{file}:\n{error}"));
    bail!(
        "plugins that cannot be loaded:\n{}",
        errors.collect::<Vec<_>>().join("\n")
    )
}

/// Plugins that cannot be loaded, by file, each with its traceback. Without an environment nobody has loaded any.
///
/// # Errors
/// The interpreter cannot be asked.
pub(crate) fn broken_plugins(settings: &Settings) -> Result<BTreeMap<String, String>> {
    if python::environment(settings).fingerprint().is_none() {
        return Ok(BTreeMap::new());
    }
    Ok(load_plugins(settings)?.import_errors)
}

fn load_plugins(settings: &Settings) -> Result<Plugins> {
    let told = python::command(settings)?
        .args(["plugins", "--output", "json"])
        .stderr(Stdio::inherit())
        .output()
        .context("the interpreter cannot be started")?;
    serde_json::from_slice(&told.stdout)
        .with_context(|| format!("the plugins could not be asked: the interpreter {}", told.status))
}

/// What is installed in the environment of DAG files, for the interface. Nothing, if nobody has made that.
pub(crate) struct Installed(pub(crate) Settings);

impl Installation for Installed {
    fn plugins(&self) -> Result<updraft_api::Plugins, String> {
        if python::environment(&self.0).fingerprint().is_none() {
            return Ok(updraft_api::Plugins::default());
        }
        let told = load_plugins(&self.0).map_err(|error| format!("{error:#}"))?;
        let plugin = |plugin: Plugin| updraft_api::Plugin {
            name: plugin.name,
            source: plugin.source,
            parts: plugin.parts,
        };
        Ok(updraft_api::Plugins {
            found: told.plugins.into_iter().map(plugin).collect(),
            import_errors: told.import_errors,
        })
    }

    fn providers(&self) -> Result<Vec<Provider>, String> {
        if python::environment(&self.0).fingerprint().is_none() {
            return Ok(Vec::new());
        }
        let told = load_providers(&self.0).map_err(|error| format!("{error:#}"))?;
        let provider = |provider: InstalledProvider| Provider {
            package_name: provider.package_name,
            description: provider.description,
            version: provider.version,
        };
        Ok(told.into_iter().map(provider).collect())
    }
}

/// What is installed, by name.
///
/// # Errors
/// There is no Python, or it cannot be asked.
pub(crate) fn load_providers(settings: &Settings) -> Result<Vec<InstalledProvider>> {
    let told = python::command(settings)?
        .arg("providers")
        .stderr(Stdio::inherit())
        .output()
        .context("the interpreter cannot be started")?;
    serde_json::from_slice(&told.stdout).with_context(|| {
        format!(
            "the providers could not be asked: the interpreter {}",
            told.status
        )
    })
}

/// What our package says of a provider.
#[derive(Deserialize)]
pub(crate) struct InstalledProvider {
    /// The name of its package.
    pub(crate) package_name: String,
    /// One line about it.
    pub(crate) description: String,
    /// Of the package.
    pub(crate) version: String,
    /// What it says of itself, in Airflow's words; empty if it cannot be asked.
    #[serde(default)]
    pub(crate) info: Map<String, Value>,
}

/// What our package says of plugins.
#[derive(Deserialize)]
struct Plugins {
    plugins: Vec<Plugin>,
    /// By file.
    import_errors: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Plugin {
    name: String,
    source: String,
    used: Value,
    parts: BTreeMap<String, Vec<Value>>,
    not_served: Value,
}

/// `dags test`: one run of a DAG, in one process.
///
/// # Errors
/// There is no Python, or the run fails.
pub(crate) async fn test_dag(args: &DagsTestArgs, settings: Settings) -> Result<()> {
    let mut arguments: Vec<OsString> = vec!["test-dag".into()];
    add(&mut arguments, "--conf", args.conf.as_ref());
    add(
        &mut arguments,
        "--mark-success-pattern",
        args.mark_success_pattern.as_ref(),
    );
    let place = args.subdir.subdir.as_ref().unwrap_or(&settings.dags_folder);
    arguments.extend([place.into(), (&args.dag_id).into()]);
    arguments.extend(args.execution_date.iter().map(Into::into));
    by_hand::run(arguments, settings).await
}

/// `tasks render`: the rendered templates of a task.
///
/// # Errors
/// There is no Python, or the templates cannot be rendered.
pub(crate) async fn render_task(args: &TasksRenderArgs, settings: Settings) -> Result<()> {
    let mut arguments: Vec<OsString> = vec!["render-task".into()];
    add(&mut arguments, "--map-index", Some(args.map_index.to_string()));
    add(&mut arguments, "--subdir", args.subdir.subdir.as_ref());
    arguments.extend([&args.dag_id, &args.task_id, &args.execution_date_or_run_id].map(Into::into));
    by_hand::run(arguments, settings).await
}

/// An option, if it is given; in one word, lest a value be taken for another option.
fn add(arguments: &mut Vec<OsString>, option: &str, value: Option<impl Into<OsString>>) {
    if let Some(value) = value {
        let mut word = OsString::from(format!("{option}="));
        word.push(value.into());
        arguments.push(word);
    }
}

fn become_python(arguments: Vec<OsString>, settings: &Settings) -> Result<()> {
    let mut program = python::command(settings)?;
    let error = program.args(arguments).exec();
    Err(error).with_context(|| format!("`{}` cannot be started", program.get_program().display()))
}
