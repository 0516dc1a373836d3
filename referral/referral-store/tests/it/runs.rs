//! Runs of a sync: resuming, finishing, taking over.

use referral_store::EntityKind::{Candidate, Position};
use referral_store::StoreError;
use referral_store::sync_page::SyncPage;
use referral_store::sync_run::{NewSyncRun, RunState, SyncMode, SyncState};
use serde_json::json;

use crate::fixtures::{at, begin, candidate, each_store, run_id};

#[tokio::test]
async fn a_run_goes_on_behind_its_last_page_with_its_counts() {
    each_store(async |store| {
        let run = begin(store, Candidate, "r1", SyncMode::Full).await;
        assert_eq!(
            (run.step, run.state, run.cursor.clone()),
            (0, RunState::Running, None)
        );
        let page = SyncPage {
            cursor: Some(json!({"last_id": 2})),
            total: Some(10),
            calls: 3,
            fetched: 2,
            live: vec![candidate(1, "A", 10), candidate(2, "B", 10)],
            ..SyncPage::default()
        };
        let run = store.commit_candidates(&run, &page, at(2)).await.unwrap();

        let again = begin(store, Candidate, "r1", SyncMode::Incremental).await;
        assert_eq!(again, run, "the mode of the first request stays");
        assert_eq!((again.step, again.calls, again.total), (1, 3, Some(10)));
        assert_eq!((again.counts.fetched, again.counts.inserted), (2, 2));

        let state = store.sync_state(Candidate).await.unwrap();
        let unfinished = state.unfinished_full.unwrap();
        assert_eq!(
            (unfinished.cursor, unfinished.upper_ms),
            (json!({"last_id": 2}), 5_000)
        );
        assert_eq!(state.watermark_ms, None);
        assert_eq!(store.calls_this_month(at(2)).await.unwrap(), 3);
        assert_eq!(store.calls_this_month(at(40 * 86_400)).await.unwrap(), 0);
        assert_eq!(store.sync_state(Position).await.unwrap(), SyncState::default());
    })
    .await;
}

#[tokio::test]
async fn a_page_is_committed_once() {
    each_store(async |store| {
        let run = begin(store, Candidate, "r1", SyncMode::Full).await;
        let page = SyncPage {
            fetched: 1,
            live: vec![candidate(1, "A", 10)],
            ..SyncPage::default()
        };
        store.commit_candidates(&run, &page, at(2)).await.unwrap();
        let error = store.commit_candidates(&run, &page, at(2)).await.unwrap_err();
        assert!(
            matches!(error, StoreError::Superseded { .. }) && error.is_retryable(),
            "{error}"
        );
        let counts = store
            .sync_run(Candidate, &run.run_id)
            .await
            .unwrap()
            .unwrap()
            .counts;
        assert_eq!(counts.inserted, 1);
    })
    .await;
}

#[tokio::test]
async fn a_run_that_was_taken_over_cannot_write() {
    each_store(async |store| {
        let old = begin(store, Candidate, "old", SyncMode::Incremental).await;
        let new = begin(store, Candidate, "new", SyncMode::Incremental).await;
        let page = SyncPage {
            fetched: 1,
            live: vec![candidate(1, "A", 10)],
            ..SyncPage::default()
        };
        let left = store.sync_run(Candidate, &old.run_id).await.unwrap().unwrap();
        assert_eq!(left.state, RunState::Failed, "a run left at work has failed");
        let error = store.commit_candidates(&old, &page, at(2)).await.unwrap_err();
        assert!(matches!(error, StoreError::Superseded { .. }));
        assert!(store.finish_sync(&old, None, at(3)).await.is_err());
        let new = store.commit_candidates(&new, &page, at(2)).await.unwrap();
        store.finish_sync(&new, None, at(3)).await.unwrap();
        assert_eq!(
            store.sync_state(Candidate).await.unwrap().watermark_ms,
            Some(5_000)
        );
    })
    .await;
}

#[tokio::test]
async fn finishing_dates_the_state_and_a_finished_run_stays_finished() {
    each_store(async |store| {
        let full = begin(store, Candidate, "full", SyncMode::Full).await;
        let full = store.finish_sync(&full, Some(7), at(10)).await.unwrap();
        assert_eq!(
            (full.state, full.ended_at, full.total),
            (RunState::Succeeded, Some(at(10)), Some(7))
        );
        let state = store.sync_state(Candidate).await.unwrap();
        assert_eq!(state.unfinished_full, None);
        assert_eq!(
            (state.watermark_ms, state.last_full_at, state.last_total),
            (Some(5_000), Some(at(10)), Some(7))
        );

        let again = begin(store, Candidate, "full", SyncMode::Full).await;
        assert_eq!(again, full);
        assert!(
            store
                .commit_candidates(&again, &SyncPage::default(), at(11))
                .await
                .is_err()
        );
        assert_eq!(store.sync_state(Candidate).await.unwrap(), state);

        let mut earlier = NewSyncRun {
            run_id: run_id("r2"),
            kind: Candidate,
            mode: SyncMode::Reconcile,
            cursor: None,
            lower_ms: None,
            upper_ms: 4_000,
            total: None,
        };
        let run = store.begin_sync(&earlier, at(12)).await.unwrap();
        store.finish_sync(&run, None, at(13)).await.unwrap();
        let state = store.sync_state(Candidate).await.unwrap();
        assert_eq!(
            (state.watermark_ms, state.last_reconcile_at),
            (Some(5_000), Some(at(13))),
            "never backwards"
        );

        earlier.run_id = run_id("r3");
        let run = store.begin_sync(&earlier, at(14)).await.unwrap();
        store
            .fail_sync(Candidate, &run.run_id, "the source is down", at(15))
            .await
            .unwrap();
        let failed = store.sync_run(Candidate, &run.run_id).await.unwrap().unwrap();
        assert_eq!((failed.state, failed.ended_at), (RunState::Failed, Some(at(15))));
        let again = store.begin_sync(&earlier, at(16)).await.unwrap();
        assert_eq!((again.state, again.ended_at), (RunState::Running, None));
    })
    .await;
}
