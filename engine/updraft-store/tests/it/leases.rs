//! One scheduler at a time.

use std::time::Duration;

use updraft_store::{Holder, LeaseError};

use crate::support::{TTL, holder, minute, on_both};

#[tokio::test]
async fn a_second_scheduler_is_refused_with_the_name_of_the_first() {
    on_both(async |world| {
        let second = world.second_store().await;
        let refused = second.acquire_scheduler(&holder(2), minute(0) + Duration::from_secs(59), TTL, |_| true).await;
        assert_eq!(
            refused.unwrap_err().to_string(),
            "another scheduler works on this database: process 1 on `here`, for 59s, last sign of life 59s ago; stop it \
             first, or wait until its lease ends"
        );
        let elsewhere = Holder { hostname: "there".to_owned(), pid: 2 };
        let refused = second.acquire_scheduler(&elsewhere, minute(0), TTL, |_| false).await;
        assert!(matches!(refused, Err(LeaseError::Held { .. })), "a process there says nothing about one here");
        let held = second.scheduler().await.unwrap().unwrap();
        assert_eq!((held.holder, held.expires_at), (holder(1), minute(1)));
    })
    .await;
}

#[tokio::test]
async fn a_lease_that_was_renewed_lasts_and_one_that_was_taken_is_over() {
    on_both(async |world| {
        let store = &world.store;
        assert!(store.renew(&world.lease, minute(1), TTL).await.unwrap());
        assert!(
            store
                .acquire_scheduler(&holder(2), minute(1), TTL, |_| true)
                .await
                .is_err()
        );
        let second = store
            .acquire_scheduler(&holder(2), minute(2), TTL, |_| true)
            .await
            .unwrap();
        assert!(second.epoch() > world.lease.epoch());
        assert!(!store.renew(&world.lease, minute(2), TTL).await.unwrap());
        store.release(&world.lease).await.unwrap();
        assert_eq!(store.scheduler().await.unwrap().unwrap().holder, holder(2));
        assert!(store.renew(&second, minute(2), TTL).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn the_lease_of_a_dead_process_of_this_machine_is_free_at_once() {
    on_both(async |world| {
        let second = world
            .store
            .acquire_scheduler(&holder(2), minute(0), TTL, |pid| pid != 1)
            .await
            .unwrap();
        assert!(!world.store.renew(&world.lease, minute(0), TTL).await.unwrap());
        // The same process takes what it has again.
        let again = world
            .store
            .acquire_scheduler(&holder(2), minute(0), TTL, |_| true)
            .await
            .unwrap();
        assert!(again.epoch() > second.epoch());
    })
    .await;
}

#[tokio::test]
async fn a_lease_that_was_given_back_is_free_at_once() {
    on_both(async |world| {
        world.store.release(&world.lease).await.unwrap();
        assert_eq!(world.store.scheduler().await.unwrap(), None);
        world
            .store
            .acquire_scheduler(&holder(2), minute(0), TTL, |_| true)
            .await
            .unwrap();
    })
    .await;
}

#[tokio::test]
async fn of_schedulers_that_start_together_one_gets_the_lease() {
    on_both(async |world| {
        world.store.release(&world.lease).await.unwrap();
        let second = world.second_store().await;
        let (one, two) = (holder(1), holder(2));
        let (a, b) = tokio::join!(
            world.store.acquire_scheduler(&one, minute(0), TTL, |_| true),
            second.acquire_scheduler(&two, minute(0), TTL, |_| true),
        );
        assert_eq!(usize::from(a.is_ok()) + usize::from(b.is_ok()), 1);
    })
    .await;
}

#[tokio::test]
async fn an_old_lease_does_not_count_after_a_reset() {
    on_both(async |world| {
        world.store.reset(minute(1)).await.unwrap();
        assert!(!world.store.renew(&world.lease, minute(1), TTL).await.unwrap());
        let next = world
            .store
            .acquire_scheduler(&holder(2), minute(1), TTL, |_| true)
            .await
            .unwrap();
        assert!(next.epoch() > world.lease.epoch());
    })
    .await;
}
