//! Waits of deferred tasks: what becomes of them in the database of the simulation, and when they may end.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use updraft_model::{
    AttemptId, ExternalPicture, ExternalRun, ExternalWait, OpenWait, Resumption, RunReference, TaskEvent,
    TaskInstanceState, TaskKey, Trigger, WaitEnd, transition,
};
use updraft_store::{NewWait, PlanCommit, ResumedTask, StoredRun, StoredTask, StoredWait};

use super::database::Database;

impl Database {
    /// Every task of an unfinished run that waits without an attempt.
    pub(crate) fn deferred(&self) -> impl Iterator<Item = TaskKey> {
        let unfinished = self.runs.values().filter(|run| !run.state.is_finished());
        unfinished.flat_map(|run| {
            let is_deferred = |task: &&StoredTask| task.state == Some(TaskInstanceState::Deferred);
            let waiting = run.tasks.iter().filter(is_deferred);
            waiting.map(|task| run.key.task(task.task_id.clone(), task.map_index))
        })
    }

    /// What these waits are for, as it is now.
    pub(crate) fn external_picture(&self, waits: &[&ExternalWait]) -> ExternalPicture {
        let mut picture = ExternalPicture::default();
        for wait in waits {
            for reference in &wait.runs {
                let is_it = |run: &&StoredRun| match reference {
                    RunReference::Id(run_id) => run.key.run_id.as_str() == run_id,
                    RunReference::Date(at) => run.logical_date == Some(*at),
                };
                let mut runs = self.runs.values().filter(|run| run.key.dag_id == wait.dag_id);
                if let Some(run) = runs.find(is_it) {
                    let mut tasks = BTreeMap::new();
                    for task in &run.tasks {
                        let states: &mut Vec<_> = tasks.entry(task.task_id.clone()).or_default();
                        states.push(task.state);
                    }
                    let run = ExternalRun {
                        run_id: run.key.run_id.clone(),
                        state: run.state,
                        tasks,
                        groups: BTreeMap::new(),
                    };
                    picture.insert(wait.dag_id.clone(), reference.clone(), Arc::new(run));
                }
            }
        }
        picture
    }

    /// A wait for a task of some run, which may have ended, or never end.
    pub(crate) fn some_external_wait(&self, at: impl Fn(usize) -> usize) -> Option<Trigger> {
        let run = self.runs.values().nth(at(self.runs.len().max(1)))?;
        let task = run.spec.tasks.get(at(run.spec.tasks.len().max(1)))?;
        let runs = [match run.logical_date {
            Some(date) if at(2) == 0 => RunReference::Date(date),
            _ => RunReference::from(&run.key.run_id),
        }];
        let trigger = Trigger::external_tasks(run.key.dag_id.as_str(), [task.task_id.as_str()], runs);
        let trigger = trigger.kwarg("failed_states", ["failed", "upstream_failed"]);
        Some(trigger.kwarg("poke_interval", at(30) as f64))
    }

    /// Waits end, each once.
    pub(crate) fn write_resumed(&mut self, plan: &PlanCommit) -> Result<(), &'static str> {
        for resumed in &plan.resumed {
            let task = self.task_mut(&resumed.key).ok_or("waits")?;
            let wait = task.wait.take().filter(|wait| wait.open.id == resumed.wait);
            let deferred = Some(TaskInstanceState::Deferred);
            let wait = wait.filter(|_| task.state == deferred).ok_or("waits")?;
            task.state = transition(task.state, TaskEvent::Resume).map_err(|_| "waits")?;
            (task.scheduled_at, task.resumes) = (Some(resumed.at), true);
            let is_first = self.fired.insert(resumed.wait);
            assert!(
                is_first,
                "the wait {} of {} ends twice",
                resumed.wait, resumed.key
            );
            check_end(&wait, resumed);
            let resumption = wait.deferral.resumed_by(resumed.end.clone());
            self.resumptions.insert(resumed.key.clone(), resumption);
        }
        Ok(())
    }

    /// How the live attempt of a task goes on.
    pub(crate) fn resumption(&self, attempt: AttemptId) -> Option<Resumption> {
        let (key, _) = self.live().find(|(_, live)| *live == attempt)?;
        let task = self.task(&key).filter(|task| task.resumes)?;
        assert!(
            task.reschedules > 0,
            "{key} goes on with a try that was not put off"
        );
        self.resumptions.get(&key).cloned()
    }
}

/// A wait ends only when it can: a moment has come, or the wait has taken too long.
fn check_end(wait: &StoredWait, resumed: &ResumedTask) {
    let (times, key) = (wait.open.times, &resumed.key);
    let is_over = |at: Option<Timestamp>| at.is_some_and(|at| at <= resumed.at);
    match &resumed.end {
        WaitEnd::Event(event) if event.get("status").is_some() => {
            assert_eq!(
                times.fires_at, None,
                "{key} waits for a time, not for another task"
            );
        }
        WaitEnd::Event(_) => assert!(is_over(times.fires_at), "{key} goes on before {times:?}"),
        WaitEnd::TimedOut => assert!(is_over(times.times_out_at), "{key} gives up before {times:?}"),
        WaitEnd::Task(end) => panic!("there are no triggers of Python: {end:?}"),
        WaitEnd::Failed(reason) => panic!("nobody breaks what is waited for: {reason}"),
    }
}

/// What the end of an attempt makes of the wait of its task.
pub(crate) fn put_off(task: &mut StoredTask, attempt: AttemptId, wait: Option<&NewWait>) {
    task.resumes &= task.state == Some(TaskInstanceState::Scheduled);
    let since = task.end_date;
    task.wait = wait.zip(since).map(|(wait, since)| StoredWait {
        open: OpenWait {
            id: attempt,
            times: wait.times,
        },
        deferral: wait.deferral.clone(),
        since,
    });
}
