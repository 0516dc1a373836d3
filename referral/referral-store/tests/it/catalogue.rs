//! Statements, schema and query plans.

use std::fmt::Write;

use referral_store::ReferralStore;
use updraft_sql::{Backend, inspect};
use updraft_testing::databases::{self, on_both};

use crate::fixtures::{at, each_store};

#[tokio::test]
async fn every_statement_prepares_on_both_databases() {
    each_store(async |store| {
        let complaints = inspect::prepare_all(store.db(), &ReferralStore::statements())
            .await
            .unwrap();
        assert!(complaints.is_empty(), "{complaints:#?}");
    })
    .await;
}

#[tokio::test]
async fn the_schema_is_the_committed_one() {
    each_store(async |store| {
        let schema = inspect::schema(store.db()).await.unwrap();
        match store.backend() {
            Backend::Sqlite => insta::assert_snapshot!("schema_sqlite", schema),
            Backend::Postgres => insta::assert_snapshot!("schema_postgres", schema),
        }
    })
    .await;
}

#[tokio::test]
async fn both_databases_have_the_same_columns() {
    let (sqlite, postgres) = (databases::sqlite(), databases::postgres().await);
    let mut columns = Vec::new();
    for database in [&sqlite, &postgres] {
        let store = ReferralStore::open(database.url(), at(0)).await.unwrap();
        columns.push(inspect::columns(store.db()).await.unwrap());
    }
    assert_eq!(columns[0], columns[1]);
}

#[tokio::test]
async fn opening_again_keeps_what_is_there_and_answers_a_ping() {
    on_both(async |database| {
        let first = ReferralStore::open(database.url(), at(0)).await.unwrap();
        first.add_calls(3, at(0)).await.unwrap();
        first.close().await;
        let second = ReferralStore::open(database.url(), at(9)).await.unwrap();
        second.ping().await.unwrap();
        assert_eq!(second.calls_this_month(at(0)).await.unwrap(), 3);
        second.close().await;
    })
    .await;
}

/// Statements that walk many rows must not touch the wide ones.
#[tokio::test]
async fn hot_statements_use_their_indexes() {
    let database = databases::sqlite();
    let store = ReferralStore::open(database.url(), at(0)).await.unwrap();
    let hot = [
        "PENDING_CANDIDATES",
        "CANDIDATE_BACKLOG",
        "CHANGED_CANDIDATES",
        "BEST",
        "OF_CANDIDATES",
    ];
    let mut plans = String::new();
    for sql in ReferralStore::statements() {
        let name = sql.name().rsplit("::").next().unwrap_or_default();
        if hot.contains(&name) {
            writeln!(
                plans,
                "{name}\n{}",
                inspect::query_plan(store.db(), sql).await.unwrap()
            )
            .unwrap();
        }
    }
    insta::assert_snapshot!(plans);
}
