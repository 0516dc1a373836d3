//! Pools, and since when tasks wait for their slots.

use updraft_model::{Pool, TaskInstanceState};
use updraft_store::{Change, PlanCommit, Store, StoreOptions, TaskChange};
use updraft_testing::databases;

use crate::support::{end, minute, on_both, start, task};

fn pool(name: &str, slots: i32) -> Pool {
    Pool {
        name: name.to_owned(),
        slots,
        description: "for a test".to_owned(),
        include_deferred: slots > 1,
    }
}

#[tokio::test]
async fn the_default_pool_is_there_and_stays() {
    on_both(async |world| {
        let default = world.store.pool(Pool::DEFAULT).await.unwrap().unwrap();
        assert_eq!((default.slots, default.include_deferred), (128, false));
        let refused = world.store.delete_pool(Pool::DEFAULT).await.unwrap_err();
        assert_eq!(
            refused.to_string(),
            "pool `default_pool` cannot be deleted, tasks that name no pool use it"
        );
        world.store.set_pool(&pool(Pool::DEFAULT, 3)).await.unwrap();
        assert_eq!(world.store.pools().await.unwrap(), [pool(Pool::DEFAULT, 3)]);
    })
    .await;
}

#[tokio::test]
async fn the_default_pool_has_the_slots_of_the_options_when_it_is_made_and_then_its_own() {
    databases::on_both(async |database| {
        let open = async |default_pool_slots| {
            let options = StoreOptions {
                default_pool_slots,
                ..StoreOptions::default()
            };
            Store::open(database.url(), options).await.unwrap()
        };
        let slots = async |store: &Store| store.pool(Pool::DEFAULT).await.unwrap().unwrap().slots;
        let (first, later) = (open(7).await, open(9).await);
        first.migrate(minute(0)).await.unwrap();
        assert_eq!(slots(&first).await, 7);
        later.migrate(minute(1)).await.unwrap();
        assert_eq!(slots(&later).await, 7);
        later.reset(minute(2)).await.unwrap();
        assert_eq!(slots(&later).await, 9);
        first.close().await;
        later.close().await;
    })
    .await;
}

#[tokio::test]
async fn pools_are_made_changed_and_deleted_and_the_scheduler_hears_of_it() {
    on_both(async |world| {
        let taken = async || world.store.take_changes(&world.lease, 9).await.unwrap();
        world.store.set_pool(&pool("db", 1)).await.unwrap();
        world.store.set_pool(&pool("db", -1)).await.unwrap();
        assert_eq!(taken().await, [Change::Pools]);
        assert_eq!(world.store.pool("db").await.unwrap(), Some(pool("db", -1)));
        assert_eq!(world.store.picture().await.unwrap().pools[0], pool("db", -1));
        assert!(world.store.delete_pool("db").await.unwrap());
        assert_eq!(taken().await, [Change::Pools]);
        assert!(!world.store.delete_pool("db").await.unwrap());
        assert_eq!(taken().await, []);
        assert_eq!(world.store.pool("db").await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn it_is_known_since_when_a_task_waits_for_room() {
    on_both(async |world| {
        let run = world.running_run().await;
        let key = task(&run, "a");
        let scheduled = Some(TaskInstanceState::Scheduled);
        let since = async || {
            let stored = world.store.stored_run(&run).await.unwrap().unwrap();
            stored.tasks[0].scheduled_at
        };
        assert_eq!(since().await, None);
        let change = TaskChange {
            key: key.clone(),
            from: None,
            to: scheduled,
            at: minute(4),
        };
        let plan = PlanCommit {
            task_states: vec![change],
            ..PlanCommit::default()
        };
        world.store.commit_plan(&world.lease, &plan).await.unwrap();
        assert_eq!(since().await, Some(minute(4)));
        let attempt = world.queue(&key, scheduled, 1).await;
        assert_eq!(since().await, None);
        world.write(attempt, start()).await;
        world.write(attempt, end(scheduled)).await;
        assert_eq!(since().await, Some(minute(4)));
    })
    .await;
}
