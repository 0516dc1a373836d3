//! What the simulated database was asked and what it answered, and the same questions to a real one.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

use jiff::Timestamp;
use updraft_model::{
    AttemptId, BackfillEvent, BackfillId, DagId, DagRunState, DagSpec, DagVersionId, IdSource, Pool, Reach,
    RunKey, TaskId, TaskInstanceState, TaskKey, TimetableAnswer,
};
use updraft_store::{
    AttemptVerdict, AttemptWrite, CallbackFilter, CallbackVerdict, CallbackWrite, Change, CommitError,
    Effect, Holder, Lease, NewBackfill, NewRun, PlanCommit, Recorded, RunChoice, RunMark, RunVersion,
    SourceRecord, StateChoice, Store, StoreOptions, TaskChoice, TaskTrigger, Trigger, WaitingCallback,
    WriteError,
};
use updraft_testing::databases::TestDatabase;

use super::Lived;

/// Something that the database did.
#[derive(Debug, Clone)]
pub(crate) enum Done {
    Source(Vec<DagSpec>, Recorded, Timestamp),
    Plan(PlanCommit, Committed),
    /// With the verdicts; `None` if the lease was lost.
    Writes(Vec<AttemptWrite>, Option<Vec<AttemptVerdict>>),
    /// `None` if the lease was lost.
    Changes(Option<Vec<Change>>),
    /// With what waits then; `None` if the lease was lost.
    TakeOver(Vec<AttemptId>, Timestamp, Option<Vec<WaitingCallback>>),
    /// With whether it was written; `None` if the lease was lost.
    Answer(DagId, TimetableAnswer, Option<bool>),
    /// With the verdicts; `None` if the lease was lost.
    Reports(Vec<CallbackWrite>, Option<Vec<CallbackVerdict>>),
    /// With the run that a task gets; `None` if it gets none.
    Ask(TaskTrigger, Timestamp, Option<RunKey>),
    Trigger(NewRun),
    Clear(Vec<TaskKey>, Timestamp),
    ClearOnLatest(RunKey, Vec<TaskId>, Timestamp),
    Mark(TaskKey, TaskInstanceState, Timestamp),
    MarkRun(RunKey, DagRunState, Timestamp),
    Paused(DagId, bool),
    Backfill(NewBackfill, Timestamp),
    ChangeBackfill(BackfillId, BackfillEvent, Timestamp),
    Pool(Pool),
    /// An asset is updated from outside.
    Asset(String, Timestamp),
}

/// What became of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Committed {
    Yes,
    LeaseLost,
    Conflict,
}

impl Committed {
    pub(crate) fn of(answer: &Result<(), CommitError>) -> Self {
        match answer {
            Ok(()) => Self::Yes,
            Err(CommitError::LeaseLost) => Self::LeaseLost,
            Err(CommitError::Conflict { .. }) => Self::Conflict,
            Err(CommitError::Store(error)) => panic!("{error}"),
        }
    }
}

/// Asks a real database everything that the simulated one was asked, and demands the same answers and contents.
pub(crate) async fn replay(database: &TestDatabase, lived: &Lived) {
    let store = Store::open(database.url(), StoreOptions::default())
        .await
        .expect("the database opens");
    let began: Timestamp = "2024-01-01T00:00:00Z".parse().expect("a time");
    store.reset(began).await.expect("the tables are made");
    let holder = Holder {
        hostname: "replay".to_owned(),
        pid: 1,
    };
    let ttl = Duration::from_hours(1);
    let lease = store
        .acquire_scheduler(&holder, began, ttl, |_| true)
        .await
        .expect("nobody has the lease");
    for (number, done) in lived.done.iter().enumerate() {
        ask(&store, &lease, done, number).await;
    }
    let picture = store.picture().await.expect("the picture can be read");
    assert_eq!(picture.dags, lived.picture.dags);
    assert_eq!(picture.runs, lived.picture.runs);
    assert_eq!(picture.late, lived.picture.late);
    assert_eq!(picture.pools, lived.picture.pools);
    let all = CallbackFilter {
        limit: u32::MAX,
        ..CallbackFilter::default()
    };
    let mut callbacks = store.callbacks(&all).await.expect("the callbacks can be read");
    callbacks.sort_by(|one, other| one.id.cmp(&other.id));
    assert_eq!(callbacks, lived.callbacks);
    store.close().await;
}

async fn ask(store: &Store, lease: &Lease, done: &Done, number: usize) {
    let context = || format!("question {number}: {done:?}");
    let lost = Lease::of(0);
    match done {
        Done::Source(dags, recorded, now) => {
            let found = record(store, lease, (dags, *now), recorded).await;
            assert_eq!(found, *recorded, "{}", context());
        }
        Done::Plan(plan, expected) => {
            let lease = if *expected == Committed::LeaseLost {
                &lost
            } else {
                lease
            };
            let found = Committed::of(&store.commit_plan(lease, plan).await);
            assert_eq!(found, *expected, "{}", context());
        }
        Done::Writes(writes, expected) => {
            let lease = if expected.is_none() { &lost } else { lease };
            let found = store
                .apply_attempt_writes(lease, writes, Timestamp::UNIX_EPOCH)
                .await;
            assert_eq!(unless_lost(found), *expected, "{}", context());
        }
        Done::Changes(expected) => {
            let lease = if expected.is_none() { &lost } else { lease };
            assert_eq!(
                unless_lost(store.take_changes(lease, 256).await),
                *expected,
                "{}",
                context()
            );
        }
        Done::TakeOver(live, now, expected) => {
            let lease = if expected.is_none() { &lost } else { lease };
            let found = store.take_over_callbacks(lease, live, *now).await;
            assert_eq!(unless_lost(found), *expected, "{}", context());
        }
        Done::Reports(writes, expected) => {
            let lease = if expected.is_none() { &lost } else { lease };
            let found = store.apply_callback_writes(lease, writes).await;
            assert_eq!(unless_lost(found), *expected, "{}", context());
        }
        Done::Answer(dag_id, answer, expected) => {
            let lease = if expected.is_none() { &lost } else { lease };
            let found = store.record_timetable_answer(lease, dag_id, answer).await;
            assert_eq!(unless_lost(found), *expected, "{}", context());
        }
        Done::Ask(wanted, now, expected) => {
            let found = store.trigger_run_for_task(wanted, *now).await;
            assert_eq!(found.ok(), *expected, "{}", context());
        }
        by_people => interfere(store, by_people).await,
    }
}

