//! Pages: idempotence, versions, erasure, quarantine.

use referral_store::EntityKind::{self, Candidate, Position};
use referral_store::sync_page::{Erased, Erasure, Quarantined, SyncPage};
use referral_store::sync_run::{SyncCounts, SyncMode};
use referral_store::{EntityId, ReferralStore};
use updraft_sql::inspect;

use crate::fixtures::{
    at, begin, candidate, each_store, embed_all, load_candidates, load_positions, position,
};

/// Writes one page in a run of its own and returns what it did.
async fn page(store: &ReferralStore, run: &str, page: SyncPage<referral_store::Candidate>) -> SyncCounts {
    let run = begin(store, Candidate, run, SyncMode::Incremental).await;
    store.commit_candidates(&run, &page, at(5)).await.unwrap().counts
}

fn live(records: Vec<referral_store::Candidate>) -> SyncPage<referral_store::Candidate> {
    SyncPage {
        fetched: records.len() as u64,
        live: records,
        ..SyncPage::default()
    }
}

fn erased(id: i64, erasure: Erasure, version: Option<i64>) -> SyncPage<referral_store::Candidate> {
    let erased = vec![Erased {
        id: EntityId(id),
        erasure,
        source_modified_ms: version,
    }];
    SyncPage {
        fetched: 1,
        erased,
        ..SyncPage::default()
    }
}

async fn rows(store: &ReferralStore, table: &str) -> Vec<String> {
    inspect::contents(store.db())
        .await
        .unwrap()
        .remove(table)
        .unwrap()
}

#[tokio::test]
async fn the_same_page_twice_writes_once() {
    each_store(async |store| {
        let records = || vec![candidate(1, "A", 10), candidate(2, "B", 10)];
        let first = page(store, "r1", live(records())).await;
        assert_eq!((first.fetched, first.inserted, first.unchanged), (2, 2, 0));
        let before = rows(store, "candidate").await;
        let second = page(store, "r2", live(records())).await;
        assert_eq!((second.inserted, second.updated, second.unchanged), (0, 0, 2));
        assert_eq!(
            rows(store, "candidate").await,
            before,
            "unchanged rows are not touched"
        );
    })
    .await;
}

#[tokio::test]
async fn an_older_version_never_replaces_a_newer_one() {
    each_store(async |store| {
        page(store, "r1", live(vec![candidate(1, "New", 20)])).await;
        let late = page(store, "r2", live(vec![candidate(1, "Old", 10)])).await;
        assert_eq!((late.updated, late.unchanged), (0, 1));
        let newer = page(store, "r3", live(vec![candidate(1, "Newer", 30)])).await;
        assert_eq!((newer.updated, newer.unchanged), (1, 0));
        // The same content in a newer version is no change, but it keeps older versions out.
        let touched = page(store, "r4", live(vec![candidate(1, "Newer", 50)])).await;
        assert_eq!((touched.updated, touched.unchanged), (0, 1));
        let between = page(store, "r5", live(vec![candidate(1, "Between", 40)])).await;
        assert_eq!((between.updated, between.unchanged), (0, 1));
        assert!(rows(store, "candidate").await[0].contains("occupation=\"Newer\""));
    })
    .await;
}

#[tokio::test]
async fn erasing_a_person_takes_everything_personal_along() {
    each_store(async |store| {
        for (id, erasure) in [(1, Erasure::Deleted), (2, Erasure::Anonymised)] {
            let word = format!("Secret{id}");
            load_candidates(store, &format!("load{id}"), vec![candidate(id, &word, 10)]).await;
            assert_eq!(embed_all(store, Candidate).await, 1);
            let counts = page(store, &format!("erase{id}"), erased(id, erasure, Some(20))).await;
            let expected = if erasure == Erasure::Deleted {
                (1, 0)
            } else {
                (0, 1)
            };
            assert_eq!((counts.deleted, counts.anonymised), expected);
            let repeated = page(store, &format!("again{id}"), erased(id, erasure, Some(20))).await;
            assert_eq!(
                (repeated.deleted, repeated.anonymised, repeated.unchanged),
                (0, 0, 1)
            );
            for (table, lines) in inspect::contents(store.db()).await.unwrap() {
                for personal in [word.as_str(), "example.com", "+1555", "Testville", "Person-"] {
                    assert!(
                        !lines.concat().contains(personal),
                        "`{table}` still holds `{personal}`"
                    );
                }
            }
        }
        assert!(rows(store, "embedding").await.is_empty());
        assert_eq!(store.count_live(Candidate).await.unwrap(), 0);
    })
    .await;
}

#[tokio::test]
async fn an_erased_person_who_comes_back_in_a_newer_version_is_restored() {
    each_store(async |store| {
        page(store, "r1", live(vec![candidate(1, "A", 10)])).await;
        page(store, "r2", erased(1, Erasure::Deleted, Some(20))).await;
        let late = page(store, "r3", live(vec![candidate(1, "A", 10)])).await;
        assert_eq!(
            (late.updated, late.unchanged),
            (0, 1),
            "a late page does not bring the person back"
        );
        let restored = page(store, "r4", live(vec![candidate(1, "A", 30)])).await;
        assert_eq!((restored.inserted, restored.updated), (0, 1));
        assert_eq!(store.count_live(Candidate).await.unwrap(), 1);
        let stale = page(store, "r5", erased(1, Erasure::Deleted, Some(20))).await;
        assert_eq!((stale.deleted, stale.unchanged), (0, 1));
    })
    .await;
}

