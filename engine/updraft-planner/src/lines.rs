//! The lines in which the runs of a DAG wait for their turn: its own, and that of its backfill.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use updraft_model::{BackfillId, DagRunState, RunId};

use crate::BackfillSnapshot;
use crate::run::Run;

/// The unfinished runs of a DAG, by the line in which they stand. A backfill has its own limit: its runs do not count for the
/// DAG's `max_active_runs`, nor those of the DAG for the backfill's. Source: `DagRun.get_queued_dag_runs_to_set_running` of
/// Airflow 3.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    /// By when they may start.
    own: Line<Timestamp>,
    /// By their place.
    backfills: BTreeMap<BackfillId, BackfillLine>,
}

/// The runs of a line: those that wait in the order in which they start, and how many run.
#[derive(Debug)]
struct Line<K> {
    waiting: BTreeSet<(K, RunId)>,
    running: usize,
}

impl<K> Default for Line<K> {
    fn default() -> Self {
        Self {
            waiting: BTreeSet::new(),
            running: 0,
        }
    }
}

impl<K: Ord> Line<K> {
    fn enter(&mut self, key: K, run: &Run) {
        match run.state {
            DagRunState::Queued => {
                self.waiting.insert((key, run.key.run_id.clone()));
            }
            DagRunState::Running | DagRunState::Success | DagRunState::Failed => self.running += 1,
        }
    }

    fn leave(&mut self, key: K, run: &Run) {
        if !self.waiting.remove(&(key, run.key.run_id.clone())) {
            self.running = self.running.saturating_sub(1);
        }
    }

    fn start(&mut self, key: K, run: &Run) {
        if self.waiting.remove(&(key, run.key.run_id.clone())) {
            self.running += 1;
        }
    }

    fn len(&self) -> usize {
        self.waiting.len() + self.running
    }
}

#[derive(Debug, Default)]
struct BackfillLine {
    /// `None`: it is over, or not known yet.
    backfill: Option<BackfillSnapshot>,
    line: Line<u32>,
}

/// What keeps a run of a backfill from starting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BackfillHold {
    /// Its backfill is paused.
    Paused(BackfillId),
    /// So many of its runs are running.
    Full(BackfillId, u32),
}

impl Lines {
    /// Takes over the open backfills of the DAG as they are now.
    pub(crate) fn replace_backfills(&mut self, backfills: &[BackfillSnapshot]) {
        for line in self.backfills.values_mut() {
            line.backfill = None;
        }
        for backfill in backfills {
            self.backfills.entry(backfill.id).or_default().backfill = Some(*backfill);
        }
        self.backfills
            .retain(|_, line| line.backfill.is_some() || line.line.len() > 0);
    }

    /// A run joins its line, as its state says.
    pub(crate) fn enter(&mut self, run: &Run) {
        match run.backfill {
            None => self.own.enter(run.run_after, run),
            Some(of) => self.backfills.entry(of.id).or_default().line.enter(of.place, run),
        }
    }

    /// A run is over, or goes out of the picture.
    pub(crate) fn leave(&mut self, run: &Run) {
        match run.backfill {
            None => self.own.leave(run.run_after, run),
            Some(of) => {
                if let Some(line) = self.backfills.get_mut(&of.id) {
                    line.line.leave(of.place, run);
                }
            }
        }
    }

    /// A run that waited runs now.
    pub(crate) fn start(&mut self, run: &Run) {
        match run.backfill {
            None => self.own.start(run.run_after, run),
            Some(of) => {
                if let Some(line) = self.backfills.get_mut(&of.id) {
                    line.line.start(of.place, run);
                }
            }
        }
    }

    /// How many runs count for the DAG's `max_active_runs` when a scheduled one is to be made.
    pub(crate) fn own_len(&self) -> usize {
        self.own.len()
    }

    /// How many of those are running.
    pub(crate) fn own_running(&self) -> usize {
        self.own.running
    }

    /// The runs that start next, if they are due and there is room: of each line one at most. `max_active_runs` is that of the
    /// DAG.
    pub(crate) fn firsts(&self, now: Timestamp, max_active_runs: usize) -> impl Iterator<Item = &RunId> {
        let own = self.own.waiting.first();
        let own = own.filter(|(run_after, _)| *run_after <= now && self.own.running < max_active_runs);
        let of_backfills = self.backfills.values().filter_map(|of| {
            let backfill = of.backfill.filter(|backfill| !backfill.is_paused)?;
            let has_room = of.line.running < backfill.max_active_runs as usize;
            of.line.waiting.first().filter(|_| has_room)
        });
        let own = own.map(|(_, run_id)| run_id);
        own.into_iter().chain(of_backfills.map(|(_, run_id)| run_id))
    }

    /// When the next run that waits, and is not due yet, becomes due. Those of backfills are due when they are made.
    pub(crate) fn next_due(&self, now: Timestamp) -> Option<Timestamp> {
        let mut waiting = self.own.waiting.iter().map(|(run_after, _)| *run_after);
        waiting.find(|run_after| *run_after > now)
    }

    /// What keeps a queued run of a backfill from starting, beside the order.
    pub(crate) fn hold(&self, run: &Run) -> Option<BackfillHold> {
        let of = self.backfills.get(&run.backfill?.id)?;
        let backfill = of.backfill?;
        if backfill.is_paused {
            return Some(BackfillHold::Paused(backfill.id));
        }
        let is_full = of.line.running >= backfill.max_active_runs as usize;
        is_full.then_some(BackfillHold::Full(backfill.id, backfill.max_active_runs))
    }

    /// Takes out the open backfills of which no run is left: they are complete.
    pub(crate) fn take_complete(&mut self) -> Vec<BackfillId> {
        let is_complete = |line: &BackfillLine| line.backfill.is_some() && line.line.len() == 0;
        let complete = self.backfills.extract_if(.., |_, line| is_complete(line));
        complete.map(|(id, _)| id).collect()
    }
}
