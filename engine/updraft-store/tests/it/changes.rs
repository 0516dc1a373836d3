//! The change feed and what wakes its reader.

use std::time::Duration;

use updraft_model::DagId;
use updraft_store::{Change, StoreOptions, WriteError};
use updraft_testing::databases;

use crate::support::{World, chain, dag_id, holder, minute, on_both, trigger};

/// Longer than any test: what is heard before that was no look of the net.
const NEVER: Duration = Duration::from_hours(1);

#[tokio::test]
async fn changes_are_taken_once_the_oldest_first_and_each_thing_once() {
    on_both(async |world| {
        world.record_dag().await;
        let dags: [DagId; 1] = [dag_id("d")];
        world.store.set_paused(&dags, false).await.unwrap();
        world.store.set_paused(&dags, true).await.unwrap();
        let run = world.trigger(1).await;
        assert_eq!(world.store.take_changes(&world.lease, 2).await.unwrap().len(), 1);
        let rest = world.store.take_changes(&world.lease, 2).await.unwrap();
        assert_eq!(rest, [Change::Run(run)]);
        assert_eq!(world.store.take_changes(&world.lease, 2).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn a_scheduler_that_was_replaced_takes_no_change_away_from_the_new_one() {
    on_both(async |world| {
        world.record_dag().await;
        let (late, ttl) = (minute(60), Duration::from_mins(1));
        let new = world
            .store
            .acquire_scheduler(&holder(2), late, ttl, |_| true)
            .await
            .unwrap();
        let run = world.trigger(1).await;
        let refused = world.store.take_changes(&world.lease, 9).await;
        assert!(matches!(refused, Err(WriteError::LeaseLost)), "{refused:?}");
        assert_eq!(
            world.store.take_changes(&new, 9).await.unwrap(),
            [Change::Run(run)]
        );
    })
    .await;
}

#[tokio::test]
async fn a_change_by_another_process_wakes_the_listener() {
    databases::on_both(async |database| {
        let run_dir = Some(database.folder().join("run"));
        let options = StoreOptions {
            run_dir,
            ..StoreOptions::default()
        };
        let world = World::make(database, options.clone()).await;
        world.record_dag().await;
        let other = updraft_store::Store::open(&world.url, options).await.unwrap();
        let mut listener = world.store.listen(NEVER).await.unwrap();
        let wanted = trigger("d", 1);
        let ((), triggered) = tokio::join!(listener.changed(), other.trigger_run(&wanted, minute(1)));
        triggered.unwrap();
        assert_eq!(world.store.take_changes(&world.lease, 9).await.unwrap().len(), 1);
        // A wake-up that came while nobody waited is not lost.
        other.set_paused(&[dag_id("d")], false).await.unwrap();
        listener.changed().await;
    })
    .await;
}

#[tokio::test]
async fn without_a_wake_up_the_net_notices_the_change() {
    on_both(async |world| {
        world.record_dag().await;
        let mut listener = world.store.listen(Duration::from_millis(5)).await.unwrap();
        let other = world.second_store().await;
        let wanted = trigger("d", 1);
        let ((), triggered) = tokio::join!(listener.changed(), other.trigger_run(&wanted, minute(1)));
        triggered.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_second_listener_takes_the_socket_over_and_the_first_does_not_take_it_away() {
    let database = databases::sqlite();
    let run_dir = database.folder().join("run");
    let options = StoreOptions {
        run_dir: Some(run_dir.clone()),
        ..StoreOptions::default()
    };
    let world = World::make(&database, options).await;
    world.record("s", &[chain("d", &["a"])]).await;
    let first = world.store.listen(NEVER).await.unwrap();
    let mut second = world.store.listen(NEVER).await.unwrap();
    drop(first);
    assert!(run_dir.join("scheduler.sock").exists());
    world.store.set_paused(&[dag_id("d")], false).await.unwrap();
    second.changed().await;
    drop(second);
    assert!(!run_dir.join("scheduler.sock").exists());
    world.store.set_paused(&[dag_id("d")], true).await.unwrap();
}
