//! Trials of connections that somebody comes back to ask about.

use jiff::SignedDuration;
use updraft_store::TrialOutcome;

use crate::support::{minute, on_both};

#[tokio::test]
async fn a_connection_is_tried_once_at_a_time_and_the_outcome_is_told() {
    on_both(async |world| {
        let store = &world.store;
        assert_eq!(store.connection_test("t1", minute(0)).await.unwrap(), None);
        assert!(store.begin_connection_test("t1", "web", minute(0)).await.unwrap());
        assert!(!store.begin_connection_test("t2", "web", minute(1)).await.unwrap());
        assert!(
            store
                .begin_connection_test("t3", "other", minute(1))
                .await
                .unwrap()
        );
        let open = store.connection_test("t1", minute(1)).await.unwrap().unwrap();
        assert_eq!(
            (open.conn_id.as_str(), open.created_at, &open.outcome),
            ("web", minute(0), &None)
        );
        let good = TrialOutcome {
            is_usable: true,
            message: "fine".to_owned(),
        };
        store.end_connection_test("t1", &good, minute(1)).await.unwrap();
        // What comes late counts not.
        let bad = TrialOutcome {
            is_usable: false,
            message: "late".to_owned(),
        };
        store.end_connection_test("t1", &bad, minute(2)).await.unwrap();
        let told = store.connection_test("t1", minute(2)).await.unwrap().unwrap();
        assert_eq!(told.outcome, Some(good));
        assert!(store.begin_connection_test("t4", "web", minute(2)).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn a_trial_whose_server_has_ended_is_given_up_and_forgotten() {
    on_both(async |world| {
        let store = &world.store;
        assert!(store.begin_connection_test("t1", "web", minute(0)).await.unwrap());
        let later = minute(2) + SignedDuration::from_secs(1);
        let told = store.connection_test("t1", later).await.unwrap().unwrap();
        assert!(!told.outcome.clone().unwrap().is_usable);
        assert!(store.begin_connection_test("t2", "web", later).await.unwrap());
        assert_eq!(store.connection_test("t1", later).await.unwrap().unwrap(), told);
        assert!(
            store
                .begin_connection_test("t3", "web", minute(61))
                .await
                .unwrap()
        );
        assert_eq!(store.connection_test("t1", minute(61)).await.unwrap(), None);
        assert!(store.connection_test("t2", minute(61)).await.unwrap().is_some());
    })
    .await;
}
