//! Any record of a population, on demand.

use std::sync::OnceLock;

use super::candidate;
use super::client;
use super::country::COUNTRIES;
use super::fit::Fit;
use super::options::{PopulationError, PopulationOptions};
use super::order::Order;
use super::people;
use super::position;
use super::profile::{self, Profile};
use super::record::{
    BusinessSector, CandidateRecord, Category, CompanyRecord, ContactRecord, CorporateUser, Country,
    PositionRecord, Skill, Specialty,
};
use super::stamp::RecordStamp;
use super::world::World;

/// People, companies and job orders, none of which is held in memory: each is made when it is asked for.
///
/// Equal [`PopulationOptions`] give equal records.
#[derive(Debug)]
pub struct Population {
    world: World,
    business_sectors: Vec<BusinessSector>,
    users: Vec<CorporateUser>,
    /// Ids of the candidates of each occupation; written by the first call of [`Population::best_fits`].
    by_occupation: OnceLock<Vec<Vec<u32>>>,
}

impl Population {
    /// A population of this size.
    ///
    /// # Errors
    /// When the options ask for what cannot be; another try does not help.
    pub fn new(options: PopulationOptions) -> Result<Self, PopulationError> {
        let world = World::new(options)?;
        let business_sectors = world.vocabulary.business_sectors(world.before(world_age(&world)));
        let users = people::users(&world);
        Ok(Self {
            world,
            business_sectors,
            users,
            by_occupation: OnceLock::new(),
        })
    }

    /// What the population was made from.
    pub fn options(&self) -> &PopulationOptions {
        &self.world.options
    }

    /// Ids of all candidates, ascending, with gaps.
    pub fn candidate_ids(&self) -> impl Iterator<Item = u32> + use<> {
        self.world.candidates.iter()
    }

    /// Ids of all job orders, ascending, with gaps.
    pub fn position_ids(&self) -> impl Iterator<Item = u32> + use<> {
        self.world.positions.iter()
    }

    fn has_candidate(&self, id: u32) -> bool {
        self.world.candidates.index_of(id).is_some()
    }

    fn has_position(&self, id: u32) -> bool {
        self.world.positions.index_of(id).is_some()
    }

    /// Dates and deletion of a candidate: about a microsecond.
    pub fn candidate_stamp(&self, id: u32) -> Option<RecordStamp> {
        self.has_candidate(id)
            .then(|| candidate::candidate_stamp(&self.world, id))
    }

    /// Dates and deletion of a job order: about a microsecond.
    pub fn position_stamp(&self, id: u32) -> Option<RecordStamp> {
        self.has_position(id)
            .then(|| position::position_stamp(&self.world, id))
    }

    /// A candidate with the resume; none for an id in a gap.
    pub fn candidate(&self, id: u32) -> Option<CandidateRecord> {
        self.has_candidate(id)
            .then(|| candidate::candidate(&self.world, id, true))
    }

    /// A candidate whose `description` is absent; otherwise the same as [`Population::candidate`], and several times
    /// faster.
    pub fn candidate_without_description(&self, id: u32) -> Option<CandidateRecord> {
        self.has_candidate(id)
            .then(|| candidate::candidate(&self.world, id, false))
    }

    /// A job order with its advertisements; none for an id in a gap.
    pub fn position(&self, id: u32) -> Option<PositionRecord> {
        self.has_position(id)
            .then(|| position::position(&self.world, id, true))
    }

    /// A job order whose two descriptions are absent; otherwise the same as [`Population::position`].
    pub fn position_without_description(&self, id: u32) -> Option<PositionRecord> {
        self.has_position(id)
            .then(|| position::position(&self.world, id, false))
    }

    /// Number of companies; their ids run from 1 without gaps.
    pub fn company_count(&self) -> u32 {
        client::company_count(&self.world)
    }

