//! What attempts report, and the fences that keep out what comes too late.

use serde_json::json;
use updraft_model::{AttemptId, SKIP_DECISION_KEY, SkipDecision, TaskInstanceState};
use updraft_store::{AttemptNow, AttemptVerdict, AttemptWrite, AttemptWriteKind, StoreOptions, WriteError};
use updraft_testing::databases;
use uuid::Uuid;

use crate::support::{
    TTL, World, end, heartbeat, holder, minute, object, on_both, set_xcom, start, started_by, task,
};

const ACCEPTED: AttemptVerdict = AttemptVerdict::Accepted;
const REPEATED: AttemptVerdict = AttemptVerdict::Repeated;
const SUCCESS: Option<TaskInstanceState> = Some(TaskInstanceState::Success);
const RUNNING: Option<TaskInstanceState> = Some(TaskInstanceState::Running);
const RETRY: Option<TaskInstanceState> = Some(TaskInstanceState::UpForRetry);

const fn not_live(task_state: Option<TaskInstanceState>) -> AttemptVerdict {
    AttemptVerdict::NotLive { task_state }
}

async fn now(world: &World, attempt: AttemptId) -> Option<AttemptNow> {
    world.store.attempt_now(attempt).await.unwrap()
}

#[tokio::test]
async fn what_became_of_an_attempt_is_told_by_its_id() {
    on_both(async |world| {
        let key = task(&world.running_run().await, "a");
        assert_eq!(now(world, AttemptId(Uuid::from_u128(99))).await, None);
        let first = world.queue(&key, None, 1).await;
        assert_eq!(
            now(world, first).await,
            Some(AttemptNow::Newest(Some(TaskInstanceState::Queued)))
        );
        world.write(first, start()).await;
        world.write(first, end(RETRY)).await;
        assert_eq!(now(world, first).await, Some(AttemptNow::Newest(RETRY)));
        world.queue(&key, RETRY, 2).await;
        assert_eq!(now(world, first).await, Some(AttemptNow::Replaced));
    })
    .await;
}

#[tokio::test]
async fn an_attempt_goes_from_queued_over_running_to_its_end() {
    on_both(async |world| {
        let key = task(&world.running_run().await, "a");
        let attempt = world.queue(&key, None, 1).await;
        let queued = world.task(&key).await;
        assert_eq!(
            (queued.state, queued.attempt, queued.try_number),
            (Some(TaskInstanceState::Queued), Some(attempt), 1)
        );
        assert_eq!((queued.queued_at, queued.priority_weight), (Some(minute(2)), 3));

        assert_eq!(world.write(attempt, start()).await, ACCEPTED);
        let progress = Some(json!({"done": 3, "total": 10}));
        let beat = AttemptWriteKind::Heartbeat {
            at: minute(4),
            progress: progress.clone(),
        };
        assert_eq!(world.write(attempt, beat).await, ACCEPTED);
        assert_eq!(world.write(attempt, heartbeat(5)).await, ACCEPTED);
        let running = world.task(&key).await;
        assert_eq!(
            (running.state, running.start_date, running.pid),
            (RUNNING, Some(minute(3)), Some(7))
        );
        assert_eq!(
            (running.heartbeat_at, running.progress),
            (Some(minute(5)), progress)
        );

        assert_eq!(world.write(attempt, end(SUCCESS)).await, ACCEPTED);
        let ended = world.task(&key).await;
        assert_eq!(
            (ended.state, ended.end_date, ended.attempt),
            (SUCCESS, Some(minute(4)), Some(attempt))
        );
        assert_eq!(now(world, attempt).await, Some(AttemptNow::Newest(SUCCESS)));
        assert_eq!(ended.outcome.as_deref(), Some("it ended"));
        let attempts = world.store.attempts(&key).await.unwrap();
        assert_eq!(attempts.len(), 1);
        assert_eq!(
            (attempts[0].state, attempts[0].end_date),
            (TaskInstanceState::Success, Some(minute(4)))
        );
        assert_eq!(attempts[0].hostname.as_deref(), Some("worker"));
    })
    .await;
}

