//! DAG sources: what the bundle watcher found goes into the store and the planner's picture.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use updraft_bundle::{Broken, ParsedSource, SourceChange};
use updraft_model::{DagId, DagSpec, IdSource};
use updraft_protocol::launch::Launch;
use updraft_store::{BrokenPart, Lease, SourceRecord, StoredDag, WriteError};

use crate::ledger::Ledger;

/// How to start the program of each DAG. A DAG that is not here has no source that could be read since the scheduler started.
#[derive(Debug, Default)]
pub(crate) struct Launches {
    by_dag: BTreeMap<DagId, Arc<Launch>>,
}

/// What a change of a source means for DAGs.
#[derive(Debug, Default)]
pub(crate) struct Effect {
    /// DAGs that are new or have changed.
    pub(crate) replaced: Vec<StoredDag>,
    /// DAGs that no source defines any more.
    pub(crate) removed: Vec<DagId>,
    /// DAGs of a source that was read, changed or not: its program may be another one.
    pub(crate) read: Vec<DagId>,
}

/// Where changes are recorded, by whom and when.
pub(crate) struct Database<'a> {
    pub(crate) store: &'a dyn Ledger,
    pub(crate) lease: &'a Lease,
    pub(crate) now: Timestamp,
    pub(crate) ids: &'a dyn IdSource,
}

impl Launches {
    /// The program that holds the tasks of a DAG.
    pub(crate) fn of(&self, dag_id: &DagId) -> Option<&Arc<Launch>> {
        self.by_dag.get(dag_id)
    }

    /// Records one change.
    pub(crate) async fn take(
        &mut self,
        change: &SourceChange,
        database: &Database<'_>,
    ) -> Result<Effect, WriteError> {
        let Database {
            store, lease, now, ..
        } = *database;
        match change {
            SourceChange::Parsed(parsed) => self.parsed(parsed, database).await,
            SourceChange::Failed(error) => {
                tracing::error!(dag.source = error.source, "a DAG source cannot be read: {error}");
                let file = error.file.display().to_string();
                store
                    .record_import_error(lease, (&error.source, &file), &error.to_string(), now)
                    .await?;
                Ok(Effect::default())
            }
            SourceChange::Removed { source } => {
                tracing::info!(dag.source = source, "a DAG source is gone");
                self.by_dag.retain(|_, launch| launch.source != *source);
                let removed = store.remove_source(lease, source).await?;
                Ok(Effect {
                    removed,
                    ..Effect::default()
                })
            }
        }
    }

    /// The DAGs of a source are started in another way, those that could not be read this time too; others are none of its any
    /// more.
    fn replace(&mut self, parsed: &ParsedSource) {
        let launch = &parsed.launch;
        let is_kept = |dag_id: &DagId| match &parsed.broken {
            None => false,
            Some(Broken { dags: None, .. }) => true,
            Some(Broken {
                dags: Some(failed), ..
            }) => failed.contains(dag_id),
        };
        self.by_dag.retain(|dag_id, known| {
            if known.source != launch.source {
                return true;
            }
            *known = Arc::clone(launch);
            is_kept(dag_id)
        });
        // After a start they are not there, and their runs end with what is wrong only if they are tried.
        let failed = parsed.broken.iter().filter_map(|broken| broken.dags.as_ref());
        for dag_id in failed.flatten() {
            let launch = || Arc::clone(launch);
            self.by_dag.entry(dag_id.clone()).or_insert_with(launch);
        }
    }

    async fn parsed(&mut self, parsed: &ParsedSource, database: &Database<'_>) -> Result<Effect, WriteError> {
        let Database {
            store,
            lease,
            now,
            ids,
        } = *database;
        let launch = &parsed.launch;
        tracing::info!(
            dag.source = launch.source,
            "read {} DAGs from {}",
            parsed.dags.len(),
            launch.source
        );
        for warning in &parsed.warnings {
            tracing::warn!(dag.source = launch.source, "{warning}");
        }
        let broken = parsed.broken.as_ref();
        if let Some(Broken { error, .. }) = broken {
            tracing::error!(
                dag.source = error.source,
                "some DAGs of a source cannot be read: {error}"
            );
        }
        let error = broken.map(|broken| (broken.error.file.display().to_string(), broken.error.to_string()));
        let fileloc = launch.file().display().to_string();
        let dags: Vec<DagSpec> = parsed.dags.iter().map(|dag| DagSpec::clone(dag)).collect();
        let record = SourceRecord {
            source: &launch.source,
            fileloc: &fileloc,
            code: parsed.code.as_deref(),
            dags: &dags,
            broken: error.as_ref().map(|(fileloc, message)| BrokenPart {
                fileloc,
                message,
                dags: broken.and_then(|broken| broken.dags.as_deref()),
            }),
        };
        let recorded = store.record_source(lease, &record, now, ids).await?;
        self.replace(parsed);
        for dag in parsed
            .dags
            .iter()
            .filter(|dag| !recorded.taken.contains(&dag.dag_id))
        {
            self.by_dag.insert(dag.dag_id.clone(), Arc::clone(launch));
        }
        Ok(Effect {
            replaced: recorded.changed,
            removed: recorded.removed,
            read: dags.into_iter().map(|dag| dag.dag_id).collect(),
        })
    }
}
