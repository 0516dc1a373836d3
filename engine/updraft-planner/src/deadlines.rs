//! Deadlines of runs: which are open, and what becomes of each. A deadline is open until its run, or its task, has succeeded
//! or the time has come; so those of a run that failed stay open after it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use updraft_model::{DagRunState, DeadlineName, DeadlineRun, DueAt, RunKey, TaskInstanceState, sla_due};

use crate::plan::Draft;
use crate::run::Run;
use crate::timers::{Timer, Timers};
use crate::{DeadlineSnapshot, Decision, Planner, RunSnapshot};

/// Every open deadline.
#[derive(Debug, Default)]
pub(crate) struct Deadlines {
    open: BTreeMap<RunKey, BTreeMap<DeadlineName, Open>>,
    /// New ones, which the store does not have yet.
    unwritten: BTreeSet<(RunKey, DeadlineName)>,
    /// Those that a change from outside has settled, which the store does not know yet.
    met: BTreeMap<(RunKey, DeadlineName), Timestamp>,
}

/// A deadline that has neither been met nor missed.
#[derive(Debug, Clone, Copy)]
struct Open {
    at: DueAt,
    is_called: bool,
}

impl Deadlines {
    fn open(&mut self, key: &RunKey, name: &DeadlineName, open: Open, timers: &mut Timers) {
        timers.set(open.at.due, Timer::Deadline(key.clone(), name.clone()));
        let of_run = self.open.entry(key.clone()).or_default();
        of_run.insert(name.clone(), open);
    }

    fn close(&mut self, key: &RunKey, name: &DeadlineName, timers: &mut Timers) -> Option<Open> {
        let of_run = self.open.get_mut(key)?;
        let open = of_run.remove(name)?;
        if of_run.is_empty() {
            self.open.remove(key);
        }
        timers.cancel(open.at.due, Timer::Deadline(key.clone(), name.clone()));
        Some(open)
    }

    /// Forgets those of a run, which is gone or is about to be taken over anew.
    pub(crate) fn forget(&mut self, key: &RunKey, timers: &mut Timers) {
        for (name, open) in self.open.remove(key).unwrap_or_default() {
            timers.cancel(open.at.due, Timer::Deadline(key.clone(), name.clone()));
            self.unwritten.remove(&(key.clone(), name));
        }
        self.met.retain(|(run, _), _| run != key);
    }

    fn names_of(&self, key: &RunKey) -> Vec<DeadlineName> {
        let of_run = self.open.get(key);
        of_run.map_or_else(Vec::new, |of_run| of_run.keys().cloned().collect())
    }

    /// Takes over the deadlines of an unfinished run, and makes those that it should have and does not. `runtimes` are those
    /// of earlier runs, the newest first.
    pub(crate) fn take_over(&mut self, run: &RunSnapshot, runtimes: &[Duration], timers: &mut Timers) {
        let mut known: BTreeMap<&DeadlineName, &DeadlineSnapshot> =
            run.deadlines.iter().map(|known| (&known.name, known)).collect();
        for (name, open) in wanted(run, runtimes) {
            match known.remove(&name) {
                Some(known) if known.at.reference == open.at.reference => {
                    if known.is_open {
                        let at = known.at;
                        self.open(&run.key, &name, Open { at, ..open }, timers);
                    }
                }
                // The run was cleared, so that its deadline is another one.
                Some(_) | None => {
                    self.open(&run.key, &name, open, timers);
                    self.unwritten.insert((run.key.clone(), name));
                }
            }
        }
        // Its version does not have them any more.
        for given_up in known.into_values().filter(|known| known.is_open) {
            let key = (run.key.clone(), given_up.name.clone());
            self.met.insert(key, given_up.at.due);
        }
    }

    /// Takes over the deadlines of a run that is over: those that it has met by that are settled, the others stay open.
    pub(crate) fn take_over_finished(&mut self, run: &RunSnapshot, timers: &mut Timers) {
        for known in run.deadlines.iter().filter(|known| known.is_open) {
            let is_met = match &known.name {
                _ if run.state == DagRunState::Success => true,
                DeadlineName::Dag(_) => false,
                DeadlineName::Sla(task_id) => {
                    let mut tasks = run.tasks.iter().filter(|task| task.task_id == *task_id);
                    tasks.all(|task| task.state.is_some_and(is_well))
                }
            };
            if is_met {
                let key = (run.key.clone(), known.name.clone());
                self.met.insert(key, known.at.due);
            } else {
                self.reopen(&run.key, known, timers);
            }
        }
    }

