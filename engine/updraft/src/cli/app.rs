//! What most commands need: settings, the database, and the look-ups that explain what is not found.

use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use updraft_model::{Clock, DagId, RunId, TaskId};
use updraft_secrets::Fernet;
use updraft_store::{
    DagFilter, DatabaseUrl, DbOptions, RunFilter, RunRow, Store, StoreOptions, StoredDag, StoredRun,
    Synchronous,
};

use super::closest;
use super::dates::{self, DateRange};
use crate::clock::SystemClock;
use crate::config::{Places, Settings};

/// Settings and database of one call.
pub(crate) struct App {
    /// The settings.
    pub(crate) settings: Settings,
    /// The metadata database.
    pub(crate) store: Store,
    /// Where connections and variables are looked for before the database.
    pub(crate) secrets: Places,
}

impl App {
    /// Opens the database and checks that it has the tables of this version.
    ///
    /// # Errors
    /// The database cannot be opened, or wants `db migrate`.
    pub(crate) async fn open(settings: Settings) -> Result<Self> {
        let app = Self::open_unchecked(settings).await?;
        app.store.check().await.context("the database is not ready")?;
        Ok(app)
    }

    /// Opens the database whatever is in it.
    ///
    /// # Errors
    /// The database cannot be opened, or a secrets backend is not usable.
    pub(crate) async fn open_unchecked(settings: Settings) -> Result<Self> {
        let secrets = settings.secrets.open(&settings.environment)?;
        let url: DatabaseUrl = settings
            .database_url
            .parse()
            .context("`[database] sql_alchemy_conn` is not usable")?;
        if let DatabaseUrl::Sqlite(file) = &url
            && let Some(folder) = file.path.parent()
        {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("cannot create `{}`", folder.display()))?;
        }
        let fernet = Fernet::parse(&settings.fernet_key).context("`[core] fernet_key` is not usable")?;
        let defaults = StoreOptions::default();
        let synchronous = if settings.sqlite_full_sync {
            Synchronous::Full
        } else {
            Synchronous::Normal
        };
        let options = StoreOptions {
            db: DbOptions {
                synchronous,
                ..defaults.db
            },
            fernet,
            run_dir: Some(settings.run_folder()),
            dags_are_paused_at_creation: settings.dags_are_paused_at_creation,
            default_pool_slots: settings.default_pool_slots,
            xcom_bytes_max: settings.xcom_bytes_max,
            rendered_runs_max: settings.rendered_runs_max,
            clear_states_on_success: settings.clear_states_on_success,
        };
        let store = Store::open(&url, options)
            .await
            .context("cannot open the database")?;
        let store = match &settings.author {
            Some(author) => store.by(author.clone()),
            None => store,
        };
        Ok(Self {
            settings,
            store,
            secrets,
        })
    }

    /// The time.
    #[expect(
        clippy::unused_self,
        reason = "callers take the time from what they are given"
    )]
    pub(crate) fn now(&self) -> Timestamp {
        SystemClock.now()
    }

    /// A DAG by its id.
    ///
    /// # Errors
    /// There is none; the error names the closest.
    pub(crate) async fn dag(&self, dag_id: &str) -> Result<StoredDag> {
        let found = match DagId::parse(dag_id) {
            Ok(id) => self.store.dag(&id).await?,
            Err(_) => None,
        };
        if let Some(dag) = found {
            return Ok(dag);
        }
        let known = self.store.dags(DagFilter::default()).await?;
        let hint = closest::hint(dag_id, known.iter().map(|dag| dag.dag_id.as_str()));
        bail!("there is no DAG `{dag_id}`{hint}")
    }

    /// The DAGs whose id matches a regular expression as a whole.
    ///
    /// # Errors
    /// It is no expression, or matches none.
    pub(crate) async fn dags_matching(&self, expression: &str) -> Result<Vec<DagId>> {
        let pattern = whole(expression)?;
        let known = self.store.dags(DagFilter::default()).await?;
        let ids: Vec<DagId> = known
            .iter()
            .map(|dag| dag.dag_id.clone())
            .filter(|id| pattern.is_match(id.as_str()))
            .collect();
        if ids.is_empty() {
            let hint = closest::hint(expression, known.iter().map(|dag| dag.dag_id.as_str()));
            bail!("no DAG matches `{expression}`{hint}");
        }
        Ok(ids)
    }

    /// A run by its id, its logical date, or the day of its logical date; with its tasks.
    ///
    /// # Errors
    /// There is none, or more than one on that day.
    pub(crate) async fn run(&self, dag: &StoredDag, text: &str) -> Result<StoredRun> {
        if let Ok(run_id) = RunId::parse(text) {
            let key = updraft_model::RunKey {
                dag_id: dag.dag_id.clone(),
                run_id,
            };
            if let Some(run) = self.store.stored_run(&key).await? {
                return Ok(run);
            }
        }
        let Ok(range) = DateRange::parse(text) else {
            bail!(
                "`{}` has no run `{text}`; `updraft dags list-runs -d {}` lists them",
                dag.dag_id,
                dag.dag_id
            );
        };
        let found = self.runs_between(&dag.dag_id, &range).await?;
        match found.as_slice() {
            [] => bail!(
                "`{}` has no run at {text}; `updraft dags list-runs -d {}` lists them",
                dag.dag_id,
                dag.dag_id
            ),
            [one] => Ok(self
                .store
                .stored_run(&one.key)
                .await?
                .context("the run was deleted just now")?),
            several => {
                let ids: Vec<&str> = several.iter().map(|run| run.key.run_id.as_str()).collect();
                bail!(
                    "`{}` has several runs at {text}: {}; name one of them",
                    dag.dag_id,
                    ids.join(", ")
                )
            }
        }
    }

    /// The runs of a DAG with a logical date in a range, newest first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub(crate) async fn runs_between(&self, dag_id: &DagId, range: &DateRange) -> Result<Vec<RunRow>> {
        let (from, until) = (Some(range.first), Some(range.last));
        Ok(self
            .store
            .runs(&RunFilter {
                from,
                until,
                ..RunFilter::all(dag_id.clone())
            })
            .await?)
    }

    /// A task of a DAG by its id.
    ///
    /// # Errors
    /// There is none; the error names the closest.
    #[expect(clippy::unused_self, reason = "stands beside the other look-ups")]
    pub(crate) fn task(&self, dag: &StoredDag, task_id: &str) -> Result<TaskId> {
        let found = dag
            .spec
            .tasks
            .iter()
            .find(|task| task.task_id.as_str() == task_id);
        match found {
            Some(task) => Ok(task.task_id.clone()),
            None => {
                let hint = closest::hint(task_id, dag.spec.tasks.iter().map(|task| task.task_id.as_str()));
                bail!("DAG `{}` has no task `{task_id}`{hint}", dag.dag_id)
            }
        }
    }
}

/// A regular expression that must match the whole text, as `re.fullmatch` does.
pub(crate) fn whole(expression: &str) -> Result<regex::Regex> {
    regex::Regex::new(&format!("^(?:{expression})$"))
        .with_context(|| format!("`{expression}` is no regular expression"))
}

/// A date as Python's `isoformat` writes it, or nothing.
pub(crate) fn date_or_empty(at: Option<Timestamp>) -> String {
    at.map(dates::isoformat).unwrap_or_default()
}
