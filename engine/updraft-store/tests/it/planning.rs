//! What a scheduler decided: written whole or not at all.

use jiff::{SignedDuration, Timestamp};
use serde_json::Map;
use updraft_model::{
    AttemptId, DagRunState, DataInterval, IdSource, MapIndex, RunId, RunInfo, RunKey, RunType,
    TaskInstanceState,
};
use updraft_store::{
    AbandonedTask, AdvancedDag, AttemptVerdict, CommitError, NewRun, NewTask, PlanCommit, QueuedTask,
    RetryTime, RunChange, TaskChange,
};

use crate::support::{TTL, chain, dag_id, end, holder, minute, on_both, start_run, task, task_id, trigger};

const SCHEDULED: Option<TaskInstanceState> = Some(TaskInstanceState::Scheduled);
const SUCCESS: Option<TaskInstanceState> = Some(TaskInstanceState::Success);

fn scheduled_run(number: i64, version: updraft_model::DagVersionId) -> NewRun {
    let logical_date = minute(1000 * number);
    NewRun {
        key: RunKey {
            dag_id: dag_id("d"),
            run_id: RunId::parse(&format!("scheduled__{number}")).unwrap(),
        },
        version,
        run_type: RunType::Scheduled,
        logical_date: Some(logical_date),
        data_interval: Some(DataInterval::exact(logical_date)),
        run_after: logical_date,
        queued_at: minute(0),
        conf: Map::new(),
        triggered_by: None,
        backfill: None,
        tasks: ["a", "b", "c"]
            .map(|name| NewTask {
                task_id: task_id(name),
                map_index: MapIndex::UNMAPPED,
                operator: "RustOperator".to_owned(),
                max_tries: 2,
                mapped_length: None,
            })
            .into(),
    }
}

fn advanced(number: i64) -> AdvancedDag {
    let at = minute(1000 * number);
    let next = minute(1000 * (number + 1));
    AdvancedDag {
        dag_id: dag_id("d"),
        last: DataInterval::exact(at),
        next: Some(RunInfo {
            logical_date: next,
            data_interval: DataInterval::exact(next),
            run_after: next,
        }),
    }
}

fn change(
    run: &RunKey,
    name: &str,
    from: Option<TaskInstanceState>,
    to: Option<TaskInstanceState>,
) -> TaskChange {
    TaskChange {
        key: task(run, name),
        from,
        to,
        at: minute(5),
    }
}

fn queued(run: &RunKey, name: &str, from: Option<TaskInstanceState>, attempt: AttemptId) -> QueuedTask {
    QueuedTask {
        key: task(run, name),
        from,
        attempt,
        try_number: 1,
        priority_weight: 1,
        at: minute(5),
    }
}

#[tokio::test]
async fn a_plan_makes_a_run_starts_it_and_queues_its_first_task() {
    on_both(async |world| {
        world.record_dag().await;
        let dag = world.store.dag(&dag_id("d")).await.unwrap().unwrap();
        let run = scheduled_run(1, dag.version);
        let key = run.key.clone();
        let attempt = world.ids.attempt_id();
        let plan = PlanCommit {
            new_runs: vec![run],
            advanced: vec![advanced(0), advanced(1)],
            consumed: Vec::new(),
            run_states: vec![start_run(&key)],
            completed_backfills: Vec::new(),
            expansions: Vec::new(),
            resumed: Vec::new(),
            task_states: vec![change(&key, "a", None, SCHEDULED)],
            queued: vec![queued(&key, "a", SCHEDULED, attempt)],
            abandoned: Vec::new(),
            retries: vec![RetryTime {
                key: task(&key, "b"),
                next_try_at: minute(9),
            }],
            new_deadlines: Vec::new(),
            ended_deadlines: Vec::new(),
            callbacks: Vec::new(),
        };
        world.store.commit_plan(&world.lease, &plan).await.unwrap();

        let picture = world.store.picture().await.unwrap();
        assert_eq!(picture.dags.len(), 1);
        assert_eq!(
            picture.dags[0].last_scheduled,
            Some(DataInterval::exact(minute(1000)))
        );
        let run = &picture.runs[0];
        assert_eq!(
            (&run.key, run.state, run.start_date),
            (&key, DagRunState::Running, Some(minute(1)))
        );
        let states: Vec<_> = run
            .tasks
            .iter()
            .map(|task| (task.state, task.attempt, task.next_try_at))
            .collect();
        let idle = (None, None, None);
        assert_eq!(
            states,
            [(Some(TaskInstanceState::Queued), Some(attempt), None), idle, idle]
        );
        let listed = world
            .store
            .dags(updraft_store::DagFilter::default())
            .await
            .unwrap();
        assert_eq!(listed[0].next_run_after, Some(minute(2000)));
    })
    .await;
}

