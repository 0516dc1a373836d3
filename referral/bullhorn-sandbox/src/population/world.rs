//! What every generator needs: the options, the vocabulary, and what is common in this population.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;

use super::country;
use super::dates;
use super::ids::Ids;
use super::options::{PopulationError, PopulationOptions};
use super::random::{Random, Stream};
use super::vocabulary::{Occupation, Place, Vocabulary, vocabulary};

/// Recruiters of the agency.
pub(crate) const USERS: u32 = 24;

/// The frame of a population; small, whatever the number of records.
pub(crate) struct World {
    pub(crate) options: PopulationOptions,
    pub(crate) vocabulary: &'static Vocabulary,
    pub(crate) candidates: Ids,
    pub(crate) positions: Ids,
    /// The day of `as_of` in the tenant's zone.
    pub(crate) today: Date,
    /// `as_of` in whole milliseconds.
    pub(crate) now_ms: i64,
    /// Moments at which somebody changed many records at once.
    pub(crate) mass_updates_ms: Vec<i64>,
    /// All occupations, the most frequent first.
    occupations: Vec<&'static Occupation>,
    /// Towns in the agency's country, the most frequent first.
    home: Vec<&'static Place>,
    abroad: Vec<&'static Place>,
}

impl fmt::Debug for World {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("World")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl World {
    pub(crate) fn new(options: PopulationOptions) -> Result<Self, PopulationError> {
        options.check()?;
        let vocabulary = vocabulary().map_err(PopulationError::Vocabulary)?;
        let mut random = Random::new(options.seed, Stream::Popularity, 0);
        let mut occupations: Vec<&Occupation> = vocabulary.occupations().iter().collect();
        random.shuffle(&mut occupations);
        let is_home = |place: &&Place| country::CODES.first() == Some(&place.country.as_str());
        let (mut home, abroad): (Vec<_>, Vec<_>) = vocabulary.phrases.places.places.iter().partition(is_home);
        random.shuffle(&mut home);
        let now_ms = options.as_of.as_millisecond();
        let mass_updates_ms = (1..=6)
            .map(|month| now_ms - month * 29 * DAY_MS - random.between(0, DAY_MS))
            .collect();
        Ok(Self {
            candidates: Ids::new(options.seed, Stream::CandidateGaps, options.candidates),
            positions: Ids::new(options.seed, Stream::PositionGaps, options.positions),
            today: dates::day_of(options.as_of),
            now_ms,
            mass_updates_ms,
            occupations,
            home,
            abroad,
            vocabulary,
            options,
        })
    }

    /// The stream of one purpose and one record.
    pub(crate) fn random(&self, stream: Stream, id: u32) -> Random {
        Random::new(self.options.seed, stream, id)
    }

    /// An occupation: the most frequent one takes one in eleven, the rarer half three in ten.
    pub(crate) fn occupation(&self, random: &mut Random) -> &'static Occupation {
        let unit = random.unit();
        let place = unit * unit * self.occupations.len() as f64;
        self.occupations
            .get(place as usize)
            .copied()
            .expect("the power of a number below one is below one")
    }

    /// A town: people and jobs gather in a few.
    pub(crate) fn place(&self, random: &mut Random, abroad_percent: u32) -> &'static Place {
        if random.percent(abroad_percent) {
            let place: &&Place = random.pick(&self.abroad);
            return place;
        }
        let unit = random.unit();
        let place = (unit * unit) * (unit * unit) * self.home.len() as f64;
        self.home
            .get(place as usize)
            .copied()
            .expect("the power of a number below one is below one")
    }

    /// A user who owns a record.
    pub(crate) fn user(random: &mut Random) -> u32 {
        random.below(USERS as usize) as u32 + 1
    }

    /// An instant so many milliseconds before `as_of`.
    pub(crate) fn before(&self, age_ms: i64) -> Timestamp {
        timestamp(self.now_ms - age_ms)
    }
}

/// Milliseconds of a day.
pub(crate) const DAY_MS: i64 = 86_400_000;

pub(crate) fn timestamp(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).expect("options admit only years that a Timestamp holds")
}
