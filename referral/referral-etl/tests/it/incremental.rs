//! Incremental runs.

use std::time::Duration;

use referral_etl::sync::RequestedMode::{Auto, Full, Incremental};
use referral_etl::sync::SyncerOptions;
use referral_store::EntityKind;
use referral_store::embedding::{EmbeddingProfile, NewEmbedding};
use referral_store::sync_run::SyncMode;
use referral_store::{EntityId, RunId, Stamp};
use serde_json::json;
use updraft_sql::inspect;

use crate::harness::{World, accounted, assert_same_rows, rows, run};

const HOUR: Duration = Duration::from_hours(1);

#[tokio::test]
async fn exactly_what_changed_is_touched_and_erasure_reaches_vectors() {
    let world = World::new().await;
    world.candidates("r1", Auto).await;
    embed_everybody(&world).await;
    let before = rows(&world.store).await;
    world.advance(6 * HOUR);
    let touched = world.mutate(50, 5, 2, 7).await;
    world.advance(6 * HOUR);
    let summary = world.candidates("r2", Auto).await;
    assert_eq!(summary.mode, SyncMode::Incremental);
    assert_eq!(
        (summary.updated, summary.deleted, summary.anonymised),
        (50, 5, 2),
        "{summary:?}"
    );
    assert_eq!((summary.inserted, accounted(&summary)), (0, summary.fetched));

    let ids = |key: &str| -> Vec<i64> {
        touched[key]
            .as_array()
            .unwrap()
            .iter()
            .map(|id| id.as_i64().unwrap())
            .collect()
    };
    let changed: Vec<i64> = ["changed", "deleted", "anonymised"]
        .iter()
        .flat_map(|key| ids(key))
        .collect();
    let after = rows(&world.store).await;
    for (old, new) in before["candidate"].iter().zip(&after["candidate"]) {
        let id: i64 = new
            .strip_prefix("id=")
            .unwrap()
            .split(' ')
            .next()
            .unwrap()
            .parse()
            .unwrap();
        assert_eq!(old != new, changed.contains(&id), "candidate {id}");
    }
    let vectors = &after["embedding"];
    for id in ids("deleted").into_iter().chain(ids("anonymised")) {
        assert!(
            vectors
                .iter()
                .all(|line| !line.contains(&format!("entity_id={id} "))),
            "candidate {id} has a vector"
        );
    }
    assert_eq!(before["embedding"].len() - vectors.len(), 7);

    world.advance(6 * HOUR);
    let quiet = world.candidates("r3", Auto).await;
    assert_eq!(
        (quiet.updated, quiet.deleted, quiet.anonymised, quiet.inserted),
        (0, 0, 0, 0),
        "{quiet:?}"
    );
}

async fn embed_everybody(world: &World) {
    let profile = EmbeddingProfile {
        model_sha256: "m".to_owned(),
        precision: "f32".to_owned(),
        chunk_rule: "c".to_owned(),
        dims: 1,
    };
    let kind = EntityKind::Candidate;
    let work = world
        .store
        .pending_embeddings(kind, &profile, EntityId::ZERO, 1_000)
        .await
        .unwrap();
    let vectors: Vec<NewEmbedding> = work
        .into_iter()
        .map(|work| NewEmbedding {
            id: work.id,
            text_hash: work.text_hash,
            vector: vec![1.0],
        })
        .collect();
    let run_id = RunId::parse("embed").unwrap();
    let stamp = Stamp {
        run_id: &run_id,
        now: world.clock().now(),
    };
    world
        .store
        .save_embeddings(kind, &profile, &vectors, stamp)
        .await
        .unwrap();
}

#[tokio::test]
async fn an_incremental_run_ends_where_a_full_load_would() {
    let world = World::new().await;
    world.candidates("c1", Auto).await;
    world.sync(EntityKind::Position, "p1", Auto).await.unwrap();
    for round in 0..3 {
        world.advance(6 * HOUR);
        world.mutate(10, 2, 1, round).await;
        world
            .admin(
                "mutate",
                json!({"entity": "JobOrder", "change": 5, "delete": 1, "seed": round}),
            )
            .await;
        world.admin("insert", json!({"count": 3, "seed": round})).await;
        world.candidates(&format!("c{round}-later"), Incremental).await;
        world
            .sync(EntityKind::Position, &format!("p{round}-later"), Incremental)
            .await
            .unwrap();
    }
    let (other, _folder) = world.beside().await;
    let syncer = world.syncer_into(other.clone());
    run(&syncer, EntityKind::Candidate, "full", Full).await.unwrap();
    run(&syncer, EntityKind::Position, "full", Full).await.unwrap();
    assert_same_rows(&world.store, &other).await;
}

