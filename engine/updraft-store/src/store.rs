//! The open metadata database.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use serde_json::json;
use updraft_model::{DagSpec, DagVersionId};
use updraft_secrets::Fernet;
use updraft_sql::{
    ColumnType, DatabaseUrl, Db, DbOptions, Migrations, SchemaVersion, Sql, Tx, row, statements,
};

use crate::author::{Author, Note};
use crate::error::{SetupError, StoreError};
use crate::table::TableRow;
use crate::totals::Totals;

/// The schema of the metadata database.
pub const MIGRATIONS: Migrations = updraft_sql::migrations!(
    "updraft";
    "0001_initial", "0002_skip_decisions", "0003_pools", "0004_mapping", "0005_backfills", "0006_assets", "0007_callbacks",
    "0008_deadlines", "0009_runs_without_a_date", "0010_deferral", "0011_timetables", "0012_jobs",
    "0013_wait_notes", "0014_requests_of_tasks", "0015_accounts", "0016_sessions", "0017_task_notes",
    "0018_administration", "0019_asset_aliases", "0020_asset_refs", "0021_personal_tokens",
    "0022_state_stores", "0023_external_identities", "0024_human_in_the_loop",
    "0025_connection_tests"
);

/// The migration that makes the pools.
const POOLS_SINCE: usize = 3;
/// The name of the schema on PostgreSQL, where a real Airflow may own `public`.
const SCHEMA: &str = "updraft";
/// Descriptions of DAG versions kept in memory; all are dropped when there are more.
const SPECS_MAX: usize = 1024;

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    SPECS = Sql::new(
        "SELECT v.dag_id, v.version_id, v.spec FROM {batch} JOIN dag_version v ON v.version_id = batch.version_id",
    )
    .batch(&[("version_id", ColumnType::Uuid)]);
}

/// How the store is opened, and what holds for all that it does.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// Connections, durability and such.
    pub db: DbOptions,
    /// Encrypts variables and connections; without it they are stored as they are.
    pub fernet: Option<Fernet>,
    /// The folder of the sockets that wake other processes, `$AIRFLOW_HOME/run`. SQLite only; without it they notice
    /// within a second.
    pub run_dir: Option<PathBuf>,
    /// The longest JSON text of an XCom, in bytes, and of all rendered fields of a task together. Default 1 MiB.
    pub xcom_bytes_max: usize,
    /// Rendered fields of a task are kept for so many of the newest runs of its DAG; 0: for all. Default 30, as Airflow's
    /// `[core] max_num_rendered_ti_fields_per_task`.
    pub rendered_runs_max: u32,
    /// Whether a new DAG that does not say so itself is paused. Default true, as Airflow's
    /// `[core] dags_are_paused_at_creation`.
    pub dags_are_paused_at_creation: bool,
    /// How many slots the default pool has when it is made; later it is changed like any other. Default 128, as Airflow's
    /// `[core] default_pool_task_slot_count`.
    pub default_pool_slots: i32,
    /// Whether what a task keeps goes when it succeeds. Default false, as Airflow's `[state_store] clear_on_success`.
    pub clear_states_on_success: bool,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            db: DbOptions::new(SCHEMA),
            fernet: None,
            run_dir: None,
            xcom_bytes_max: 1 << 20,
            rendered_runs_max: 30,
            dags_are_paused_at_creation: true,
            default_pool_slots: 128,
            clear_states_on_success: false,
        }
    }
}

/// The metadata database: DAGs, runs, tasks, their attempts and results, variables and connections.
///
/// Cheap to clone; all clones share connections and caches. Methods are intentions; each is one transaction. Times come
/// in as arguments and are kept to the microsecond.
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) db: Db,
    pub(crate) options: Arc<StoreOptions>,
    /// Descriptions by version, which never change. Filled by whoever reads one; the lock is held for look-ups only.
    specs: Arc<Mutex<BTreeMap<DagVersionId, Arc<DagSpec>>>>,
    /// How many rows long lists have.
    pub(crate) totals: Totals,
    /// Who acts through this one, if anybody does.
    pub(crate) author: Option<Arc<Author>>,
}

impl Store {
    /// Opens the database. Neither makes nor checks its tables: see [`Store::migrate`] and [`Store::check`].
    ///
    /// # Errors
    /// [`SetupError::Open`].
    pub async fn open(url: &DatabaseUrl, options: StoreOptions) -> Result<Self, SetupError> {
        let db = Db::open(url, &options.db).await?;
        Ok(Self {
            db,
            options: Arc::new(options),
            specs: Arc::default(),
            totals: Totals::default(),
            author: None,
        })
    }

