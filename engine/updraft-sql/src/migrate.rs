//! Migrations: two folders with the same numbers, applied in one transaction, never edited once shipped.

use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, Executor, Row as _};

use crate::db::Db;
use crate::error::SqlError;
use crate::tx::{Tx, TxInner};

/// The schema of a product, as the list of steps that lead to it. Made by [`crate::migrations!`].
#[derive(Debug, Clone, Copy)]
pub struct Migrations {
    /// The product, such as `updraft`: its migrations table is `updraft_migration`, so that several products can share a
    /// database.
    pub product: &'static str,
    /// The steps, in the order of their numbers: 1, 2, 3, ...
    pub steps: &'static [Migration],
}

/// One step of a schema.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// The file name without ending: `0001_initial`.
    pub name: &'static str,
    /// What PostgreSQL runs; several statements are allowed.
    pub postgres: &'static str,
    /// What SQLite runs.
    pub sqlite: &'static str,
}

/// How far the schema of a database is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SchemaVersion {
    /// Steps that the database has; 0 for one that was never initialised.
    pub applied: usize,
    /// Steps that this program knows.
    pub known: usize,
}

/// Why a schema cannot be used or migrated.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The database was migrated by a newer program. Final.
    #[error(
        "database `{place}` is too new: it has {applied} migrations, this program knows {known}; use the newer program"
    )]
    TooNew {
        /// The database.
        place: String,
        /// Steps that the database has.
        applied: usize,
        /// Steps that this program knows.
        known: usize,
    },
    /// The database lacks steps. Final; migrating helps.
    #[error("database `{place}` is not up to date: it has {applied} of {known} migrations; migrate it first")]
    TooOld {
        /// The database.
        place: String,
        /// Steps that the database has.
        applied: usize,
        /// Steps that this program knows.
        known: usize,
    },
    /// A step was applied with another text than this program has. Final.
    #[error(
        "migration `{name}` of database `{place}` was made by a different build; restore a backup or reset the database"
    )]
    Changed {
        /// The database.
        place: String,
        /// The step.
        name: String,
    },
    /// The SQLite file belongs to another program, such as a real Airflow. Final.
    #[error(
        "database `{place}` holds tables of another program (such as `{table}`); name a database of its own, for \
         example a new file"
    )]
    Foreign {
        /// The database.
        place: String,
        /// One of the tables.
        table: String,
    },
    /// A statement failed.
    #[error(transparent)]
    Sql(#[from] SqlError),
}

/// Embeds the migrations of a crate: `migrations/postgres/NAME.sql` and `migrations/sqlite/NAME.sql` for each name.
///
/// ```text
/// const MIGRATIONS: Migrations = updraft_sql::migrations!("updraft"; "0001_initial", "0002_asset");
/// ```
#[macro_export]
macro_rules! migrations {
    ($product:literal; $($name:literal),+ $(,)?) => {
        $crate::Migrations {
            product: $product,
            steps: &[$($crate::Migration {
                name: $name,
                postgres: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/postgres/", $name, ".sql")),
                sqlite: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/sqlite/", $name, ".sql")),
            }),+],
        }
    };
}

impl Migrations {
    /// Brings the schema up to date, in one transaction; several programs may do it at the same time. On PostgreSQL it
    /// makes the schema named in [`crate::DbOptions::schema`] first.
    ///
    /// # Errors
    /// See [`MigrateError`]; nothing was changed then.
    pub async fn migrate(&self, db: &Db, now: jiff::Timestamp) -> Result<SchemaVersion, MigrateError> {
        let mut tx = db.begin().await?;
        self.prepare(db, &mut tx).await?;
        let applied = self.checked(&mut tx).await?;
        for step in self.steps.iter().skip(applied) {
            self.apply(&mut tx, step, now).await?;
        }
        tx.commit().await?;
        Ok(SchemaVersion {
            applied: self.steps.len(),
            known: self.steps.len(),
        })
    }

    /// How far the schema is.
    ///
    /// # Errors
    /// [`MigrateError::TooNew`], [`MigrateError::Changed`], [`MigrateError::Sql`].
    pub async fn version(&self, db: &Db) -> Result<SchemaVersion, MigrateError> {
        let mut tx = db.begin_read().await?;
        let applied = if self.has_table(&mut tx).await? {
            self.checked(&mut tx).await?
        } else {
            0
        };
        Ok(SchemaVersion {
            applied,
            known: self.steps.len(),
        })
    }