#[tokio::test]
async fn a_plan_on_an_old_picture_is_refused_whole() {
    on_both(async |world| {
        let run = world.running_run().await;
        let good = change(&run, "a", None, SCHEDULED);
        for plan in [
            PlanCommit {
                task_states: vec![good.clone(), change(&run, "b", SCHEDULED, SUCCESS)],
                ..PlanCommit::default()
            },
            PlanCommit {
                task_states: vec![good.clone()],
                queued: vec![queued(&run, "c", SCHEDULED, world.ids.attempt_id())],
                ..PlanCommit::default()
            },
            PlanCommit {
                task_states: vec![good.clone()],
                run_states: vec![start_run(&run)],
                ..PlanCommit::default()
            },
            PlanCommit {
                task_states: vec![good.clone(), change(&run, "nothing", None, SCHEDULED)],
                ..PlanCommit::default()
            },
        ] {
            let refused = world.store.commit_plan(&world.lease, &plan).await;
            assert!(matches!(refused, Err(CommitError::Conflict { .. })), "{plan:?}");
            assert_eq!(world.state(&task(&run, "a")).await, None);
        }
    })
    .await;
}

#[tokio::test]
async fn several_changes_of_one_row_in_a_plan_are_one() {
    on_both(async |world| {
        world.record_dag().await;
        let run = world.trigger(1).await;
        let finish = RunChange {
            key: run.clone(),
            from: DagRunState::Running,
            clear_number: 0,
            to: DagRunState::Success,
            at: minute(6),
        };
        let plan = PlanCommit {
            run_states: vec![start_run(&run), finish],
            task_states: vec![
                change(&run, "a", None, SCHEDULED),
                change(&run, "a", SCHEDULED, SUCCESS),
            ],
            ..PlanCommit::default()
        };
        world.store.commit_plan(&world.lease, &plan).await.unwrap();
        let row = world.store.run(&run).await.unwrap().unwrap();
        assert_eq!(
            (row.state, row.start_date, row.end_date),
            (DagRunState::Success, Some(minute(1)), Some(minute(6)))
        );
        let task = world.task(&task(&run, "a")).await;
        assert_eq!(
            (task.state, task.start_date, task.end_date),
            (SUCCESS, Some(minute(5)), Some(minute(5)))
        );
        assert_eq!(world.store.picture().await.unwrap().runs, []);
    })
    .await;
}

#[tokio::test]
async fn a_scheduler_that_was_replaced_commits_nothing() {
    on_both(async |world| {
        let run = world.running_run().await;
        world
            .store
            .acquire_scheduler(&holder(2), minute(60), TTL, |_| true)
            .await
            .unwrap();
        let plan = PlanCommit {
            task_states: vec![change(&run, "a", None, SCHEDULED)],
            ..PlanCommit::default()
        };
        let refused = world.store.commit_plan(&world.lease, &plan).await;
        assert!(matches!(refused, Err(CommitError::LeaseLost)));
        assert_eq!(world.state(&task(&run, "a")).await, None);
    })
    .await;
}

#[tokio::test]
async fn a_run_that_somebody_made_for_the_same_date_is_passed_over() {
    on_both(async |world| {
        world.record_dag().await;
        let dag = world.store.dag(&dag_id("d")).await.unwrap().unwrap();
        world.trigger(1).await;
        let plan = PlanCommit {
            new_runs: vec![scheduled_run(1, dag.version)],
            advanced: vec![advanced(1)],
            ..PlanCommit::default()
        };
        let refused = world.store.commit_plan(&world.lease, &plan).await;
        assert!(
            matches!(refused, Err(CommitError::Conflict { what: "runs" })),
            "{refused:?}"
        );
        let picture = world.store.picture().await.unwrap();
        assert_eq!(picture.runs.len(), 1);
        assert_eq!(
            picture.dags[0].last_scheduled,
            Some(DataInterval::exact(minute(1000)))
        );
    })
    .await;
}

