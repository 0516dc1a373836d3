//! A second run touches what has changed since the first, and nothing else.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::rows::{self, Rows};
use crate::system::{Home, Sandbox};

/// What `referral report` says that a run did.
fn done(home: &Home, run_id: &str) -> Value {
    home.report(run_id)["run"].clone()
}

#[tokio::test]
async fn a_second_run_neither_writes_nor_embeds_what_has_not_changed() {
    let home = Home::new();
    let first = home.up();
    let before = rows::of(&home.database()).await;
    let second = home.up();
    assert_ne!(first.run_id(), second.run_id());
    assert_eq!(second.0["counts"], first.0["counts"]);
    let done = done(&home, second.run_id());
    for entity in ["candidates", "positions"] {
        for count in ["inserted", "updated", "deleted", "anonymised"] {
            assert_eq!(done[entity][count], 0, "{entity} {count}: {done}");
        }
    }
    for kind in ["candidate_embeddings", "position_embeddings"] {
        assert_eq!(done[kind]["embedded"], 0, "{done}");
    }
    let after = rows::of(&home.database()).await;
    for table in [
        "candidate",
        "position",
        "embedding",
        "candidate_match",
        "match_decision",
    ] {
        rows::assert_same_table(&after, &before, table, "second run");
    }
}

#[tokio::test]
async fn a_run_after_changes_at_the_source_touches_exactly_those_records() {
    let home = Home::new();
    home.up();
    let before = rows::of(&home.database()).await;
    let touched = mutate(
        &home,
        &json!({ "change": 50, "delete": 5, "anonymise": 2, "seed": 3 }),
    )
    .await;
    let summary = home.up();
    let done = done(&home, summary.run_id());
    let counts = &done["candidates"];
    assert_eq!(
        [
            &counts["inserted"],
            &counts["updated"],
            &counts["deleted"],
            &counts["anonymised"]
        ],
        [0, 50, 5, 2],
        "{done}"
    );
    for count in ["inserted", "updated", "deleted", "anonymised"] {
        assert_eq!(done["positions"][count], 0, "{done}");
    }
    let after = rows::of(&home.database()).await;
    let every: BTreeSet<u64> = touched.iter().flatten().copied().collect();
    assert_eq!(differing(&before, &after, "candidate", "id="), every);
    let embedded = differing(&before, &after, "embedding", "kind=\"candidate\" entity_id=");
    assert!(embedded.is_subset(&every), "{embedded:?} but touched {every:?}");
    let gone: BTreeSet<u64> = touched[1..].iter().flatten().copied().collect();
    assert!(gone.is_subset(&embedded), "erased people keep no vector");
    let matched = ids(&after["embedding"], "kind=\"candidate\" entity_id=");
    assert!(matched.is_disjoint(&gone));
    for id in gone {
        let active = format!("candidate_id={id} status=\"active\"");
        assert!(!after["candidate_match"].iter().any(|row| row.contains(&active)));
    }
    assert!(differing(&before, &after, "position", "id=").is_empty());
}

/// Has the sandbox of a home change its records between two runs; the ids changed, deleted and anonymised.
async fn mutate(home: &Home, order: &Value) -> [BTreeSet<u64>; 3] {
    // Fails only when another test of this process was first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let sandbox = Sandbox::start(home);
    let reply: Value = reqwest::Client::new()
        .post(format!("{}/admin/mutate", sandbox.url()))
        .json(order)
        .send()
        .await
        .unwrap()
        .error_for_status()
        .unwrap()
        .json()
        .await
        .unwrap();
    ["changed", "deleted", "anonymised"].map(|kind| {
        let ids = reply[kind].as_array().unwrap().iter();
        ids.map(|id| id.as_u64().unwrap()).collect()
    })
}

/// The ids of rows that are in one of the two only, or not the same in both.
fn differing(before: &Rows, after: &Rows, table: &str, prefix: &str) -> BTreeSet<u64> {
    let (before, after) = (&before[table], &after[table]);
    let only = |these: &[String], those: &[String]| -> Vec<String> {
        these.iter().filter(|row| !those.contains(row)).cloned().collect()
    };
    let mut found = ids(&only(before, after), prefix);
    found.extend(ids(&only(after, before), prefix));
    found
}

/// The number that follows the prefix at the start of each row that has it.
fn ids(rows: &[String], prefix: &str) -> BTreeSet<u64> {
    rows.iter()
        .filter_map(|row| row.strip_prefix(prefix)?.split(' ').next()?.parse().ok())
        .collect()
}
