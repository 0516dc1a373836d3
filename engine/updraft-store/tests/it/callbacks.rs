//! The outbox of callbacks: each event once, delivered until it is done.

use updraft_model::{AttemptId, CallbackEvent, CallbackId, TaskInstanceState};
use updraft_store::{
    AfterDelivery, AttemptVerdict, AttemptWriteKind, CallbackAttempt, CallbackFilter, CallbackRow,
    CallbackState, CallbackVerdict, CallbackWrite, CallbackWriteKind, Effect, NewCallback, PlanCommit,
    RunChange, RunMark, TaskTrigger,
};
use uuid::Uuid;

use crate::support::{World, end, minute, on_both, task};

const ALL: CallbackFilter = CallbackFilter {
    dag_id: None,
    run_id: None,
    state: None,
    limit: 100,
};

fn delivery(number: u128) -> AttemptId {
    AttemptId(Uuid::from_u128(number))
}

/// The end of an attempt that fails its task for good, with its event.
fn failure(run: &updraft_model::RunKey, attempt: AttemptId) -> (AttemptWriteKind, CallbackId) {
    let id = CallbackId::of_attempt(CallbackEvent::Failure, attempt);
    let mut end = end(Some(TaskInstanceState::Failed));
    if let AttemptWriteKind::End { callbacks, .. } = &mut end {
        callbacks.push(NewCallback {
            id: id.clone(),
            run: run.clone(),
            attempt: Some(CallbackAttempt {
                task_id: task(run, "a").task_id,
                map_index: updraft_model::MapIndex::UNMAPPED,
                attempt,
                try_number: 1,
            }),
            deadline: None,
            event: CallbackEvent::Failure,
            reason: "failed: it broke".to_owned(),
            at: minute(4),
        });
    }
    (end, id)
}

impl World {
    async fn outbox(&self) -> Vec<CallbackRow> {
        self.store.callbacks(&ALL).await.unwrap()
    }

    async fn report(&self, id: &CallbackId, number: u128, kind: CallbackWriteKind) -> CallbackVerdict {
        let write = CallbackWrite {
            id: id.clone(),
            delivery: delivery(number),
            kind,
        };
        let verdicts = self.store.apply_callback_writes(&self.lease, &[write]).await;
        verdicts.unwrap()[0]
    }
}

fn started() -> CallbackWriteKind {
    CallbackWriteKind::Start { at: minute(5) }
}

fn ended(then: AfterDelivery) -> CallbackWriteKind {
    CallbackWriteKind::End {
        at: minute(6),
        outcome: "over".to_owned(),
        then,
    }
}

#[tokio::test]
async fn an_event_is_written_with_the_end_of_its_attempt_and_only_if_that_counts() {
    on_both(async |world| {
        let (key, attempt) = world.running_task().await;
        let (failed, id) = failure(&key.run_key(), attempt);
        assert_eq!(
            world.write(attempt, failed.clone()).await,
            AttemptVerdict::Accepted
        );
        assert_eq!(world.write(attempt, failed).await, AttemptVerdict::Repeated);
        let rows = world.outbox().await;
        assert_eq!(rows.len(), 1);
        assert_eq!((&rows[0].id, rows[0].state), (&id, CallbackState::Queued));
        let order = world.store.callback_order(&id).await.unwrap().unwrap();
        assert_eq!(order.callback, rows[0]);
        assert_eq!(
            (order.run.key, order.task),
            (key.run_key(), rows[0].attempt.clone())
        );
        let stranger = delivery(99);
        let (late, _) = failure(&rows[0].run, stranger);
        assert_eq!(world.write(stranger, late).await, AttemptVerdict::NotFound);
        assert_eq!(world.outbox().await, rows);
    })
    .await;
}

#[tokio::test]
async fn the_end_of_a_run_is_an_event_that_knows_the_task_it_ended_with() {
    on_both(async |world| {
        let (key, attempt) = world.running_task().await;
        let run = key.run_key();
        world.write(attempt, end(Some(TaskInstanceState::Failed))).await;
        let id = CallbackId::of_run(CallbackEvent::Failure, &run, 0);
        let plan = PlanCommit {
            run_states: vec![RunChange {
                key: run.clone(),
                from: updraft_model::DagRunState::Running,
                clear_number: 0,
                to: updraft_model::DagRunState::Failed,
                at: minute(9),
            }],
            callbacks: vec![NewCallback {
                id: id.clone(),
                run: run.clone(),
                attempt: None,
                deadline: None,
                event: CallbackEvent::Failure,
                reason: "task_failure".to_owned(),
                at: minute(9),
            }],
            ..PlanCommit::default()
        };
        world.store.commit_plan(&world.lease, &plan).await.unwrap();
        assert!(world.store.commit_plan(&world.lease, &plan).await.is_err());
        assert_eq!(world.outbox().await.len(), 1);
        let order = world.store.callback_order(&id).await.unwrap().unwrap();
        assert_eq!(order.run.state, updraft_model::DagRunState::Failed);
        let last = order.task.unwrap();
        assert_eq!((last.task_id, last.attempt), (task(&run, "a").task_id, attempt));
        let mark = RunMark {
            state: updraft_model::DagRunState::Queued,
            outcome: "again",
            now: minute(10),
        };
        world.store.mark_run(&run, mark, Effect::Lasting).await.unwrap();
        let again = world.store.stored_run(&run).await.unwrap().unwrap();
        assert_eq!(again.clear_number, 1, "its next end is another event");
        world.store.delete_run(&run).await.unwrap();
        assert_eq!(world.outbox().await, []);
    })
    .await;
}

