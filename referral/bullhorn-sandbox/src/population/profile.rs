//! What a person really is like, whatever the record says: the ground truth of a candidate.

use super::country::{self, Market};
use super::random::{Random, Stream};
use super::vocabulary::{Occupation, Place, Remote, SkillId};
use super::world::World;

/// The truth about one candidate.
#[derive(Debug, Clone)]
pub(crate) struct Profile {
    /// The record whose person this is: its own id, or that of an earlier record of the same person.
    pub(crate) person: u32,
    pub(crate) occupation: &'static Occupation,
    /// Seniority, 1 to 5.
    pub(crate) level: u8,
    /// Years of work.
    pub(crate) years: i64,
    /// Skills that the occupation requires, the best first.
    pub(crate) required: Vec<SkillId>,
    /// Skills that are welcome in the occupation.
    pub(crate) nice: Vec<SkillId>,
    /// Skills from elsewhere.
    pub(crate) other: Vec<SkillId>,
    pub(crate) place: &'static Place,
    pub(crate) market: Market,
    pub(crate) would_move: bool,
    pub(crate) remote_ok: bool,
    pub(crate) authorized: bool,
    /// Wanted pay in thousands of US dollars a year.
    pub(crate) pay: i64,
    /// Days until the first day of work.
    pub(crate) available_in_days: i64,
}

/// Share of the records that repeat a person, in a thousand.
const REPEATED_PER_MILLE: u32 = 18;
/// How far back the first record of a repeated person lies at most.
const REPEATED_WITHIN: usize = 3_000;

impl Profile {
    pub(crate) fn of(world: &World, id: u32) -> Self {
        let person = person_of(world, id);
        let mut random = world.random(Stream::Profile, person);
        let occupation = occupation(world, &mut random);
        let level = *random.weighted(&[(20, 1), (32, 2), (26, 3), (15, 4), (7, 5)]);
        let (least, most) = years_of(level);
        let years = random.between(least, most);
        let mastery = 0.35 + 0.6 * random.unit();
        let required = known(&mut random, &occupation.required, mastery);
        let nice = known(&mut random, &occupation.nice, mastery * 0.6);
        let other = others(world, &mut random, occupation);
        let place = world.place(&mut random, 9);
        let (low, high) = occupation.pay(level);
        let ambition = random.between(92, 114);
        let family = world.vocabulary.family(occupation);
        let remote = match family.remote {
            Remote::Never => 3,
            Remote::Sometimes => 40,
            Remote::Often => 70,
        };
        Self {
            person,
            occupation,
            level,
            years,
            required,
            nice,
            other,
            place,
            market: country::market(&place.country),
            would_move: random.percent(44),
            remote_ok: random.percent(remote),
            authorized: random.percent(93),
            pay: random.between(low, high) * ambition / 100 / 1_000,
            available_in_days: *random.weighted(&[(34, 0), (24, 14), (20, 30), (14, 60), (8, 90)]),
        }
    }

    /// Every skill, the ones of the occupation first.
    pub(crate) fn skills(&self) -> impl Iterator<Item = SkillId> {
        self.required.iter().chain(&self.nice).chain(&self.other).copied()
    }

    /// Wanted pay a year in units of the country's currency, in full hundreds.
    pub(crate) fn pay_local(&self) -> i64 {
        self.pay * 1_000 * self.market.pay_percent / 100 / 100 * 100
    }
}

/// The occupation alone, many times faster than the whole profile.
pub(crate) fn occupation_of(world: &World, id: u32) -> &'static Occupation {
    let person = person_of(world, id);
    occupation(world, &mut world.random(Stream::Profile, person))
}

/// The record of whose person this one is a copy, or the record itself.
pub(crate) fn person_of(world: &World, id: u32) -> u32 {
    let repeated = |id: u32| {
        let mut random = world.random(Stream::Repetition, id);
        random.per_mille(REPEATED_PER_MILLE).then_some(random)
    };
    let Some(mut random) = repeated(id) else { return id };
    let Some(index) = world.candidates.index_of(id) else {
        return id;
    };
    let back = random.below(REPEATED_WITHIN.min(index as usize)) as u32 + 1;
    let first = index
        .checked_sub(back)
        .and_then(|index| world.candidates.at(index));
    // A copy of a copy would need a walk back to the first.
    first.filter(|first| repeated(*first).is_none()).unwrap_or(id)
}

/// The first draw of the profile's stream.
fn occupation(world: &World, random: &mut Random) -> &'static Occupation {
    world.occupation(random)
}

/// Years of work that fit a level.
pub(crate) fn years_of(level: u8) -> (i64, i64) {
    match level {
        1 => (0, 2),
        2 => (2, 7),
        3 => (5, 13),
        4 => (8, 20),
        _ => (12, 30),
    }
}

/// The skills somebody has of a list, at least two, in random order.
fn known(random: &mut Random, skills: &[SkillId], share: f64) -> Vec<SkillId> {
    let count = (skills.len() as f64 * share).round() as usize;
    random.sample(skills, count.max(2)).into_iter().copied().collect()
}

/// A few skills of a related occupation and a few of everybody's.
fn others(world: &World, random: &mut Random, occupation: &Occupation) -> Vec<SkillId> {
    let mut skills = Vec::new();
    if let Some(place) = (!occupation.related.is_empty()).then(|| *random.pick(&occupation.related)) {
        let related = world.vocabulary.occupation(place);
        let count = random.below(4);
        skills.extend(random.sample(&related.required, count).into_iter().copied());
    }
    let count = random.below(4);
    skills.extend(
        random
            .sample(world.vocabulary.general_skills(), count)
            .into_iter()
            .copied(),
    );
    skills.retain(|skill| !occupation.required.contains(skill) && !occupation.nice.contains(skill));
    skills.sort_unstable();
    skills.dedup();
    skills
}
