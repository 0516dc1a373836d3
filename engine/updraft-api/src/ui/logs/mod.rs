//! `/logs/{dag_id}/{run_id}/{task_id}/{map_index}/{try_number}`: what a try wrote.

mod levels;
mod lines;
mod near;
mod raw;
mod search;
mod tail;

use schemars::JsonSchema;
use serde::Deserialize;
use updraft_auth::{Action, Resource};
use updraft_layout::{Level, LogIndex};

use crate::access::Needs;
use crate::api::Api;
use crate::endpoint::Endpoint;
use crate::failure::Failure;
use crate::logs::{AttemptLog, LogFile, blocking};

/// The endpoints of logs.
pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        lines::endpoint(),
        levels::endpoint(),
        near::endpoint(),
        search::endpoint(),
        tail::endpoint(),
        raw::endpoint(),
        raw::download_endpoint(),
    ]
}

fn needs() -> Needs {
    Needs::OfDag(Action::Read, vec![Resource::TASK_INSTANCE, Resource::TASK_LOG])
}

#[derive(Debug, Deserialize, JsonSchema)]
struct OfTry {
    dag_id: String,
    run_id: String,
    task_id: String,
    /// -1 for a task that is not mapped.
    map_index: i32,
    /// From 1.
    try_number: u32,
}

impl OfTry {
    async fn find(&self, api: &Api) -> Result<AttemptLog, Failure> {
        let run = (self.dag_id.as_str(), self.run_id.as_str());
        AttemptLog::find(api, run, (&self.task_id, self.map_index), self.try_number).await
    }
}

/// Opens a log and has it looked at with its index; `None` if there is nothing to look at yet.
///
/// # Errors
/// There will be none any more.
pub(in crate::ui) async fn look<T: Send + 'static>(
    api: &Api,
    log: &AttemptLog,
    look: impl FnOnce(&LogIndex, &mut LogFile) -> Result<T, Failure> + Send + 'static,
) -> Result<Option<T>, Failure> {
    let (folder, path, indexes) = (
        api.logs().folder().to_owned(),
        log.path.clone(),
        api.logs().indexes(),
    );
    let is_complete = log.is_complete;
    blocking(move || match LogFile::open(&folder, &path)? {
        Some(mut file) => indexes.with((&folder, &path), &mut file, look).map(Some),
        None if is_complete => Err(missing()),
        None => Ok(None),
    })
    .await
}

fn missing() -> Failure {
    Failure::NotFound(
        "there is no log of this try here: it may have run on another machine, have written nothing, or its log was deleted".to_owned(),
    )
}

/// The level of a parameter.
fn level(name: &str) -> Result<Level, Failure> {
    Level::parse(name).ok_or_else(|| {
        let names = Level::ALL.map(Level::as_str).join(", ");
        Failure::query(format!("`{name}` is no level; there are: {names}"))
    })
}
