//! One DAG in the planner's picture: how it is defined, its unfinished runs, and its tasks that wait for room.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use updraft_model::{
    DagId, DagVersionId, DataInterval, RunId, RunInfo, RunType, TaskId, TaskIndex, TaskInstanceState,
    TimetableAnswer, ValidDag,
};

use crate::PastRun;
use crate::assets::AssetQueue;
use crate::lines::Lines;
use crate::ready::Ready;
use crate::room::{Head, Lane, Pools, Room, Seat};
use crate::run::{Run, SeatChange};
use crate::span::Span;

/// A DAG: its definition, if its source is there, and its unfinished runs, which may outlive that.
#[derive(Debug, Default)]
pub(crate) struct Dag {
    pub(crate) definition: Option<Definition>,
    pub(crate) runs: BTreeMap<RunId, Run>,
    /// In which lines its runs wait for their turn.
    pub(crate) lines: Lines,
    /// Its scheduled tasks.
    pub(crate) ready: Ready,
    /// The heads that it has entered in the pools.
    pub(crate) heads: BTreeMap<Lane, Head>,
    /// How many live attempts its runs have.
    pub(crate) live: usize,
    /// Its source cannot be read, so that nothing of it can be run.
    pub(crate) is_unreadable: bool,
}

/// How a DAG is defined now; runs keep the version they were made with.
#[derive(Debug)]
pub(crate) struct Definition {
    pub(crate) version: DagVersionId,
    pub(crate) dag: Arc<ValidDag>,
    pub(crate) is_paused: bool,
    pub(crate) is_active: bool,
    /// The data interval of the newest scheduled run.
    pub(crate) last_scheduled: Option<DataInterval>,
    /// The next scheduled run, as far as it was worked out.
    pub(crate) next: Option<RunInfo>,
    /// The asset events that wait for the next run.
    pub(crate) asset_queue: AssetQueue,
    /// How long its newest runs took that are over, the newest first: as many as its deadlines look at.
    pub(crate) runtimes: VecDeque<Duration>,
    /// What its program has told last of the next run, whether or not that still counts.
    pub(crate) answer: Option<TimetableAnswer>,
    /// The timetable fails: no more scheduled runs until the definition changes.
    pub(crate) is_broken: bool,
}

impl Definition {
    /// Notes how long a run took that is over.
    pub(crate) fn note_runtime(&mut self, runtime: Duration) {
        self.runtimes.push_front(runtime);
        self.runtimes.truncate(self.dag.spec().runtimes_needed() as usize);
    }

    /// How long its newest runs took that are over, the newest first.
    pub(crate) fn runtimes(&self) -> Vec<Duration> {
        self.runtimes.iter().copied().collect()
    }
}

impl Dag {
    /// Whether runs may start and tasks may be scheduled: it is defined, active, not paused, and its source can be read.
    pub(crate) fn goes_on(&self) -> bool {
        let is_on = |definition: &Definition| definition.is_active && !definition.is_paused;
        !self.is_unreadable && self.definition.as_ref().is_some_and(is_on)
    }

    /// How many tasks may be queued or running at once.
    pub(crate) fn max_active_tasks(&self) -> usize {
        self.definition
            .as_ref()
            .map_or(0, |definition| definition.dag.spec().max_active_tasks as usize)
    }

    /// How many runs may be running at once.
    pub(crate) fn max_active_runs(&self) -> usize {
        self.definition
            .as_ref()
            .map_or(0, |definition| definition.dag.spec().max_active_runs as usize)
    }

    /// Scheduled tasks of a run wait for room from now on.
    pub(crate) fn add_ready(&mut self, run: &Run, span: &Span) {
        self.ready
            .insert(run.spec(span.task), &run.ready_task(span.first()), span);
    }

    /// Scheduled tasks of a run are not to wait for room any more; others do not.
    pub(crate) fn remove_ready(&mut self, run: &Run, span: &Span) {
        if run.task(span.first()).state == Some(TaskInstanceState::Scheduled) {
            self.ready
                .remove(run.spec(span.task), &run.ready_task(span.first()), span);
        }
    }

    /// Tells the pools which slots tasks of a run have taken or left.
    pub(crate) fn settle_seats(&mut self, run: &mut Run, room: &mut Room) {
        for SeatChange { task, from, to } in run.take_seat_changes() {
            let spec = run.spec(task);
            room.pools.change_seat(&Lane::of(spec), from, to);
            if from == Seat::Attempt {
                self.ready.end(spec, &run.key.run_id);
                self.live -= 1;
                room.live -= 1;
            }
            if to == Seat::Attempt {
                self.ready.begin(spec, &run.key.run_id);
                self.live += 1;
                room.live += 1;
            }
        }
    }

    /// Enters its first tasks in the pools, as its limits and pause have it now. Gives the pools in which something may have
    /// changed.
    pub(crate) fn refresh_heads(&mut self, dag_id: &DagId, pools: &mut Pools) -> BTreeSet<String> {
        let may_queue = self.goes_on() && self.live < self.max_active_tasks();
        let wanted: BTreeMap<Lane, Head> = self
            .ready
            .firsts()
            .filter(|_| may_queue)
            .map(|(lane, ready)| (lane.clone(), Head::new(ready.clone(), dag_id.clone(), self.live)))
            .collect();
        let mut touched = BTreeSet::new();
        for (lane, old) in &self.heads {
            touched.insert(lane.pool.clone());
            if wanted.get(lane) != Some(old) {
                pools.leave(lane, old);
            }
        }
        for (lane, new) in &wanted {
            touched.insert(lane.pool.clone());
            if self.heads.get(lane) != Some(new) {
                pools.enter(lane, new.clone());
            }
        }
        self.heads = wanted;
        touched
    }

