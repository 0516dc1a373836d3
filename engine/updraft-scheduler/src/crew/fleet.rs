//! What the planning scheduler knows of its members.

use std::collections::{BTreeMap, BTreeSet};

use updraft_model::AttemptId;
use updraft_store::{Assignment, Job, JobId};

/// The members, what each runs, and what they have not been told.
#[derive(Debug, Default)]
pub(crate) struct Fleet {
    members: BTreeMap<JobId, Crewman>,
    /// Attempts that are assigned, but not in the database yet.
    pub(crate) assignments: Vec<Assignment>,
    /// Attempts that are to be killed, as far as the database does not know.
    pub(crate) kills: BTreeSet<AttemptId>,
    /// Whether there may be asks that were read and not answered.
    pub(crate) has_open_asks: bool,
}

#[derive(Debug, Default)]
struct Crewman {
    slots: usize,
    attempts: BTreeSet<AttemptId>,
}

impl Crewman {
    fn free(&self) -> usize {
        self.slots.saturating_sub(self.attempts.len())
    }
}

impl Fleet {
    /// Takes over which jobs there are. Gives the attempts of those that are gone.
    pub(crate) fn muster(&mut self, jobs: &[Job]) -> BTreeSet<AttemptId> {
        let mut before = std::mem::take(&mut self.members);
        for job in jobs {
            let attempts = before.remove(&job.id).unwrap_or_default().attempts;
            let slots = job.slots;
            self.members.insert(job.id, Crewman { slots, attempts });
        }
        let lost: BTreeSet<AttemptId> = before.into_values().flat_map(|member| member.attempts).collect();
        self.assignments
            .retain(|assignment| !lost.contains(&assignment.attempt));
        lost
    }

    /// How many attempts the members can run at once.
    pub(crate) fn slots(&self) -> usize {
        self.members.values().map(|member| member.slots).sum()
    }

    /// How many of these can be assigned now.
    pub(crate) fn free_slots(&self) -> usize {
        self.members.values().map(Crewman::free).sum()
    }

    /// Whether nobody runs anything or could.
    pub(crate) fn is_empty(&self) -> bool {
        let is_idle = |member: &Crewman| member.slots == 0 && member.attempts.is_empty();
        self.members.values().all(is_idle)
    }

    /// The member with the most free slots, if it has more than so many.
    pub(crate) fn with_more_room_than(&self, slots: usize) -> Option<JobId> {
        let most = self.members.iter().max_by_key(|(_, member)| member.free());
        most.filter(|(_, member)| member.free() > slots)
            .map(|(id, _)| *id)
    }

    /// Notes that a member runs an attempt; false if there is no such member.
    pub(crate) fn note(&mut self, job: JobId, attempt: AttemptId) -> bool {
        let member = self.members.get_mut(&job);
        member.is_some_and(|member| {
            member.attempts.insert(attempt);
            true
        })
    }

    /// The attempts that members run, as far as the database should know.
    pub(crate) fn told(&self) -> BTreeSet<AttemptId> {
        let mut told: BTreeSet<AttemptId> = BTreeSet::new();
        for member in self.members.values() {
            told.extend(&member.attempts);
        }
        for assignment in &self.assignments {
            told.remove(&assignment.attempt);
        }
        told
    }

    /// Has an attempt killed; false if no member has it.
    pub(crate) fn kill(&mut self, attempt: AttemptId) -> bool {
        let has = self
            .members
            .values()
            .any(|member| member.attempts.contains(&attempt));
        if has {
            self.kills.insert(attempt);
        }
        has
    }

    /// An attempt is over.
    pub(crate) fn over(&mut self, attempt: AttemptId) {
        for member in self.members.values_mut() {
            member.attempts.remove(&attempt);
        }
        self.assignments
            .retain(|assignment| assignment.attempt != attempt);
        self.kills.remove(&attempt);
    }
}
