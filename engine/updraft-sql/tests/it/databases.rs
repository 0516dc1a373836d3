//! Values, batches, transactions and errors, the same on both databases.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures::StreamExt;
use jiff::Timestamp;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use updraft_sql::{
    ColumnType, DatabaseUrl, Db, DbOptions, OpenError, Row, Sql, SqlError, SqlErrorKind, SqliteUrl, inspect,
    retry_conflicts, row, statements,
};
use updraft_testing::databases::{self, TestDatabase, on_both};
use uuid::Uuid;

statements! {
    /// All of these.
    STATEMENTS;

    CREATE = Sql::per_backend(
        "CREATE TABLE thing (id UUID PRIMARY KEY, ok BOOLEAN, size BIGINT, score DOUBLE PRECISION, name TEXT, data BYTEA)",
        "CREATE TABLE thing (id BLOB PRIMARY KEY, ok INTEGER, size INTEGER, score REAL, name TEXT, data BLOB) STRICT",
    );
    INSERT = Sql::new(
        "INSERT INTO thing (id, ok, size, score, name, data) VALUES ($1, $2, $3, $4, $5, $6)",
    );
    UPSERT = Sql::new(
        "INSERT INTO thing (id, ok, size, score, name, data) \
         SELECT id, ok, size, score, name, data FROM {batch} WHERE TRUE \
         ON CONFLICT (id) DO UPDATE SET size = excluded.size + $1",
    )
    .batch(&[
        ("id", ColumnType::Uuid),
        ("ok", ColumnType::Bool),
        ("size", ColumnType::I64),
        ("score", ColumnType::F64),
        ("name", ColumnType::Text),
        ("data", ColumnType::Bytes),
    ]);
    ADD = Sql::new("UPDATE thing SET size = size + $1 WHERE id = $2");
    ALL = Sql::new("SELECT id, ok, size, score, name, data FROM thing ORDER BY id");
    COUNT = Sql::new("SELECT count(*) AS things FROM thing");
    // Only SQLite can play a full disk.
    LIMIT_PAGES = Sql::per_backend("SELECT 1", "PRAGMA max_page_count = 20");
    // SQLite has no notifications.
    NOTIFY = Sql::per_backend("SELECT pg_notify($1, '')", "SELECT $1");
    BROKEN = Sql::new("SELECT missing FROM nowhere");
}

type Thing = (
    Uuid,
    Option<bool>,
    Option<i64>,
    Option<f64>,
    Option<String>,
    Option<Vec<u8>>,
);

fn thing(row: &Row) -> Result<Thing, SqlError> {
    Ok((
        row.get("id")?,
        row.get("ok")?,
        row.get("size")?,
        row.get("score")?,
        row.get("name")?,
        row.get("data")?,
    ))
}

fn things() -> Vec<Thing> {
    let text = "zwölf \"Boxkämpfer\" \\ \u{1F600}\n\u{1}".to_owned();
    vec![
        (
            Uuid::from_u128(1),
            Some(true),
            Some(i64::MAX),
            Some(1.0),
            Some(text),
            Some(vec![0, 1, 255]),
        ),
        (
            Uuid::from_u128(2),
            Some(false),
            Some(i64::MIN),
            Some(-1.25e-9),
            Some(String::new()),
            Some(vec![]),
        ),
        (Uuid::from_u128(3), None, None, None, None, None),
    ]
}

/// A database with an empty table.
async fn open(database: &TestDatabase) -> Db {
    let db = Db::open(database.url(), &DbOptions::new("public")).await.unwrap();
    db.execute(CREATE.query()).await.unwrap();
    db
}

#[tokio::test]
async fn values_come_back_as_they_went_in() {
    on_both(async |database| {
        let db = open(database).await;
        for (id, ok, size, score, name, data) in things() {
            let query = INSERT
                .bind(id)
                .bind(ok)
                .bind(size)
                .bind(score)
                .bind(name)
                .bind(data);
            assert_eq!(db.execute(query).await.unwrap(), 1);
        }
        let rows = db.fetch_all(ALL.query()).await.unwrap();
        assert_eq!(
            rows.iter().map(|row| thing(row).unwrap()).collect::<Vec<_>>(),
            things()
        );
    })
    .await;
}