#[tokio::test]
async fn deleted_records_that_were_never_here_leave_a_tombstone() {
    each_store(async |store| {
        let counts = page(store, "r1", erased(9, Erasure::Anonymised, Some(20))).await;
        assert_eq!((counts.anonymised, counts.unchanged), (1, 0));
        let gone = page(store, "r2", erased(8, Erasure::Deleted, None)).await;
        assert_eq!(
            (gone.deleted, gone.unchanged),
            (0, 1),
            "neither here nor there: nothing to note"
        );
        let known = store
            .known_versions(Candidate, EntityId(0), EntityId(100))
            .await
            .unwrap();
        assert_eq!(
            known
                .iter()
                .map(|known| (known.id.0, known.erasure))
                .collect::<Vec<_>>(),
            [(9, Some(Erasure::Anonymised))]
        );
        // What vanished at the source keeps the knowledge that it was anonymised.
        let vanished = page(store, "r3", erased(9, Erasure::Deleted, None)).await;
        assert_eq!((vanished.deleted, vanished.unchanged), (0, 1));
    })
    .await;
}

#[tokio::test]
async fn quarantine_keeps_the_newest_reason_and_releases_what_is_usable() {
    each_store(async |store| {
        let quarantined = |reason: &str, hash: &str| Quarantined {
            id: Some(EntityId(4)),
            reason: reason.to_owned(),
            excerpt_hash: hash.to_owned(),
        };
        let nameless = Quarantined {
            id: None,
            reason: "no id".to_owned(),
            excerpt_hash: "h0".to_owned(),
        };
        let bad = |records: Vec<Quarantined>| SyncPage {
            fetched: records.len() as u64,
            quarantined: records,
            ..SyncPage::default()
        };
        let counts = page(store, "r1", bad(vec![quarantined("no name", "h1"), nameless])).await;
        assert_eq!((counts.fetched, counts.quarantined), (2, 2));
        page(store, "r2", bad(vec![quarantined("still no name", "h2")])).await;
        let held = rows(store, "quarantine").await;
        assert_eq!(held.len(), 2, "{held:?}");
        assert!(held.concat().contains("still no name") && !held.concat().contains("\"no name\""));
        page(store, "r3", live(vec![candidate(4, "A", 10)])).await;
        assert_eq!(
            rows(store, "quarantine").await.len(),
            1,
            "the record without an id stays"
        );
    })
    .await;
}

#[tokio::test]
async fn a_record_named_twice_in_a_page_counts_once() {
    each_store(async |store| {
        let counts = page(
            store,
            "r1",
            live(vec![candidate(1, "A", 10), candidate(1, "A", 10)]),
        )
        .await;
        assert_eq!((counts.inserted, counts.unchanged), (1, 1));
    })
    .await;
}

#[tokio::test]
async fn a_deleted_position_loses_its_content_and_its_vector() {
    each_store(async |store| {
        load_positions(
            store,
            "r1",
            vec![position(1, "Welder", 10), position(2, "Baker", 10)],
        )
        .await;
        assert_eq!(embed_all(store, Position).await, 2);
        let run = begin(store, Position, "r2", SyncMode::Incremental).await;
        let erased = vec![Erased {
            id: EntityId(1),
            erasure: Erasure::Deleted,
            source_modified_ms: Some(20),
        }];
        let page = SyncPage {
            fetched: 1,
            erased,
            ..SyncPage::default()
        };
        let run = store.commit_positions(&run, &page, at(6)).await.unwrap();
        assert_eq!(run.counts.deleted, 1);
        let totals = store.totals().await.unwrap();
        assert_eq!(
            (
                totals.positions,
                totals.open_positions,
                totals.position_embeddings
            ),
            (1, 1, 1)
        );
        let lines = rows(store, "position").await.concat();
        assert!(
            lines.contains("\"Baker\"") && !lines.contains("Welder") && !lines.contains("Advert for Welder")
        );
    })
    .await;
}

#[tokio::test]
async fn a_sweep_collects_what_is_missing_until_the_run_ends() {
    each_store(async |store| {
        load_candidates(store, "load", (1..=5).map(|id| candidate(id, "A", 10)).collect()).await;
        let run = begin(store, Candidate, "sweep", SyncMode::Reconcile).await;
        let page = SyncPage {
            fetched: 3,
            compared_equal: 3,
            missing: vec![EntityId(2), EntityId(4)],
            ..SyncPage::default()
        };
        let run = store.commit_candidates(&run, &page, at(6)).await.unwrap();
        assert_eq!((run.counts.fetched, run.counts.unchanged), (3, 3));
        let missing = store.sweep_missing(Candidate, EntityId(0), 10).await.unwrap();
        assert_eq!(missing, [EntityId(2), EntityId(4)]);
        assert_eq!(
            store.sweep_missing(Candidate, EntityId(2), 10).await.unwrap(),
            [EntityId(4)]
        );
        assert_eq!(store.count_sweep_missing(Candidate).await.unwrap(), 2);
        store.finish_sync(&run, Some(3), at(7)).await.unwrap();
        assert_eq!(store.count_sweep_missing(Candidate).await.unwrap(), 0);
        assert_eq!(store.count_sweep_missing(EntityKind::Position).await.unwrap(), 0);
    })
    .await;
}
