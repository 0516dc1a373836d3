//! Waits of deferred tasks: what becomes of them in the database of the simulation, and when they may end.

use jiff::Timestamp;
use updraft_model::{
    AttemptId, OpenWait, Resumption, TaskEvent, TaskInstanceState, TaskKey, WaitEnd, transition,
};
use updraft_store::{NewWait, PlanCommit, ResumedTask, StoredTask, StoredWait};

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
        WaitEnd::Event(_) => assert!(is_over(times.fires_at), "{key} goes on before {times:?}"),
        WaitEnd::TimedOut => assert!(is_over(times.times_out_at), "{key} gives up before {times:?}"),
        WaitEnd::Failed(reason) => panic!("a moment cannot fail: {reason}"),
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
