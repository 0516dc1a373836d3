//! What the dispatcher has to do with waits: it says which there are, and hears when one has ended.

use std::collections::BTreeSet;

use updraft_model::{AttemptId, Deferral, RunKey, RunReference, TaskInstanceState, TaskKey, Wait};
use updraft_planner::{Decision, PlannerEvent};
use updraft_store::StoredRun;

use super::EndedWait;
use crate::dispatcher::Scheduler;
use crate::runs::Runs;

impl Scheduler {
    /// Takes over all unfinished runs, with the waits of their tasks.
    pub(crate) fn take_runs(&mut self, runs: Vec<StoredRun>) {
        self.inbox.waits.clear();
        for run in &runs {
            self.look_after_run(run);
        }
        self.runs = Runs::new(runs);
    }

    /// Of a run these waits are looked after from now on, and no others.
    pub(crate) fn look_after_run(&mut self, run: &StoredRun) {
        let waits = || {
            run.tasks
                .iter()
                .filter_map(|task| Some((task, task.wait.as_ref()?)))
        };
        let open: BTreeSet<AttemptId> = waits().map(|(_, wait)| wait.open.id).collect();
        self.inbox.waits.retain(&run.key, &open);
        for (task, wait) in waits() {
            let key = run.key.task(task.task_id.clone(), task.map_index);
            self.look_after(key, task.try_number, wait.open.id, &wait.deferral);
        }
    }

    /// A task waits from now on, in this try.
    pub(crate) fn look_after(&mut self, key: TaskKey, try_number: u32, id: AttemptId, deferral: &Deferral) {
        match Wait::of(&deferral.trigger) {
            Ok(wait) => self.inbox.waits.add(key, try_number, id, wait),
            // Only another version of this program could wait for it.
            Err(problem) => tracing::error!(task = %key, "it waits for something unknown: {problem}"),
        }
    }

    /// No task of a run waits any more that the planner does not know of.
    pub(crate) fn give_up_waits(&mut self, run: &RunKey) {
        let open = self.planner.open_waits(run);
        self.inbox.waits.retain(run, &open);
    }

    /// Something has happened to a run or to its tasks: who waits for that is looked at.
    pub(crate) fn touch_run(&mut self, key: &RunKey) {
        if self.inbox.waits.awaits_runs() {
            let run = self.runs.get(key);
            let date = run.and_then(|run| run.logical_date).map(RunReference::Date);
            let references = [RunReference::from(&key.run_id)].into_iter().chain(date);
            self.inbox.waits.touch(&key.dag_id, references);
        }
    }

    /// Tells the planner which waits have ended.
    pub(crate) fn end_waits(&mut self, ended: Vec<EndedWait>) {
        for EndedWait { key, wait, end } in ended {
            let event = PlannerEvent::WaitEnded { key, wait, end };
            if let Err(error) = self.planner.apply(&event) {
                // Its task was changed meanwhile.
                tracing::debug!("a wait has ended that nobody waits for: {error}");
            }
        }
    }

    /// Waits that a plan has ended are looked after no more.
    pub(crate) fn note_waits(&mut self, decisions: &[Decision]) {
        let mut changed = BTreeSet::new();
        for decision in decisions {
            match decision {
                Decision::FinishRun { key, .. } | Decision::StartRun { key, .. } => self.touch_run(key),
                Decision::SetTask { key, .. } => self.touch_run(&key.run_key()),
                _ => {}
            }
            match decision {
                Decision::Resume { wait, .. } => self.inbox.waits.remove(*wait),
                Decision::SetTask {
                    key,
                    from: Some(TaskInstanceState::Deferred),
                    ..
                } => {
                    changed.insert(key.run_key());
                }
                _ => {}
            }
        }
        for run in &changed {
            self.give_up_waits(run);
        }
    }
}