    /// Demands that the schema is exactly the one that this program knows.
    ///
    /// # Errors
    /// As [`Migrations::version`], and [`MigrateError::TooOld`].
    pub async fn check(&self, db: &Db) -> Result<(), MigrateError> {
        let SchemaVersion { applied, known } = self.version(db).await?;
        if applied < known {
            return Err(MigrateError::TooOld {
                place: db.place().to_owned(),
                applied,
                known,
            });
        }
        Ok(())
    }

    /// Removes all tables of this product with their contents, whatever their version, and makes them anew.
    ///
    /// # Errors
    /// [`MigrateError::Foreign`] if a SQLite file holds tables of another program; nothing was changed then.
    pub async fn reset(&self, db: &Db, now: jiff::Timestamp) -> Result<SchemaVersion, MigrateError> {
        let mut tx = db.begin().await?;
        match db {
            Db::Postgres(db) => {
                run(
                    &mut tx,
                    format!("DROP SCHEMA IF EXISTS \"{}\" CASCADE", db.schema),
                )
                .await?;
            }
            Db::Sqlite(_) => self.drop_sqlite_tables(&mut tx).await?,
        }
        tx.commit().await?;
        self.migrate(db, now).await
    }

    /// Takes the lock, makes schema and migrations table where they are missing.
    async fn prepare(&self, db: &Db, tx: &mut Tx) -> Result<(), MigrateError> {
        if let Db::Postgres(db) = db {
            // A transaction lock: it ends with the transaction, also behind a connection pooler.
            run(
                tx,
                format!("SELECT pg_advisory_xact_lock({})", lock_key(self.product)),
            )
            .await?;
            let known = names(
                tx,
                format!("SELECT nspname FROM pg_namespace WHERE nspname = '{}'", db.schema),
            );
            if known.await?.is_empty() {
                run(tx, format!("CREATE SCHEMA \"{}\"", db.schema)).await?;
            }
        }
        if !self.has_table(tx).await? {
            if let Some(table) = self.foreign_table(tx).await? {
                return Err(MigrateError::Foreign {
                    place: tx.place().to_string(),
                    table,
                });
            }
            let create = format!(
                "CREATE TABLE {}_migration (number BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, \
                 checksum TEXT NOT NULL, applied_at BIGINT NOT NULL)",
                self.product
            );
            run(tx, create).await?;
        }
        Ok(())
    }

    async fn apply(&self, tx: &mut Tx, step: &Migration, now: jiff::Timestamp) -> Result<(), MigrateError> {
        let text = match tx.inner() {
            TxInner::Postgres(_) => step.postgres,
            TxInner::Sqlite(_) => step.sqlite,
        };
        run(tx, text.to_owned()).await?;
        let insert = format!(
            "INSERT INTO {}_migration (number, name, checksum, applied_at) \
             SELECT count(*) + 1, '{}', '{}', {} FROM {0}_migration",
            self.product,
            step.name,
            checksum(text),
            now.as_microsecond(),
        );
        run(tx, insert).await?;
        Ok(())
    }

    /// The number of applied steps, after comparing their texts with those of this program.
    async fn checked(&self, tx: &mut Tx) -> Result<usize, MigrateError> {
        let place = tx.place().to_string();
        let query = format!(
            "SELECT name || ' ' || checksum FROM {}_migration ORDER BY number",
            self.product
        );
        let applied = names(tx, query).await?;
        for (found, step) in applied.iter().zip(self.steps) {
            let text = match tx.inner() {
                TxInner::Postgres(_) => step.postgres,
                TxInner::Sqlite(_) => step.sqlite,
            };
            if *found != format!("{} {}", step.name, checksum(text)) {
                return Err(MigrateError::Changed {
                    place,
                    name: step.name.to_owned(),
                });
            }
        }
        if applied.len() > self.steps.len() {
            return Err(MigrateError::TooNew {
                place,
                applied: applied.len(),
                known: self.steps.len(),
            });
        }
        Ok(applied.len())
    }

    async fn has_table(&self, tx: &mut Tx) -> Result<bool, SqlError> {
        let query = match tx.inner() {
            TxInner::Postgres(_) => {
                format!(
                    "SELECT '1' WHERE to_regclass('{}_migration') IS NOT NULL",
                    self.product
                )
            }
            TxInner::Sqlite(_) => {
                format!(
                    "SELECT name FROM sqlite_schema WHERE name = '{}_migration'",
                    self.product
                )
            }
        };
        Ok(!names(tx, query).await?.is_empty())
    }

