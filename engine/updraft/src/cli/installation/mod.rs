//! What commands ask of an installation: this one, by its database and its files, or one elsewhere, by its REST API.

mod client;
mod elsewhere;
mod here;

use anyhow::{Result, bail};
use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::{Map, Value};
use updraft_model::{Asset, Pool};
use updraft_secrets::Connection;
use updraft_store::{ConnectionRow, RunVersion};

use super::app::App;
use super::choice::Choice;
use super::closest;
use super::dates::DateRange;
use crate::config::Settings;

pub(crate) use elsewhere::Elsewhere;
pub(crate) use here::print_log;

/// A DAG in a list.
pub(crate) struct DagLine {
    pub(crate) dag_id: String,
    /// The path of its file, on the machine of the installation.
    pub(crate) fileloc: String,
    pub(crate) owners: String,
    pub(crate) is_paused: bool,
}

/// A run of a DAG.
pub(crate) struct RunLine {
    pub(crate) dag_id: String,
    pub(crate) run_id: String,
    pub(crate) state: String,
    pub(crate) run_type: String,
    pub(crate) logical_date: Option<Timestamp>,
    pub(crate) start_date: Option<Timestamp>,
    pub(crate) end_date: Option<Timestamp>,
    pub(crate) conf: Map<String, Value>,
}

/// A run that is to be made.
pub(crate) struct RunAsked {
    pub(crate) dag_id: String,
    pub(crate) run_id: Option<String>,
    pub(crate) logical_date: Option<Timestamp>,
    pub(crate) conf: Map<String, Value>,
}

/// A run that was made.
pub(crate) struct RunMade {
    pub(crate) dag_id: String,
    pub(crate) run_id: String,
    pub(crate) run_type: String,
    pub(crate) logical_date: Option<Timestamp>,
    pub(crate) data_interval: Option<(Timestamp, Timestamp)>,
    pub(crate) conf: Map<String, Value>,
    /// Whether it waits, because its DAG is paused.
    pub(crate) is_paused: bool,
}

/// A task of a DAG; lists have them in the order of the DAG, or by name where that is not known.
pub(crate) struct TaskLine {
    pub(crate) task_id: String,
    pub(crate) operator: String,
    pub(crate) downstream: Vec<String>,
}

/// A task of a run, or a copy of it.
pub(crate) struct InstanceLine {
    pub(crate) task_id: String,
    /// -1: it is no copy.
    pub(crate) map_index: i32,
    pub(crate) state: Option<String>,
    pub(crate) start_date: Option<Timestamp>,
    pub(crate) end_date: Option<Timestamp>,
    pub(crate) try_number: u32,
}

/// What is cleared, or would be.
#[derive(Default)]
pub(crate) struct ClearedLines {
    /// A line for each task and each run that goes over to the newest version.
    pub(crate) lines: Vec<String>,
    /// How many task instances that is.
    pub(crate) count: u32,
    /// Whether no run is touched.
    pub(crate) is_nothing: bool,
}

/// An installation.
#[async_trait(?Send)]
pub(crate) trait Installation {
    /// The DAGs that a source defines, by id.
    async fn dags(&self) -> Result<Vec<DagLine>>;
    /// One DAG, also one that no source defines any more.
    async fn dag_by_id(&self, dag_id: &str) -> Result<Option<DagLine>>;
    /// Says on standard error what is not right with the sources.
    async fn complain_of_sources(&self) -> Result<()>;
    /// Pauses or resumes DAGs; returns those that have changed.
    async fn set_paused(&self, dag_ids: &[String], is_paused: bool) -> Result<Vec<String>>;
    /// Deletes a DAG with all that belongs to it.
    async fn delete_dag(&self, dag_id: &str) -> Result<()>;
    /// Makes a run.
    async fn trigger(&self, asked: RunAsked) -> Result<RunMade>;
    /// The runs of a DAG with a date in a range, the newest first.
    async fn runs(&self, dag_id: &str, range: &DateRange) -> Result<Vec<RunLine>>;
    /// One run by its id.
    async fn run_by_id(&self, dag_id: &str, run_id: &str) -> Result<Option<RunLine>>;
    /// The tasks of a DAG.
    async fn tasks(&self, dag_id: &str) -> Result<Vec<TaskLine>>;
    /// The tasks of a run with each copy.
    async fn instances(&self, run: &RunLine) -> Result<Vec<InstanceLine>>;
    /// Copies the log of a try to standard output.
    async fn print_log(&self, run: &RunLine, task: &InstanceLine, try_number: u32) -> Result<()>;
    /// Clears tasks, or says what would be cleared.
    async fn clear(&self, choice: &Choice, version: RunVersion, is_dry: bool) -> Result<ClearedLines>;

