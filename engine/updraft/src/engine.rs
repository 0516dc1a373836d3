//! What the REST API asks of the engine beside its database.

use std::panic::resume_unwind;
use std::path::PathBuf;

use futures::future::BoxFuture;
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;
use updraft_api::{Engine, Reason};
use updraft_model::{Clock, TaskKey};
use updraft_scheduler::explain;
use updraft_store::{Store, StoreError};
use updraft_worker::log_path;

use crate::cli::App;
use crate::clock::SystemClock;

/// The engine of this installation.
#[derive(Debug, Clone)]
pub(crate) struct EngineOfApp {
    store: Store,
    base_log_folder: PathBuf,
    parallelism: usize,
}

impl EngineOfApp {
    /// As the installation is configured.
    pub(crate) fn of(app: &App) -> Self {
        Self {
            store: app.store.clone(),
            base_log_folder: app.settings.base_log_folder.clone(),
            parallelism: app.settings.parallelism,
        }
    }

    async fn reasons(&self, task: &TaskKey) -> Result<Option<Vec<Reason>>, StoreError> {
        let now = SystemClock.now();
        let scheduler = self.store.scheduler().await?.filter(|held| held.expires_at > now);
        let is_unreadable = match (&scheduler, self.store.dag_row(&task.dag_id).await?) {
            (Some(held), Some(dag)) if dag.parsed_at < held.acquired_at => {
                let errors = self.store.import_errors().await?;
                errors.iter().any(|error| error.source == dag.source)
            }
            _ => false,
        };
        let members = self.store.jobs().await?;
        let parallelism = self.parallelism + members.iter().map(|job| job.slots).sum::<usize>();
        let Some(reasons) = explain(&self.store, task, parallelism, is_unreadable, now).await? else {
            return Ok(None);
        };
        let mut told = Vec::new();
        if scheduler.is_none() {
            told.push(Reason {
                code: "no_scheduler",
                sentence: "no scheduler works on this database".to_owned(),
            });
        }
        told.extend(reasons.into_iter().map(|reason| Reason {
            code: reason.code.as_str(),
            sentence: reason.sentence,
        }));
        Ok(Some(told))
    }
}

impl Engine for EngineOfApp {
    fn log_path(&self, task: &TaskKey, try_number: u32) -> PathBuf {
        log_path(&self.base_log_folder, task, try_number)
    }

    // The futures of a ledger stay on their thread.
    fn why<'a>(&'a self, task: &'a TaskKey) -> BoxFuture<'a, Result<Option<Vec<Reason>>, StoreError>> {
        let (engine, task, runtime) = (self.clone(), task.clone(), Handle::current());
        let asked = spawn_blocking(move || runtime.block_on(engine.reasons(&task)));
        Box::pin(async {
            match asked.await {
                Ok(reasons) => reasons,
                Err(error) => resume_unwind(error.into_panic()),
            }
        })
    }
}