    /// A table in a SQLite file that no product of ours made: the file has tables but no migrations table.
    async fn foreign_table(&self, tx: &mut Tx) -> Result<Option<String>, SqlError> {
        if matches!(tx.inner(), TxInner::Postgres(_)) {
            return Ok(None);
        }
        let tables = sqlite_tables(tx).await?;
        if tables.iter().any(|table| table.ends_with("_migration")) {
            return Ok(None);
        }
        Ok(tables.into_iter().next())
    }

    async fn drop_sqlite_tables(&self, tx: &mut Tx) -> Result<(), MigrateError> {
        let tables = sqlite_tables(tx).await?;
        let own = format!("{}_migration", self.product);
        let other = tables
            .iter()
            .find(|table| table.ends_with("_migration") && **table != own);
        let foreign = if tables.contains(&own) {
            other
        } else {
            tables.first()
        };
        if let Some(table) = foreign {
            return Err(MigrateError::Foreign {
                place: tx.place().to_string(),
                table: table.clone(),
            });
        }
        // Rows that refer to rows of a table dropped earlier are counted at the commit, when all are gone.
        run(tx, "PRAGMA defer_foreign_keys = ON".to_owned()).await?;
        loop {
            // Children before their parents: to empty a table SQLite wants every table that its children refer to.
            let mut next = unreferenced_sqlite_tables(tx).await?;
            if next.is_empty() {
                next = sqlite_tables(tx).await?;
            }
            if next.is_empty() {
                return Ok(());
            }
            for table in next {
                run(tx, format!("DROP TABLE \"{table}\"")).await?;
            }
        }
    }
}

/// Tables that no other table refers to.
async fn unreferenced_sqlite_tables(tx: &mut Tx) -> Result<Vec<String>, SqlError> {
    let query = "SELECT name FROM sqlite_schema AS t \
                 WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
                   AND NOT EXISTS (SELECT 1 FROM sqlite_schema AS c, pragma_foreign_key_list(c.name) AS f \
                                   WHERE c.type = 'table' AND c.name <> t.name AND f.\"table\" = t.name) \
                 ORDER BY name";
    names(tx, query.to_owned()).await
}

async fn sqlite_tables(tx: &mut Tx) -> Result<Vec<String>, SqlError> {
    let query = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
                 ORDER BY name";
    names(tx, query.to_owned()).await
}

/// Runs a text of our own making, which may hold several statements.
#[expect(
    clippy::disallowed_methods,
    reason = "migrations are texts of several statements, no catalogue entries"
)]
async fn run(tx: &mut Tx, text: String) -> Result<(), SqlError> {
    let query = sqlx::raw_sql(AssertSqlSafe(text));
    let result = match tx.inner() {
        TxInner::Postgres(tx) => tx.execute(query).await.map(drop),
        TxInner::Sqlite(tx) => tx.execute(query).await.map(drop),
    };
    result.map_err(|error| SqlError::of(error, "migrate", tx.place()))
}

/// The first column of each row, as text.
#[expect(
    clippy::disallowed_methods,
    reason = "the names of product and schema are part of the text"
)]
async fn names(tx: &mut Tx, text: String) -> Result<Vec<String>, SqlError> {
    let query = sqlx::raw_sql(AssertSqlSafe(text));
    let result = match tx.inner() {
        TxInner::Postgres(tx) => {
            let rows = tx.fetch_all(query).await;
            rows.and_then(|rows| rows.iter().map(|row| row.try_get(0)).collect())
        }
        TxInner::Sqlite(tx) => {
            let rows = tx.fetch_all(query).await;
            rows.and_then(|rows| rows.iter().map(|row| row.try_get(0)).collect())
        }
    };
    result.map_err(|error| SqlError::of(error, "read the migrations", tx.place()))
}

/// A 63-bit number for the advisory lock of a product.
fn lock_key(product: &str) -> i64 {
    let digest = Sha256::digest(format!("updraft-sql migrations of {product}"));
    let bytes = digest
        .iter()
        .take(8)
        .fold(0_u64, |key, byte| key << 8 | u64::from(*byte));
    (bytes >> 1) as i64
}

fn checksum(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}
