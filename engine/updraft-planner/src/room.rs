//! Room for attempts: pools with their slots, and the order in which ready tasks get them.
//!
//! The rule, stated for users in ARCHITECTURE.md: a task's place in the line is the time at which it became ready, moved
//! forward by its priority (10 minutes for each doubling of its weight) and back by what its DAG has already (1 minute
//! for each of its attempts). All tasks age alike, so the order of two tasks never changes while they wait, and a line
//! can be kept sorted; and the longest head start is that of the highest weight, some 5 hours, so that nothing waits for
//! ever behind what came later.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use updraft_model::{DagId, Pool, RunId, TaskIndex, TaskSpec};

/// What doubling its priority weight is worth to a task.
const DOUBLED_WEIGHT: SignedDuration = SignedDuration::from_mins(10);

/// What each attempt of its DAG costs a task.
const ATTEMPT_OF_DAG: SignedDuration = SignedDuration::from_mins(1);

/// A task that has waited so long for several slots at once gets the next ones that become free in its pool; until then
/// smaller tasks may overtake it.
const OVERTAKEN_MAX: SignedDuration = SignedDuration::from_mins(10);

/// A task that may run and waits for room; they order as they get it within their DAG.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ReadyTask {
    /// When it became ready, less its head start; microseconds.
    place: i64,
    weight: Reverse<i64>,
    run_after: Timestamp,
    pub(crate) run_id: RunId,
    pub(crate) rank: u32,
    pub(crate) task: TaskIndex,
    pub(crate) since: Timestamp,
}

/// What decides about the place of a task in the line.
#[derive(Debug, Clone)]
pub(crate) struct Claim {
    pub(crate) since: Timestamp,
    pub(crate) weight: i64,
    pub(crate) run_after: Timestamp,
    pub(crate) run_id: RunId,
    pub(crate) rank: u32,
    pub(crate) task: TaskIndex,
}

impl ReadyTask {
    pub(crate) fn new(claim: Claim) -> Self {
        Self {
            place: claim
                .since
                .as_microsecond()
                .saturating_sub(head_start(claim.weight)),
            weight: Reverse(claim.weight),
            run_after: claim.run_after,
            run_id: claim.run_id,
            rank: claim.rank,
            task: claim.task,
            since: claim.since,
        }
    }

    pub(crate) fn priority_weight(&self) -> i64 {
        self.weight.0
    }
}

/// How much earlier a task of this weight counts as ready, in microseconds: nothing at 0, and the same for each doubling,
/// straight in between. Below 0 the same the other way round.
fn head_start(weight: i64) -> i64 {
    let Some(doublings) = weight.unsigned_abs().checked_ilog2() else {
        return 0;
    };
    let per_doubling = i128::from(DOUBLED_WEIGHT.as_micros() as i64);
    let power = 1_i128 << doublings;
    let beyond = i128::from(weight.unsigned_abs()) - power;
    let start = (i128::from(doublings) + 1) * per_doubling + beyond * per_doubling / power;
    let start = i64::try_from(start).unwrap_or(i64::MAX);
    if weight < 0 { -start } else { start }
}

/// Tasks that want the same: so many slots of a pool.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Lane {
    pub(crate) pool: String,
    pub(crate) slots: u32,
}

impl Lane {
    pub(crate) fn of(task: &TaskSpec) -> Self {
        Self {
            pool: task.pool.clone(),
            slots: task.pool_slots,
        }
    }
}

/// The first task of a DAG in a lane, among those of other DAGs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Head {
    place: i64,
    pub(crate) ready: ReadyTask,
    pub(crate) dag_id: DagId,
}

impl Head {
    /// The head of a DAG that has so many live attempts.
    pub(crate) fn new(ready: ReadyTask, dag_id: DagId, live: usize) -> Self {
        let share = i64::try_from(live).unwrap_or(i64::MAX);
        let share = share.saturating_mul(ATTEMPT_OF_DAG.as_micros() as i64);
        Self {
            place: ready.place.saturating_add(share),
            ready,
            dag_id,
        }
    }
}

/// A pool in the planner's picture.
#[derive(Debug, Default)]
pub(crate) struct PoolRoom {
    /// What the store says about it; `None` if there is no such pool, so that it has no room.
    pub(crate) pool: Option<Pool>,
    /// Slots of tasks that have an attempt.
    attempts: u64,
    /// Slots of tasks that wait for an event.
    deferred: u64,
    /// The heads of DAGs, by the slots they want.
    heads: BTreeMap<u32, BTreeSet<Head>>,
}

impl PoolRoom {
    /// How many slots are taken.
    pub(crate) fn taken(&self) -> u64 {
        let counts_deferred = self.pool.as_ref().is_some_and(|pool| pool.include_deferred);
        self.attempts + if counts_deferred { self.deferred } else { 0 }
    }

    pub(crate) fn has_room_for(&self, slots: u32) -> bool {
        let fits = |capacity| self.taken() + u64::from(slots) <= capacity;
        self.pool
            .as_ref()
            .is_some_and(|pool| pool.capacity().is_none_or(fits))
    }

    /// The task that has been overtaken long enough, if there is one: until it has its slots, nothing behind it gets any.
    pub(crate) fn first_in_need(&self, now: Timestamp) -> Option<&Head> {
        let too_large = self
            .heads
            .iter()
            .filter(|(slots, _)| !self.has_room_for(**slots) && self.could_ever(**slots));
        let has_waited = |head: &&Head| now.duration_since(head.ready.since) >= OVERTAKEN_MAX;
        too_large
            .filter_map(|(_, heads)| heads.first())
            .filter(has_waited)
            .min()
    }

