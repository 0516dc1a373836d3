//! What the application database holds after a run, less what no two runs share.

use std::collections::BTreeMap;
use std::path::Path;

use updraft_sql::{DatabaseUrl, Db, DbOptions, SqliteUrl, inspect};

/// When and by which run something was written, how many calls it took, and numbers that only count rows up.
const OF_ONE_RUN: [&str; 24] = [
    "run_id",
    "synced_run_id",
    "owner_run_id",
    "first_seen_at",
    "synced_at",
    "deleted_at",
    "embedded_at",
    "matched_at",
    "withdrawn_at",
    "decided_at",
    "erased_at",
    "frozen_at",
    "quarantined_at",
    "checked_at",
    "started_at",
    "ended_at",
    "last_full_at",
    "lower_ms",
    "upper_ms",
    "full_upper_ms",
    "watermark_ms",
    "last_reconcile_at",
    "calls",
    "counts",
];

/// Tables and their rows.
pub(crate) type Rows = BTreeMap<String, Vec<String>>;

/// The rows of the application database.
pub(crate) async fn of(database: &Path) -> Rows {
    let url = DatabaseUrl::Sqlite(SqliteUrl {
        path: database.to_owned(),
    });
    let db = Db::open(&url, &DbOptions::new("referral")).await.unwrap();
    inspect::contents_without(&db, &OF_ONE_RUN).await.unwrap()
}

/// Fails with the first rows that only one of the two has, in any table.
pub(crate) fn assert_same(found: &Rows, expected: &Rows, context: &str) {
    assert_eq!(found.len(), expected.len());
    for table in expected.keys() {
        assert_same_table(found, expected, table, context);
    }
}

/// Fails with the first rows of a table that only one of the two has.
pub(crate) fn assert_same_table(found: &Rows, expected: &Rows, table: &str, context: &str) {
    let (found, expected) = (&found[table], &expected[table]);
    let only = |these: &[String], those: &[String]| -> Vec<String> {
        let rows = these.iter().filter(|row| !those.contains(row));
        rows.take(3).map(|row| row.chars().take(600).collect()).collect()
    };
    assert!(
        found == expected,
        "{context}: `{table}` differs\nexpected only: {:#?}\nfound only: {:#?}",
        only(expected, found),
        only(found, expected),
    );
}
