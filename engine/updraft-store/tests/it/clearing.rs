//! Clearing, marking and killing, against attempts that live, end late, or ended long ago.

use updraft_model::{DagRunState, TaskInstanceState};
use updraft_store::{AttemptVerdict, Change, CommitError, KillError, MarkError, PlanCommit, RunChange};

use crate::support::{World, end, minute, on_both, set_xcom, task, task_id};

const SUCCESS: Option<TaskInstanceState> = Some(TaskInstanceState::Success);
const FAILED: Option<TaskInstanceState> = Some(TaskInstanceState::Failed);
const RESTARTING: Option<TaskInstanceState> = Some(TaskInstanceState::Restarting);

fn finished(run: &updraft_model::RunKey) -> RunChange {
    RunChange {
        key: run.clone(),
        from: DagRunState::Running,
        clear_number: 0,
        to: DagRunState::Failed,
        at: minute(6),
    }
}

async fn finish_run(world: &World, run: &updraft_model::RunKey) {
    let plan = PlanCommit {
        run_states: vec![finished(run)],
        ..PlanCommit::default()
    };
    world.store.commit_plan(&world.lease, &plan).await.unwrap();
}

#[tokio::test]
async fn a_run_that_was_cleared_meanwhile_is_not_finished_by_a_plan_that_does_not_know_it() {
    on_both(async |world| {
        let (key, attempt) = world.running_task().await;
        world.write(attempt, end(FAILED)).await;
        world
            .store
            .clear_tasks(std::slice::from_ref(&key), minute(5))
            .await
            .unwrap();
        let plan = PlanCommit {
            run_states: vec![finished(&key.run_key())],
            ..PlanCommit::default()
        };
        let refused = world.store.commit_plan(&world.lease, &plan).await;
        assert!(
            matches!(refused, Err(CommitError::Conflict { what: "runs" })),
            "{refused:?}"
        );
        assert_eq!(world.store.picture().await.unwrap().runs.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_cleared_task_of_a_finished_run_runs_again_with_all_its_retries() {
    on_both(async |world| {
        let (key, attempt) = world.running_task().await;
        world.write(attempt, end(FAILED)).await;
        finish_run(world, &key.run_key()).await;
        world.store.take_changes(&world.lease, 10).await.unwrap();

        let cleared = world
            .store
            .clear_tasks(&[key.clone(), key.clone()], minute(7))
            .await
            .unwrap();
        assert_eq!(cleared.tasks.len(), 1);
        assert_eq!((cleared.tasks[0].from, cleared.tasks[0].to), (FAILED, None));
        let row = world.task(&key).await;
        assert_eq!((row.state, row.try_number, row.max_tries), (None, 1, 3));
        assert_eq!((row.start_date, row.end_date, row.outcome), (None, None, None));
        let run = world.store.run(&key.run_key()).await.unwrap().unwrap();
        assert_eq!(
            (run.state, run.clear_number, run.queued_at),
            (DagRunState::Queued, 1, Some(minute(7)))
        );
        assert_eq!((run.start_date, run.end_date), (None, None));
        assert_eq!(world.store.attempts(&key).await.unwrap().len(), 1);
        let change = Change::Run(key.run_key());
        assert_eq!(
            world.store.take_changes(&world.lease, 10).await.unwrap(),
            [change]
        );
    })
    .await;
}

#[tokio::test]
async fn a_late_end_after_a_clear_does_not_count_until_it_is_the_end_of_a_cleared_task() {
    on_both(async |world| {
        let (key, attempt) = world.running_task().await;
        let cleared = world
            .store
            .clear_tasks(std::slice::from_ref(&key), minute(7))
            .await
            .unwrap();
        assert_eq!(cleared.tasks[0].to, RESTARTING);
        let run = world.store.run(&key.run_key()).await.unwrap().unwrap();
        assert_eq!(
            (run.state, run.clear_number, run.start_date),
            (DagRunState::Running, 1, Some(minute(1)))
        );

        let late = AttemptVerdict::NotLive {
            task_state: RESTARTING,
        };
        assert_eq!(world.write(attempt, end(SUCCESS)).await, late);
        assert_eq!(world.write(attempt, end(FAILED)).await, late);
        assert_eq!(world.write(attempt, set_xcom("x", 1.into())).await, late);
        assert_eq!(world.state(&key).await, RESTARTING);
        assert_eq!(world.write(attempt, end(None)).await, AttemptVerdict::Accepted);
        assert_eq!(world.state(&key).await, None);
        assert_eq!(
            world.store.attempts(&key).await.unwrap()[0].state,
            TaskInstanceState::Failed
        );
    })
    .await;
}

#[tokio::test]
async fn only_a_cleared_task_goes_back_to_no_state() {
    on_both(async |world| {
        let (key, attempt) = world.running_task().await;
        let refused = AttemptVerdict::NotLive {
            task_state: Some(TaskInstanceState::Running),
        };
        assert_eq!(world.write(attempt, end(None)).await, refused);
        assert_eq!(
            world.write(attempt, end(Some(TaskInstanceState::Queued))).await,
            refused
        );
        assert_eq!(world.state(&key).await, Some(TaskInstanceState::Running));
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_cleared_is_left_out() {
    on_both(async |world| {
        let run = world.running_run().await;
        let cleared = world
            .store
            .clear_tasks(&[task(&run, "nothing")], minute(7))
            .await
            .unwrap();
        assert_eq!(cleared, updraft_store::Cleared::default());
        let cleared = world
            .store
            .clear_tasks(&[task(&run, "b"), task(&run, "zzz")], minute(7))
            .await
            .unwrap();
        assert_eq!(cleared.tasks.len(), 1);
        assert_eq!(cleared.tasks[0].key.task_id, task_id("b"));
    })
    .await;
}

#[tokio::test]
async fn a_marked_task_ends_its_attempt() {
    on_both(async |world| {
        let (key, attempt) = world.running_task().await;
        let idle = task(&key.run_key(), "c");
        let keys = [key.clone(), idle.clone(), task(&key.run_key(), "nothing")];
        let marked = world
            .store
            .mark_tasks(&keys, TaskInstanceState::Success, "marked by me", minute(8))
            .await
            .unwrap();
        let live: Vec<_> = marked.iter().map(|marked| marked.attempt).collect();
        assert_eq!(live, [Some(attempt), None]);
        for key in [&key, &idle] {
            let row = world.task(key).await;
            assert_eq!(
                (row.state, row.end_date, row.outcome.as_deref()),
                (SUCCESS, Some(minute(8)), Some("marked by me"))
            );
        }
        assert_eq!(
            world.write(attempt, end(FAILED)).await,
            AttemptVerdict::NotLive { task_state: SUCCESS }
        );
        assert_eq!(
            world.store.attempts(&key).await.unwrap()[0].state,
            TaskInstanceState::Success
        );
        assert_eq!(world.store.attempts(&idle).await.unwrap(), []);
        let running = TaskInstanceState::Running;
        let refused = world.store.mark_tasks(&[key], running, "", minute(8)).await;
        assert!(matches!(refused, Err(MarkError::NotSettable { state }) if state == running));
    })
    .await;
}

#[tokio::test]
async fn a_killed_task_fails_and_only_one_that_runs_can_be_killed() {
    on_both(async |world| {
        let (key, attempt) = world.running_task().await;
        let killed = world
            .store
            .kill_task(&key, "killed by me", minute(8))
            .await
            .unwrap();
        assert_eq!(
            (killed.attempt, killed.from),
            (Some(attempt), Some(TaskInstanceState::Running))
        );
        assert_eq!(world.state(&key).await, FAILED);
        assert_eq!(
            world.write(attempt, end(SUCCESS)).await,
            AttemptVerdict::NotLive { task_state: FAILED }
        );
        let again = world.store.kill_task(&key, "", minute(8)).await.unwrap_err();
        assert_eq!(
            again.to_string(),
            format!("task `{key}` does not run, it is `failed`")
        );
        let unknown = world
            .store
            .kill_task(&task(&key.run_key(), "x"), "", minute(8))
            .await;
        assert!(matches!(unknown, Err(KillError::UnknownTask { .. })));
    })
    .await;
}
