//! A store with a DAG and runs, made in a few words.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use updraft_model::{
    AttemptId, DagId, DagSpec, DataInterval, Deferral, MapIndex, RunId, RunKey, RunType, TaskId,
    TaskInstanceState, TaskKey, TaskSpec, WaitTimes,
};
use updraft_store::{
    AttemptVerdict, AttemptWrite, AttemptWriteKind, DatabaseUrl, Holder, Lease, NewWait, PlanCommit,
    QueuedTask, RunChange, SourceRecord, Store, StoreOptions, TaskInstanceRow, Trigger,
};
use updraft_testing::CountingIds;
use updraft_testing::databases;

/// A migrated store in a database of its own.
pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) url: DatabaseUrl,
    pub(crate) ids: CountingIds,
    pub(crate) lease: Lease,
}

/// Runs a test on both databases.
pub(crate) async fn on_both(test: impl AsyncFn(&World)) {
    databases::on_both(async |database| {
        let world = World::make(database, StoreOptions::default()).await;
        test(&world).await;
        world.store.close().await;
    })
    .await;
}

/// The time of the tests, in minutes after the first.
pub(crate) fn minute(minutes: i64) -> Timestamp {
    let first: Timestamp = "2024-01-12T06:00:00.123456Z".parse().unwrap();
    first + SignedDuration::from_mins(minutes)
}

pub(crate) const TTL: Duration = Duration::from_mins(1);

impl World {
    pub(crate) async fn make(database: &databases::TestDatabase, options: StoreOptions) -> Self {
        let store = Store::open(database.url(), options).await.unwrap();
        store.migrate(minute(0)).await.unwrap();
        let lease = store
            .acquire_scheduler(&holder(1), minute(0), TTL, |_| true)
            .await
            .unwrap();
        Self {
            store,
            url: database.url().clone(),
            ids: CountingIds::default(),
            lease,
        }
    }

    /// A second store on the same database, as another process has it.
    pub(crate) async fn second_store(&self) -> Store {
        Store::open(&self.url, StoreOptions::default()).await.unwrap()
    }

    /// Records DAG `d` with tasks `a >> b >> c`, two retries each.
    pub(crate) async fn record_dag(&self) -> DagSpec {
        let spec = chain("d", &["a", "b", "c"]);
        self.record("d.bundle.toml", std::slice::from_ref(&spec)).await;
        spec
    }

    pub(crate) async fn record(&self, source: &str, dags: &[DagSpec]) {
        let record = SourceRecord {
            source,
            fileloc: "/dags/file",
            code: None,
            dags,
            broken: None,
        };
        self.store
            .record_source(&self.lease, &record, minute(0), &self.ids)
            .await
            .unwrap();
    }

    /// Triggers run `r{number}` of DAG `d`.
    pub(crate) async fn trigger(&self, number: i64) -> RunKey {
        self.store
            .trigger_run(&trigger("d", number), minute(number))
            .await
            .unwrap()
    }

    /// Makes DAG `d`, run `r1` of it, and starts that.
    pub(crate) async fn running_run(&self) -> RunKey {
        self.record_dag().await;
        let run = self.trigger(1).await;
        let plan = PlanCommit {
            run_states: vec![start_run(&run)],
            ..PlanCommit::default()
        };
        self.store.commit_plan(&self.lease, &plan).await.unwrap();
        run
    }

    /// Queues a task that has that state, as try `number`.
    pub(crate) async fn queue(
        &self,
        key: &TaskKey,
        from: Option<TaskInstanceState>,
        number: u32,
    ) -> AttemptId {
        let attempt = updraft_model::IdSource::attempt_id(&self.ids);
        let queued = QueuedTask {
            key: key.clone(),
            from,
            attempt,
            try_number: number,
            priority_weight: 3,
            at: minute(2),
        };
        let plan = PlanCommit {
            queued: vec![queued],
            ..PlanCommit::default()
        };
        self.store.commit_plan(&self.lease, &plan).await.unwrap();
        attempt
    }

    /// Queues a task and starts its attempt.
    pub(crate) async fn run_task(
        &self,
        key: &TaskKey,
        from: Option<TaskInstanceState>,
        number: u32,
    ) -> AttemptId {
        let attempt = self.queue(key, from, number).await;
        assert_eq!(self.write(attempt, start()).await, AttemptVerdict::Accepted);
        attempt
    }

    /// A task that runs, in a run that runs.
    pub(crate) async fn running_task(&self) -> (TaskKey, AttemptId) {
        let key = task(&self.running_run().await, "a");
        let attempt = self.run_task(&key, None, 1).await;
        (key, attempt)
    }

    pub(crate) async fn write(&self, attempt: AttemptId, kind: AttemptWriteKind) -> AttemptVerdict {
        let verdicts = self.write_all(&[AttemptWrite { attempt, kind }]).await;
        verdicts[0]
    }

