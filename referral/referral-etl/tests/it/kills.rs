//! Processes that die: a sync that is dropped at any page and begun again ends with the rows and counts of an undisturbed one.

use std::time::Duration;

use referral_etl::sync::RequestedMode::{self, Auto, Full, Reconcile};
use referral_etl::sync::{Summary, SyncError};
use referral_service::Progress;
use referral_store::sync_run::SyncMode;
use referral_store::{EntityKind, RunId};
use serde_json::json;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::harness::{World, accounted, assert_same_rows, request, run};

const HOUR: Duration = Duration::from_hours(1);

/// Runs a sync that is killed after each page, in a new process each time, until it ends. Returns its summary and how often it
/// was killed.
async fn run_with_kills(world: &World, run_id: &str, mode: RequestedMode) -> (Summary, usize) {
    let mut kills = 0;
    loop {
        let syncer = world.syncer();
        let (progress, mut seen) = watch::channel(Progress::default());
        let (stop, request) = (
            CancellationToken::new(),
            request(EntityKind::Candidate, run_id, mode),
        );
        let mut sync = Box::pin(syncer.run(&request, &progress, &stop));
        // The first news is the beginning, the second one a committed page.
        let page_committed = async {
            for _ in 0..2 {
                seen.changed().await.unwrap();
            }
        };
        tokio::select! {
            biased;
            result = &mut sync => return (result.unwrap(), kills),
            () = page_committed => kills += 1,
        }
        drop(sync);
        assert!(kills < 100, "no progress");
    }
}

#[tokio::test]
async fn full_loads_survive_a_kill_after_every_page() {
    full_load_with_kills(&World::new().await).await;
}

#[tokio::test]
async fn lists_that_are_completed_over_several_pages_survive_a_kill_between_them() {
    let world = World::new().await;
    world.knobs(json!({"to_many_max": 1, "heavy_page_max": 10})).await;
    full_load_with_kills(&world).await;
}

async fn full_load_with_kills(world: &World) {
    let (quiet, _folder) = world.beside().await;
    let undisturbed = run(
        &world.syncer_into(quiet.clone()),
        EntityKind::Candidate,
        "r1",
        Auto,
    )
    .await
    .unwrap();
    let (summary, kills) = run_with_kills(world, "r1", Auto).await;
    assert!(kills >= 4, "{kills}");
    assert_same_rows(&world.store, &quiet).await;
    let counts = |s: &Summary| {
        (
            s.mode,
            s.fetched,
            s.inserted,
            s.updated,
            s.unchanged,
            s.deleted,
            s.anonymised,
            s.quarantined,
        )
    };
    assert_eq!(counts(&summary), counts(&undisturbed));
}

#[tokio::test]
async fn incremental_runs_and_reconciliations_survive_kills_too() {
    for mode in [Auto, Reconcile] {
        let world = World::new().await;
        let (quiet, _folder) = world.beside().await;
        let beside = world.syncer_into(quiet.clone());
        world.candidates("r1", Auto).await;
        run(&beside, EntityKind::Candidate, "r1", Auto).await.unwrap();
        world.advance(HOUR);
        world.mutate(70, 5, 2, 3).await;
        world.admin("erase", json!({"ids": [7, 11]})).await;
        world.advance(HOUR);
        let undisturbed = run(&beside, EntityKind::Candidate, "r2", mode).await.unwrap();
        let (summary, kills) = run_with_kills(&world, "r2", mode).await;
        assert!(kills >= 1, "{mode:?} {kills}");
        assert_same_rows(&world.store, &quiet).await;
        let counts = |s: &Summary| (s.mode, s.fetched, s.updated, s.unchanged, s.deleted, s.anonymised);
        assert_eq!(counts(&summary), counts(&undisturbed), "{mode:?}");
    }
}

#[tokio::test]
async fn an_unfinished_full_load_is_finished_by_the_next_run() {
    let world = World::new().await;
    world.fault(json!({"kind": "unavailable"}), "search", 3, 3).await;
    world.sync(EntityKind::Candidate, "r1", Auto).await.unwrap_err();
    let rest = world.candidates("r2", Auto).await;
    assert_eq!(rest.mode, SyncMode::Full);
    assert!(rest.fetched < 120 && rest.fetched > 0, "{rest:?}");
    let all = world.candidates("r3", Full).await;
    assert_eq!((all.fetched, all.inserted, all.updated), (120, 0, 0));
}

/// How many records of a run are committed.
async fn committed(world: &World, run_id: &str) -> u64 {
    let run_id = RunId::parse(run_id).unwrap();
    let run = world.store.sync_run(EntityKind::Candidate, &run_id).await;
    run.unwrap().unwrap().counts.fetched
}

#[tokio::test]
async fn pages_before_a_failure_are_committed_though_their_group_is_not_full() {
    let world = World::new().await;
    world.knobs(json!({"to_many_max": 1})).await;
    world.fault(json!({"kind": "unavailable"}), "search", 2, 3).await;
    world.sync(EntityKind::Candidate, "r1", Auto).await.unwrap_err();
    assert_eq!(committed(&world, "r1").await, 50);
    let summary = world.candidates("r1", Auto).await;
    assert_eq!((summary.fetched, accounted(&summary)), (120, 120));
}

#[tokio::test]
async fn a_page_whose_lists_cannot_be_completed_is_not_passed_over() {
    let world = World::new().await;
    world.knobs(json!({"to_many_max": 1})).await;
    world
        .fault(json!({"kind": "unavailable"}), "association", 2, 3)
        .await;
    world.sync(EntityKind::Candidate, "r1", Auto).await.unwrap_err();
    assert_eq!(committed(&world, "r1").await, 100, "four pages were complete");
    let summary = world.candidates("r1", Auto).await;
    assert_eq!((summary.fetched, accounted(&summary)), (120, 120));
}

#[tokio::test]
async fn a_stopping_service_ends_at_a_page_and_the_run_goes_on_later() {
    let world = World::new().await;
    let (progress, _) = watch::channel(Progress::default());
    let stop = CancellationToken::new();
    stop.cancel();
    let syncer = world.syncer();
    let stopped = syncer
        .run(&request(EntityKind::Candidate, "r1", Auto), &progress, &stop)
        .await
        .unwrap_err();
    assert!(matches!(stopped, SyncError::Stopped) && stopped.is_retryable());
    let summary = world.candidates("r1", Auto).await;
    assert_eq!(accounted(&summary), 120);
}

#[tokio::test]
async fn two_processes_on_one_run_do_not_double_anything() {
    let world = World::new().await;
    let (one, other) = (world.syncer(), world.syncer());
    let (first, second) = tokio::join!(
        run(&one, EntityKind::Candidate, "r1", Auto),
        run(&other, EntityKind::Candidate, "r1", Auto),
    );
    for result in [&first, &second] {
        match result {
            Ok(summary) => assert_eq!(accounted(summary), 120),
            Err(error) => assert!(error.is_retryable(), "{}", error.report()),
        }
    }
    let summary = world.candidates("r1", Auto).await;
    assert_eq!((summary.fetched, accounted(&summary)), (120, 120));
}
