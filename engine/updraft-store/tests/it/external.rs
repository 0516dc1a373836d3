//! What tasks wait for in other runs, on both databases.

use std::time::{Duration, Instant};

use updraft_model::{
    DagSpec, ExternalPicture, ExternalWait, MapIndex, RunKey, TaskGroupSpec, TaskInstanceState, Trigger,
    Wait, WaitEnd,
};
use updraft_store::{Expansion, PlanCommit, TaskChange};

use crate::support::{World, chain, minute, on_both, start_run, task, task_id, trigger};

const SUCCESS: Option<TaskInstanceState> = Some(TaskInstanceState::Success);
const FAILED: Option<TaskInstanceState> = Some(TaskInstanceState::Failed);

fn wait(trigger: &Trigger) -> ExternalWait {
    match Wait::of(trigger).unwrap() {
        Wait::External(wait) => wait,
        other => unreachable!("{other:?} is for no DAG"),
    }
}

/// A DAG with a group of two tasks, the second in a group inside.
fn grouped(name: &str) -> DagSpec {
    let mut spec = chain(name, &["a", "outer.b", "outer.inner.c"]);
    let mut inner = TaskGroupSpec::new("outer.inner".parse().unwrap());
    inner.parent = Some("outer".parse().unwrap());
    spec.task_groups = vec![TaskGroupSpec::new("outer".parse().unwrap()), inner];
    spec.tasks[1].task_group = Some("outer".parse().unwrap());
    spec.tasks[2].task_group = Some("outer.inner".parse().unwrap());
    spec
}

async fn set(world: &World, changes: Vec<TaskChange>) {
    let plan = PlanCommit {
        task_states: changes,
        ..PlanCommit::default()
    };
    world.store.commit_plan(&world.lease, &plan).await.unwrap();
}

fn to(run: &RunKey, name: &str, to: Option<TaskInstanceState>) -> TaskChange {
    TaskChange {
        key: task(run, name),
        from: None,
        to,
        at: minute(4),
    }
}

async fn look(world: &World, wait: &ExternalWait) -> Option<WaitEnd> {
    let picture = world.store.external_picture(&[wait]).await.unwrap();
    wait.end(&picture)
}

fn status(status: &str) -> WaitEnd {
    WaitEnd::Event(serde_json::json!({ "status": status }))
}

#[tokio::test]
async fn runs_are_found_by_id_and_by_date_and_their_groups_by_their_version() {
    on_both(async |world| {
        world.record("g.bundle.toml", &[grouped("g")]).await;
        let run = world
            .store
            .trigger_run(&trigger("g", 1), minute(1))
            .await
            .unwrap();
        let date = minute(1000);
        let waits = [
            wait(&Trigger::external_dag("g", ["r1"]).kwarg("allowed_states", ["queued"])),
            wait(&Trigger::external_dag("g", [date]).kwarg("allowed_states", ["queued"])),
            wait(&Trigger::external_tasks("g", ["a"], [date])),
            wait(&Trigger::external_task_group("g", "outer", ["r1"])),
            wait(&Trigger::external_task_group("g", "outer.inner", [date])),
            wait(&Trigger::external_dag("g", ["r2"])),
            wait(&Trigger::external_dag("h", ["r1"])),
        ];
        let notes = async || {
            let all: Vec<&ExternalWait> = waits.iter().collect();
            let picture: ExternalPicture = world.store.external_picture(&all).await.unwrap();
            let notes = waits.iter().map(|wait| wait.note(&picture));
            notes.collect::<Vec<_>>()
        };
        let expected = [
            "it is there",
            "it is there",
            "in the run of 2024-01-12T22:40:00.123456+00:00 task `a` has no state yet",
            "in run `r1` task `outer.b` has no state yet, and 1 more are not there",
            "in the run of 2024-01-12T22:40:00.123456+00:00 task `outer.inner.c` has no state yet",
            "run `r2` does not exist yet",
            "run `r1` does not exist yet",
        ];
        assert_eq!(notes().await, expected);
        let changes = ["a", "outer.b", "outer.inner.c"];
        set(world, changes.map(|name| to(&run, name, SUCCESS)).into()).await;
        assert_eq!(notes().await[..5], ["it is there"; 5]);
    })
    .await;
}

#[tokio::test]
async fn all_copies_of_a_mapped_task_count_and_those_that_share_a_row() {
    on_both(async |world| {
        let run = world.running_run().await;
        let of_b = wait(&Trigger::external_tasks("d", ["b"], ["r1"]).kwarg("failed_states", ["failed"]));
        let expand = PlanCommit {
            expansions: vec![Expansion {
                key: task(&run, "b"),
                length: Some(3),
            }],
            ..PlanCommit::default()
        };
        world.store.commit_plan(&world.lease, &expand).await.unwrap();
        let copy = |index, state| TaskChange {
            key: run.task(task_id("b"), MapIndex(index)),
            ..to(&run, "b", state)
        };
        set(world, vec![copy(0, SUCCESS), copy(1, SUCCESS)]).await;
        assert_eq!(look(world, &of_b).await, None, "the third copy has no state");
        set(world, vec![to(&run, "b", SUCCESS)]).await;
        assert_eq!(look(world, &of_b).await, Some(status("success")));
        let failed = TaskChange {
            from: SUCCESS,
            ..copy(0, FAILED)
        };
        set(world, vec![failed]).await;
        assert_eq!(look(world, &of_b).await, Some(status("failed")));
    })
    .await;
}

/// 100,000 waits, each for another run, most of which do not exist yet: ten looks see them all.
#[tokio::test]
async fn a_hundred_thousand_waits_are_looked_at_in_a_bounded_time() {
    on_both(async |world| {
        world.record_dag().await;
        let mut runs = Vec::new();
        for number in 1..=50 {
            let run = world.trigger(number).await;
            runs.push(start_run(&run));
            set(world, vec![to(&run, "b", SUCCESS)]).await;
        }
        let start = PlanCommit {
            run_states: runs,
            ..PlanCommit::default()
        };
        world.store.commit_plan(&world.lease, &start).await.unwrap();
        let waits: Vec<ExternalWait> = (1..=100_000)
            .map(|number| {
                let date = minute(1000 * (number % 50_000) + i64::from(number > 50_000));
                wait(&Trigger::external_tasks("d", ["b"], [date]))
            })
            .collect();
        let began = Instant::now();
        let mut ended = 0;
        for part in waits.chunks(10_000) {
            let part: Vec<&ExternalWait> = part.iter().collect();
            let picture = world.store.external_picture(&part).await.unwrap();
            ended += part.iter().filter(|wait| wait.end(&picture).is_some()).count();
        }
        let took = began.elapsed();
        println!("100,000 waits were looked at in {took:?}");
        assert_eq!(ended, 50);
        assert!(took < Duration::from_secs(30), "{took:?}");
    })
    .await;
}
