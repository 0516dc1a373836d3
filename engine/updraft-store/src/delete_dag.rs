//! Deleting a DAG with everything that belongs to it. As in Airflow, one that a source still defines comes back when that is read
//! again, and is new then.

use jiff::Timestamp;
use updraft_model::{DagId, RunKey};
use updraft_sql::{Conflict, Sql, retry_conflicts, statements};

use crate::author::Note;
use crate::changes::Change;
use crate::error::{StoreError, from_sql};
use crate::parse_requests;
use crate::store::Store;
use crate::table::TableRow;

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    ONE = Sql::per_backend(
        "SELECT source, is_active FROM dag WHERE dag_id = $1 FOR UPDATE",
        "SELECT source, is_active FROM dag WHERE dag_id = $1",
    );
    LIVE = Sql::new(
        "SELECT task_id FROM task_instance WHERE dag_id = $1 AND state IN ('queued', 'running', 'restarting') LIMIT 1",
    );
    UNFINISHED = Sql::new("SELECT run_id FROM dag_run WHERE dag_id = $1 AND state IN ('queued', 'running')");
    // The runs go first: they name versions, which go with the DAG.
    DELETE_RUNS = Sql::new("DELETE FROM dag_run WHERE dag_id = $1");
    DELETE = Sql::new("DELETE FROM dag WHERE dag_id = $1");
}

/// Why a DAG was not deleted.
#[derive(Debug, thiserror::Error)]
pub enum DeleteDagError {
    /// There is none of that id. Final.
    #[error("there is no DAG `{dag_id}`")]
    Unknown {
        /// The id.
        dag_id: DagId,
    },
    /// Something of it runs. Final until that is over.
    #[error("tasks of the DAG `{dag_id}` are still running; wait for them, or mark its runs as failed")]
    Running {
        /// The id.
        dag_id: DagId,
    },
    /// Reading or writing failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

from_sql!(DeleteDagError);

impl Conflict for DeleteDagError {
    fn is_conflict(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_conflict())
    }
}

impl Store {
    /// Deletes a DAG, its versions, runs, tasks, values and backfills. What the event log says of it stays.
    ///
    /// # Errors
    /// [`DeleteDagError`]; nothing was deleted then.
    pub async fn delete_dag(&self, dag_id: &DagId, now: Timestamp) -> Result<(), DeleteDagError> {
        retry_conflicts(async || {
            let mut tx = self.db.begin().await?;
            let Some(found) = tx.fetch_optional(ONE.bind(dag_id.as_str())).await? else {
                return Err(DeleteDagError::Unknown {
                    dag_id: dag_id.clone(),
                });
            };
            if tx.fetch_optional(LIVE.bind(dag_id.as_str())).await?.is_some() {
                return Err(DeleteDagError::Running {
                    dag_id: dag_id.clone(),
                });
            }
            let mut changes = vec![Change::Dag(dag_id.clone())];
            for row in tx.fetch_all(UNFINISHED.bind(dag_id.as_str())).await? {
                let row = TableRow {
                    table: "dag_run",
                    row: &row,
                };
                changes.push(Change::Run(RunKey {
                    dag_id: dag_id.clone(),
                    run_id: row.run_id()?,
                }));
            }
            tx.execute(DELETE_RUNS.bind(dag_id.as_str())).await?;
            tx.execute(DELETE.bind(dag_id.as_str())).await?;
            if found.get::<bool>("is_active")? {
                parse_requests::request(&mut tx, &found.get::<String>("source")?, now).await?;
            }
            self.note(&mut tx, Note::of_dag(dag_id)).await?;
            self.commit_with_changes(tx, changes).await?;
            Ok(())
        })
        .await
    }
}
