//! A store in memory: it does what plans say and refuses what does not fit, as the real one does.

use std::collections::{BTreeMap, BTreeSet};

use updraft_model::{
    AttemptId, DagId, DagRunState, DagSpec, RunEvent, RunKey, RunType, TaskId, TaskInstanceState, TaskKey,
    TriggerDecision, UpstreamCounts, evaluate, transition_run,
};
use updraft_planner::{
    AttemptEffect, DagSnapshot, Decision, FinishReason, Limits, PastRun, RunSnapshot, Snapshot, TaskSnapshot,
};

/// What a database would hold; finished runs stay.
#[derive(Debug, Default)]
pub(crate) struct Store {
    pub(crate) dags: BTreeMap<DagId, DagSnapshot>,
    pub(crate) runs: BTreeMap<RunKey, RunSnapshot>,
    pub(crate) limits: Limits,
    /// Every attempt that was ever handed out.
    attempts: BTreeSet<AttemptId>,
}

impl Store {
    /// What a new planner starts from.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let unfinished = self.runs.values().filter(|run| !run.state.is_finished());
        Snapshot {
            dags: self.dags.keys().map(|dag_id| self.dag(dag_id)).collect(),
            runs: unfinished.map(|run| self.run(&run.key)).collect(),
            limits: self.limits,
        }
    }

    /// A DAG with what is only known from its runs.
    pub(crate) fn dag(&self, dag_id: &DagId) -> DagSnapshot {
        let mut dag = self.dags[dag_id].clone();
        let finished = self.finished(dag_id, dag.spec.catchup);
        if looks_back(&dag.spec) {
            dag.newest_finished = finished.max_by_key(|run| run.logical_date).map(past);
        }
        dag
    }

    /// A run with what is only known from other runs.
    pub(crate) fn run(&self, key: &RunKey) -> RunSnapshot {
        let mut run = self.runs[key].clone();
        let before = self
            .finished(&key.dag_id, run.spec.catchup)
            .filter(|other| other.logical_date < run.logical_date);
        if looks_back(&run.spec) {
            run.previous = before.max_by_key(|other| other.logical_date).map(past);
        }
        run
    }

    fn finished<'a>(
        &'a self,
        dag_id: &'a DagId,
        scheduled_only: bool,
    ) -> impl Iterator<Item = &'a RunSnapshot> {
        let counts = move |run: &&RunSnapshot| {
            run.key.dag_id == *dag_id
                && run.state.is_finished()
                && (!scheduled_only || run.run_type == RunType::Scheduled)
        };
        self.runs.values().filter(counts)
    }

    pub(crate) fn task(&self, key: &TaskKey) -> &TaskSnapshot {
        let run = &self.runs[&key.run_key()];
        run.tasks
            .iter()
            .find(|task| task.task_id == key.task_id)
            .expect("the run has the task")
    }

    pub(crate) fn task_mut(&mut self, key: &TaskKey) -> &mut TaskSnapshot {
        let run = self.runs.get_mut(&key.run_key()).expect("the run exists");
        run.tasks
            .iter_mut()
            .find(|task| task.task_id == key.task_id)
            .expect("the run has the task")
    }

    /// The live attempts of all runs, of unfinished ones and of others.
    pub(crate) fn live(&self) -> impl Iterator<Item = (TaskKey, AttemptId, TaskInstanceState)> {
        self.runs.values().flat_map(|run| {
            let live = run.tasks.iter().filter_map(|task| {
                Some((
                    task,
                    task.attempt?,
                    task.state.filter(|state| state.has_attempt())?,
                ))
            });
            live.map(|(task, attempt, state)| {
                (run.key.task(task.task_id.clone(), task.map_index), attempt, state)
            })
        })
    }

    /// What must hold before a decision is written, worked out from the descriptions of the DAGs alone.
    pub(crate) fn check(&self, decision: &Decision) {
        match decision {
            Decision::Queue { key, .. } => {
                let run = &self.runs[&key.run_key()];
                assert_eq!(run.state, DagRunState::Running, "{key} is queued");
                assert!(
                    !self.dags[&key.dag_id].is_paused,
                    "{key} is queued while its dag is paused"
                );
                let rule = run
                    .spec
                    .task(&key.task_id)
                    .expect("the dag has the task")
                    .trigger_rule;
                let counts = upstreams(run, &key.task_id);
                assert_eq!(
                    evaluate(rule, &counts),
                    TriggerDecision::Run,
                    "{key} is queued: {rule} {counts:?}"
                );
            }
            Decision::FinishRun {
                key, state, reason, ..
            } => {
                let run = &self.runs[key];
                let is_over = |task: &TaskSnapshot| task.state.is_some_and(TaskInstanceState::is_finished);
                assert!(run.tasks.iter().all(is_over), "{key} ends with unfinished tasks");
                if *reason != FinishReason::TimedOut {
                    assert_eq!(*state, state_by_leaves(run), "{key} ends");
                }
            }
            Decision::CreateRun(_)
            | Decision::AdvanceDag { .. }
            | Decision::StartRun { .. }
            | Decision::SetTask { .. }
            | Decision::Retry { .. }
            | Decision::Abandon { .. }
            | Decision::Kill { .. } => {}
        }
    }

    /// No limit is exceeded, by what is running now.
    pub(crate) fn check_limits(&self) {
        assert!(
            self.live().count() <= self.limits.parallelism,
            "parallelism is exceeded"
        );
        for (dag_id, dag) in &self.dags {
            let live = self.live().filter(|(key, ..)| key.dag_id == *dag_id).count();
            assert!(
                live <= dag.spec.max_active_tasks as usize,
                "max_active_tasks of {dag_id} is exceeded"
            );
            let is_running =
                |run: &&RunSnapshot| run.key.dag_id == *dag_id && run.state == DagRunState::Running;
            let running = self.runs.values().filter(is_running).count();
            assert!(
                running <= dag.spec.max_active_runs as usize,
                "max_active_runs of {dag_id} is exceeded"
            );
        }
    }

    /// Writes one decision, and panics where the real store would refuse it.
    pub(crate) fn commit(&mut self, decision: &Decision) {
        match decision {
            Decision::CreateRun(run) => {
                let old = self.runs.insert(run.key.clone(), (**run).clone());
                assert!(old.is_none(), "run {} is made twice", run.key);
            }
            Decision::AdvanceDag { dag_id, last, .. } => {
                self.dags.get_mut(dag_id).expect("the dag exists").last_scheduled = Some(*last);
            }
            Decision::StartRun { key, at } => {
                let run = self.runs.get_mut(key).expect("the run exists");
                run.state = transition_run(run.state, RunEvent::Start).expect("it was queued");
                run.start_date = Some(*at);
            }
            Decision::FinishRun { key, state, .. } => {
                let run = self.runs.get_mut(key).expect("the run exists");
                assert_eq!(run.state, DagRunState::Running, "{key} ends");
                run.state = *state;
            }
            Decision::SetTask { key, from, to, .. } => {
                let task = self.task_mut(key);
                assert_eq!(task.state, *from, "{key} becomes {to:?}");
                task.state = *to;
                task.attempt = task
                    .attempt
                    .filter(|_| to.is_some_and(TaskInstanceState::has_attempt));
            }
            Decision::Abandon {
                key,
                from,
                to,
                attempt,
                ..
            } => {
                let task = self.task_mut(key);
                assert_eq!(
                    (task.state, task.attempt),
                    (Some(*from), Some(*attempt)),
                    "{key} is given up"
                );
                (task.state, task.attempt) = (Some(*to), None);
            }
            Decision::Queue {
                key,
                from,
                attempt,
                try_number,
                ..
            } => {
                assert!(self.attempts.insert(*attempt), "attempt {attempt} is used twice");
                let task = self.task_mut(key);
                assert_eq!(task.state, *from, "{key} is queued");
                assert_eq!(task.try_number + 1, *try_number, "{key} is queued");
                task.state = Some(TaskInstanceState::Queued);
                task.attempt = Some(*attempt);
                task.try_number = *try_number;
                task.next_try_at = None;
            }
            Decision::Retry { key, next_try_at } => self.task_mut(key).next_try_at = Some(*next_try_at),
            Decision::Kill { .. } => {}
        }
    }

    /// Writes the end of an attempt.
    pub(crate) fn end_attempt(&mut self, key: &TaskKey, effect: &AttemptEffect) {
        let task = self.task_mut(key);
        task.attempt = None;
        task.state = effect.state;
        task.max_tries = effect.max_tries;
        task.lost_in_row = effect.lost_in_row;
        task.next_try_at = effect.next_try_at;
    }
}