    /// The keys of all variables.
    async fn variable_keys(&self) -> Result<Vec<String>>;
    /// The value of a variable.
    async fn variable(&self, key: &str) -> Result<Option<String>>;
    /// Makes or changes a variable.
    async fn set_variable(&self, key: &str, value: &str, description: Option<&str>) -> Result<()>;
    /// Deletes a variable; false if there is none.
    async fn delete_variable(&self, key: &str) -> Result<bool>;

    /// All connections; what is secret may be hidden.
    async fn connections(&self) -> Result<Vec<ConnectionRow>>;
    /// A connection as tasks find it.
    async fn connection(&self, conn_id: &str) -> Result<Option<ConnectionRow>>;
    /// Makes a connection that does not exist.
    async fn add_connection(&self, conn_id: &str, connection: &Connection) -> Result<()>;
    /// Deletes a connection; false if there is none.
    async fn delete_connection(&self, conn_id: &str) -> Result<bool>;

    /// All pools.
    async fn pools(&self) -> Result<Vec<Pool>>;
    /// Makes or changes a pool.
    async fn set_pool(&self, pool: &Pool) -> Result<()>;
    /// Deletes a pool that exists.
    async fn delete_pool(&self, name: &str) -> Result<()>;

    /// All assets.
    async fn assets(&self) -> Result<Vec<Asset>>;
}

/// The installation that the settings name.
///
/// # Errors
/// It cannot be reached, or is not ready.
pub(crate) async fn open(settings: Settings) -> Result<Box<dyn Installation>> {
    Ok(match Elsewhere::of(&settings)? {
        Some(elsewhere) => Box::new(elsewhere),
        None => Box::new(App::open(settings).await?),
    })
}

/// Refuses a command that needs the database or the files of the installation.
///
/// # Errors
/// `--api-url` is given.
pub(crate) fn must_be_here(settings: &Settings) -> Result<()> {
    if settings.api_url.is_some() {
        bail!("this command needs the installation itself; run it there, without --api-url");
    }
    Ok(())
}

/// A DAG by its id.
///
/// # Errors
/// There is none; the error names the closest.
pub(crate) async fn dag(installation: &dyn Installation, dag_id: &str) -> Result<DagLine> {
    if let Some(found) = installation.dag_by_id(dag_id).await? {
        return Ok(found);
    }
    let known = installation.dags().await?;
    let hint = closest::hint(dag_id, known.iter().map(|dag| dag.dag_id.as_str()));
    bail!("there is no DAG `{dag_id}`{hint}")
}

/// The DAGs whose id matches a regular expression as a whole.
///
/// # Errors
/// It is no expression, or matches none.
pub(crate) async fn dags_matching(installation: &dyn Installation, expression: &str) -> Result<Vec<String>> {
    let pattern = super::app::whole(expression)?;
    let known = installation.dags().await?;
    let hint = closest::hint(expression, known.iter().map(|dag| dag.dag_id.as_str()));
    let ids: Vec<String> = known
        .into_iter()
        .map(|dag| dag.dag_id)
        .filter(|id| pattern.is_match(id))
        .collect();
    if ids.is_empty() {
        bail!("no DAG matches `{expression}`{hint}");
    }
    Ok(ids)
}

/// A run by its id, its logical date, or the day of its logical date.
///
/// # Errors
/// There is none, or more than one on that day.
pub(crate) async fn run(installation: &dyn Installation, dag_id: &str, text: &str) -> Result<RunLine> {
    if let Some(run) = installation.run_by_id(dag_id, text).await? {
        return Ok(run);
    }
    let how = format!("`updraft dags list-runs -d {dag_id}` lists them");
    let Ok(range) = DateRange::parse(text) else {
        let newest = installation.runs(dag_id, &DateRange::ALL).await?;
        let names = newest.iter().take(RUNS_COMPARED).map(|run| run.run_id.as_str());
        bail!(
            "`{dag_id}` has no run `{text}`{}; {how}",
            closest::close(text, names)
        );
    };
    let mut found = installation.runs(dag_id, &range).await?;
    if found.len() > 1 {
        let ids: Vec<&str> = found.iter().map(|run| run.run_id.as_str()).collect();
        bail!(
            "`{dag_id}` has several runs at {text}: {}; name one of them",
            ids.join(", ")
        );
    }
    match found.pop() {
        Some(run) => Ok(run),
        None => bail!("`{dag_id}` has no run at {text}; {how}"),
    }
}

/// A mistyped run is compared with so many of the newest ones.
const RUNS_COMPARED: usize = 1_000;
