//! Reconciliation.

use std::time::Duration;

use referral_etl::sync::RequestedMode::{Auto, Full, Reconcile};
use referral_store::EntityKind;
use referral_store::sync_run::SyncMode;
use serde_json::{Value, json};

use crate::harness::{World, assert_same_rows, rows, run};

const HOUR: Duration = Duration::from_hours(1);

/// Ids of live candidates.
async fn live_ids(world: &World) -> Vec<i64> {
    let lines = rows(&world.store).await.remove("candidate").unwrap();
    let live = lines
        .iter()
        .filter(|line| line.contains("is_deleted=0 is_anonymized=0"));
    live.map(|line| {
        line.strip_prefix("id=")
            .unwrap()
            .split(' ')
            .next()
            .unwrap()
            .parse()
            .unwrap()
    })
    .collect()
}

#[tokio::test]
async fn what_vanished_without_a_trace_is_deleted_and_what_differs_is_read() {
    let world = World::new().await;
    world.candidates("r1", Auto).await;
    let gone: Vec<i64> = live_ids(&world).await.into_iter().rev().step_by(20).collect();
    world.advance(HOUR);
    world.admin("erase", json!({"ids": gone})).await;
    world.mutate(7, 2, 1, 4).await;
    world.advance(HOUR);
    let summary = world.candidates("r2", Reconcile).await;
    assert_eq!(summary.mode, SyncMode::Reconcile);
    assert_eq!(summary.fetched, 120 - gone.len() as u64);
    assert_eq!((summary.updated, summary.anonymised), (7, 1), "{summary:?}");
    assert_eq!(summary.deleted, 2 + gone.len() as u64, "{summary:?}");
    let live = live_ids(&world).await;
    assert!(gone.iter().all(|id| !live.contains(id)));

    let again = world.candidates("r3", Reconcile).await;
    assert_eq!(
        (again.updated, again.deleted, again.inserted),
        (0, 0, 0),
        "{again:?}"
    );
    assert_eq!(again.unchanged + again.quarantined, again.fetched);
}

#[tokio::test]
async fn edits_of_lists_that_move_no_date_are_found() {
    let world = World::new().await;
    world.candidates("r1", Auto).await;
    let id = live_ids(&world).await[3];
    world.advance(HOUR);
    let token = world.client("sandbox-password");
    token.ping().await.unwrap();
    put_skill(&world, id).await;
    world.advance(HOUR);
    let incremental = world.candidates("r2", Auto).await;
    assert_eq!(incremental.updated, 0, "the date did not move");
    let summary = world.candidates("r3", Reconcile).await;
    assert_eq!(summary.updated, 1, "{summary:?}");
}

/// Adds every skill up to 40 to a candidate's list, over the sandbox's own interface.
async fn put_skill(world: &World, id: i64) {
    let http = world.http();
    let form = [
        ("client_id", "sandbox-client"),
        ("response_type", "code"),
        ("action", "Login"),
    ];
    let user = [("username", "sandbox.user"), ("password", "sandbox-password")];
    let page = http
        .post(format!("{}/oauth/authorize", world.url))
        .form(&[&form[..], &user[..]].concat());
    let landed = page.send().await.unwrap().url().clone();
    let code = landed
        .query_pairs()
        .find(|(key, _)| key == "code")
        .unwrap()
        .1
        .into_owned();
    let grant = [
        ("grant_type", "authorization_code"),
        ("client_id", "sandbox-client"),
        ("client_secret", "sandbox-secret"),
    ];
    let token = http
        .post(format!("{}/oauth/token", world.url))
        .form(&[&grant[..], &[("code", code.as_str())]].concat());
    let token: Value = token.send().await.unwrap().json().await.unwrap();
    let login = http.get(format!("{}/rest-services/login", world.url));
    let login = login.query(&[
        ("version", "*"),
        ("access_token", token["access_token"].as_str().unwrap()),
    ]);
    let session: Value = login.send().await.unwrap().json().await.unwrap();
    let (rest, key) = (
        session["restUrl"].as_str().unwrap(),
        session["BhRestToken"].as_str().unwrap(),
    );
    let skills: Vec<String> = (1..=40).map(|skill| skill.to_string()).collect();
    let put = http.put(format!(
        "{rest}entity/Candidate/{id}/primarySkills/{}",
        skills.join(",")
    ));
    assert!(
        put.header("BhRestToken", key)
            .send()
            .await
            .unwrap()
            .status()
            .is_success()
    );
}

#[tokio::test]
async fn nothing_is_deleted_when_too_much_is_missing() {
    let mut world = World::new().await;
    world.candidates("r1", Auto).await;
    let ids = live_ids(&world).await;
    world.admin("erase", json!({"ids": ids[..30]})).await;
    world.advance(HOUR);
    let error = world
        .sync(EntityKind::Candidate, "r2", Reconcile)
        .await
        .unwrap_err();
    assert!(
        !error.is_retryable() && error.report().contains("nothing was deleted"),
        "{}",
        error.report()
    );
    assert_eq!(live_ids(&world).await, ids);
    // Somebody looked and allows it: the same run goes on.
    world.options.missing_percent_max = 50;
    let summary = world.candidates("r2", Reconcile).await;
    assert_eq!(summary.deleted, 30);
}

#[tokio::test]
async fn a_hole_in_the_index_deletes_nobody() {
    let world = World::new().await;
    world.candidates("r1", Auto).await;
    let before = rows(&world.store).await;
    let proxy = crate::faults::proxy(&world, crate::faults::hide_a_row).await;
    let syncer = crate::faults::syncer_at(&world, &proxy);
    let summary = run(&syncer, EntityKind::Candidate, "r2", Reconcile)
        .await
        .unwrap();
    assert_eq!((summary.deleted, summary.updated), (0, 0), "{summary:?}");
    assert!(summary.fetched < 120);
    assert_eq!(rows(&world.store).await, before);
}

#[tokio::test]
async fn a_reconciliation_ends_where_a_full_load_would() {
    let mut world = World::new().await;
    world.options.reconcile_every = Some(Duration::from_hours(24));
    world.candidates("r1", Auto).await;
    world.advance(25 * HOUR);
    world.mutate(10, 3, 2, 8).await;
    world.admin("insert", json!({"count": 4, "seed": 1})).await;
    let summary = world.candidates("r2", Auto).await;
    assert_eq!(
        (summary.mode, summary.inserted),
        (SyncMode::Reconcile, 4),
        "it was due"
    );
    world.advance(HOUR);
    assert_eq!(world.candidates("r3", Auto).await.mode, SyncMode::Incremental);
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