#[tokio::test]
async fn retry_times_are_kept_while_the_task_waits_for_them() {
    on_both(async |world| {
        let (key, attempt) = world.running_task().await;
        world
            .write(attempt, end(Some(TaskInstanceState::UpForRetry)))
            .await;
        assert_eq!(world.task(&key).await.next_try_at, Some(minute(9)));
        let next_try_at = minute(11);
        let plan = PlanCommit {
            retries: vec![RetryTime {
                key: key.clone(),
                next_try_at,
            }],
            ..PlanCommit::default()
        };
        world.store.commit_plan(&world.lease, &plan).await.unwrap();
        assert_eq!(world.task(&key).await.next_try_at, Some(next_try_at));
        let run = key.run_key();
        let retry = Some(TaskInstanceState::UpForRetry);
        let plan = PlanCommit {
            task_states: vec![change(&run, "a", retry, SCHEDULED)],
            ..PlanCommit::default()
        };
        world.store.commit_plan(&world.lease, &plan).await.unwrap();
        assert_eq!(world.task(&key).await.next_try_at, None);
    })
    .await;
}

#[tokio::test]
async fn the_picture_tells_what_tasks_that_depend_on_the_past_ask_for() {
    on_both(async |world| {
        let mut spec = chain("d", &["a", "b", "c"]);
        spec.tasks[1].depends_on_past = true;
        world.record("d.bundle.toml", &[spec]).await;
        let first = world.trigger(1).await;
        let plan = PlanCommit {
            run_states: vec![
                start_run(&first),
                RunChange {
                    key: first.clone(),
                    from: DagRunState::Running,
                    clear_number: 0,
                    to: DagRunState::Failed,
                    at: minute(6),
                },
            ],
            task_states: vec![change(&first, "a", None, SUCCESS)],
            ..PlanCommit::default()
        };
        world.store.commit_plan(&world.lease, &plan).await.unwrap();
        let second = world.trigger(2).await;
        let before: Timestamp = trigger("d", 1).run_after;

        let picture = world.store.picture().await.unwrap();
        let newest = picture.runs[0].previous.as_ref().unwrap();
        assert_eq!((&newest.run_id, newest.order_date), (&first.run_id, before));
        assert_eq!(newest.unsuccessful, ["b", "c"].map(task_id).into());
        assert_eq!(newest.successful, [task_id("a")].into());
        assert_eq!(picture.runs[0].key, second);
        let stored = world.store.stored_run(&first).await.unwrap().unwrap();
        assert_eq!((stored.previous, stored.state), (None, DagRunState::Failed));
        assert!(before + SignedDuration::from_mins(1) < picture.runs[0].logical_date.unwrap());
    })
    .await;
}

#[tokio::test]
async fn the_run_before_may_be_one_without_a_date() {
    on_both(async |world| {
        let mut spec = chain("d", &["a"]);
        spec.tasks[0].depends_on_past = true;
        world.record("d.bundle.toml", &[spec]).await;
        let mut keys = Vec::new();
        for (number, run_after) in [(1, 1000), (2, 1500), (3, 1500), (4, 2000)] {
            let mut run = trigger("d", number);
            run.run_after = minute(run_after);
            if run_after == 1500 {
                (run.logical_date, run.data_interval) = (None, None);
            } else {
                run.logical_date = Some(minute(run_after));
            }
            keys.push(world.store.trigger_run(&run, minute(1)).await.unwrap());
        }
        let ended = keys[..3].iter().map(|key| RunChange {
            key: key.clone(),
            from: DagRunState::Running,
            clear_number: 0,
            to: DagRunState::Failed,
            at: minute(6),
        });
        let plan = PlanCommit {
            run_states: keys[..3].iter().map(start_run).chain(ended).collect(),
            ..PlanCommit::default()
        };
        world.store.commit_plan(&world.lease, &plan).await.unwrap();
        let picture = world.store.picture().await.unwrap();
        let before = picture.runs[0].previous.as_ref().unwrap();
        assert_eq!((before.run_id.as_str(), before.order_date), ("r3", minute(1500)));
    })
    .await;
}