    pub(crate) async fn write_all(&self, writes: &[AttemptWrite]) -> Vec<AttemptVerdict> {
        self.store
            .apply_attempt_writes(&self.lease, writes, minute(5))
            .await
            .unwrap()
    }

    pub(crate) async fn task(&self, key: &TaskKey) -> TaskInstanceRow {
        self.store.task_instance(key).await.unwrap().unwrap()
    }

    pub(crate) async fn state(&self, key: &TaskKey) -> Option<TaskInstanceState> {
        self.task(key).await.state
    }
}

pub(crate) fn holder(pid: u32) -> Holder {
    Holder {
        hostname: "here".to_owned(),
        pid,
    }
}

pub(crate) fn dag_id(text: &str) -> DagId {
    DagId::parse(text).unwrap()
}

pub(crate) fn task_id(text: &str) -> TaskId {
    TaskId::parse(text).unwrap()
}

/// A DAG whose tasks follow each other, two retries each.
pub(crate) fn chain(name: &str, tasks: &[&str]) -> DagSpec {
    let mut spec = DagSpec::new(dag_id(name));
    for (index, name) in tasks.iter().enumerate() {
        let mut task = TaskSpec::new(task_id(name), "RustOperator");
        task.retries = 2;
        task.upstream_task_ids = index
            .checked_sub(1)
            .map(|before| task_id(tasks[before]))
            .into_iter()
            .collect();
        spec.tasks.push(task);
    }
    spec
}

pub(crate) fn trigger(name: &str, number: i64) -> Trigger {
    let logical_date = minute(1000 * number);
    Trigger {
        dag_id: dag_id(name),
        run_id: RunId::parse(&format!("r{number}")).unwrap(),
        run_type: RunType::Manual,
        logical_date: Some(logical_date),
        data_interval: Some(DataInterval {
            start: logical_date,
            end: minute(1000 * number + 60),
        }),
        run_after: logical_date,
        conf: object(&json!({"limit": number})),
        triggered_by: Some("me".to_owned()),
    }
}

pub(crate) fn object(value: &Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

pub(crate) fn task(run: &RunKey, name: &str) -> TaskKey {
    run.task(task_id(name), MapIndex::UNMAPPED)
}

pub(crate) fn start_run(run: &RunKey) -> RunChange {
    use updraft_model::DagRunState::{Queued, Running};
    RunChange {
        key: run.clone(),
        from: Queued,
        clear_number: 0,
        to: Running,
        at: minute(1),
    }
}

pub(crate) fn start() -> AttemptWriteKind {
    started_by(7)
}

pub(crate) fn started_by(pid: u32) -> AttemptWriteKind {
    AttemptWriteKind::Start {
        hostname: "worker".to_owned(),
        unixname: "airflow".to_owned(),
        pid,
        at: minute(3),
    }
}

/// The end of an attempt that leads its task to that state.
pub(crate) fn end(task_state: Option<TaskInstanceState>) -> AttemptWriteKind {
    use TaskInstanceState::{Deferred, Failed, Skipped, Success, UpForReschedule};
    let attempt_state = task_state
        .filter(|state| matches!(state, Success | Skipped | UpForReschedule | Deferred))
        .unwrap_or(Failed);
    AttemptWriteKind::End {
        at: minute(4),
        attempt_state,
        outcome: "it ended".to_owned(),
        task_state,
        max_tries: 2,
        lost_in_row: 0,
        next_try_at: matches!(task_state, Some(TaskInstanceState::UpForRetry | UpForReschedule))
            .then(|| minute(9)),
        reschedules: u32::from(matches!(task_state, Some(UpForReschedule | Deferred))),
        wait: (task_state == Some(Deferred)).then(|| Box::new(new_wait())),
        skipped: Vec::new(),
        callbacks: Vec::new(),
        events: Vec::new(),
        ref_events: Vec::new(),
    }
}

/// A wait for a moment.
pub(crate) fn new_wait() -> NewWait {
    NewWait {
        deferral: Deferral {
            trigger: updraft_model::Trigger::date_time(minute(9)),
            next_method: "execute_complete".to_owned(),
            next_kwargs: Map::from_iter([("job".to_owned(), 7.into())]),
            timeout: None,
        },
        times: WaitTimes {
            fires_at: Some(minute(9)),
            times_out_at: Some(minute(20)),
        },
    }
}

pub(crate) fn set_xcom(key: &str, value: Value) -> AttemptWriteKind {
    AttemptWriteKind::SetXCom {
        key: key.to_owned(),
        value,
        returned: None,
    }
}

pub(crate) fn heartbeat(minutes: i64) -> AttemptWriteKind {
    AttemptWriteKind::Heartbeat {
        at: minute(minutes),
        progress: None,
    }
}
