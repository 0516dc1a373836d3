//! The open application database.

use jiff::Timestamp;
use updraft_sql::{Backend, DatabaseUrl, Db, DbOptions, Migrations, Sql, inspect};

use crate::{StoreError, catalogue};

/// The PostgreSQL schema that holds the tables, and the name under which their migrations are kept.
const SCHEMA: &str = "referral";

const MIGRATIONS: Migrations =
    updraft_sql::migrations!("referral"; "0001_initial", "0002_quality", "0003_pages");

/// The application database: SQLite file or PostgreSQL schema `referral`. Cheap to clone; all clones share connections.
#[derive(Debug, Clone)]
pub struct ReferralStore {
    pub(crate) db: Db,
}

impl ReferralStore {
    /// Opens the database with default settings and brings its schema up to date. `now` dates the migrations.
    ///
    /// # Errors
    /// [`StoreError::Open`] and [`StoreError::Migrate`]: unreachable (a retry may help), locked, read-only, no space, or
    /// newer than this program; the message says which and what to do.
    pub async fn open(url: &DatabaseUrl, now: Timestamp) -> Result<Self, StoreError> {
        Self::open_with(url, &Self::options(), now).await
    }

    /// As [`ReferralStore::open`], with other settings; start from [`ReferralStore::options`].
    ///
    /// # Errors
    /// As [`ReferralStore::open`].
    pub async fn open_with(
        url: &DatabaseUrl,
        options: &DbOptions,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let db = Db::open(url, options).await?;
        MIGRATIONS.migrate(&db, now).await?;
        Ok(Self { db })
    }

    /// The default settings: PostgreSQL schema `referral`; on SQLite room in memory for the large transactions of a sync.
    pub fn options() -> DbOptions {
        DbOptions {
            writer_cache_kib: 64 * 1024,
            ..DbOptions::new(SCHEMA)
        }
    }

    /// Asks the database whether it is there, for health checks.
    ///
    /// # Errors
    /// [`StoreError::Sql`] if it is not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        Ok(inspect::ping(&self.db).await?)
    }

    /// Which database runs behind this store.
    pub fn backend(&self) -> Backend {
        self.db.backend()
    }

    /// What a person calls the database: path, or `host:port/name`; never a password.
    pub fn place(&self) -> &str {
        self.db.place()
    }

    /// The connections, for tests and tools that look at the database as it is.
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// Every statement of this store, for the test that prepares them all.
    pub fn statements() -> Vec<&'static Sql> {
        catalogue::statements()
    }

    /// Closes all connections after what runs on them has ended.
    pub async fn close(&self) {
        self.db.close().await;
    }
}
