//! Backfills: made whole or not at all, one at a time, and over when their runs are.

use serde_json::json;
use updraft_model::{
    BackfillDates, BackfillEvent, BackfillId, BackfillState, DagRunState, ReprocessBehavior, RunKey, RunType,
    Schedule, ScheduleKind, TaskInstanceState,
};
use updraft_store::{
    BackfillFate, BackfillRuns, Change, CommitError, CompletedBackfill, CreateBackfillError, CreatedBackfill,
    Effect, NewBackfill, PlanCommit, RunChange, RunMark, RunVersion,
};

use crate::support::{World, chain, dag_id, minute, object, on_both, start_run, task};

const DAY: i64 = 24 * 60;

/// DAG `d`: `a >> b` daily.
async fn record_daily(world: &World) {
    let mut spec = chain("d", &["a", "b"]);
    spec.schedule = Schedule::from_text("@daily", ScheduleKind::DataInterval);
    spec.start_date = Some(minute(0));
    world.record("d.bundle.toml", &[spec]).await;
}

/// The backfill of the days number `from` to `until` after the first one.
fn days(from: i64, until: i64) -> NewBackfill {
    NewBackfill {
        dag_id: dag_id("d"),
        dates: BackfillDates {
            from: minute(from * DAY),
            until: minute(until * DAY),
            backwards: false,
        },
        max_active_runs: 2,
        reprocess: ReprocessBehavior::None,
        version: RunVersion::Same,
        conf: None,
        triggered_by: Some("me".to_owned()),
        told: None,
    }
}

async fn create(world: &World, new: &NewBackfill) -> CreatedBackfill {
    world
        .store
        .create_backfill(new, Effect::Lasting, minute(100 * DAY))
        .await
        .unwrap()
}

async fn finish(world: &World, run: &RunKey, state: DagRunState) {
    let mark = RunMark {
        state,
        outcome: "over",
        now: minute(101 * DAY),
    };
    world.store.mark_run(run, mark, Effect::Lasting).await.unwrap();
}

async fn complete(world: &World, id: BackfillId) -> Result<(), CommitError> {
    let done = CompletedBackfill {
        id,
        at: minute(102 * DAY),
    };
    let plan = PlanCommit {
        completed_backfills: vec![done],
        ..PlanCommit::default()
    };
    world.store.commit_plan(&world.lease, &plan).await
}

async fn state(world: &World, id: BackfillId) -> BackfillState {
    world.store.backfill(id).await.unwrap().unwrap().state
}

#[tokio::test]
async fn a_backfill_makes_its_runs_and_a_dry_run_tells_them() {
    on_both(async |world| {
        record_daily(world).await;
        let new = NewBackfill {
            conf: Some(object(&json!({"limit": 7}))),
            dates: BackfillDates {
                backwards: true,
                ..days(0, 3).dates
            },
            ..days(0, 3)
        };
        let planned = world
            .store
            .create_backfill(&new, Effect::DryRun, minute(100 * DAY))
            .await
            .unwrap();
        assert_eq!(world.store.backfills(None).await.unwrap(), []);
        assert_eq!(world.store.take_changes(&world.lease, 9).await.unwrap(), []);
        let created = create(world, &new).await;
        assert_eq!(created.dates, planned.dates);
        let ids: Vec<&str> = created
            .dates
            .iter()
            .map(|date| date.key.run_id.as_str())
            .collect();
        let expected = ["15", "14", "13"].map(|day| format!("backfill__2024-01-{day}T00:00:00+00:00"));
        assert_eq!(ids, expected);
        let picture = world.store.picture().await.unwrap();
        let backfill = &picture.dags[0].backfills[0];
        assert_eq!(
            (backfill.id, backfill.is_paused, backfill.max_active_runs),
            (created.id, false, 2)
        );
        for run in &picture.runs {
            let place = run.backfill.unwrap();
            assert_eq!(created.dates[place.place as usize - 1].key, run.key);
            assert_eq!(
                (run.run_type, run.state),
                (RunType::Backfill, DagRunState::Queued)
            );
            assert_eq!((run.conf["limit"].clone(), run.tasks.len()), (json!(7), 2));
        }
        let row = world.store.backfill(created.id).await.unwrap().unwrap();
        assert_eq!(
            (row.dates, row.state, row.max_active_runs),
            (new.dates, BackfillState::Active, 2)
        );
        assert_eq!((row.runs.queued, row.triggered_by.as_deref()), (3, Some("me")));
        let changes = world.store.take_changes(&world.lease, 9).await.unwrap();
        assert_eq!((changes.len(), &changes[0]), (4, &Change::Dag(dag_id("d"))));
    })
    .await;
}

