//! Deadlines of runs: they are open until a plan says that they are met or missed, and go with their run.

use std::time::Duration;

use updraft_model::{
    CallbackEvent, CallbackId, DagRunState, DeadlineName, DeadlineReference, DeadlineSpec, DueAt, RunKey,
};
use updraft_store::{
    CallbackDeadline, CallbackFilter, CommitError, DeadlineEnd, DeadlineFilter, DeadlineState, NewCallback,
    NewDeadline, PlanCommit, RunChange,
};

use crate::support::{World, chain, dag_id, minute, on_both, task_id};

fn by_then(minutes: i64) -> DueAt {
    DueAt {
        reference: minute(0),
        due: minute(minutes),
    }
}

fn names() -> [DeadlineName; 2] {
    [DeadlineName::Dag(0), DeadlineName::Sla(task_id("a"))]
}

fn new(run: &RunKey, due: i64) -> Vec<NewDeadline> {
    let deadline = |name| NewDeadline {
        run: run.clone(),
        name,
        at: by_then(due),
        is_called: true,
    };
    names().map(deadline).into()
}

fn ended(run: &RunKey, name: DeadlineName, state: DeadlineState) -> DeadlineEnd {
    DeadlineEnd {
        run: run.clone(),
        name,
        state,
        at: minute(31),
    }
}

impl World {
    async fn states(&self) -> Vec<(String, DeadlineState)> {
        let filter = DeadlineFilter {
            limit: 10,
            ..DeadlineFilter::default()
        };
        let rows = self.store.deadlines(&filter).await.unwrap();
        rows.iter().map(|row| (row.name.to_string(), row.state)).collect()
    }

    async fn commit(&self, plan: PlanCommit) -> Result<(), CommitError> {
        self.store.commit_plan(&self.lease, &plan).await
    }
}

#[tokio::test]
async fn a_deadline_is_open_until_it_is_met_or_missed_and_missed_once() {
    use DeadlineState::{Met, Missed, Open};

    on_both(async |world| {
        let run = world.running_run().await;
        let made = PlanCommit {
            new_deadlines: new(&run, 30),
            ..PlanCommit::default()
        };
        world.commit(made).await.unwrap();
        let [of_run, of_task] = names();
        let stored = world.store.stored_run(&run).await.unwrap().unwrap();
        let known = stored
            .deadlines
            .iter()
            .map(|known| (&known.name, known.at, known.state));
        let expected = [(&of_run, by_then(30), Open), (&of_task, by_then(30), Open)];
        assert!(known.eq(expected));
        assert_eq!(
            world.store.picture().await.unwrap().runs[0].deadlines,
            stored.deadlines
        );

        let id = CallbackId::of_deadline(&run, &of_run, minute(30));
        let missed = PlanCommit {
            ended_deadlines: vec![ended(&run, of_run.clone(), Missed), ended(&run, of_task, Met)],
            callbacks: vec![NewCallback {
                id: id.clone(),
                run: run.clone(),
                attempt: None,
                deadline: Some(CallbackDeadline {
                    name: of_run.clone(),
                    due: minute(30),
                }),
                event: CallbackEvent::Deadline,
                reason: "it is late".to_owned(),
                at: minute(31),
            }],
            ..PlanCommit::default()
        };
        world.commit(missed.clone()).await.unwrap();
        let again = world.commit(missed).await;
        assert!(
            matches!(again, Err(CommitError::Conflict { what: "deadlines" })),
            "{again:?}"
        );
        let expected = [("deadline:0".to_owned(), Missed), ("sla:a".to_owned(), Met)];
        assert_eq!(world.states().await, expected);
        let order = world.store.callback_order(&id).await.unwrap().unwrap();
        assert_eq!(order.callback.deadline.unwrap().due, minute(30));
        assert_eq!(order.run.state, DagRunState::Running);

        // A later one takes its place.
        let later = PlanCommit {
            new_deadlines: new(&run, 60),
            ..PlanCommit::default()
        };
        world.commit(later).await.unwrap();
        let expected = [("deadline:0".to_owned(), Open), ("sla:a".to_owned(), Open)];
        assert_eq!(world.states().await, expected);
        world.store.delete_run(&run).await.unwrap();
        assert_eq!(world.states().await, []);
        let left = CallbackFilter {
            limit: 10,
            ..CallbackFilter::default()
        };
        assert_eq!(world.store.callbacks(&left).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn open_deadlines_outlive_a_run_that_failed_and_runtimes_are_those_of_the_newest_runs() {
    on_both(async |world| {
        let mut spec = chain("d", &["a"]);
        spec.deadlines = vec![DeadlineSpec {
            reference: DeadlineReference::AverageRuntime {
                max_runs: 2,
                min_runs: 1,
            },
            interval: jiff::SignedDuration::from_mins(5),
        }];
        world.record("d.bundle.toml", &[spec]).await;
        for (number, took) in [(1, 4), (2, 6), (3, 9)] {
            let run = world.trigger(number).await;
            let change = |from, to, at| RunChange {
                key: run.clone(),
                from,
                clear_number: 0,
                to,
                at: minute(at),
            };
            let plan = PlanCommit {
                run_states: vec![
                    change(DagRunState::Queued, DagRunState::Running, 10),
                    change(DagRunState::Running, DagRunState::Failed, 10 + took),
                ],
                new_deadlines: new(&run, 30),
                ended_deadlines: vec![ended(&run, DeadlineName::Dag(0), DeadlineState::Met)],
                ..PlanCommit::default()
            };
            world.commit(plan).await.unwrap();
        }
        let picture = world.store.picture().await.unwrap();
        let minutes = [9, 6].map(Duration::from_mins);
        assert_eq!(picture.dags[0].runtimes, minutes);
        let late = picture.late.iter().map(|late| late.name.to_string());
        assert!(late.eq(["sla:a"; 3]), "{:?}", picture.late);
        let dag = world.store.dag(&dag_id("d")).await.unwrap().unwrap();
        assert_eq!(dag.runtimes, minutes);
    })
    .await;
}