    /// Takes over an open deadline of a run that is over.
    pub(crate) fn reopen(&mut self, key: &RunKey, known: &DeadlineSnapshot, timers: &mut Timers) {
        let (at, is_called) = (known.at, known.is_called);
        self.open(key, &known.name, Open { at, is_called }, timers);
    }
}

impl Planner {
    /// Has new deadlines written, and what changes from outside made of others.
    pub(crate) fn write_deadlines(&mut self, draft: &mut Draft) {
        for (key, name) in std::mem::take(&mut self.deadlines.unwritten) {
            let of_run = self.deadlines.open.get(&key);
            if let Some(Open { at, is_called }) = of_run.and_then(|of_run| of_run.get(&name)).copied() {
                draft.decisions.push(Decision::SetDeadline {
                    key,
                    name,
                    at,
                    is_called,
                });
            }
        }
        for ((key, name), due) in std::mem::take(&mut self.deadlines.met) {
            draft.decisions.push(Decision::MeetDeadline {
                key,
                name,
                due,
                at: draft.now,
            });
        }
    }

    /// A run is over: its deadlines are met, or of one that failed those of tasks that succeeded.
    pub(crate) fn end_deadlines(&mut self, run: &Run, state: DagRunState, draft: &mut Draft) {
        for name in self.deadlines.names_of(&run.key) {
            if state == DagRunState::Success || has_succeeded(run, &name) {
                self.meet(&run.key, name, draft);
            }
        }
    }

    /// The time of a deadline has come.
    pub(crate) fn fire_deadline(&mut self, key: &RunKey, name: DeadlineName, draft: &mut Draft) {
        let run = self.run(key);
        if run.is_some_and(|run| has_succeeded(run, &name)) {
            return self.meet(key, name, draft);
        }
        let state = run.map_or(DagRunState::Failed, |run| run.state);
        let Some(Open { at, is_called }) = self.deadlines.close(key, &name, &mut self.timers) else {
            return;
        };
        draft.decisions.push(Decision::MissDeadline {
            reason: reason(state, &name, at.due),
            key: key.clone(),
            name,
            due: at.due,
            is_called,
            at: draft.now,
        });
    }

    fn meet(&mut self, key: &RunKey, name: DeadlineName, draft: &mut Draft) {
        if let Some(open) = self.deadlines.close(key, &name, &mut self.timers) {
            draft.decisions.push(Decision::MeetDeadline {
                key: key.clone(),
                name,
                due: open.at.due,
                at: draft.now,
            });
        }
    }
}

/// The deadlines that an unfinished run should have.
fn wanted(run: &RunSnapshot, runtimes: &[Duration]) -> Vec<(DeadlineName, Open)> {
    let facts = DeadlineRun {
        run_type: run.run_type,
        logical_date: run.logical_date,
        run_after: run.run_after,
        queued_at: run.queued_at.unwrap_or(run.run_after),
    };
    let of_run = (0..).zip(&run.spec.deadlines).filter_map(|(place, deadline)| {
        let (at, is_called) = (deadline.due(&facts, runtimes)?, true);
        Some((DeadlineName::Dag(place), Open { at, is_called }))
    });
    let is_called = run
        .spec
        .callbacks
        .contains(&updraft_model::CallbackEvent::SlaMiss);
    let of_tasks = run.spec.tasks.iter().filter_map(|task| {
        let at = sla_due(task.sla?, &facts);
        Some((DeadlineName::Sla(task.task_id.clone()), Open { at, is_called }))
    });
    of_run.chain(of_tasks).collect()
}

/// Whether the task of a deadline, with all its copies, succeeded or was skipped.
fn has_succeeded(run: &Run, name: &DeadlineName) -> bool {
    match name {
        DeadlineName::Dag(_) => false,
        DeadlineName::Sla(task_id) => {
            let task = run.dag.graph().index(task_id);
            task.is_some_and(|task| run.ended_well(task))
        }
    }
}

const fn is_well(state: TaskInstanceState) -> bool {
    use TaskInstanceState::{Removed, Skipped, Success};
    matches!(state, Success | Skipped | Removed)
}

/// What has not happened in time.
fn reason(state: DagRunState, name: &DeadlineName, due: Timestamp) -> String {
    match name {
        DeadlineName::Dag(_) => format!("the run has not succeeded by {due}, it is {state}"),
        DeadlineName::Sla(task_id) => {
            format!("task `{task_id}` has not succeeded by {due}, its run is {state}")
        }
    }
}