#[tokio::test]
async fn runs_that_are_there_are_left_alone_or_run_again() {
    on_both(async |world| {
        record_daily(world).await;
        let first = create(world, &days(0, 4)).await;
        let keys: Vec<RunKey> = first.dates.iter().map(|date| date.key.clone()).collect();
        finish(world, &keys[0], DagRunState::Success).await;
        finish(world, &keys[1], DagRunState::Failed).await;
        finish(world, &keys[2], DagRunState::Success).await;
        let cancel = world
            .store
            .change_backfill(first.id, BackfillEvent::Cancel, minute(99));
        assert_eq!(cancel.await.unwrap(), BackfillState::Cancelled);
        assert_eq!(
            world.store.run(&keys[3]).await.unwrap().unwrap().state,
            DagRunState::Failed
        );
        // Only what failed; the conf that a run had stays.
        let failed = NewBackfill {
            reprocess: ReprocessBehavior::Failed,
            ..days(0, 5)
        };
        let second = create(world, &failed).await;
        let fates: Vec<BackfillFate> = second.dates.iter().map(|date| date.fate).collect();
        use BackfillFate::{AlreadyExists, Created, InFlight, Reprocessed};
        assert_eq!(
            fates,
            [AlreadyExists, Reprocessed, AlreadyExists, Reprocessed, Created]
        );
        let run = world.store.run(&keys[1]).await.unwrap().unwrap();
        assert_eq!(
            (run.state, run.backfill, run.clear_number),
            (DagRunState::Queued, Some(second.id), 1)
        );
        assert_eq!(world.state(&task(&keys[1], "a")).await, None);
        assert_eq!(
            world.store.backfill(first.id).await.unwrap().unwrap().runs.failed,
            0
        );
        finish(world, &second.dates[4].key, DagRunState::Success).await;
        world
            .store
            .change_backfill(second.id, BackfillEvent::Cancel, minute(99))
            .await
            .unwrap();
        finish(world, &keys[1], DagRunState::Queued).await;
        let completed = NewBackfill {
            reprocess: ReprocessBehavior::Completed,
            ..days(0, 3)
        };
        let third = create(world, &completed).await;
        let fates: Vec<BackfillFate> = third.dates.iter().map(|date| date.fate).collect();
        assert_eq!(fates, [Reprocessed, InFlight, Reprocessed]);
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_backfilled_is_refused_with_a_reason() {
    on_both(async |world| {
        let refused = async |new: &NewBackfill| {
            let result = world.store.create_backfill(new, Effect::Lasting, minute(100 * DAY)).await;
            result.unwrap_err()
        };
        assert!(matches!(refused(&days(0, 2)).await, CreateBackfillError::UnknownDag { .. }));
        world.record_dag().await;
        assert!(matches!(refused(&days(0, 2)).await, CreateBackfillError::Backfill(_)));
        record_daily(world).await;
        let no_room = NewBackfill { max_active_runs: 0, ..days(0, 2) };
        assert!(matches!(refused(&no_room).await, CreateBackfillError::NoActiveRuns));
        let first = create(world, &days(0, 2)).await;
        let error = refused(&days(5, 7)).await.to_string();
        let id = first.id;
        assert_eq!(error, format!("DAG `d` has backfill {id}, which is not over; wait for it, or give it up with `updraft backfill cancel {id}`"));
        world.store.change_backfill(id, BackfillEvent::Cancel, minute(99)).await.unwrap();
        assert!(matches!(refused(&days(0, 2)).await, CreateBackfillError::NothingToDo { .. }));
        assert_eq!(world.store.backfills(Some(&dag_id("d"))).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn of_two_that_are_asked_for_at_once_one_is_made() {
    on_both(async |world| {
        record_daily(world).await;
        let other = world.second_store().await;
        let (mine, theirs) = (days(0, 2), days(1, 3));
        let now = minute(100 * DAY);
        let (one, two) = tokio::join!(
            world.store.create_backfill(&mine, Effect::Lasting, now),
            other.create_backfill(&theirs, Effect::Lasting, now)
        );
        let refused = match (one, two) {
            (Ok(_), Err(error)) | (Err(error), Ok(_)) => error,
            both => panic!("not one of them is made: {both:?}"),
        };
        assert!(
            matches!(refused, CreateBackfillError::AlreadyOpen { .. }),
            "{refused:?}"
        );
        assert_eq!(world.store.backfills(None).await.unwrap().len(), 1);
        other.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_backfill_is_complete_when_its_runs_are_over_and_not_before() {
    on_both(async |world| {
        record_daily(world).await;
        let created = create(world, &days(0, 2)).await;
        let id = created.id;
        let change = async |event| world.store.change_backfill(id, event, minute(101 * DAY)).await;
        assert_eq!(change(BackfillEvent::Pause).await.unwrap(), BackfillState::Paused);
        assert!(world.store.picture().await.unwrap().dags[0].backfills[0].is_paused);
        assert_eq!(
            change(BackfillEvent::Unpause).await.unwrap(),
            BackfillState::Active
        );
        finish(world, &created.dates[0].key, DagRunState::Success).await;
        let early = complete(world, id).await;
        assert!(
            matches!(early, Err(CommitError::Conflict { what: "backfills" })),
            "{early:?}"
        );
        // The run and its backfill are over in one plan.
        let run = &created.dates[1].key;
        let ends = RunChange {
            from: DagRunState::Running,
            to: DagRunState::Failed,
            ..start_run(run)
        };
        let plan = PlanCommit {
            run_states: vec![start_run(run), ends],
            completed_backfills: vec![CompletedBackfill {
                id,
                at: minute(102 * DAY),
            }],
            ..PlanCommit::default()
        };
        world.store.commit_plan(&world.lease, &plan).await.unwrap();
        let row = world.store.backfill(id).await.unwrap().unwrap();
        assert_eq!(
            (row.state, row.completed_at),
            (BackfillState::Completed, Some(minute(102 * DAY)))
        );
        let expected = BackfillRuns {
            success: 1,
            failed: 1,
            ..BackfillRuns::default()
        };
        assert_eq!(row.runs, expected);
        assert_eq!(world.store.picture().await.unwrap().dags[0].backfills, []);
        assert!(complete(world, id).await.is_err());
        let error = change(BackfillEvent::Pause).await.unwrap_err().to_string();
        assert_eq!(error, "a backfill that is `completed` cannot `pause`");
        let unknown = world
            .store
            .change_backfill(BackfillId(99), BackfillEvent::Pause, minute(0))
            .await;
        assert_eq!(
            unknown.unwrap_err().to_string(),
            "there is no backfill 99; `updraft backfill list` lists them"
        );
        // A run that runs again after that is one of the DAG.
        finish(world, run, DagRunState::Queued).await;
        assert_eq!(world.store.picture().await.unwrap().runs[0].backfill, None);
    })
    .await;
}

#[tokio::test]
async fn a_cancelled_backfill_lets_go_on_what_runs() {
    on_both(async |world| {
        record_daily(world).await;
        let created = create(world, &days(0, 2)).await;
        let run = &created.dates[0].key;
        let plan = PlanCommit {
            run_states: vec![start_run(run)],
            ..PlanCommit::default()
        };
        world.store.commit_plan(&world.lease, &plan).await.unwrap();
        let attempt = world.run_task(&task(run, "a"), None, 1).await;
        while !world
            .store
            .take_changes(&world.lease, 9)
            .await
            .unwrap()
            .is_empty()
        {}
        world
            .store
            .change_backfill(created.id, BackfillEvent::Cancel, minute(99))
            .await
            .unwrap();
        assert_eq!(state(world, created.id).await, BackfillState::Cancelled);
        let runs = world.store.picture().await.unwrap().runs;
        assert_eq!(
            (runs.len(), runs[0].state, runs[0].backfill),
            (1, DagRunState::Running, None)
        );
        assert_eq!(runs[0].tasks[0].attempt, Some(attempt));
        assert_eq!(
            world.state(&task(run, "a")).await,
            Some(TaskInstanceState::Running)
        );
        assert_eq!(world.store.take_changes(&world.lease, 9).await.unwrap().len(), 3);
    })
    .await;
}
