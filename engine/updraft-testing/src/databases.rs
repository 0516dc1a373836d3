//! Fresh databases: a file in a temporary folder, or a database of its own on a real PostgreSQL server. Both are gone
//! when the value is dropped, also when the test fails.

use std::path::Path;

use tempfile::TempDir;
use updraft_sql::{DatabaseUrl, PostgresUrl, SqliteUrl, admin};
use uuid::Uuid;

/// The environment variable with the URL of a running PostgreSQL cluster, such as
/// `postgres://updraft@127.0.0.1:5433/postgres`. The test runner sets it.
pub const POSTGRES_VARIABLE: &str = "UPDRAFT_TEST_POSTGRES";

/// An empty database for one test.
#[derive(Debug)]
pub struct TestDatabase {
    url: DatabaseUrl,
    /// A folder that lives as long as the database: the file lies in it, and sockets may.
    folder: TempDir,
    /// The cluster and the name of the database to drop.
    server: Option<(PostgresUrl, String)>,
}

impl TestDatabase {
    /// Where the database is.
    pub fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    /// A temporary folder that belongs to this test.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// An empty SQLite database; the file does not exist yet.
pub fn sqlite() -> TestDatabase {
    let folder = TempDir::new().expect("tests need a writable temporary folder");
    let url = DatabaseUrl::Sqlite(SqliteUrl {
        path: folder.path().join("test.db"),
    });
    TestDatabase {
        url,
        folder,
        server: None,
    }
}

/// An empty database on the cluster that [`POSTGRES_VARIABLE`] names.
///
/// # Panics
/// If the variable is unset or the cluster refuses: a missing backend is a failed test, never a skipped one.
#[expect(
    clippy::disallowed_methods,
    reason = "the test runner tells the cluster by an environment variable"
)]
#[expect(clippy::panic, reason = "a test without its database has failed")]
pub async fn postgres() -> TestDatabase {
    let Ok(cluster) = std::env::var(POSTGRES_VARIABLE) else {
        panic!("{POSTGRES_VARIABLE} is not set: run the tests with `cargo xtask test`");
    };
    let cluster = match cluster.parse() {
        Ok(DatabaseUrl::Postgres(url)) => url,
        Ok(DatabaseUrl::Sqlite(_)) => panic!("{POSTGRES_VARIABLE} names no PostgreSQL cluster"),
        Err(error) => panic!("{POSTGRES_VARIABLE}: {error}"),
    };
    let name = format!("test_{}", Uuid::new_v4().simple());
    if let Err(error) = admin::create_database(&cluster, &name).await {
        panic!("no test database on `{cluster:?}`: {error}");
    }
    let url = DatabaseUrl::Postgres(PostgresUrl {
        database: Some(name.clone()),
        ..cluster.clone()
    });
    let folder = TempDir::new().expect("tests need a writable temporary folder");
    TestDatabase {
        url,
        folder,
        server: Some((cluster, name)),
    }
}

/// Runs a test on an empty SQLite database and then on an empty PostgreSQL database.
///
/// ```no_run
/// # async fn example() {
/// updraft_testing::databases::on_both(async |database| {
///     let options = updraft_sql::DbOptions::new("updraft");
///     let db = updraft_sql::Db::open(database.url(), &options).await.unwrap();
///     updraft_sql::inspect::ping(&db).await.unwrap();
/// })
/// .await;
/// # }
/// ```
pub async fn on_both(test: impl AsyncFn(&TestDatabase)) {
    test(&sqlite()).await;
    test(&postgres().await).await;
}

impl Drop for TestDatabase {
    /// Drops the database of the server, on a thread of its own because the test's runtime may be ending.
    fn drop(&mut self) {
        let Some((cluster, name)) = self.server.take() else {
            return;
        };
        let dropper = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            runtime
                .block_on(admin::drop_database(&cluster, &name))
                .map_err(std::io::Error::other)
        });
        // A database left behind harms no other test; the cluster of the tests is thrown away as a whole.
        let _: Result<std::io::Result<()>, _> = dropper.join();
    }
}
