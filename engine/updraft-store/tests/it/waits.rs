//! Waits of deferred tasks: they begin with the end of an attempt, and end once, whatever ends them.

use serde_json::json;
use updraft_model::{AttemptId, Resumption, TaskInstanceState, TaskKey, WaitEnd};
use updraft_store::{AttemptVerdict, CommitError, PlanCommit, ResumedTask, StoredTask};

use crate::support::{World, end, minute, new_wait, on_both, set_xcom, started_by, task};

const DEFERRED: Option<TaskInstanceState> = Some(TaskInstanceState::Deferred);
const SCHEDULED: Option<TaskInstanceState> = Some(TaskInstanceState::Scheduled);
const RUNNING: Option<TaskInstanceState> = Some(TaskInstanceState::Running);

async fn stored(world: &World, key: &TaskKey) -> StoredTask {
    let run = world.store.stored_run(&key.run_key()).await.unwrap().unwrap();
    let is_it = |task: &StoredTask| task.task_id == key.task_id && task.map_index == key.map_index;
    let picture = world.store.picture().await.unwrap();
    let unfinished = picture.runs.iter().find(|other| other.key == run.key);
    assert!(
        unfinished.is_none_or(|other| other.tasks == run.tasks),
        "both say the same"
    );
    run.tasks.into_iter().find(is_it).unwrap()
}

/// A task of a new run that is deferred, and its wait.
async fn deferred(world: &World) -> (TaskKey, AttemptId) {
    let (key, attempt) = world.running_task().await;
    (key.clone(), defer(world, &key, attempt).await)
}

/// Another task of that run.
async fn deferred_beside(world: &World, key: &TaskKey, task_id: &str) -> (TaskKey, AttemptId) {
    let key = task(&key.run_key(), task_id);
    let attempt = world.run_task(&key, None, 1).await;
    (key.clone(), defer(world, &key, attempt).await)
}

async fn defer(world: &World, key: &TaskKey, attempt: AttemptId) -> AttemptId {
    world.write(attempt, set_xcom("seen", json!(1))).await;
    assert_eq!(
        world.write(attempt, end(DEFERRED)).await,
        AttemptVerdict::Accepted
    );
    assert_eq!(world.state(key).await, DEFERRED);
    attempt
}

fn resumed(key: &TaskKey, wait: AttemptId, end: WaitEnd) -> PlanCommit {
    let task = ResumedTask {
        key: key.clone(),
        wait,
        end,
        at: minute(9),
    };
    PlanCommit {
        resumed: vec![task],
        ..PlanCommit::default()
    }
}

fn event() -> WaitEnd {
    WaitEnd::Event(json!("it is there"))
}

#[tokio::test]
async fn a_wait_ends_once_and_the_next_attempt_goes_on_with_its_end() {
    on_both(async |world| {
        let (key, wait) = deferred(world).await;
        let task = stored(world, &key).await;
        let stored_wait = task.wait.clone().unwrap();
        assert_eq!((task.state, task.reschedules, task.resumes), (DEFERRED, 1, false));
        assert_eq!((stored_wait.open.id, stored_wait.since), (wait, minute(4)));
        assert_eq!(
            (stored_wait.deferral, stored_wait.open.times),
            (new_wait().deferral, new_wait().times)
        );
        assert_eq!(
            world.write(wait, end(DEFERRED)).await,
            AttemptVerdict::Repeated,
            "its end was written before"
        );

        let plan = resumed(&key, wait, event());
        world.store.commit_plan(&world.lease, &plan).await.unwrap();
        let again = world.store.commit_plan(&world.lease, &plan).await;
        assert!(
            matches!(again, Err(CommitError::Conflict { what: "waits" })),
            "{again:?}"
        );
        let task = stored(world, &key).await;
        assert_eq!(
            (task.state, task.scheduled_at, task.wait, task.resumes),
            (SCHEDULED, Some(minute(9)), None, true)
        );

        let next = world.queue(&key, SCHEDULED, 1).await;
        assert_eq!(world.write(next, started_by(8)).await, AttemptVerdict::Accepted);
        let mut next_kwargs = new_wait().deferral.next_kwargs;
        next_kwargs.insert("event".to_owned(), json!("it is there"));
        let goes_on = Some(Resumption {
            next_method: "execute_complete".to_owned(),
            next_kwargs,
        });
        assert_eq!(world.store.resumption(next).await.unwrap(), goes_on);
        assert_eq!(
            world.store.resumption(wait).await.unwrap(),
            None,
            "that one is over"
        );
        assert_eq!(world.store.xcom(&key, "seen").await.unwrap(), Some(json!(1)));
        let task = stored(world, &key).await;
        assert_eq!((task.state, task.began_at), (RUNNING, Some(minute(3))));

        world.write(next, end(SCHEDULED)).await;
        let last = world.queue(&key, SCHEDULED, 2).await;
        assert_eq!(
            world.store.resumption(last).await.unwrap(),
            goes_on,
            "it was lost, and goes on with the same"
        );
    })
    .await;
}

