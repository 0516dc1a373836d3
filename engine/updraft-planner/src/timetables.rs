//! DAGs whose timetable is their source's own: which questions are open, and what the answers say.
//!
//! The planner asks nobody. A DAG of which it must know the next run and does not is noted as unanswered; a shell has its
//! program asked, writes the answer down and tells it here. It counts as long as version and last run are those it was given
//! for, so that each run that is made opens the next question.

use jiff::Timestamp;
use updraft_model::{CustomTimetable, DagId, NextRun, RunId, RunInfo, TimetableAnswer, TimetableQuestion};

use crate::Planner;
use crate::dag::Definition;
use crate::timers::Timer;

impl Definition {
    /// Whether its program is to be asked for scheduled runs.
    pub(crate) fn asks(&self) -> bool {
        let custom = self.dag.spec().schedule.custom();
        custom.is_some_and(|timetable| timetable.can_be_scheduled)
    }

    /// What its program has told of the next run, if that still counts.
    pub(crate) fn told(&self) -> Option<&NextRun> {
        let answer = self.answer.as_ref()?;
        (answer.version == self.version && answer.last == self.last_scheduled).then_some(&answer.next)
    }

    /// The name of the next run, if its program gives it one.
    pub(crate) fn told_run_id(&self) -> Option<RunId> {
        self.told()?.run()?.run_id.clone()
    }

    fn question(&self) -> TimetableQuestion {
        // Once its run was made, an answer about the run before tells when that was due.
        let made = self.answer.as_ref().and_then(|answer| answer.next.run());
        let made = made.filter(|run| Some(run.data_interval) == self.last_scheduled);
        let same = self
            .answer
            .as_ref()
            .filter(|answer| answer.last == self.last_scheduled);
        TimetableQuestion {
            version: self.version,
            last: self.last_scheduled,
            last_run_after: made.map(|run| run.run_after).or_else(|| same?.last_run_after),
            restriction: self.dag.time_restriction(),
            failures: match self.told() {
                Some(NextRun::Failed { failures, .. }) => *failures,
                Some(NextRun::Run(_) | NextRun::None { .. }) | None => 0,
            },
        }
    }
}

impl Planner {
    /// What the programs of DAGs are to be asked, as far as the last plan found it, by id. Each answer goes to
    /// [`Planner::take_answer`] once the store has it.
    pub fn unanswered(&self) -> impl Iterator<Item = (&DagId, TimetableQuestion)> {
        let asking = |dag_id| Some((dag_id, self.dags.get(dag_id)?.definition.as_ref()?.question()));
        self.unanswered.iter().filter_map(asking)
    }

    /// The timetable of its own that a DAG follows.
    pub fn timetable(&self, dag_id: &DagId) -> Option<&CustomTimetable> {
        let definition = self.dags.get(dag_id)?.definition.as_ref()?;
        definition.dag.spec().schedule.custom()
    }

    /// Takes over what the program of a DAG has told; the store has it so. An answer to a question that is not asked any more is
    /// left alone.
    pub fn take_answer(&mut self, dag_id: &DagId, answer: TimetableAnswer) {
        let definition = self.dags.get_mut(dag_id).and_then(|dag| dag.definition.as_mut());
        let counts = |definition: &&mut Definition| {
            answer.version == definition.version && answer.last == definition.last_scheduled
        };
        if let Some(definition) = definition.filter(counts) {
            definition.answer = Some(answer);
            self.unanswered.remove(dag_id);
            self.dirty_dags.insert(dag_id.clone());
        }
    }

    /// Asks a DAG's program again without further delay, if it could not answer: it may be another one now.
    pub fn ask_again(&mut self, dag_id: &DagId) {
        let definition = self.dags.get_mut(dag_id).and_then(|dag| dag.definition.as_mut());
        let failed = definition.filter(|known| matches!(known.told(), Some(NextRun::Failed { .. })));
        if let Some(answer) = failed.and_then(|definition| definition.answer.as_mut()) {
            let ask_again_at = Timestamp::MIN;
            answer.next = NextRun::None { ask_again_at };
            self.dirty_dags.insert(dag_id.clone());
        }
    }

    /// The next scheduled run as the DAG's program has told it. If it has to be asked for it, that is noted, or when that is
    /// to be done.
    pub(crate) fn told_run(&mut self, dag_id: &DagId, now: Timestamp) -> Option<RunInfo> {
        let definition = self.dags.get(dag_id)?.definition.as_ref()?;
        match definition.told() {
            Some(NextRun::Run(run)) => return Some(run.info()),
            Some(NextRun::None { ask_again_at } | NextRun::Failed { ask_again_at, .. })
                if *ask_again_at > now =>
            {
                let (at, timer) = (*ask_again_at, Timer::Dag(dag_id.clone()));
                self.timers.set(at, timer);
            }
            Some(NextRun::None { .. } | NextRun::Failed { .. }) | None => {
                self.unanswered.insert(dag_id.clone());
            }
        }
        None
    }
}