/// How far the upstreams of a task are.
fn upstreams(run: &RunSnapshot, task_id: &TaskId) -> UpstreamCounts {
    let mut counts = UpstreamCounts::NONE;
    for upstream in &run
        .spec
        .task(task_id)
        .expect("the dag has the task")
        .upstream_task_ids
    {
        let is_setup = run
            .spec
            .task(upstream)
            .expect("the dag has the upstream")
            .is_setup;
        counts.expect(is_setup);
        if let Some(state) = run
            .tasks
            .iter()
            .find(|task| task.task_id == *upstream)
            .and_then(|task| task.state)
        {
            counts.record(state, is_setup);
        }
    }
    counts
}

/// Failed if a task that nothing follows failed; teardowns neither follow nor fail.
fn state_by_leaves(run: &RunSnapshot) -> DagRunState {
    use TaskInstanceState::{Failed, UpstreamFailed};
    let work = || run.spec.tasks.iter().filter(|task| !task.is_teardown);
    let is_followed = |task_id: &TaskId| work().any(|other| other.upstream_task_ids.contains(task_id));
    let has_failed = |task: &TaskSnapshot| matches!(task.state, Some(Failed | UpstreamFailed));
    let is_leaf =
        |task: &&TaskSnapshot| work().any(|spec| spec.task_id == task.task_id) && !is_followed(&task.task_id);
    let failed = run.tasks.iter().filter(is_leaf).any(has_failed);
    if failed {
        DagRunState::Failed
    } else {
        DagRunState::Success
    }
}

fn looks_back(spec: &DagSpec) -> bool {
    spec.tasks.iter().any(|task| task.depends_on_past)
}

fn past(run: &RunSnapshot) -> PastRun {
    let ended_well = |task: &&TaskSnapshot| {
        matches!(
            task.state,
            Some(TaskInstanceState::Success | TaskInstanceState::Skipped)
        )
    };
    let unsuccessful = run
        .tasks
        .iter()
        .filter(|task| !ended_well(task))
        .map(|task| task.task_id.clone());
    PastRun {
        run_id: run.key.run_id.clone(),
        logical_date: run.logical_date,
        unsuccessful: unsuccessful.collect(),
    }
}
