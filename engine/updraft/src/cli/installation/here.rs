//! This installation, by its database and its files.

use std::fs::File;
use std::io;

use anyhow::{Context, Result, bail};
use async_trait::async_trait;
use updraft_model::{
    Asset, DagId, DagSpec, MapIndex, Pool, RunId, RunKey, TaskId, TaskInstanceState, TaskKey,
};
use updraft_secrets::Connection;
use updraft_store::{AssetFilter, ConnectionRow, DagFilter, DagRow, Effect, RunRow, RunVersion};
use updraft_worker::log_path;

use super::{ClearedLines, DagLine, Installation, InstanceLine, RunAsked, RunLine, RunMade, TaskLine};
use crate::cli::app::App;
use crate::cli::choice::Choice;
use crate::cli::dates::DateRange;
use crate::cli::{clear, dags};

fn dag_line(dag: DagRow, app: &App) -> DagLine {
    DagLine {
        dag_id: dag.dag_id.to_string(),
        fileloc: app.settings.dags_folder.join(&dag.fileloc).display().to_string(),
        owners: dag.owners,
        is_paused: dag.is_paused,
    }
}

fn run_line(run: RunRow) -> RunLine {
    RunLine {
        dag_id: run.key.dag_id.to_string(),
        run_id: run.key.run_id.to_string(),
        state: run.state.to_string(),
        run_type: run.run_type.to_string(),
        logical_date: run.logical_date,
        start_date: run.start_date,
        end_date: run.end_date,
        conf: run.conf,
    }
}

fn task_lines(spec: &DagSpec) -> Vec<TaskLine> {
    let downstream = |task_id: &TaskId| {
        let follows = spec
            .tasks
            .iter()
            .filter(|task| task.upstream_task_ids.contains(task_id));
        follows.map(|task| task.task_id.to_string()).collect()
    };
    let line = |task: &updraft_model::TaskSpec| TaskLine {
        task_id: task.task_id.to_string(),
        operator: task.operator.clone(),
        downstream: downstream(&task.task_id),
    };
    spec.tasks.iter().map(line).collect()
}

fn key(run: &RunLine) -> Result<RunKey> {
    Ok(RunKey {
        dag_id: DagId::parse(&run.dag_id)?,
        run_id: RunId::parse(&run.run_id)?,
    })
}

#[async_trait(?Send)]
impl Installation for App {
    async fn dags(&self) -> Result<Vec<DagLine>> {
        let dags = self.store.dags(DagFilter::default()).await?;
        Ok(dags.into_iter().map(|dag| dag_line(dag, self)).collect())
    }

    async fn dag_by_id(&self, dag_id: &str) -> Result<Option<DagLine>> {
        let Ok(dag_id) = DagId::parse(dag_id) else {
            return Ok(None);
        };
        let found = self.store.dag_row(&dag_id).await?;
        Ok(found.map(|dag| dag_line(dag, self)))
    }

    async fn complain_of_sources(&self) -> Result<()> {
        let errors = self.store.import_errors().await?.len();
        if errors > 0 {
            tracing::warn!("{errors} DAG sources cannot be read; `updraft dags list-import-errors` says why");
        }
        for (dag_id, _) in self.store.failing_timetables().await? {
            tracing::warn!(
                "the timetable of dag `{dag_id}` fails, so that it gets no scheduled runs; `updraft dags details {dag_id}` says why"
            );
        }
        Ok(())
    }

    async fn set_paused(&self, dag_ids: &[String], is_paused: bool) -> Result<Vec<String>> {
        let ids: Result<Vec<DagId>, _> = dag_ids.iter().map(|id| DagId::parse(id)).collect();
        let changed = self.store.set_paused(&ids?, is_paused).await?;
        Ok(changed.iter().map(ToString::to_string).collect())
    }

    async fn delete_dag(&self, dag_id: &str) -> Result<()> {
        self.store.delete_dag(&DagId::parse(dag_id)?, self.now()).await?;
        Ok(())
    }

    async fn trigger(&self, asked: RunAsked) -> Result<RunMade> {
        dags::trigger::here(asked, self).await
    }

    async fn runs(&self, dag_id: &str, range: &DateRange) -> Result<Vec<RunLine>> {
        let runs = self.runs_between(&DagId::parse(dag_id)?, range).await?;
        Ok(runs.into_iter().map(run_line).collect())
    }

    async fn run_by_id(&self, dag_id: &str, run_id: &str) -> Result<Option<RunLine>> {
        let (Ok(dag_id), Ok(run_id)) = (DagId::parse(dag_id), RunId::parse(run_id)) else {
            return Ok(None);
        };
        Ok(self.store.run(&RunKey { dag_id, run_id }).await?.map(run_line))
    }