#[tokio::test]
async fn a_manual_run_is_no_run_before_for_a_dag_that_catches_up() {
    on_both(async |world| {
        let mut spec = chain("d", &["a"]);
        (spec.tasks[0].depends_on_past, spec.catchup) = (true, true);
        world.record("d.bundle.toml", &[spec]).await;
        let manual = world.trigger(1).await;
        let ended = RunChange {
            key: manual.clone(),
            from: DagRunState::Running,
            clear_number: 0,
            to: DagRunState::Failed,
            at: minute(6),
        };
        let plan = PlanCommit {
            run_states: vec![start_run(&manual), ended],
            ..PlanCommit::default()
        };
        world.store.commit_plan(&world.lease, &plan).await.unwrap();
        let second = world.trigger(2).await;
        let stored = world.store.stored_run(&second).await.unwrap().unwrap();
        assert_eq!(stored.previous, None);
    })
    .await;
}

#[tokio::test]
async fn an_attempt_that_a_plan_gives_up_is_in_the_history_and_writes_nothing_any_more() {
    on_both(async |world| {
        let (key, attempt) = world.running_task().await;
        let given_up = |from| PlanCommit {
            abandoned: vec![AbandonedTask {
                key: key.clone(),
                attempt,
                from,
                to: TaskInstanceState::Skipped,
                outcome: "killed because its run took too long".to_owned(),
                at: minute(6),
            }],
            ..PlanCommit::default()
        };
        let old_picture = given_up(TaskInstanceState::Queued);
        let refused = world.store.commit_plan(&world.lease, &old_picture).await;
        assert!(
            matches!(refused, Err(CommitError::Conflict { .. })),
            "{refused:?}"
        );
        assert_eq!(world.state(&key).await, Some(TaskInstanceState::Running));

        let plan = given_up(TaskInstanceState::Running);
        world.store.commit_plan(&world.lease, &plan).await.unwrap();
        let row = world.task(&key).await;
        let skipped = TaskInstanceState::Skipped;
        assert_eq!((row.state, row.end_date), (Some(skipped), Some(minute(6))));
        let [tried] = &world.store.attempts(&key).await.unwrap()[..] else {
            panic!("one attempt was made");
        };
        assert_eq!(
            (tried.attempt, tried.state, tried.end_date),
            (attempt, skipped, Some(minute(6)))
        );
        assert_eq!(
            tried.outcome.as_deref(),
            Some("killed because its run took too long")
        );
        let late = world.write(attempt, end(SUCCESS)).await;
        assert_eq!(
            late,
            AttemptVerdict::NotLive {
                task_state: Some(skipped)
            }
        );
    })
    .await;
}

#[tokio::test]
async fn a_date_that_is_taken_costs_the_other_runs_of_a_plan_nothing() {
    on_both(async |world| {
        world.record_dag().await;
        let version = world.store.picture().await.unwrap().dags[0].version;
        // Somebody has a run of the second date.
        world.trigger(2).await;
        let plan = PlanCommit {
            new_runs: (1..=3).map(|number| scheduled_run(number, version)).collect(),
            advanced: (1..=3).map(advanced).collect(),
            ..PlanCommit::default()
        };
        let refused = world.store.commit_plan(&world.lease, &plan).await;
        assert!(
            matches!(refused, Err(CommitError::Conflict { what: "runs" })),
            "{refused:?}"
        );
        let picture = world.store.picture().await.unwrap();
        let runs: Vec<&str> = picture.runs.iter().map(|run| run.key.run_id.as_str()).collect();
        assert_eq!(runs, ["r2", "scheduled__1", "scheduled__3"]);
        assert_eq!(
            picture.dags[0].last_scheduled,
            Some(DataInterval::exact(minute(3000)))
        );
    })
    .await;
}