#[tokio::test]
async fn repeats_of_a_start_and_of_an_end_change_nothing() {
    on_both(async |world| {
        let (key, attempt) = world.running_task().await;
        assert_eq!(world.write(attempt, start()).await, REPEATED);
        assert_eq!(world.write(attempt, started_by(8)).await, not_live(RUNNING));
        assert_eq!(world.write(attempt, end(RETRY)).await, ACCEPTED);
        assert_eq!(world.write(attempt, end(RETRY)).await, REPEATED);
        assert_eq!(world.write(attempt, end(SUCCESS)).await, not_live(RETRY));
        assert_eq!(world.state(&key).await, RETRY);
        assert_eq!(world.store.attempts(&key).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn an_ended_attempt_writes_nothing_any_more() {
    on_both(async |world| {
        let (key, attempt) = world.running_task().await;
        assert_eq!(world.write(attempt, set_xcom("kept", json!(1))).await, ACCEPTED);
        assert_eq!(world.write(attempt, end(RETRY)).await, ACCEPTED);
        for kind in [
            set_xcom("late", json!(2)),
            AttemptWriteKind::DeleteXCom {
                key: "kept".to_owned(),
            },
            AttemptWriteKind::RenderedFields {
                fields: object(&json!({"late": 1})),
            },
            heartbeat(9),
            start(),
        ] {
            assert_eq!(world.write(attempt, kind).await, not_live(RETRY));
        }
        assert_eq!(world.store.xcom(&key, "late").await.unwrap(), None);
        assert_eq!(world.store.xcom(&key, "kept").await.unwrap(), Some(json!(1)));
        assert_eq!(world.store.rendered_fields(&key).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn an_attempt_that_was_replaced_writes_nothing_any_more() {
    on_both(async |world| {
        let (key, first) = world.running_task().await;
        world.write(first, end(RETRY)).await;
        let second = world.run_task(&key, RETRY, 2).await;
        assert_eq!(
            world.write(first, set_xcom("x", json!(1))).await,
            not_live(RUNNING)
        );
        assert_eq!(world.write(first, end(SUCCESS)).await, not_live(RUNNING));
        assert_eq!(world.write(second, set_xcom("x", json!(2))).await, ACCEPTED);
        assert_eq!(world.store.xcom(&key, "x").await.unwrap(), Some(json!(2)));
        let tries: Vec<u32> = world
            .store
            .attempts(&key)
            .await
            .unwrap()
            .iter()
            .map(|row| row.try_number)
            .collect();
        assert_eq!(tries, [1, 2]);
    })
    .await;
}

#[tokio::test]
async fn writes_of_a_batch_are_taken_in_their_order() {
    on_both(async |world| {
        let key = task(&world.running_run().await, "a");
        let attempt = world.queue(&key, None, 1).await;
        let nobody = AttemptId(Uuid::from_u128(999));
        let write = |kind| AttemptWrite { attempt, kind };
        let verdicts = world
            .write_all(&[
                write(set_xcom("too-early", json!(0))),
                write(start()),
                write(set_xcom("return_value", json!([1, "two", null]))),
                write(set_xcom("gone", json!(1))),
                write(AttemptWriteKind::DeleteXCom {
                    key: "gone".to_owned(),
                }),
                write(set_xcom("again", json!(1))),
                write(set_xcom("again", json!(2))),
                AttemptWrite {
                    attempt: nobody,
                    kind: start(),
                },
                write(end(SUCCESS)),
                write(set_xcom("too-late", json!(0))),
            ])
            .await;
        let queued = not_live(Some(TaskInstanceState::Queued));
        let nine = [
            queued,
            ACCEPTED,
            ACCEPTED,
            ACCEPTED,
            ACCEPTED,
            ACCEPTED,
            ACCEPTED,
            AttemptVerdict::NotFound,
        ];
        assert_eq!(verdicts, [&nine[..], &[ACCEPTED, not_live(SUCCESS)]].concat());
        let xcoms = world.store.xcoms(&key).await.unwrap();
        let xcoms: Vec<_> = xcoms
            .into_iter()
            .map(|xcom| (xcom.key, xcom.value, xcom.set_at))
            .collect();
        let expected = [("again", json!(2)), ("return_value", json!([1, "two", null]))];
        assert_eq!(
            xcoms,
            expected.map(|(key, value)| (key.to_owned(), value, minute(5)))
        );
    })
    .await;
}

#[tokio::test]
async fn a_new_try_begins_without_the_xcoms_of_the_last() {
    on_both(async |world| {
        let (key, first) = world.running_task().await;
        world.write(first, set_xcom("old", json!(1))).await;
        world.write(first, end(RETRY)).await;
        let second = world.queue(&key, RETRY, 2).await;
        assert_eq!(world.store.xcom(&key, "old").await.unwrap(), Some(json!(1)));
        world.write(second, start()).await;
        assert_eq!(world.store.xcoms(&key).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn a_value_that_is_too_long_is_refused_and_the_rest_is_written() {
    databases::on_both(async |database| {
        let options = StoreOptions {
            xcom_bytes_max: 10,
            ..StoreOptions::default()
        };
        let world = World::make(database, options).await;
        let (key, attempt) = world.running_task().await;
        let writes = [
            set_xcom("a", json!("12345678")),
            set_xcom("b", json!("123456789")),
            heartbeat(4),
        ];
        let verdicts = world
            .write_all(&writes.map(|kind| AttemptWrite { attempt, kind }))
            .await;
        assert_eq!(
            verdicts,
            [
                ACCEPTED,
                AttemptVerdict::TooLarge {
                    bytes: 11,
                    bytes_max: 10
                },
                ACCEPTED
            ]
        );
        assert_eq!(world.store.xcoms(&key).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn text_that_no_database_takes_does_not_spoil_a_batch() {
    on_both(async |world| {
        let (key, attempt) = world.running_task().await;
        let value = json!({"nul": "a\u{0}b", "emoji": "\u{1F600}"});
        assert_eq!(
            world.write(attempt, set_xcom("k\u{0}ey", value.clone())).await,
            ACCEPTED
        );
        let AttemptWriteKind::End {
            at,
            attempt_state,
            max_tries,
            ..
        } = end(SUCCESS)
        else {
            panic!("no end")
        };
        let end = AttemptWriteKind::End {
            at,
            attempt_state,
            outcome: "it said \u{0}".to_owned(),
            task_state: SUCCESS,
            max_tries,
            lost_in_row: 0,
            next_try_at: None,
            reschedules: 0,
            wait: None,
            skipped: Vec::new(),
            callbacks: Vec::new(),
            events: Vec::new(),
            ref_events: Vec::new(),
        };
        assert_eq!(world.write(attempt, end).await, ACCEPTED);
        assert_eq!(world.store.xcom(&key, "k\u{fffd}ey").await.unwrap(), Some(value));
        assert_eq!(
            world.task(&key).await.outcome.as_deref(),
            Some("it said \u{fffd}")
        );
    })
    .await;
}

#[tokio::test]
async fn a_scheduler_that_was_replaced_writes_nothing_for_its_attempts() {
    on_both(async |world| {
        let (key, attempt) = world.running_task().await;
        world
            .store
            .acquire_scheduler(&holder(2), minute(60), TTL, |_| true)
            .await
            .unwrap();
        let writes = [AttemptWrite {
            attempt,
            kind: end(SUCCESS),
        }];
        let refused = world
            .store
            .apply_attempt_writes(&world.lease, &writes, minute(61))
            .await;
        assert!(matches!(refused, Err(WriteError::LeaseLost)));
        assert_eq!(world.state(&key).await, RUNNING);
    })
    .await;
}

#[tokio::test]
async fn silent_attempts_are_found() {
    on_both(async |world| {
        let run = world.running_run().await;
        let (a, b, c) = (task(&run, "a"), task(&run, "b"), task(&run, "c"));
        let queued = world.queue(&a, None, 1).await;
        let started = world.run_task(&b, None, 1).await;
        let beating = world.run_task(&c, None, 1).await;
        world.write(beating, heartbeat(30)).await;
        let silent = async |minutes| {
            let found = world.store.silent_attempts(minute(minutes)).await.unwrap();
            found
                .into_iter()
                .map(|silent| (silent.key, silent.attempt))
                .collect::<Vec<_>>()
        };
        assert_eq!(silent(2).await, []);
        assert_eq!(silent(3).await, [(a.clone(), queued)]);
        assert_eq!(silent(30).await, [(a.clone(), queued), (b.clone(), started)]);
        world.write(started, end(SUCCESS)).await;
        assert_eq!(silent(31).await, [(a, queued), (c, beating)]);
    })
    .await;
}

#[tokio::test]
async fn what_a_task_decides_to_skip_is_written_with_its_end_and_remembered() {
    on_both(async |world| {
        let (key, attempt) = world.running_task().await;
        let run = key.run_key();
        let decision = json!({"skipped": ["b", "c"]});
        let decided = set_xcom(SKIP_DECISION_KEY, decision.clone());
        assert_eq!(world.write(attempt, decided).await, ACCEPTED);
        let busy = world.queue(&task(&run, "c"), None, 1).await;
        let mut ended = end(SUCCESS);
        if let AttemptWriteKind::End { skipped, .. } = &mut ended {
            *skipped = ["b", "c", "nobody"].map(|name| task(&run, name)).into();
        }
        assert_eq!(world.write(attempt, ended.clone()).await, ACCEPTED);
        let skipped = world.task(&task(&run, "b")).await;
        let state = Some(TaskInstanceState::Skipped);
        assert_eq!((skipped.state, skipped.end_date), (state, Some(minute(4))));
        let other = world.task(&task(&run, "c")).await;
        assert_eq!(
            (other.state, other.attempt),
            (Some(TaskInstanceState::Queued), Some(busy))
        );

        let picture = world.store.picture().await.unwrap();
        let stored = world.store.stored_run(&run).await.unwrap().unwrap();
        for tasks in [&picture.runs[0].tasks, &stored.tasks] {
            assert_eq!(tasks[0].skip_decision, SkipDecision::from_xcom(&decision));
            assert_eq!(tasks[1].skip_decision, None);
        }
        assert_eq!(world.write(attempt, ended).await, REPEATED);
    })
    .await;
}

#[tokio::test]
async fn a_try_that_is_put_off_goes_on_with_what_it_has_left() {
    on_both(async |world| {
        let waiting = Some(TaskInstanceState::UpForReschedule);
        let (key, first) = world.running_task().await;
        world.write(first, end(RETRY)).await;
        let second = world.run_task(&key, RETRY, 2).await;
        world.write(second, set_xcom("seen", json!(1))).await;
        assert_eq!(world.write(second, end(waiting)).await, ACCEPTED);
        assert_eq!(world.write(second, end(waiting)).await, REPEATED);
        let stored = async || {
            let run = world.store.stored_run(&key.run_key()).await.unwrap().unwrap();
            let task = run
                .tasks
                .into_iter()
                .find(|task| task.task_id == key.task_id)
                .unwrap();
            (
                task.state,
                task.try_number,
                task.reschedules,
                task.began_at,
                task.next_try_at,
            )
        };
        assert_eq!(stored().await, (waiting, 2, 1, Some(minute(3)), Some(minute(9))));

        let third = world.queue(&key, waiting, 2).await;
        let late = AttemptWriteKind::Start {
            hostname: "worker".to_owned(),
            unixname: "airflow".to_owned(),
            pid: 8,
            at: minute(7),
        };
        assert_eq!(world.write(third, late).await, ACCEPTED);
        assert_eq!(
            world.write(second, end(waiting)).await,
            REPEATED,
            "the end of the one before"
        );
        assert_eq!(world.store.xcom(&key, "seen").await.unwrap(), Some(json!(1)));
        assert_eq!(stored().await, (RUNNING, 2, 1, Some(minute(3)), None));
        let attempts = world.store.attempts(&key).await.unwrap();
        let tries: Vec<_> = attempts.iter().map(|row| (row.try_number, row.state)).collect();
        let states = [
            TaskInstanceState::Failed,
            TaskInstanceState::UpForReschedule,
            TaskInstanceState::Running,
        ];
        let tries_of_all: Vec<_> = [1, 2, 2].into_iter().zip(states).collect();
        assert_eq!(tries, tries_of_all, "the part before the wait is in the history");

        world.write(third, end(RETRY)).await;
        let fourth = world.run_task(&key, RETRY, 3).await;
        assert_eq!(stored().await, (RUNNING, 3, 0, Some(minute(3)), None));
        assert_eq!(
            world.store.xcom(&key, "seen").await.unwrap(),
            None,
            "a new try begins anew"
        );
        world.write(fourth, end(waiting)).await;
        let cleared = std::slice::from_ref(&key);
        world.store.clear_tasks(cleared, minute(9)).await.unwrap();
        assert_eq!(stored().await.2, 0, "a cleared task begins anew, too");
    })
    .await;
}
