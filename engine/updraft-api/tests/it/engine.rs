//! What the engine does to runs, for tests of what is told of it.

use std::time::Duration;

use serde_json::Value;
use updraft_model::{
    AttemptId, DagId, DagRunState, IdSource, MapIndex, RunId, RunKey, TaskId, TaskInstanceState, TaskKey,
};
use updraft_store::{
    AttemptVerdict, AttemptWrite, AttemptWriteKind, Expansion, Holder, Lease, PlanCommit, QueuedTask,
    RunChange,
};

use crate::support::{World, now};

/// A scheduler by hand.
pub(crate) struct Engine<'w> {
    world: &'w World,
    lease: Lease,
}

/// A task of a run of `sales`, or a copy of it.
pub(crate) fn task(run: &str, task_id: &str, map_index: i32) -> TaskKey {
    let run = RunKey {
        dag_id: DagId::parse("sales").unwrap(),
        run_id: RunId::parse(run).unwrap(),
    };
    run.task(TaskId::parse(task_id).unwrap(), MapIndex(map_index))
}

impl<'w> Engine<'w> {
    /// Takes the database over once more.
    pub(crate) async fn take_over(world: &'w World) -> Self {
        let holder = Holder {
            hostname: "here".to_owned(),
            pid: 1,
        };
        let ttl = Duration::from_mins(1);
        let lease = world
            .store
            .acquire_scheduler(&holder, now(), ttl, |_| false)
            .await
            .unwrap();
        Self { world, lease }
    }

    /// Takes the database over and starts a run.
    pub(crate) async fn start(world: &'w World, run: RunKey) -> Self {
        let engine = Self::take_over(world).await;
        engine
            .commit(PlanCommit {
                run_states: vec![RunChange {
                    key: run,
                    from: DagRunState::Queued,
                    clear_number: 0,
                    to: DagRunState::Running,
                    at: now(),
                }],
                ..PlanCommit::default()
            })
            .await;
        engine
    }

    async fn commit(&self, plan: PlanCommit) {
        self.world.store.commit_plan(&self.lease, &plan).await.unwrap();
    }

    /// Gives a task so many copies.
    pub(crate) async fn expand(&self, key: &TaskKey, length: u32) {
        let expansion = Expansion {
            key: key.clone(),
            length: Some(length),
        };
        let plan = PlanCommit {
            expansions: vec![expansion],
            ..PlanCommit::default()
        };
        self.commit(plan).await;
    }

    /// Has a task begin its first try, and leave this value.
    pub(crate) async fn begin(&self, key: &TaskKey, returned: Option<Value>) -> AttemptId {
        let attempt = self.world.ids.attempt_id();
        let queued = QueuedTask {
            key: key.clone(),
            from: None,
            attempt,
            try_number: 1,
            priority_weight: 1,
            at: now(),
        };
        let plan = PlanCommit {
            queued: vec![queued],
            ..PlanCommit::default()
        };
        self.commit(plan).await;
        let start = AttemptWriteKind::Start {
            hostname: "worker".to_owned(),
            unixname: "airflow".to_owned(),
            pid: 7,
            at: now(),
        };
        let mut writes = vec![AttemptWrite { attempt, kind: start }];
        writes.extend(returned.map(|value| AttemptWrite {
            attempt,
            kind: AttemptWriteKind::SetXCom {
                key: "return_value".to_owned(),
                value,
                returned: None,
            },
        }));
        let verdicts = self
            .world
            .store
            .apply_attempt_writes(&self.lease, &writes, now())
            .await
            .unwrap();
        assert!(
            verdicts
                .iter()
                .all(|verdict| *verdict == AttemptVerdict::Accepted),
            "{verdicts:?}"
        );
        attempt
    }

    /// Has the try of a task fail for good.
    pub(crate) async fn fail(&self, key: &TaskKey) {
        let row = self.world.store.task_instance(key).await.unwrap().unwrap();
        let kind = AttemptWriteKind::End {
            at: now(),
            attempt_state: TaskInstanceState::Failed,
            outcome: "it failed".to_owned(),
            task_state: Some(TaskInstanceState::Failed),
            max_tries: 1,
            lost_in_row: 0,
            next_try_at: None,
            reschedules: 0,
            wait: None,
            skipped: Vec::new(),
            callbacks: Vec::new(),
            events: Vec::new(),
            ref_events: Vec::new(),
        };
        let attempt = row.attempt.unwrap();
        let write = [AttemptWrite { attempt, kind }];
        let verdicts = self
            .world
            .store
            .apply_attempt_writes(&self.lease, &write, now())
            .await
            .unwrap();
        assert_eq!(verdicts, [AttemptVerdict::Accepted]);
    }
}
