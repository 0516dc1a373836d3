//! A run with tries of its tasks, and logs beside them.

use std::fs;
use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use updraft_model::{AttemptId, IdSource, MapIndex, TaskInstanceState, TaskKey, log_path};
use updraft_store::{
    AttemptVerdict, AttemptWrite, AttemptWriteKind, Lease, NewWait, PlanCommit, QueuedTask, RunChange,
};
use updraft_testing::CountingIds;

use crate::support::{World, now};

/// DAG `sales` with a run `one` that has begun.
pub(crate) struct Tried<'a> {
    pub(crate) world: &'a World,
    lease: Lease,
    ids: CountingIds,
}

/// So many seconds after the run began.
pub(crate) fn second(seconds: i64) -> Timestamp {
    now() + SignedDuration::from_secs(seconds)
}

/// A task of that run.
fn key(task: &str) -> TaskKey {
    TaskKey {
        dag_id: "sales".parse().unwrap(),
        run_id: "one".parse().unwrap(),
        task_id: task.parse().unwrap(),
        map_index: MapIndex::UNMAPPED,
    }
}

impl<'a> Tried<'a> {
    pub(crate) async fn make(world: &'a World) -> Self {
        let lease = world.record_dags().await;
        let asked = json!({ "dag_run_id": "one", "logical_date": "2024-01-10T00:00:00Z" });
        world.admin("POST /api/v1/dags/sales/dagRuns", asked, 200).await;
        let tried = Self {
            world,
            lease,
            ids: CountingIds::default(),
        };
        let start = RunChange {
            key: key("a").run_key(),
            from: updraft_model::DagRunState::Queued,
            to: updraft_model::DagRunState::Running,
            clear_number: 0,
            at: now(),
        };
        tried
            .plan(PlanCommit {
                run_states: vec![start],
                ..PlanCommit::default()
            })
            .await;
        tried
    }

    async fn plan(&self, plan: PlanCommit) {
        self.world.store.commit_plan(&self.lease, &plan).await.unwrap();
    }

    async fn write(&self, attempt: AttemptId, kind: AttemptWriteKind) {
        let writes = [AttemptWrite { attempt, kind }];
        let verdicts = self
            .world
            .store
            .apply_attempt_writes(&self.lease, &writes, now())
            .await;
        assert_eq!(verdicts.unwrap(), [AttemptVerdict::Accepted]);
    }

    /// Queues a try and begins it a second later.
    pub(crate) async fn begin(
        &self,
        task: &str,
        from: Option<TaskInstanceState>,
        number: u32,
        at: i64,
    ) -> AttemptId {
        let attempt = self.ids.attempt_id();
        let queued = QueuedTask {
            key: key(task),
            from,
            attempt,
            try_number: number,
            priority_weight: 1,
            at: second(at),
        };
        self.plan(PlanCommit {
            queued: vec![queued],
            ..PlanCommit::default()
        })
        .await;
        let start = AttemptWriteKind::Start {
            hostname: "here".to_owned(),
            unixname: "airflow".to_owned(),
            pid: 7,
            at: second(at + 1),
        };
        self.write(attempt, start).await;
        attempt
    }

    /// Ends an attempt; its task then has that state.
    pub(crate) async fn end(&self, attempt: AttemptId, state: TaskInstanceState, at: i64) {
        self.end_with(attempt, (state, None), at).await;
    }

    /// Ends an attempt by deferring its task.
    pub(crate) async fn defer(&self, attempt: AttemptId, wait: NewWait, at: i64) {
        self.end_with(attempt, (TaskInstanceState::Deferred, Some(wait)), at)
            .await;
    }

    async fn end_with(
        &self,
        attempt: AttemptId,
        (state, wait): (TaskInstanceState, Option<NewWait>),
        at: i64,
    ) {
        let attempt_state = match state {
            TaskInstanceState::UpForRetry => TaskInstanceState::Failed,
            other => other,
        };
        let end = AttemptWriteKind::End {
            at: second(at),
            attempt_state,
            outcome: "as the test says".to_owned(),
            task_state: Some(state),
            max_tries: 1,
            lost_in_row: 0,
            next_try_at: None,
            reschedules: u32::from(matches!(
                state,
                TaskInstanceState::UpForReschedule | TaskInstanceState::Deferred
            )),
            wait: wait.map(Box::new),
            skipped: Vec::new(),
            callbacks: Vec::new(),
            events: Vec::new(),
            ref_events: Vec::new(),
        };
        self.write(attempt, end).await;
    }

    /// Where the log of a try of task `a` lies.
    pub(crate) fn log(&self, number: u32) -> PathBuf {
        log_path(self.world.logs.path(), &key("a"), number)
    }

    /// Writes the log of a try of task `a` as the engine does: entries with their levels.
    pub(crate) fn write_log(&self, number: u32, entries: &[(&[u8], u64)]) {
        let mut records = b"UPLOGIX1".to_vec();
        let mut log = Vec::new();
        for (entry, level) in entries {
            records.extend((((log.len() as u64) << 8) | level).to_le_bytes());
            log.extend_from_slice(entry);
        }
        let path = self.log(number);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, log).unwrap();
        fs::write(updraft_model::index_path(&path), records).unwrap();
    }

    /// Asks for something of the log of try 1 of task `a`.
    pub(crate) async fn ask(&self, what: &str, status: u16) -> Value {
        let path = format!("GET {}/{what}", address(1));
        self.world.admin(&path, Value::Null, status).await
    }
}

/// Where the log of a try of task `a` is asked for.
pub(crate) fn address(number: u32) -> String {
    format!("/ui/api/logs/sales/one/a/-1/{number}")
}