    /// Makes the tables, or brings them up to date; does nothing to those that are. `airflow db init` and `db migrate`.
    ///
    /// # Errors
    /// [`SetupError::Migrate`], nothing was changed then; or [`SetupError::DefaultPool`].
    pub async fn migrate(&self, now: Timestamp) -> Result<SchemaVersion, SetupError> {
        let before = MIGRATIONS.version(&self.db).await?;
        let version = MIGRATIONS.migrate(&self.db, now).await?;
        if before.applied < POOLS_SINCE {
            self.size_default_pool().await.map_err(SetupError::DefaultPool)?;
        }
        if before.applied != version.applied {
            self.note_schema(before.applied, version.applied).await?;
        }
        Ok(version)
    }

    /// Demands that the database answers and has exactly the tables that this program knows. `airflow db check`.
    ///
    /// # Errors
    /// [`SetupError::Migrate`]: unreachable, not initialised, too old, too new.
    pub async fn check(&self) -> Result<(), SetupError> {
        Ok(MIGRATIONS.check(&self.db).await?)
    }

    /// How far the tables are; nothing is applied in a database that was never initialised.
    ///
    /// # Errors
    /// [`SetupError::Migrate`].
    pub async fn schema_version(&self) -> Result<SchemaVersion, SetupError> {
        Ok(MIGRATIONS.version(&self.db).await?)
    }

    /// Deletes everything and makes the tables anew. `airflow db reset`.
    ///
    /// # Errors
    /// [`SetupError::Migrate`], also if the SQLite file belongs to another program; or [`SetupError::DefaultPool`].
    pub async fn reset(&self, now: Timestamp) -> Result<SchemaVersion, SetupError> {
        self.specs.lock().unwrap_or_else(PoisonError::into_inner).clear();
        let version = MIGRATIONS.reset(&self.db, now).await?;
        self.size_default_pool().await.map_err(SetupError::DefaultPool)?;
        self.note_schema(0, version.applied).await?;
        Ok(version)
    }

    /// Before the tables are there nothing can be written into them, so this is a transaction of its own.
    async fn note_schema(&self, before: usize, after: usize) -> Result<(), SetupError> {
        let written = async {
            let mut tx = self.db.begin().await?;
            let note =
                Note::of(json!({})).changing(json!({ "migrations": before }), json!({ "migrations": after }));
            self.note(&mut tx, note).await?;
            Ok(tx.commit().await?)
        };
        written.await.map_err(SetupError::EventLog)
    }

    /// What a person calls the database: the path of its file, or `host:port/name`.
    pub fn place(&self) -> &str {
        self.db.place()
    }

    /// Closes the connections, after what runs on them has ended.
    pub async fn close(&self) {
        self.db.close().await;
    }

    /// The descriptions of these versions, from memory or the database.
    pub(crate) async fn specs(
        &self,
        tx: &mut Tx,
        versions: BTreeSet<DagVersionId>,
    ) -> Result<BTreeMap<DagVersionId, Arc<DagSpec>>, StoreError> {
        let mut found = BTreeMap::new();
        {
            let known = self.specs.lock().unwrap_or_else(PoisonError::into_inner);
            for version in &versions {
                if let Some(spec) = known.get(version) {
                    found.insert(*version, Arc::clone(spec));
                }
            }
        }
        let missing: Vec<DagVersionId> = versions
            .into_iter()
            .filter(|id| !found.contains_key(id))
            .collect();
        if missing.is_empty() {
            return Ok(found);
        }
        let mut read = BTreeMap::new();
        for row in tx
            .fetch_all(SPECS.rows(missing.iter().map(|version| row![version.0])))
            .await?
        {
            let row = TableRow {
                table: "dag_version",
                row: &row,
            };
            let spec = serde_json::from_str(&row.get::<String>("spec")?)
                .map_err(|error| row.damaged("spec", format!("is no serialised DAG: {error}")))?;
            read.insert(row.version()?, Arc::new(spec));
        }
        let mut known = self.specs.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() + read.len() > SPECS_MAX {
            known.clear();
        }
        known.extend(read.iter().map(|(version, spec)| (*version, Arc::clone(spec))));
        found.extend(read);
        Ok(found)
    }
}
