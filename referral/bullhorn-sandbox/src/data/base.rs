//! The generated records, with the sorted arrays that make searches by id and by modification time cheap.
//!
//! Nothing here ever changes after the start, so filters over generated records are worked out once and kept as bit
//! sets ([`Base::matching`]).

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex};

use super::id_set::IdSet;
use super::overlay::Overlay;
use super::select::Rest;
use super::view::View;
use crate::entities::{Entity, Field, Value};
use crate::lock::LockExt;
use crate::population::record::{
    BusinessSector, CandidateRecord, Category, CompanyRecord, ContactRecord, CorporateUser, Country,
    EducationRecord, PositionRecord, Skill, Specialty, WorkHistoryRecord,
};
use crate::population::{Population, RecordStamp};

/// Generated records per candidate in the lists that hang below one: the key of a school or job is
/// `candidate id * 16 + position`.
const CHILD_KEYS: u32 = 16;

/// So many records are asked by one thread: starting another would take longer.
const ALONE_MAX: usize = 4_096;

/// Filters kept as bit sets at the same time.
const KEPT_FILTERS: usize = 16;

/// One generated record.
#[derive(Debug)]
pub(crate) enum Record<'d> {
    Candidate(Box<CandidateRecord>),
    Position(Box<PositionRecord>),
    Company(Box<CompanyRecord>),
    Contact(Box<ContactRecord>),
    WorkHistory(WorkHistoryRecord),
    Education(EducationRecord),
    User(&'d CorporateUser),
    Skill(&'d Skill),
    Category(&'d Category),
    Specialty(&'d Specialty),
    BusinessSector(&'d BusinessSector),
    Country(&'d Country),
}

/// The index of one entity.
#[derive(Debug, Default)]
struct Table {
    /// Ascending.
    ids: Vec<u32>,
    /// `(dateLastModified in whole seconds, id)`, ascending.
    by_modified: Vec<(u32, u32)>,
}

/// Ids of the children by the id they point to.
type Children = Arc<HashMap<u32, Vec<u32>>>;

/// A filter already worked out: its entity and text, and which generated records pass it.
type KeptFilter = (Entity, String, Arc<IdSet>);

/// The generated records of all entities.
#[derive(Debug)]
pub(crate) struct Base {
    population: Population,
    tables: Vec<Table>,
    /// Written by [`Base::children`] on first use; a lock because many requests read at the same time.
    children: Mutex<HashMap<(Entity, u16), Children>>,
    /// Written by [`Base::matching`], the most recent last.
    filters: Mutex<Vec<KeptFilter>>,
}

impl Base {
    /// Indexes a population.
    pub(crate) fn new(population: Population) -> Self {
        let tables = Entity::ALL
            .iter()
            .map(|&entity| table(&population, entity))
            .collect();
        Self {
            population,
            tables,
            children: Mutex::default(),
            filters: Mutex::default(),
        }
    }

    /// The population below.
    pub(crate) fn population(&self) -> &Population {
        &self.population
    }

    fn table(&self, entity: Entity) -> &Table {
        self.tables
            .get(entity as usize)
            .expect("one table for each entity")
    }

    /// Ids in this range, ascending.
    pub(crate) fn ids(&self, entity: Entity, range: RangeInclusive<u32>) -> &[u32] {
        let ids = &self.table(entity).ids;
        let from = ids.partition_point(|id| id < range.start());
        let to = ids.partition_point(|id| id <= range.end());
        ids.get(from..to).unwrap_or_default()
    }

    /// `(second, id)` of the records modified in this range of seconds, ascending.
    pub(crate) fn modified(&self, entity: Entity, range: RangeInclusive<u32>) -> &[(u32, u32)] {
        let entries = &self.table(entity).by_modified;
        let from = entries.partition_point(|(second, _)| second < range.start());
        let to = entries.partition_point(|(second, _)| second <= range.end());
        entries.get(from..to).unwrap_or_default()
    }

    /// Whether there is a generated record with this id.
    pub(crate) fn contains(&self, entity: Entity, id: u32) -> bool {
        match entity {
            Entity::CandidateWorkHistory | Entity::CandidateEducation => {
                self.record(entity, id, false).is_some()
            }
            _ => self.table(entity).ids.binary_search(&id).is_ok(),
        }
    }

    /// When a generated record was last modified, in whole seconds.
    pub(crate) fn modified_s(&self, entity: Entity, id: u32) -> u32 {
        modified_s(&self.population, entity, id)
    }

    /// Dates and deletion of a generated candidate or position.
    pub(crate) fn stamp(&self, entity: Entity, id: u32) -> Option<RecordStamp> {
        match entity {
            Entity::Candidate => self.population.candidate_stamp(id),
            Entity::JobOrder => self.population.position_stamp(id),
            _ => None,
        }
    }

    /// The generated record; `full` ones carry the long texts.
    pub(crate) fn record(&self, entity: Entity, id: u32, full: bool) -> Option<Record<'_>> {
        let population = &self.population;
        let index = (id as usize).checked_sub(1);
        match entity {
            Entity::Candidate if full => population.candidate(id).map(Box::new).map(Record::Candidate),
            Entity::Candidate => population
                .candidate_without_description(id)
                .map(Box::new)
                .map(Record::Candidate),
            Entity::JobOrder if full => population.position(id).map(Box::new).map(Record::Position),
            Entity::JobOrder => population
                .position_without_description(id)
                .map(Box::new)
                .map(Record::Position),
            Entity::ClientCorporation => population.company(id).map(Box::new).map(Record::Company),
            Entity::ClientContact => population.contact(id).map(Box::new).map(Record::Contact),
            Entity::CandidateWorkHistory => population
                .candidate_without_description(id / CHILD_KEYS)?
                .work_histories
                .into_iter()
                .find(|history| history.id == id)
                .map(Record::WorkHistory),
            Entity::CandidateEducation => population
                .candidate_without_description(id / CHILD_KEYS)?
                .educations
                .into_iter()
                .find(|education| education.id == id)
                .map(Record::Education),
            Entity::CorporateUser => population.users().get(index?).map(Record::User),
            Entity::Skill => population.skills().get(index?).map(Record::Skill),
            Entity::Category => population.categories().get(index?).map(Record::Category),
            Entity::Specialty => population.specialties().get(index?).map(Record::Specialty),
            Entity::BusinessSector => population
                .business_sectors()
                .get(index?)
                .map(Record::BusinessSector),
            Entity::Country => population
                .countries()
                .iter()
                .find(|country| country.id == id)
                .map(Record::Country),
            _ => None,
        }
    }

    /// The generated records of `child` by the record that their to-one `by` points to.
    pub(crate) fn children(&self, child: Entity, by: &Field) -> Children {
        let key = (child, by.index);
        if let Some(known) = self.children.locked().get(&key) {
            return Arc::clone(known);
        }
        let nothing = Overlay::new();
        let view = View {
            base: self,
            overlay: &nothing,
        };
        let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
        for &id in &self.table(child).ids {
            if let Some(Value::One(parent)) = view.row(child, id).map(|row| row.value(by).into_owned()) {
                children.entry(parent).or_default().push(id);
            }
        }
        let children = Arc::new(children);
        self.children.locked().insert(key, Arc::clone(&children));
        children
    }

    /// The generated records that pass a filter: worked out at its first use, then remembered.
    pub(crate) fn matching(&self, entity: Entity, rest: &Rest<'_>) -> Arc<IdSet> {
        {
            let mut filters = self.filters.locked();
            if let Some(found) = filters
                .iter()
                .position(|(of, key, _)| *of == entity && *key == rest.key)
            {
                let filter = filters.remove(found);
                let set = Arc::clone(&filter.2);
                filters.push(filter);
                return set;
            }
        }
        let set = Arc::new(self.work_out(entity, rest));
        let mut filters = self.filters.locked();
        if filters.len() >= KEPT_FILTERS {
            filters.remove(0);
        }
        filters.push((entity, rest.key.clone(), Arc::clone(&set)));
        set
    }

    /// Asks every generated record, on all cores when there are many.
    fn work_out(&self, entity: Entity, rest: &Rest<'_>) -> IdSet {
        let ids = &self.table(entity).ids;
        let workers = std::thread::available_parallelism().map_or(1, usize::from);
        let part = ids.len().div_ceil(workers).max(ALONE_MAX);
        let (mine, others) = ids.split_at(part.min(ids.len()));
        let ask = |ids: &[u32]| {
            let nothing = Overlay::new();
            let view = View {
                base: self,
                overlay: &nothing,
            };
            let passes = |id: &u32| view.row(entity, *id).is_some_and(|row| rest.accepts(row));
            let mut set = IdSet::default();
            ids.iter().copied().filter(passes).for_each(|id| set.insert(id));
            set
        };
        std::thread::scope(|scope| {
            let working: Vec<_> = others
                .chunks(part)
                .map(|ids| scope.spawn(move || ask(ids)))
                .collect();
            let mut set = ask(mine);
            for worker in working {
                set.extend(&worker.join().expect("a predicate does not panic"));
            }
            set
        })
    }
}

fn table(population: &Population, entity: Entity) -> Table {
    let ids: Vec<u32> = match entity {
        Entity::Candidate => population.candidate_ids().collect(),
        Entity::JobOrder => population.position_ids().collect(),
        Entity::ClientCorporation => (1..=population.company_count()).collect(),
        Entity::ClientContact => (1..=population.contact_count()).collect(),
        Entity::CorporateUser => population.users().iter().map(|row| row.id).collect(),
        Entity::Skill => population.skills().iter().map(|row| row.id).collect(),
        Entity::Category => population.categories().iter().map(|row| row.id).collect(),
        Entity::Specialty => population.specialties().iter().map(|row| row.id).collect(),
        Entity::BusinessSector => population.business_sectors().iter().map(|row| row.id).collect(),
        Entity::Country => population.countries().iter().map(|row| row.id).collect(),
        Entity::Corporation => vec![1],
        _ => Vec::new(),
    };
    let mut by_modified: Vec<(u32, u32)> = ids
        .iter()
        .map(|&id| (modified_s(population, entity, id), id))
        .collect();
    by_modified.sort_unstable();
    Table { ids, by_modified }
}

fn modified_s(population: &Population, entity: Entity, id: u32) -> u32 {
    let modified = match entity {
        Entity::Candidate => population
            .candidate_stamp(id)
            .map(|stamp| stamp.date_last_modified),
        Entity::JobOrder => population
            .position_stamp(id)
            .map(|stamp| stamp.date_last_modified),
        Entity::ClientCorporation => population.company(id).map(|company| company.date_last_modified),
        Entity::ClientContact => population.contact(id).map(|contact| contact.date_last_modified),
        _ => None,
    };
    modified.map_or(0, |instant| second_of(instant.as_millisecond()))
}

/// The whole second of an instant in epoch milliseconds, as the index keeps it.
pub(crate) fn second_of(ms: i64) -> u32 {
    u32::try_from(ms.div_euclid(1000).max(0)).unwrap_or(u32::MAX)
}
