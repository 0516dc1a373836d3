//! Looking into somebody else's database.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use updraft_sql::{Backend, DatabaseUrl, Db, DbOptions, GuestDb, Sql, SqlErrorKind, SqliteUrl, statements};
use updraft_testing::databases::{TestDatabase, on_both};

statements! {
    /// All of these.
    STATEMENTS;

    CREATE = Sql::new("CREATE TABLE sale (item TEXT NOT NULL, pieces INTEGER NOT NULL)");
    INSERT = Sql::new("INSERT INTO sale (item, pieces) VALUES ('tea', 3), ('rice', 0)");
}

const SHORT: Duration = Duration::from_millis(300);
const LONG: Duration = Duration::from_secs(20);

fn guest(url: &DatabaseUrl) -> GuestDb {
    GuestDb::new(url, "tests", 2, Duration::from_secs(5))
}

/// A database with two sales, and a guest of it.
async fn sales(database: &TestDatabase) -> (Db, GuestDb) {
    let db = Db::open(database.url(), &DbOptions::new("public")).await.unwrap();
    for statement in STATEMENTS {
        db.execute(statement.query()).await.unwrap();
    }
    (db, guest(database.url()))
}

#[tokio::test]
async fn a_guest_is_told_the_first_cell_of_the_first_row() {
    on_both(async |database| {
        let (_db, guest) = sales(database).await;
        let ask =
            async |sql: &str, parameters: &[Value]| guest.first_cell(sql, parameters, LONG).await.unwrap();
        let of_item = "SELECT pieces, item FROM sale WHERE item = $1 -- the newest";
        assert_eq!(ask(of_item, &[json!("tea")]).await, Some(json!(3)));
        assert_eq!(ask(of_item, &[json!("rice")]).await, Some(json!(0)));
        assert_eq!(ask(of_item, &[json!("salt")]).await, None);
        assert_eq!(
            ask("SELECT item FROM sale ORDER BY item", &[]).await,
            Some(json!("rice"))
        );
        assert_eq!(ask("SELECT NULL, 1", &[]).await, Some(json!(null)));
        let many =
            "WITH big AS (SELECT pieces FROM sale WHERE pieces > $1) SELECT 0.5 + max(pieces) FROM big";
        assert_eq!(ask(many, &[json!(1)]).await, Some(json!(3.5)));
        let text = ask("SELECT CAST($1 AS TEXT)", &[json!("a \"quote\"\n")]).await;
        assert_eq!(text, Some(json!("a \"quote\"\n")));
    })
    .await;
}

#[tokio::test]
async fn a_guest_changes_nothing_and_does_not_stay_for_ever() {
    on_both(async |database| {
        let (db, guest) = sales(database).await;
        let is_sqlite = db.backend() == Backend::Sqlite;
        let writes = [
            "DELETE FROM sale",
            "INSERT INTO sale VALUES ('salt', 1) RETURNING pieces",
            "DELETE FROM sale RETURNING pieces",
            "WITH gone AS (DELETE FROM sale RETURNING pieces) SELECT pieces FROM gone",
            "SELECT 1; DELETE FROM sale",
            "SELECT 1) AS guest (updraft_cell); DELETE FROM sale; SELECT (1",
        ];
        for sql in writes {
            let refused = guest.first_cell(sql, &[], LONG).await;
            assert!(refused.is_err() || is_sqlite, "{sql}: {refused:?}");
        }
        let left = guest.first_cell("SELECT count(*) FROM sale", &[], LONG).await;
        assert_eq!(left.unwrap(), Some(json!(2)));
        let endless = if is_sqlite {
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
        } else {
            "SELECT pg_sleep(60)"
        };
        let began = Instant::now();
        let error = guest.first_cell(endless, &[], SHORT).await.unwrap_err();
        assert!(
            error.kind() == SqlErrorKind::Busy && error.is_retryable(),
            "{error:?}"
        );
        assert!(began.elapsed() < Duration::from_secs(10));
        // The connection that it was asked through is good for others.
        for _ in 0..4 {
            assert_eq!(
                guest.first_cell("SELECT 7", &[], LONG).await.unwrap(),
                Some(json!(7))
            );
        }
        let wrong = guest
            .first_cell("SELECT missing FROM sale", &[], LONG)
            .await
            .unwrap_err();
        assert!(!wrong.is_retryable(), "{wrong:?}");
        let large = if is_sqlite {
            "SELECT hex(zeroblob(100000))"
        } else {
            "SELECT repeat('x', 100000)"
        };
        let large = guest.first_cell(large, &[], LONG).await.unwrap_err();
        assert_eq!(large.kind(), SqlErrorKind::InvalidRow);
    })
    .await;
}

#[tokio::test]
async fn a_database_that_is_not_there_is_told_apart_from_a_wrong_query() {
    let missing = DatabaseUrl::Sqlite(SqliteUrl {
        path: "/nowhere/sales.db".into(),
    });
    let error = guest(&missing)
        .first_cell("SELECT 1", &[], LONG)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), SqlErrorKind::CannotOpen);
    let url: DatabaseUrl = "postgresql://me:s3cret@127.0.0.1:1/sales".parse().unwrap();
    let guest = GuestDb::new(&url, "tests", 1, Duration::from_millis(500));
    let error = guest.first_cell("SELECT 1", &[], LONG).await.unwrap_err();
    assert!(error.is_retryable(), "{error:?}");
    assert!(!format!("{guest:?} {error} {error:?}").contains("s3cret"));
}
