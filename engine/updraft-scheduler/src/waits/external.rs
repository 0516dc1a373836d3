//! Waits for other runs, which are looked at all together: a few statements per look, whatever their number.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::task::Id;
use tokio::time::Instant;
use updraft_model::{AttemptId, DagId, ExternalWait, RunReference, Wait, WaitEnd};
use updraft_store::StoreError;

use super::look::Lookout;

/// The most waits of one look, so that none takes long.
const WAITS_PER_LOOK_MAX: usize = 10_000;

/// From one look to the next it takes so long at least, in which what is to be looked at gathers.
const PAUSE: Duration = Duration::from_millis(100);

/// Waits for other runs, and when they are looked at: now and then, and when something is known to have happened to a run.
#[derive(Default)]
pub(super) struct ExternalLine {
    waits: BTreeMap<AttemptId, Open>,
    by_run: BTreeMap<(DagId, RunReference), BTreeSet<AttemptId>>,
    due: BTreeSet<(Instant, AttemptId)>,
    /// Waits for a run to which something has happened that no look has seen.
    touched: BTreeSet<AttemptId>,
    looking: Option<Id>,
    next_look: Option<Instant>,
}

struct Open {
    wait: Arc<Wait>,
    due_at: Instant,
}

/// What a look has found: the waits that have ended.
pub(super) type Found = Result<Vec<(AttemptId, WaitEnd)>, StoreError>;

impl ExternalLine {
    pub(super) fn add(&mut self, id: AttemptId, wait: Arc<Wait>, now: Instant) {
        let Wait::External(external) = wait.as_ref() else {
            return;
        };
        for run in names(external) {
            self.by_run.entry(run).or_default().insert(id);
        }
        self.due.insert((now, id));
        self.waits.insert(id, Open { wait, due_at: now });
    }

    pub(super) fn remove(&mut self, id: AttemptId) {
        let Some(open) = self.waits.remove(&id) else {
            return;
        };
        self.due.remove(&(open.due_at, id));
        self.touched.remove(&id);
        if let Wait::External(external) = open.wait.as_ref() {
            for run in names(external) {
                if let Some(of_run) = self.by_run.get_mut(&run) {
                    of_run.remove(&id);
                    if of_run.is_empty() {
                        self.by_run.remove(&run);
                    }
                }
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waits.is_empty()
    }

    /// Something has happened to a run: who waits for it is looked at at once.
    pub(super) fn touch(&mut self, dag_id: &DagId, references: impl IntoIterator<Item = RunReference>) {
        for reference in references {
            if let Some(of_run) = self.by_run.get(&(dag_id.clone(), reference)) {
                self.touched.extend(of_run);
            }
        }
    }

    /// When the next look begins; `None` if nothing is to be looked at, or a look is under way.
    pub(super) fn next_look(&self, now: Instant) -> Option<Instant> {
        if self.looking.is_some() {
            return None;
        }
        let due = self.due.first().map(|(at, _)| *at);
        let touched = (!self.touched.is_empty()).then_some(now);
        let next = touched.into_iter().chain(due).min()?;
        Some(self.next_look.map_or(next, |earliest| next.max(earliest)))
    }

    /// The waits of the look that begins now. Each is due again when its interval is over, whatever becomes of the look.
    pub(super) fn take(&mut self, now: Instant) -> Vec<(AttemptId, Arc<Wait>)> {
        let mut taken: BTreeSet<AttemptId> = BTreeSet::new();
        while taken.len() < WAITS_PER_LOOK_MAX
            && let Some(id) = self.touched.pop_first()
        {
            taken.insert(id);
        }
        let due = self.due.iter().take_while(|(at, _)| *at <= now);
        let room = WAITS_PER_LOOK_MAX - taken.len();
        taken.extend(due.take(room).map(|(_, id)| *id).collect::<Vec<_>>());
        let mut waits = Vec::with_capacity(taken.len());
        for id in taken {
            let Some(open) = self.waits.get_mut(&id) else {
                continue;
            };
            self.touched.remove(&id);
            self.due.remove(&(open.due_at, id));
            open.due_at = now + open.wait.poke_interval().unwrap_or(PAUSE);
            self.due.insert((open.due_at, id));
            waits.push((id, Arc::clone(&open.wait)));
        }
        self.next_look = Some(now + PAUSE);
        waits
    }

    pub(super) fn begun(&mut self, look: Id) {
        self.looking = Some(look);
    }

    /// A look is over; whether it was one of these.
    pub(super) fn over(&mut self, look: Id) -> bool {
        let is_it = self.looking == Some(look);
        if is_it {
            self.looking = None;
        }
        is_it
    }
}

/// Looks at all of them.
pub(super) async fn look(lookout: Lookout, waits: Vec<(AttemptId, Arc<Wait>)>) -> Found {
    let external = waits.iter().filter_map(|(id, wait)| match wait.as_ref() {
        Wait::External(external) => Some((*id, external)),
        _ => None,
    });
    let external: Vec<(AttemptId, &ExternalWait)> = external.collect();
    let asked: Vec<&ExternalWait> = external.iter().map(|(_, wait)| *wait).collect();
    let picture = lookout.picture(&asked).await?;
    let ends = external
        .iter()
        .filter_map(|(id, wait)| wait.end(&picture).map(|end| (*id, end)));
    Ok(ends.collect())
}

fn names(wait: &ExternalWait) -> impl Iterator<Item = (DagId, RunReference)> {
    wait.runs.iter().map(|run| (wait.dag_id.clone(), run.clone()))
}