#[tokio::test]
async fn a_wait_that_takes_too_long_or_fails_is_told_as_airflow_does() {
    on_both(async |world| {
        let first = deferred(world).await;
        let second = deferred_beside(world, &first.0, "b").await;
        let failed = WaitEnd::Failed("the file\0 is a folder".to_owned());
        for ((key, wait), end_of_wait) in [(first, WaitEnd::TimedOut), (second, failed)] {
            let plan = resumed(&key, wait, end_of_wait.clone());
            world.store.commit_plan(&world.lease, &plan).await.unwrap();
            let next = world.queue(&key, SCHEDULED, 1).await;
            let goes_on = world.store.resumption(next).await.unwrap().unwrap();
            assert_eq!(goes_on.next_method, Resumption::FAIL);
            let said = serde_json::to_value(&goes_on.next_kwargs).unwrap();
            let expected = if end_of_wait == WaitEnd::TimedOut {
                json!({"error": "Trigger timeout"})
            } else {
                json!({"error": "Trigger failure", "traceback": ["the file\0 is a folder"]})
            };
            assert_eq!(said, expected);
        }
    })
    .await;
}

#[tokio::test]
async fn whoever_changes_a_deferred_task_ends_its_wait() {
    on_both(async |world| {
        let (a, wait_of_a) = deferred(world).await;
        let (b, wait_of_b) = deferred_beside(world, &a, "b").await;
        let (c, wait_of_c) = deferred_beside(world, &a, "c").await;
        let (store, now) = (&world.store, minute(9));
        store.clear_tasks(std::slice::from_ref(&a), now).await.unwrap();
        let success = TaskInstanceState::Success;
        store
            .mark_tasks(std::slice::from_ref(&b), success, "marked", now)
            .await
            .unwrap();
        let killed = store.kill_task(&c, "killed", now).await.unwrap();
        assert_eq!((killed.from, killed.attempt), (DEFERRED, None));
        let changed = [
            ("clear", a, wait_of_a),
            ("mark", b, wait_of_b),
            ("kill", c, wait_of_c),
        ];
        for (change, key, wait) in changed {
            let task = stored(world, &key).await;
            assert_eq!((task.wait, task.resumes), (None, false), "{change}");
            let late = world
                .store
                .commit_plan(&world.lease, &resumed(&key, wait, event()))
                .await;
            assert!(
                matches!(late, Err(CommitError::Conflict { .. })),
                "{change}: {late:?}"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn a_try_that_goes_on_twice_goes_on_with_the_newest_end() {
    on_both(async |world| {
        let (key, first) = deferred(world).await;
        let plan = resumed(&key, first, event());
        world.store.commit_plan(&world.lease, &plan).await.unwrap();
        let second = world.run_task(&key, SCHEDULED, 1).await;
        world.write(second, end(DEFERRED)).await;
        let late = world.store.commit_plan(&world.lease, &plan).await;
        assert!(late.is_err(), "the first wait is over: {late:?}");
        let newest = WaitEnd::Event(json!(2));
        let plan = resumed(&key, second, newest);
        world.store.commit_plan(&world.lease, &plan).await.unwrap();
        let third = world.queue(&key, SCHEDULED, 1).await;
        let goes_on = world.store.resumption(third).await.unwrap().unwrap();
        assert_eq!(goes_on.next_kwargs["event"], json!(2));
        world.write(third, started_by(9)).await;
        let retry = Some(TaskInstanceState::UpForRetry);
        world.write(third, end(retry)).await;
        let fourth = world.queue(&key, retry, 2).await;
        assert_eq!(
            world.store.resumption(fourth).await.unwrap(),
            None,
            "a new try begins anew"
        );
    })
    .await;
}

#[tokio::test]
async fn what_looks_have_seen_is_told_as_long_as_the_wait_goes_on() {
    on_both(async |world| {
        let (key, wait) = deferred(world).await;
        let note = async |wait| world.store.wait_note(wait).await.unwrap();
        assert_eq!(note(wait).await, None);
        let gone = AttemptId(uuid::Uuid::from_u128(7));
        let notes = [
            (wait, "it answers\0 404".to_owned()),
            (gone, "nobody waits".to_owned()),
        ];
        world.store.note_waits(&notes).await.unwrap();
        assert_eq!(note(wait).await.as_deref(), Some("it answers\u{fffd} 404"));
        assert_eq!(note(gone).await, None);
        let plan = resumed(&key, wait, event());
        world.store.commit_plan(&world.lease, &plan).await.unwrap();
        assert_eq!(note(wait).await, None, "it is over");
        let next = world.run_task(&key, SCHEDULED, 1).await;
        let again = defer(world, &key, next).await;
        assert_eq!(note(again).await, None, "a new wait, which nobody has looked at");
    })
    .await;
}
