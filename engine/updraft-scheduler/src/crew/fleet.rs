//! What the planning scheduler knows of its members.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;
use updraft_model::AttemptId;
use updraft_store::{Assignment, Job, JobId};

/// The members, what each runs, and what they have not been told.
#[derive(Debug, Default)]
pub(crate) struct Fleet {
    members: BTreeMap<JobId, Crewman>,
    /// When the members were last looked at.
    looked: Option<Instant>,
    /// Attempts that are assigned, but not in the database yet.
    pub(crate) assignments: Vec<Assignment>,
    /// Attempts that are to be killed, as far as the database does not know.
    pub(crate) kills: BTreeSet<AttemptId>,
    /// Whether there may be asks that were read and not answered.
    pub(crate) has_open_asks: bool,
}

#[derive(Debug)]
struct Crewman {
    slots: usize,
    attempts: BTreeSet<AttemptId>,
    /// Its last sign of life, by its own clock, and when that was noticed here.
    heartbeat: (Timestamp, Instant),
    /// Whether it has given one since it is known here, or had shortly before: nothing is assigned to one that may be long gone.
    is_alive: bool,
}

impl Crewman {
    /// How many attempts it takes.
    fn slots(&self) -> usize {
        if self.is_alive { self.slots } else { 0 }
    }

    fn free(&self) -> usize {
        self.slots().saturating_sub(self.attempts.len())
    }
}

impl Fleet {
    /// Takes over which jobs there are. Gives those that have given no sign of life for `silence_max`. Only time in which somebody
    /// looked counts: a database that is away silences everybody.
    pub(crate) fn look_at(
        &mut self,
        jobs: &[Job],
        now: (Timestamp, Instant),
        silence_max: Duration,
    ) -> Vec<JobId> {
        let (time, instant) = now;
        let was_away = self.looked.is_none_or(|looked| instant - looked > silence_max);
        self.looked = Some(instant);
        let mut gone = Vec::new();
        for job in jobs {
            let member = self.members.entry(job.id).or_insert_with(|| {
                let silence = time.duration_since(job.latest_heartbeat).unsigned_abs();
                Crewman {
                    slots: 0,
                    attempts: BTreeSet::new(),
                    heartbeat: (job.latest_heartbeat, instant),
                    is_alive: silence <= silence_max,
                }
            });
            member.slots = job.slots;
            if member.heartbeat.0 != job.latest_heartbeat {
                (member.heartbeat, member.is_alive) = ((job.latest_heartbeat, instant), true);
            } else if was_away {
                member.heartbeat.1 = instant;
            } else if instant - member.heartbeat.1 > silence_max {
                gone.push(job.id);
            }
        }
        gone
    }

    /// Assigns nothing to these members before they give a sign of life.
    pub(crate) fn doubt(&mut self, jobs: &[JobId]) {
        for job in jobs {
            if let Some(member) = self.members.get_mut(job) {
                member.is_alive = false;
            }
        }
    }

    /// Whether there are members beside these.
    pub(crate) fn has_others(&self, there: &BTreeSet<JobId>) -> bool {
        self.members.keys().any(|id| !there.contains(id))
    }

    /// Keeps only these members. Gives the attempts of the others.
    pub(crate) fn keep(&mut self, there: &BTreeSet<JobId>) -> BTreeSet<AttemptId> {
        let lost: BTreeSet<AttemptId> = self
            .members
            .extract_if(.., |id, _| !there.contains(id))
            .flat_map(|(_, member)| member.attempts)
            .collect();
        self.assignments
            .retain(|assignment| !lost.contains(&assignment.attempt));
        lost
    }

    /// How many attempts the members can run at once.
    pub(crate) fn slots(&self) -> usize {
        self.members.values().map(Crewman::slots).sum()
    }

    /// How many of these can be assigned now.
    pub(crate) fn free_slots(&self) -> usize {
        self.members.values().map(Crewman::free).sum()
    }

    /// Whether there is any member, also one that may be long gone.
    pub(crate) fn has_members(&self) -> bool {
        !self.members.is_empty()
    }

    /// Whether nobody runs anything or could.
    pub(crate) fn is_empty(&self) -> bool {
        let is_idle = |member: &Crewman| member.slots() == 0 && member.attempts.is_empty();
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