#[tokio::test]
async fn a_lagging_index_loses_nothing() {
    let world = World::new().await;
    world.candidates("r1", Auto).await;
    world.knobs(json!({"index_lag_ms": 5 * 60 * 1000})).await;
    world.advance(HOUR);
    world.mutate(20, 2, 1, 3).await;
    // The index does not know of it yet: this run cannot either, and must not move on past it.
    let early = world.candidates("r2", Auto).await;
    assert_eq!((early.updated, early.deleted, early.anonymised), (0, 0, 0));
    world.advance(HOUR);
    let late = world.candidates("r3", Auto).await;
    assert_eq!(
        (late.updated, late.deleted, late.anonymised),
        (20, 2, 1),
        "{late:?}"
    );
}

#[tokio::test]
async fn a_mass_update_within_one_second_is_read_completely() {
    let world = World::new().await;
    world.candidates("r1", Auto).await;
    world.advance(HOUR);
    world.admin("mass-update", json!({"count": 80, "seed": 5})).await;
    world.advance(HOUR);
    let summary = world.candidates("r2", Auto).await;
    assert_eq!((summary.fetched, accounted(&summary)), (80, 80), "{summary:?}");
    assert_eq!(summary.updated, 0, "a newer date alone is no change");
}

#[tokio::test]
async fn records_that_move_while_pages_are_read_are_not_lost() {
    let world = World::new().await;
    world.candidates("r1", Auto).await;
    world.advance(HOUR);
    world.mutate(60, 0, 0, 1).await;
    world.advance(HOUR);
    let moving = json!({"kind": "mutate_after", "entity": "Candidate", "change": 15, "delete": 2, "anonymise": 1, "seed": 9});
    world.fault(moving, "search", 4, 2).await;
    world.candidates("r2", Auto).await;
    world.advance(HOUR);
    world.candidates("r3", Auto).await;
    let (other, _folder) = world.beside().await;
    run(
        &world.syncer_into(other.clone()),
        EntityKind::Candidate,
        "full",
        Full,
    )
    .await
    .unwrap();
    assert_same_rows(&world.store, &other).await;
}

#[tokio::test]
async fn a_window_that_the_server_ignores_is_refused() {
    let world = World::new().await;
    world.candidates("r1", Auto).await;
    world.advance(HOUR);
    let state = world.store.sync_state(EntityKind::Candidate).await.unwrap();
    // The proxy answers every search as if no filter had been given.
    let proxy = crate::faults::proxy(&world, crate::faults::forget_dates).await;
    let syncer = crate::faults::syncer_at(&world, &proxy);
    let error = run(&syncer, EntityKind::Candidate, "r2", Auto).await.unwrap_err();
    assert!(!error.is_retryable());
    assert!(
        error.report().contains("date filter is ignored"),
        "{}",
        error.report()
    );
    let after = world.store.sync_state(EntityKind::Candidate).await.unwrap();
    assert_eq!(after.watermark_ms, state.watermark_ms, "the watermark stays");
}

#[tokio::test]
async fn a_clock_that_is_wrong_by_more_than_the_overlap_is_refused() {
    let mut world = World::new().await;
    world.candidates("r1", Auto).await;
    world.options = SyncerOptions {
        overlap: Duration::from_mins(1),
        ..world.options.clone()
    };
    world.admin("clock", json!({"advance_ms": 3_600_000})).await;
    let error = world.sync(EntityKind::Candidate, "r2", Auto).await.unwrap_err();
    assert!(
        !error.is_retryable() && error.report().contains("set the clock"),
        "{}",
        error.report()
    );
}

#[tokio::test]
async fn positions_are_synced_likewise() {
    let world = World::new().await;
    world.sync(EntityKind::Position, "r1", Auto).await.unwrap();
    let lines = inspect::contents(world.store.db())
        .await
        .unwrap()
        .remove("position")
        .unwrap();
    let with = |cell: &str| lines.iter().filter(|line| line.contains(cell)).count();
    assert!(with("is_open=1") > 10 && with("is_open=0") > 3);
    assert!(
        with("required_skills=\"[\\\"") > 30 && with("nice_skills=\"[\\\"") > 15,
        "{}",
        with("nice_skills=\"[\\\"")
    );
    assert!(
        lines
            .iter()
            .filter(|line| !line.contains("salary_yearly_max=NULL"))
            .count()
            > 20
    );
    world.advance(HOUR);
    world
        .admin(
            "mutate",
            json!({"entity": "JobOrder", "change": 8, "delete": 2, "seed": 2}),
        )
        .await;
    let summary = world.sync(EntityKind::Position, "r2", Auto).await.unwrap();
    assert_eq!(
        (summary.updated, summary.deleted, summary.fetched),
        (8, 2, 10),
        "{summary:?}"
    );
}