#[tokio::test]
async fn a_row_belongs_to_one_delivery_until_it_is_over() {
    on_both(async |world| {
        let (key, attempt) = world.running_task().await;
        let (failed, id) = failure(&key.run_key(), attempt);
        world.write(attempt, failed).await;
        assert_eq!(world.report(&id, 1, started()).await, CallbackVerdict::Accepted);
        assert_eq!(world.report(&id, 1, started()).await, CallbackVerdict::Repeated);
        assert_eq!(world.report(&id, 2, started()).await, CallbackVerdict::Refused);
        assert!(
            world.store.callback_order(&id).await.unwrap().is_none(),
            "it does not wait"
        );
        let done = || CallbackWriteKind::Done { place: 1 };
        assert_eq!(world.report(&id, 1, done()).await, CallbackVerdict::Accepted);
        assert_eq!(world.report(&id, 1, done()).await, CallbackVerdict::Repeated);
        let retry = ended(AfterDelivery::Retry(minute(8)));
        assert_eq!(
            world.report(&id, 1, retry.clone()).await,
            CallbackVerdict::Accepted
        );
        assert_eq!(world.report(&id, 1, retry).await, CallbackVerdict::Repeated);
        let row = world.outbox().await.remove(0);
        assert_eq!(
            (row.state, row.tries, row.next_try_at),
            (CallbackState::Queued, 1, minute(8))
        );
        assert_eq!(row.done, [1], "the next delivery leaves out what has returned");
        assert_eq!(world.report(&id, 2, started()).await, CallbackVerdict::Accepted);
        assert_eq!(world.report(&id, 1, done()).await, CallbackVerdict::Refused);
        let success = ended(AfterDelivery::Success);
        assert_eq!(world.report(&id, 2, success).await, CallbackVerdict::Accepted);
        assert_eq!(world.report(&id, 3, started()).await, CallbackVerdict::Refused);
        assert_eq!(world.outbox().await[0].state, CallbackState::Success);
    })
    .await;
}

#[tokio::test]
async fn what_a_dead_scheduler_was_delivering_waits_again_and_costs_no_try() {
    on_both(async |world| {
        let (key, attempt) = world.running_task().await;
        let (failed, id) = failure(&key.run_key(), attempt);
        world.write(attempt, failed).await;
        world.report(&id, 1, started()).await;
        let live = world
            .store
            .take_over_callbacks(&world.lease, &[delivery(1)], minute(7))
            .await;
        assert_eq!(live.unwrap(), [], "this one is alive");
        let waiting = world
            .store
            .take_over_callbacks(&world.lease, &[], minute(7))
            .await;
        let waiting = waiting.unwrap();
        assert_eq!(waiting.len(), 1);
        assert_eq!((&waiting[0].id, waiting[0].at), (&id, minute(7)));
        let row = world.outbox().await.remove(0);
        assert_eq!((row.state, row.tries), (CallbackState::Queued, 0));
        assert_eq!(
            world.report(&id, 1, ended(AfterDelivery::Success)).await,
            CallbackVerdict::Repeated,
            "its late end changes nothing"
        );
        assert_eq!(world.outbox().await[0].state, CallbackState::Queued);
    })
    .await;
}

#[tokio::test]
async fn callbacks_that_run_may_have_a_dag_run() {
    on_both(async |world| {
        let (key, attempt) = world.running_task().await;
        let (failed, id) = failure(&key.run_key(), attempt);
        world.write(attempt, failed).await;
        let ask = async |run_id: &str| {
            let wanted = TaskTrigger {
                attempt: delivery(1),
                dag_id: key.dag_id.clone(),
                run_id: run_id.parse().unwrap(),
                logical_date: None,
                run_after: None,
                conf: serde_json::Map::new(),
                reset: false,
                note: None,
            };
            world.store.trigger_run_for_task(&wanted, minute(5)).await.is_ok()
        };
        assert!(!ask("early").await);
        world.report(&id, 1, started()).await;
        assert!(ask("rescue").await && ask("rescue").await);
        world.report(&id, 1, ended(AfterDelivery::Success)).await;
        assert!(!ask("late").await);
    })
    .await;
}
