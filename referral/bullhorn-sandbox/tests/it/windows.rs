//! The arithmetic of pages against a plain reading of all records, with writes of every kind in between.

use serde_json::{Value, json};

use crate::harness::{Running, Session, ids, lucene_date};

/// `(second of modification, id, deleted)` of every record.
async fn all(session: &Session<'_>) -> Vec<(i64, u64, bool)> {
    let page = session
        .candidates(
            "id:[1 TO *]",
            &[
                ("fields", "id,dateLastModified,isDeleted"),
                ("sort", "id"),
                ("count", "500"),
            ],
        )
        .await;
    let key = |row: &Value| {
        let second = row["dateLastModified"].as_i64().expect("a time").div_euclid(1000);
        (
            second,
            row["id"].as_u64().expect("an id"),
            row["isDeleted"] == true,
        )
    };
    page["data"].as_array().expect("data").iter().map(key).collect()
}

#[tokio::test]
async fn every_window_agrees_with_a_plain_reading_after_any_writes() {
    let sandbox = Running::start().await;
    let session = sandbox.login().await;
    for round in 0..4 {
        let rows = all(&session).await;
        check(&session, &rows).await;
        sandbox.advance_ms(700);
        let order = json!({ "change": 12, "delete": 3, "anonymise": 1, "seed": round });
        sandbox.admin("mutate", order).await;
        sandbox
            .admin("mass-update", json!({ "count": 15, "seed": round }))
            .await;
        sandbox
            .admin("insert", json!({ "count": 4, "seed": round }))
            .await;
        let doomed: Vec<u64> = rows.iter().skip(round * 7).take(3).map(|row| row.1).collect();
        sandbox.admin("erase", json!({ "ids": doomed })).await;
    }
}

async fn check(session: &Session<'_>, rows: &[(i64, u64, bool)]) {
    let mut by_time = rows.to_vec();
    by_time.sort_unstable();
    let quantile = |part: usize| by_time[by_time.len() * part / 10].0;
    for (from, to) in [(0, 9), (3, 8), (9, 9), (5, 5)] {
        let (from, to) = (quantile(from), quantile(to));
        let inside: Vec<u64> = by_time
            .iter()
            .filter(|row| (from..=to).contains(&row.0))
            .map(|row| row.1)
            .collect();
        let query = format!(
            "dateLastModified:[{} TO {}]",
            lucene_date(from * 1000),
            lucene_date(to * 1000)
        );
        compare(session, &query, ("dateLastModified,id", &inside)).await;
        let live: Vec<u64> = by_time
            .iter()
            .filter(|row| (from..=to).contains(&row.0) && !row.2)
            .map(|row| row.1)
            .collect();
        compare(
            session,
            &format!("{query} AND isDeleted:0"),
            ("dateLastModified,id", &live),
        )
        .await;
        let mut sorted = inside.clone();
        sorted.sort_unstable();
        compare(session, &query, ("id", &sorted)).await;
        sorted.reverse();
        compare(session, &query, ("-id", &sorted)).await;
    }
    let middle = rows[rows.len() / 2].1;
    let tail: Vec<u64> = rows.iter().map(|row| row.1).filter(|id| *id >= middle).collect();
    compare(session, &format!("id:[{middle} TO *]"), ("id", &tail)).await;
    let live: Vec<u64> = rows
        .iter()
        .filter(|row| row.1 < middle && !row.2)
        .map(|row| row.1)
        .collect();
    compare(
        session,
        &format!("id:{{0 TO {middle}}} AND isDeleted:0"),
        ("id", &live),
    )
    .await;
}

async fn compare(session: &Session<'_>, query: &str, (sort, expected): (&str, &[u64])) {
    for (start, count) in [
        (0, 500),
        (0, 7),
        (5, 11),
        (expected.len().saturating_sub(2), 10),
        (1_000, 5),
    ] {
        let (from, size) = (start.to_string(), count.to_string());
        let page = session
            .candidates(query, &[("sort", sort), ("start", &from), ("count", &size)])
            .await;
        let window: Vec<u64> = expected.iter().copied().skip(start).take(count).collect();
        assert_eq!(ids(&page), window, "{query} by {sort} from {start}");
        assert_eq!(
            page["total"].as_u64(),
            Some(expected.len() as u64),
            "{query} by {sort} from {start}"
        );
    }
}