    /// A company; none beyond [`Population::company_count`].
    pub fn company(&self, id: u32) -> Option<CompanyRecord> {
        (1..=self.company_count())
            .contains(&id)
            .then(|| client::company(&self.world, id))
    }

    /// Number of contacts; their ids run from 1 without gaps.
    pub fn contact_count(&self) -> u32 {
        client::contact_count(&self.world)
    }

    /// A contact; none beyond [`Population::contact_count`].
    pub fn contact(&self, id: u32) -> Option<ContactRecord> {
        (1..=self.contact_count())
            .contains(&id)
            .then(|| client::contact(&self.world, id))
    }

    /// The skills; an id is the place plus one, as in all look-up tables.
    pub fn skills(&self) -> &[Skill] {
        self.world.vocabulary.skills()
    }

    /// The families of occupations.
    pub fn categories(&self) -> &[Category] {
        self.world.vocabulary.categories()
    }

    /// The occupations.
    pub fn specialties(&self) -> &[Specialty] {
        self.world.vocabulary.specialties()
    }

    /// The industries.
    pub fn business_sectors(&self) -> &[BusinessSector] {
        &self.business_sectors
    }

    /// The countries.
    pub fn countries(&self) -> &[Country] {
        COUNTRIES
    }

    /// The recruiters.
    pub fn users(&self) -> &[CorporateUser] {
        &self.users
    }

    /// How well a candidate fits a job order; none when one of them is not there. Deleted records have fits as well.
    pub fn fit(&self, position_id: u32, candidate_id: u32) -> Option<Fit> {
        let there = self.has_position(position_id) && self.has_candidate(candidate_id);
        there.then(|| {
            let order = Order::of(&self.world, position_id);
            Fit::of(&self.world, &order, &Profile::of(&self.world, candidate_id))
        })
    }

    /// The candidates that fit a job order best, the best first: by grade, then failed gates, then skills, seniority and
    /// years, then id. Neither grade 0 nor deleted or anonymised candidates are among them; at most `limit`.
    ///
    /// The first call looks at every candidate once.
    pub fn best_fits(&self, position_id: u32, limit: usize) -> Vec<(u32, Fit)> {
        if !self.has_position(position_id) {
            return Vec::new();
        }
        let order = Order::of(&self.world, position_id);
        let mut best = Vec::new();
        for grade in (1..=3).rev() {
            if best.len() >= limit {
                break;
            }
            let mut fits = self.fits_of_grade(&order, grade);
            fits.sort_by_cached_key(|(id, fit)| (fit.rank(), *id));
            best.append(&mut fits);
        }
        best.truncate(limit);
        best
    }

    fn fits_of_grade(&self, order: &Order, grade: u8) -> Vec<(u32, Fit)> {
        let world = &self.world;
        let occupations = world.vocabulary.occupations().iter().zip(self.by_occupation());
        occupations
            .filter(|(occupation, _)| world.vocabulary.grade(order.occupation, occupation) == grade)
            .flat_map(|(_, ids)| ids)
            .map(|id| (*id, Fit::of(world, order, &Profile::of(world, *id))))
            .collect()
    }

    /// Ids of the live candidates of each occupation.
    fn by_occupation(&self) -> &[Vec<u32>] {
        self.by_occupation.get_or_init(|| {
            let mut lists = vec![Vec::new(); self.world.vocabulary.occupations().len()];
            for id in self.candidate_ids() {
                let stamp = candidate::candidate_stamp(&self.world, id);
                let occupation = profile::occupation_of(&self.world, id).index;
                if let Some(list) = lists
                    .get_mut(occupation)
                    .filter(|_| !stamp.is_deleted && !stamp.is_anonymized)
                {
                    list.push(id);
                }
            }
            lists
        })
    }
}

/// The look-up tables were filled when the agency began.
fn world_age(world: &World) -> i64 {
    let began = jiff::civil::date(world.today.year() - 9, 1, 2);
    world.now_ms - super::dates::midnight(began).as_millisecond()
}