    async fn tasks(&self, dag_id: &str) -> Result<Vec<TaskLine>> {
        Ok(task_lines(&self.dag(dag_id).await?.spec))
    }

    async fn instances(&self, run: &RunLine) -> Result<Vec<InstanceLine>> {
        let key = key(run)?;
        let stored = self
            .store
            .stored_run(&key)
            .await?
            .context("the run was deleted just now")?;
        // What the DAG does not have any more comes last.
        let place = |id: &TaskId| {
            let place = stored.spec.tasks.iter().position(|task| task.task_id == *id);
            place.unwrap_or(usize::MAX)
        };
        let mut tasks = self.store.task_instances(&key).await?;
        tasks.sort_by_key(|task| (place(&task.key.task_id), task.key.map_index));
        let line = |task: updraft_store::TaskInstanceRow| InstanceLine {
            task_id: task.key.task_id.to_string(),
            map_index: task.key.map_index.0,
            state: task.state.map(TaskInstanceState::as_str).map(str::to_owned),
            start_date: task.start_date,
            end_date: task.end_date,
            try_number: task.try_number,
        };
        Ok(tasks.into_iter().map(line).collect())
    }

    async fn print_log(&self, run: &RunLine, task: &InstanceLine, try_number: u32) -> Result<()> {
        let task = key(run)?.task(TaskId::parse(&task.task_id)?, MapIndex(task.map_index));
        print_log(&task, try_number, self)
    }

    async fn clear(&self, choice: &Choice, version: RunVersion, is_dry: bool) -> Result<ClearedLines> {
        let effect = if is_dry { Effect::DryRun } else { Effect::Lasting };
        clear::here(choice, version, effect, self).await
    }

    async fn variable_keys(&self) -> Result<Vec<String>> {
        // Those of variables included that cannot be decrypted.
        Ok(self.store.variable_keys("", (0, u32::MAX)).await?.0)
    }

    async fn variable(&self, key: &str) -> Result<Option<String>> {
        Ok(self.store.lookup_variable(&self.secrets.servers, key).await?)
    }

    async fn set_variable(&self, key: &str, value: &str, description: Option<&str>) -> Result<()> {
        self.store
            .set_variable(key, value, description, self.now())
            .await?;
        Ok(())
    }

    async fn delete_variable(&self, key: &str) -> Result<bool> {
        Ok(self.store.delete_variable(key).await?)
    }

    async fn connections(&self) -> Result<Vec<ConnectionRow>> {
        Ok(self.store.connections().await?)
    }

    async fn connection(&self, conn_id: &str) -> Result<Option<ConnectionRow>> {
        let found = self
            .store
            .lookup_connection(&self.secrets.servers, conn_id)
            .await?;
        let Some(connection) = found else {
            return Ok(None);
        };
        let stored = self.store.connections().await?;
        let stored = stored.into_iter().find(|row| row.conn_id == conn_id);
        Ok(Some(stored.filter(|row| row.connection == connection).unwrap_or(
            ConnectionRow {
                conn_id: conn_id.to_owned(),
                connection,
                is_encrypted: false,
                is_extra_encrypted: false,
            },
        )))
    }

    async fn add_connection(&self, conn_id: &str, connection: &Connection) -> Result<()> {
        if self.store.connection(conn_id).await?.is_some() {
            bail!("A connection with `conn_id`={conn_id} already exists.");
        }
        self.store.set_connection(conn_id, connection, self.now()).await?;
        Ok(())
    }

    async fn delete_connection(&self, conn_id: &str) -> Result<bool> {
        Ok(self.store.delete_connection(conn_id).await?)
    }

    async fn pools(&self) -> Result<Vec<Pool>> {
        Ok(self.store.pools().await?)
    }

    async fn set_pool(&self, pool: &Pool) -> Result<()> {
        Ok(self.store.set_pool(pool).await?)
    }

    async fn delete_pool(&self, name: &str) -> Result<()> {
        self.store.delete_pool(name).await?;
        Ok(())
    }

    async fn assets(&self) -> Result<Vec<Asset>> {
        let rows = self.store.assets(&AssetFilter::default()).await?;
        Ok(rows.into_iter().map(|row| row.asset).collect())
    }
}

/// Copies the log of a try to standard output.
///
/// # Errors
/// There is none here.
pub(crate) fn print_log(task: &TaskKey, try_number: u32, app: &App) -> Result<()> {
    let path = log_path(&app.settings.base_log_folder, task, try_number);
    let mut file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => bail!(
            "there is no log of try {try_number} at `{}`; it may have run on another machine, or not have started",
            path.display()
        ),
        Err(error) => return Err(error).with_context(|| format!("cannot read `{}`", path.display())),
    };
    match io::copy(&mut file, &mut io::stdout().lock()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}
