//! Which transitions of tasks and runs the scenario scripts exercise.

use std::collections::BTreeSet;

use updraft_model::{DagRunState, RunEvent, TaskEvent, TaskInstanceState, transition, transition_run};

type State = Option<TaskInstanceState>;

/// What has happened to tasks and runs, with the state they were in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Coverage {
    tasks: BTreeSet<(TaskEvent, State)>,
    runs: BTreeSet<(RunEvent, DagRunState)>,
}

impl Coverage {
    /// Something happened to a task. Gives its new state, and panics if the model does not know that it can.
    pub(crate) fn task(&mut self, from: State, event: TaskEvent) -> State {
        self.tasks.insert((event, from));
        transition(from, event).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The same for a run.
    pub(crate) fn run(&mut self, from: DagRunState, event: RunEvent) -> DagRunState {
        self.runs.insert((event, from));
        transition_run(from, event).unwrap_or_else(|error| panic!("{error}"))
    }

    /// A plan leads a task from one state to another, perhaps over states between; panics if the model knows no way.
    pub(crate) fn path(&mut self, from: State, to: State) {
        use TaskInstanceState as S;

        if from == to {
            // A copy gets a row of its own.
            return;
        }
        let start = match from {
            Some(S::Removed) => self.task(from, TaskEvent::Restore),
            other => other,
        };
        let events: &[TaskEvent] = match (start, to) {
            (Some(S::Scheduled), Some(S::Queued)) => &[TaskEvent::Queue],
            (_, Some(S::Queued)) => &[TaskEvent::Schedule, TaskEvent::Queue],
            (_, Some(S::Scheduled)) => &[TaskEvent::Schedule],
            (_, Some(S::Success)) => &[TaskEvent::Schedule, TaskEvent::Bypass],
            // With its run, or because another task failed.
            (Some(S::Deferred), Some(S::Skipped)) => &[TaskEvent::Mark(S::Skipped)],
            (_, Some(S::Skipped)) => &[TaskEvent::Skip],
            (_, Some(S::UpstreamFailed)) => &[TaskEvent::UpstreamFail],
            (_, Some(S::Removed)) => &[TaskEvent::Remove],
            (None, None) => &[],
            (_, None) => &[TaskEvent::Clear],
            (from, to) => panic!("a plan leads a task from {from:?} to {to:?}"),
        };
        let end = events.iter().fold(start, |state, event| self.task(state, *event));
        assert_eq!(end, to, "from {from:?}");
    }

    /// An attempt ends and leads its task from one state to another.
    pub(crate) fn end(&mut self, from: State, to: State) {
        use TaskInstanceState as S;

        let event = match to {
            None => TaskEvent::Restarted,
            Some(S::Success) => TaskEvent::Succeed,
            Some(S::Skipped) => TaskEvent::Skip,
            Some(S::Failed) => TaskEvent::Fail,
            Some(S::UpForRetry) => TaskEvent::Retry,
            Some(S::UpForReschedule) => TaskEvent::Reschedule,
            Some(S::Deferred) => TaskEvent::Defer,
            Some(S::Scheduled) => TaskEvent::Lose,
            Some(other) => panic!("no attempt leads its task to `{other}`"),
        };
        assert_eq!(self.task(from, event), to, "from {from:?}");
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.tasks.extend(other.tasks);
        self.runs.extend(other.runs);
    }

    /// Every transition that the model allows and that never happened: `task EVENT in STATE`, `run EVENT in STATE`.
    pub(crate) fn missing(&self) -> BTreeSet<String> {
        let states: Vec<State> = [None]
            .into_iter()
            .chain(TaskInstanceState::ALL.map(Some))
            .collect();
        let mut missing = BTreeSet::new();
        for event in TaskEvent::ALL {
            for from in &states {
                if transition(*from, event).is_ok() && !self.tasks.contains(&(event, *from)) {
                    missing.insert(format!("task {event} in {}", TaskInstanceState::text(*from)));
                }
            }
        }
        for event in RunEvent::ALL {
            for from in DagRunState::ALL {
                if transition_run(from, event).is_ok() && !self.runs.contains(&(event, from)) {
                    missing.insert(format!("run {event} in {from}"));
                }
            }
        }
        missing
    }
}