/// What people do is done: nothing of it can be refused.
#[expect(clippy::too_many_lines, reason = "one arm per thing that people do")]
async fn interfere(store: &Store, done: &Done) {
    match done {
        Done::Trigger(run) => {
            let trigger = Trigger {
                dag_id: run.key.dag_id.clone(),
                run_id: run.key.run_id.clone(),
                run_type: run.run_type,
                logical_date: run.logical_date,
                data_interval: run.data_interval,
                run_after: run.run_after,
                conf: run.conf.clone(),
                triggered_by: run.triggered_by.clone(),
            };
            store
                .trigger_run(&trigger, run.queued_at)
                .await
                .expect("the run can be made");
        }
        Done::Clear(tasks, now) => {
            store
                .clear_tasks(tasks, *now)
                .await
                .expect("tasks can be cleared");
        }
        Done::Mark(task, state, now) => {
            let task = std::slice::from_ref(task);
            store
                .mark_tasks(task, *state, "by hand", *now)
                .await
                .expect("a task can be marked");
        }
        Done::ClearOnLatest(run, tasks, now) => {
            let wanted = |spec: &DagSpec| {
                let ids = spec.tasks.iter().map(|task| task.task_id.clone());
                ids.filter(|id| tasks.contains(id)).collect()
            };
            let runs = RunChoice::Around {
                run_id: &run.run_id,
                past: false,
                future: false,
            };
            let choice = TaskChoice {
                dag_id: &run.dag_id,
                runs,
                tasks: &wanted,
                map_index: None,
                reach: Reach::default(),
                states: StateChoice::Any,
            };
            store
                .clear(&choice, RunVersion::Latest, Effect::Lasting, *now)
                .await
                .expect("tasks can be cleared");
        }
        Done::MarkRun(run, state, now) => {
            let mark = RunMark {
                state: *state,
                outcome: "by hand",
                now: *now,
            };
            store
                .mark_run(run, mark, Effect::Lasting)
                .await
                .expect("a run can be marked");
        }
        Done::Paused(dag_id, is_paused) => {
            let dag_id = std::slice::from_ref(dag_id);
            store
                .set_paused(dag_id, *is_paused)
                .await
                .expect("a dag can be paused");
        }
        Done::Asset(uri, now) => {
            let event = store.create_asset_event(uri, &serde_json::Map::new(), *now).await;
            event.expect("the database answers").expect("the asset is known");
        }
        Done::Backfill(new, now) => {
            store
                .create_backfill(new, Effect::Lasting, *now)
                .await
                .expect("the backfill can be made");
        }
        Done::ChangeBackfill(id, event, now) => {
            store
                .change_backfill(*id, *event, *now)
                .await
                .expect("an open backfill can be changed");
        }
        Done::Pool(pool) => store.set_pool(pool).await.expect("a pool can be set"),
        Done::Source(..)
        | Done::Plan(..)
        | Done::Writes(..)
        | Done::Changes(..)
        | Done::TakeOver(..)
        | Done::Answer(..)
        | Done::Reports(..)
        | Done::Ask(..) => {
            unreachable!("the scheduler does that")
        }
    }
}

/// Records a source, with the version ids that were given out before.
async fn record(
    store: &Store,
    lease: &Lease,
    (dags, now): (&[DagSpec], Timestamp),
    recorded: &Recorded,
) -> Recorded {
    let record = SourceRecord {
        source: super::process::SOURCE,
        fileloc: "/dags/file",
        code: None,
        dags,
        broken: None,
    };
    let ids = RecordedIds(Mutex::new(
        recorded.changed.iter().map(|dag| dag.version).collect(),
    ));
    let found = store.record_source(lease, &record, now, &ids).await;
    found.expect("the database answers")
}

fn unless_lost<T>(answer: Result<T, WriteError>) -> Option<T> {
    match answer {
        Ok(answer) => Some(answer),
        Err(WriteError::LeaseLost) => None,
        Err(WriteError::Store(error)) => panic!("{error}"),
    }
}

/// The ids that were given out before.
struct RecordedIds(Mutex<VecDeque<DagVersionId>>);

impl IdSource for RecordedIds {
    fn attempt_id(&self) -> AttemptId {
        unreachable!("a source makes no attempts")
    }

    fn version_id(&self) -> DagVersionId {
        let next = self.0.lock().expect("nobody panics with it").pop_front();
        next.expect("as many versions as before")
    }
}
