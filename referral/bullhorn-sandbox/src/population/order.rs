//! What a client really wants, whatever the record says: the ground truth of a job order.

use super::client;
use super::country::{self, Market};
use super::profile::years_of;
use super::random::{Random, Stream};
use super::vocabulary::{Occupation, Place, Remote, SkillId};
use super::world::World;

/// The truth about one job order.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub(crate) occupation: &'static Occupation,
    /// Seniority, 1 to 5.
    pub(crate) level: u8,
    pub(crate) title: &'static str,
    /// Least years of work; 0 for beginners.
    pub(crate) years: i64,
    pub(crate) required: Vec<SkillId>,
    pub(crate) nice: Vec<SkillId>,
    pub(crate) certificate: Option<&'static str>,
    pub(crate) place: &'static Place,
    pub(crate) market: Market,
    pub(crate) where_done: WhereDone,
    pub(crate) employment: Employment,
    /// Budget in thousands of US dollars a year.
    pub(crate) pay_low: i64,
    pub(crate) pay_high: i64,
    /// Days to the first day of work: from today for an open order, from the day it was added for one that is over.
    /// Negative for a day gone by.
    pub(crate) starts_in_days: i64,
    pub(crate) considers_moving: bool,
    pub(crate) is_open: bool,
    /// Id of the client.
    pub(crate) company: u32,
}

/// Where the work is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WhereDone {
    OnSite,
    Hybrid,
    Remote,
}

/// How people are employed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Employment {
    Permanent,
    Contract,
    Temporary,
}

impl Order {
    pub(crate) fn of(world: &World, id: u32) -> Self {
        let mut random = world.random(Stream::Order, id);
        let is_open = random.percent(world.options.open_percent);
        let occupation = world.occupation(&mut random);
        let level = *random.weighted(&[(16, 1), (36, 2), (28, 3), (14, 4), (6, 5)]);
        let least = years_of(level).0;
        let years = if level == 1 {
            random.between(0, 1)
        } else {
            least + random.between(0, 2)
        };
        let required = random.between(4, 7) as usize;
        let required = random
            .sample(&occupation.required, required)
            .into_iter()
            .copied()
            .collect();
        let nice = random.between(2, 4) as usize;
        let nice = random
            .sample(&occupation.nice, nice)
            .into_iter()
            .copied()
            .collect();
        let wants_certificate = random.percent(22) && !occupation.certifications.is_empty();
        let place = world.place(&mut random, 6);
        let (low, high) = occupation.pay(level);
        let (low, high) = (low / 1_000, high / 1_000);
        Self {
            occupation,
            level,
            title: random.pick(occupation.titles(level)).as_str(),
            years,
            required,
            nice,
            certificate: wants_certificate.then(|| random.pick(&occupation.certifications).as_str()),
            place,
            market: country::market(&place.country),
            where_done: where_done(world, occupation, &mut random),
            employment: *random.weighted(&[
                (64, Employment::Permanent),
                (26, Employment::Contract),
                (10, Employment::Temporary),
            ]),
            pay_low: random.between(low, i64::midpoint(low, high)),
            pay_high: random.between(i64::midpoint(low, high), high + 4),
            starts_in_days: if is_open {
                random.between(-10, 75)
            } else {
                random.between(5, 75)
            },
            considers_moving: random.percent(66),
            is_open,
            company: client::company_of(world, occupation, &mut random),
        }
    }
}

/// Whether an order is open: the first draw of its stream, and so the same as in the whole order.
pub(crate) fn is_open(world: &World, id: u32) -> bool {
    world
        .random(Stream::Order, id)
        .percent(world.options.open_percent)
}

fn where_done(world: &World, occupation: &Occupation, random: &mut Random) -> WhereDone {
    let weights = match world.vocabulary.family(occupation).remote {
        Remote::Never => [98, 2, 0],
        Remote::Sometimes => [58, 28, 14],
        Remote::Often => [26, 36, 38],
    };
    let [site, hybrid, remote] = weights;
    *random.weighted(&[
        (site, WhereDone::OnSite),
        (hybrid, WhereDone::Hybrid),
        (remote, WhereDone::Remote),
    ])
}