#[tokio::test]
async fn a_batch_writes_all_rows_with_one_statement() {
    on_both(async |database| {
        let db = open(database).await;
        let things = things();
        let rows = || {
            things
                .iter()
                .cloned()
                .map(|(a, b, c, d, e, f)| row![a, b, c, d, e, f])
        };
        let mut tx = db.begin().await.unwrap();
        assert_eq!(tx.execute(UPSERT.bind(0_i64).rows(rows())).await.unwrap(), 3);
        assert_eq!(tx.execute(UPSERT.bind(0_i64)).await.unwrap(), 0);
        tx.commit().await.unwrap();

        let mut read: Vec<Thing> = Vec::new();
        let mut stream = db.stream(ALL.query()).unwrap();
        while let Some(row) = stream.next().await {
            read.push(thing(&row.unwrap()).unwrap());
        }
        assert_eq!(read, things);
    })
    .await;
}

/// Any row that a table can hold.
fn any_thing() -> impl Strategy<Value = Thing> {
    let id = any::<u128>().prop_map(Uuid::from_u128);
    // Beyond that SQLite reads decimal text only to 15 digits.
    let float = (-1.0..1.0, -40..40_i32).prop_map(|(digits, exponent)| digits * 10_f64.powi(exponent));
    let float = option::of(float);
    let name = option::of("[^\0]{0,20}");
    (
        id,
        any::<Option<bool>>(),
        any::<Option<i64>>(),
        float,
        name,
        option::of(vec(any::<u8>(), 0..20)),
    )
}

#[test]
fn every_value_that_a_batch_writes_comes_back() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let (sqlite, postgres) = (databases::sqlite(), runtime.block_on(databases::postgres()));
    let dbs = [&sqlite, &postgres].map(|database| runtime.block_on(open(database)));
    let config = ProptestConfig {
        cases: 64,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let mut runner = TestRunner::new(config);
    let check = |things: BTreeMap<Uuid, Thing>| {
        for db in &dbs {
            let things: Vec<Thing> = things.values().cloned().collect();
            let read = runtime.block_on(async {
                let mut tx = db.begin().await.unwrap();
                let rows = things
                    .iter()
                    .cloned()
                    .map(|(a, b, c, d, e, f)| row![a, b, c, d, e, f]);
                tx.execute(UPSERT.bind(0_i64).rows(rows)).await.unwrap();
                // Never committed, so that each case begins with an empty table.
                tx.fetch_all(ALL.query()).await.unwrap()
            });
            let read: Vec<Thing> = read.iter().map(|row| thing(row).unwrap()).collect();
            prop_assert_eq!(read, things);
        }
        Ok(())
    };
    let things = vec(any_thing(), 0..20).prop_map(|all| all.into_iter().map(|one| (one.0, one)).collect());
    runner.run(&things, check).unwrap();
}

#[tokio::test]
async fn several_processes_may_open_a_new_file_at_once() {
    for _ in 0..30 {
        let database = databases::sqlite();
        let options = DbOptions::new("public");
        let opened = futures::future::join_all((0..6).map(|_| Db::open(database.url(), &options))).await;
        for db in opened {
            db.unwrap().close().await;
        }
    }
}