    /// A queued run that starts now, if there is one that may and for which there is room.
    pub(crate) fn startable(&self, now: Timestamp) -> Option<RunId> {
        let is_known = |run_id: &&RunId| self.runs.get(*run_id).is_some_and(|run| !run.awaits_previous);
        let mut firsts = self.lines.firsts(now, self.max_active_runs());
        firsts.find(is_known).cloned()
    }

    /// What `depends_on_past` and `wait_for_downstream` say about a task.
    ///
    /// The run before is the one with the next earlier logical date, where a run without one has that at which it may start; under
    /// catchup, manual runs do not count. Source:
    /// `PrevDagrunDep` of Airflow 2.11; it asks of a task that the run before did not have whether any run had it, and
    /// would let it wait for ever if an older one did. Here it runs, with `ignore_first_depends_on_past`.
    pub(crate) fn past(&self, run: &Run, task: TaskIndex) -> Past {
        let spec = run.spec(task);
        if !spec.looks_back() {
            return Past::Allows;
        }
        let before = self.run_before(run);
        if matches!(before, Before::Nothing) {
            return Past::Allows;
        }
        match before.ended_well(&spec.task_id) {
            None if spec.ignore_first_depends_on_past => return Past::Allows,
            None => return Past::WasNotInRunBefore,
            Some(false) => return Past::Unsuccessful,
            Some(true) => {}
        }
        let after = run
            .dag
            .graph()
            .downstreams(task)
            .iter()
            .filter(|_| spec.wait_for_downstream);
        let is_behind = |after: &&TaskIndex| before.ended_well(&run.spec(**after).task_id) == Some(false);
        after
            .copied()
            .find(|after| is_behind(&after))
            .map_or(Past::Allows, Past::DownstreamUnsuccessful)
    }

    /// The run before in the sense of `depends_on_past`.
    pub(crate) fn run_before<'a>(&'a self, run: &'a Run) -> Before<'a> {
        let in_memory = self
            .runs
            .values()
            .filter(|other| other.order_date < run.order_date && counts_as_past(&run.dag, other.run_type))
            .max_by_key(|other| other.order_date);
        match (in_memory, &run.previous) {
            (None, None) => Before::Nothing,
            (None, Some(past)) => Before::Finished(past),
            (Some(before), Some(past)) if past.order_date > before.order_date => Before::Finished(past),
            (Some(before), _) => Before::Unfinished(before),
        }
    }

    /// Tasks ended in `run`: the same tasks of later runs may have waited for that. Gives those runs.
    pub(crate) fn tell_later_runs(&mut self, run: &Run, ended: &[TaskIndex]) -> Vec<RunId> {
        let mut told = Vec::new();
        for later in self
            .runs
            .values_mut()
            .filter(|later| later.order_date > run.order_date)
        {
            for task in ended {
                later.mark_waiting_for_past(&run.spec(*task).task_id);
            }
            told.push(later.key.run_id.clone());
        }
        told
    }

    /// A run ended: later ones that look back remember how. Gives those.
    pub(crate) fn remember(&mut self, finished: &Run) -> Vec<RunId> {
        let past = finished.as_past();
        let is_news = |known: &Option<PastRun>, dag: &ValidDag| {
            let is_newer = known
                .as_ref()
                .is_none_or(|known| known.order_date <= past.order_date);
            is_newer && dag.spec().looks_back() && counts_as_past(dag, finished.run_type)
        };
        let mut told = Vec::new();
        for run in self
            .runs
            .values_mut()
            .filter(|run| run.order_date > finished.order_date)
        {
            if is_news(&run.previous, &run.dag) {
                run.previous = Some(past.clone());
                run.mark_all_unfinished();
                told.push(run.key.run_id.clone());
            }
        }
        told
    }
}

/// What stands before a run.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Before<'a> {
    /// It is the first one.
    Nothing,
    /// A run that is still unfinished.
    Unfinished(&'a Run),
    /// A run that ended.
    Finished(&'a PastRun),
}

impl Before<'_> {
    /// Whether a task succeeded or was skipped there; `None` if that run does not have it.
    fn ended_well(self, task_id: &TaskId) -> Option<bool> {
        match self {
            Self::Nothing => None,
            Self::Unfinished(run) => Some(run.ended_well(run.dag.graph().index(task_id)?)),
            Self::Finished(past) if past.successful.contains(task_id) => Some(true),
            Self::Finished(past) => past.unsuccessful.contains(task_id).then_some(false),
        }
    }

    /// The id of that run.
    pub(crate) fn run_id(self) -> Option<RunId> {
        match self {
            Self::Nothing => None,
            Self::Unfinished(run) => Some(run.key.run_id.clone()),
            Self::Finished(past) => Some(past.run_id.clone()),
        }
    }
}

/// What the run before says about a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Past {
    /// It does not hold the task.
    Allows,
    /// It does not have the task.
    WasNotInRunBefore,
    /// The task neither succeeded nor was skipped there.
    Unsuccessful,
    /// This task, directly after it, neither succeeded nor was skipped there.
    DownstreamUnsuccessful(TaskIndex),
}

/// Source: `DagRun.get_previous_scheduled_dagrun` of Airflow 2.11, which leaves out manual runs only.
fn counts_as_past(dag: &ValidDag, run_type: RunType) -> bool {
    !dag.spec().catchup || !run_type.is_asked_for()
}