    /// Whether the pool is large enough for a task when nothing else runs.
    pub(crate) fn could_ever(&self, slots: u32) -> bool {
        self.pool.as_ref().is_some_and(|pool| {
            pool.capacity()
                .is_none_or(|capacity| u64::from(slots) <= capacity)
        })
    }

    /// The task that goes next, if there is room for one.
    fn front(&self, now: Timestamp) -> Option<(&Head, u32)> {
        let with_room = self.heads.iter().filter(|(slots, _)| self.has_room_for(**slots));
        let firsts = with_room.filter_map(|(slots, heads)| Some((heads.first()?, *slots)));
        let first = firsts.min()?;
        let must_wait = self.first_in_need(now).is_some_and(|head| *head < *first.0);
        (!must_wait).then_some(first)
    }

    fn is_forgotten(&self) -> bool {
        self.pool.is_none() && self.attempts == 0 && self.deferred == 0 && self.heads.is_empty()
    }
}

/// What a task takes of its pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seat {
    /// Nothing.
    None,
    /// Its slots: it has an attempt.
    Attempt,
    /// Its slots, if the pool includes deferred tasks.
    Deferred,
}

/// How much room there is, and what is taken of it.
#[derive(Debug, Default)]
pub(crate) struct Room {
    /// How many live attempts there are.
    pub(crate) live: usize,
    pub(crate) pools: Pools,
}

/// All pools.
#[derive(Debug, Default)]
pub(crate) struct Pools {
    by_name: BTreeMap<String, PoolRoom>,
    /// Those with heads.
    wanted: BTreeSet<String>,
}

impl Pools {
    /// Takes over what the store says about all pools.
    pub(crate) fn replace(&mut self, pools: &[Pool]) {
        for room in self.by_name.values_mut() {
            room.pool = None;
        }
        for pool in pools {
            self.by_name.entry(pool.name.clone()).or_default().pool = Some(pool.clone());
        }
        self.by_name.retain(|_, room| !room.is_forgotten());
    }

    pub(crate) fn get(&self, name: &str) -> Option<&PoolRoom> {
        self.by_name.get(name)
    }

    /// A task takes another seat than before.
    pub(crate) fn change_seat(&mut self, lane: &Lane, from: Seat, to: Seat) {
        let room = self.room(&lane.pool);
        let slots = u64::from(lane.slots);
        match from {
            Seat::None => {}
            Seat::Attempt => room.attempts -= slots,
            Seat::Deferred => room.deferred -= slots,
        }
        match to {
            Seat::None => {}
            Seat::Attempt => room.attempts += slots,
            Seat::Deferred => room.deferred += slots,
        }
    }

    pub(crate) fn enter(&mut self, lane: &Lane, head: Head) {
        let heads = self.room(&lane.pool).heads.entry(lane.slots).or_default();
        heads.insert(head);
        self.wanted.insert(lane.pool.clone());
    }

    pub(crate) fn leave(&mut self, lane: &Lane, head: &Head) {
        let room = self.room(&lane.pool);
        if let Some(heads) = room.heads.get_mut(&lane.slots) {
            heads.remove(head);
            if heads.is_empty() {
                room.heads.remove(&lane.slots);
            }
        }
        if room.heads.is_empty() {
            self.wanted.remove(&lane.pool);
        }
    }

    /// The tasks that may go next, one for each pool that has room and is wanted.
    pub(crate) fn fronts(&self, now: Timestamp) -> Fronts {
        let mut fronts = Fronts::default();
        for name in &self.wanted {
            fronts.refresh(name, self, now);
        }
        fronts
    }

    fn room(&mut self, name: &str) -> &mut PoolRoom {
        if !self.by_name.contains_key(name) {
            self.by_name.insert(name.to_owned(), PoolRoom::default());
        }
        self.by_name.get_mut(name).expect("it was put in above")
    }
}

/// The first task of each pool, in the order in which they get room.
#[derive(Debug, Default)]
pub(crate) struct Fronts {
    order: BTreeSet<(Head, Lane)>,
    by_pool: BTreeMap<String, (Head, Lane)>,
}

impl Fronts {
    /// Takes the task that goes first.
    pub(crate) fn pop(&mut self) -> Option<(Head, Lane)> {
        let front = self.order.pop_first()?;
        self.by_pool.remove(&front.1.pool);
        Some(front)
    }

    /// Looks at a pool again, whose room or heads have changed.
    pub(crate) fn refresh(&mut self, name: &str, pools: &Pools, now: Timestamp) {
        if let Some(old) = self.by_pool.remove(name) {
            self.order.remove(&old);
        }
        let front = pools.get(name).and_then(|room| room.front(now));
        if let Some((head, slots)) = front {
            let lane = Lane {
                pool: name.to_owned(),
                slots,
            };
            self.by_pool.insert(name.to_owned(), (head.clone(), lane.clone()));
            self.order.insert((head.clone(), lane));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn more_weight_is_never_a_smaller_head_start(weight in any::<i32>(), more in any::<i32>()) {
            let (less, more) = (weight.min(more), weight.max(more));
            prop_assert!(head_start(i64::from(less)) <= head_start(i64::from(more)));
        }
    }

    #[test]
    fn each_doubling_is_worth_ten_minutes_and_no_weight_more_than_a_few_hours() {
        let minutes = |weight| head_start(weight) / 60_000_000;
        assert_eq!([0, 1, 2, 3, 4, 1000].map(minutes), [0, 10, 20, 25, 30, 109]);
        assert_eq!(minutes(-4), -30);
        assert_eq!(minutes(i64::from(i32::MAX)), 319);
    }
}