#[tokio::test]
async fn a_dropped_transaction_leaves_nothing() {
    on_both(async |database| {
        let db = open(database).await;
        let count = async || {
            db.fetch_one(COUNT.query())
                .await
                .unwrap()
                .get::<i64>("things")
                .unwrap()
        };
        let insert = |id| {
            INSERT
                .bind(Uuid::from_u128(id))
                .bind(true)
                .bind(0_i64)
                .bind(0.5)
                .bind("x")
                .bind(vec![])
        };
        let mut tx = db.begin().await.unwrap();
        tx.execute(insert(1)).await.unwrap();
        drop(tx);
        let mut tx = db.begin().await.unwrap();
        tx.execute(insert(2)).await.unwrap();
        tx.rollback().await.unwrap();
        assert_eq!(count().await, 0);
        let mut tx = db.begin().await.unwrap();
        tx.execute(insert(3)).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(count().await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_reading_transaction_sees_one_state() {
    on_both(async |database| {
        let db = open(database).await;
        let mut reader = db.begin_read().await.unwrap();
        let before: i64 = reader
            .fetch_one(COUNT.query())
            .await
            .unwrap()
            .get("things")
            .unwrap();
        let insert = INSERT
            .bind(Uuid::nil())
            .bind(true)
            .bind(0_i64)
            .bind(0.5)
            .bind("x")
            .bind(vec![]);
        db.execute(insert).await.unwrap();
        let after: i64 = reader
            .fetch_one(COUNT.query())
            .await
            .unwrap()
            .get("things")
            .unwrap();
        assert_eq!((before, after), (0, 0));
    })
    .await;
}

#[tokio::test]
async fn errors_are_told_apart() {
    on_both(async |database| {
        let db = open(database).await;
        let insert = |name: &str, score: f64| {
            let query = INSERT.bind(Uuid::nil()).bind(true).bind(0_i64).bind(score);
            query.bind(name.to_owned()).bind(vec![])
        };
        db.execute(insert("a", 0.0)).await.unwrap();
        let kind = async |query| db.execute(query).await.unwrap_err().kind();
        assert_eq!(kind(insert("a", 0.0)).await, SqlErrorKind::Duplicate);
        assert_eq!(kind(insert("a\0b", 0.0)).await, SqlErrorKind::InvalidValue);
        assert_eq!(kind(insert("a", f64::NAN)).await, SqlErrorKind::InvalidValue);
        assert_eq!(
            kind(UPSERT.rows([row![1_i64, true]])).await,
            SqlErrorKind::InvalidValue
        );
        let broken = db.execute(BROKEN.query()).await.unwrap_err();
        assert_eq!(broken.kind(), SqlErrorKind::NotMigrated, "{broken:?}");
        let row = db.fetch_one(ALL.query()).await.unwrap();
        assert_eq!(
            row.get::<i64>("name").unwrap_err().kind(),
            SqlErrorKind::InvalidRow
        );
        assert_eq!(
            row.get::<i64>("nothing").unwrap_err().kind(),
            SqlErrorKind::InvalidRow
        );
    })
    .await;
}

#[tokio::test]
async fn unprepared_statements_are_named() {
    on_both(async |database| {
        let db = open(database).await;
        let complaints = inspect::prepare_all(&db, &STATEMENTS[1..]).await.unwrap();
        assert_eq!(complaints.len(), 1, "{complaints:?}");
        assert!(complaints[0].contains("::BROKEN"), "{complaints:?}");
    })
    .await;
}

#[tokio::test]
async fn writers_of_several_connections_wait_for_each_other() {
    let database = databases::sqlite();
    let first = open(&database).await;
    let second = Db::open(database.url(), &DbOptions::new("public")).await.unwrap();
    let insert = INSERT
        .bind(Uuid::nil())
        .bind(true)
        .bind(0_i64)
        .bind(0.0)
        .bind("")
        .bind(vec![]);
    first.execute(insert).await.unwrap();
    let write = async |db: &Db| {
        for _ in 0..50 {
            let mut tx = db.begin().await.unwrap();
            tx.fetch_one(COUNT.query()).await.unwrap();
            tx.execute(ADD.bind(1_i64).bind(Uuid::nil())).await.unwrap();
            tx.commit().await.unwrap();
        }
    };
    tokio::join!(write(&first), write(&second));
    let row = first.fetch_one(ALL.query()).await.unwrap();
    assert_eq!(row.get::<i64>("size").unwrap(), 100);
}

#[tokio::test]
async fn a_deadlock_is_a_conflict_and_the_loser_runs_again() {
    let database = databases::postgres().await;
    let db = open(&database).await;
    let (a, b) = (Uuid::from_u128(1), Uuid::from_u128(2));
    for id in [a, b] {
        db.execute(
            INSERT
                .bind(id)
                .bind(true)
                .bind(0_i64)
                .bind(0.0)
                .bind("")
                .bind(vec![]),
        )
        .await
        .unwrap();
    }
    let runs = AtomicU32::new(0);
    let barrier = tokio::sync::Barrier::new(2);
    let add_both = async |first: Uuid, second: Uuid| {
        let waits = AtomicU32::new(0);
        retry_conflicts(async || {
            runs.fetch_add(1, Ordering::Relaxed);
            let mut tx = db.begin().await?;
            tx.execute(ADD.bind(1_i64).bind(first)).await?;
            if waits.fetch_add(1, Ordering::Relaxed) == 0 {
                barrier.wait().await;
            }
            tx.execute(ADD.bind(1_i64).bind(second)).await?;
            tx.commit().await
        })
        .await
        .unwrap();
    };
    tokio::join!(add_both(a, b), add_both(b, a));
    let rows = db.fetch_all(ALL.query()).await.unwrap();
    assert!(rows.iter().all(|row| row.get::<i64>("size").unwrap() == 2));
    assert_eq!(runs.into_inner(), 3);
}

#[tokio::test]
async fn a_change_by_another_connection_is_heard() {
    on_both(async |database| {
        let db = open(database).await;
        let mut signal = db.signal("news", Duration::from_millis(1)).await.unwrap();
        let insert = INSERT
            .bind(Uuid::nil())
            .bind(true)
            .bind(0_i64)
            .bind(0.0)
            .bind("")
            .bind(vec![]);
        let (heard, ()) = tokio::join!(signal.changed(), async {
            db.execute(insert).await.unwrap();
            db.execute(NOTIFY.bind("news")).await.unwrap();
        });
        heard.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_notification_comes_before_the_net() {
    let database = databases::postgres().await;
    let db = open(&database).await;
    let mut signal = db.signal("news", Duration::MAX / 4).await.unwrap();
    db.execute(NOTIFY.bind("other")).await.unwrap();
    db.execute(NOTIFY.bind("news")).await.unwrap();
    signal.changed().await.unwrap();
}

#[tokio::test]
async fn times_are_microseconds() {
    let time: Timestamp = "2024-01-12T06:00:00.123456Z".parse().unwrap();
    on_both(async |database| {
        let db = open(database).await;
        let insert = INSERT
            .bind(Uuid::nil())
            .bind(true)
            .bind(time)
            .bind(0.0)
            .bind("")
            .bind(vec![]);
        db.execute(insert).await.unwrap();
        let row = db.fetch_one(ALL.query()).await.unwrap();
        assert_eq!(row.timestamp("size").unwrap(), time);
        assert_eq!(row.optional_timestamp("size").unwrap(), Some(time));
    })
    .await;
}

#[tokio::test]
async fn what_keeps_a_file_from_opening_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let open = async |path: std::path::PathBuf, create| {
        let options = DbOptions {
            create,
            ..DbOptions::new("x")
        };
        Db::open(&DatabaseUrl::Sqlite(SqliteUrl { path }), &options).await
    };
    let missing = folder.path().join("missing/x.db");
    assert!(matches!(
        open(missing, true).await,
        Err(OpenError::NoFolder { .. })
    ));
    let file = folder.path().join("x.db");
    assert!(matches!(
        open(file.clone(), false).await,
        Err(OpenError::NoFile { .. })
    ));
    open(file.clone(), true).await.unwrap().close().await;
    assert_eq!(
        std::fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
    std::fs::write(
        &file,
        "this is certainly not a database, it is a text of some length",
    )
    .unwrap();
    match open(file, true).await {
        Err(OpenError::Sql(error)) => assert_eq!(error.kind(), SqlErrorKind::Damaged),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_keeps_a_file_from_being_written_is_named() {
    let database = databases::sqlite();
    let db = open(&database).await;
    let insert = |id| {
        INSERT
            .bind(Uuid::from_u128(id))
            .bind(true)
            .bind(0_i64)
            .bind(0.0)
            .bind("x")
            .bind(vec![0; 4000])
    };
    let read_only = db.fetch_all(insert(0)).await.unwrap_err();
    assert_eq!(read_only.kind(), SqlErrorKind::ReadOnly);
    assert!(
        read_only.to_string().contains("test.db` cannot be written"),
        "{read_only}"
    );

    let impatient = DbOptions {
        busy_timeout: Duration::ZERO,
        ..DbOptions::new("public")
    };
    let other = Db::open(database.url(), &impatient).await.unwrap();
    let tx = db.begin().await.unwrap();
    let locked = other.begin().await.unwrap_err();
    assert_eq!(
        (locked.kind(), locked.is_retryable()),
        (SqlErrorKind::Locked, true)
    );
    assert!(
        locked.to_string().contains("is locked: another process"),
        "{locked}"
    );
    tx.rollback().await.unwrap();

    db.execute(LIMIT_PAGES.query()).await.unwrap();
    let mut full = None;
    for id in 1..100 {
        full = full.or(db.execute(insert(id)).await.err());
    }
    let full = full.unwrap();
    assert_eq!(
        (full.kind(), full.is_retryable()),
        (SqlErrorKind::DiskFull, false)
    );
    assert!(full.to_string().contains("no space left on its disk"), "{full}");
}

#[tokio::test]
async fn what_keeps_a_server_from_answering_is_named() {
    let database = databases::postgres().await;
    let DatabaseUrl::Postgres(url) = database.url().clone() else {
        panic!("not PostgreSQL")
    };
    let kind = async |url| match Db::open(&DatabaseUrl::Postgres(url), &DbOptions::new("x")).await {
        Err(OpenError::Sql(error)) => error.kind(),
        other => panic!("{other:?}"),
    };
    let mut nobody = url.clone();
    nobody.port = 1;
    assert_eq!(kind(nobody).await, SqlErrorKind::Unreachable);
    let mut nothing = url.clone();
    nothing.database = Some("no_such_database".to_owned());
    assert_eq!(kind(nothing).await, SqlErrorKind::NoSuchDatabase);
    let mut stranger = url;
    stranger.user = Some("no_such_user".to_owned());
    assert_eq!(kind(stranger).await, SqlErrorKind::Authentication);
}
