//! The vocabulary, ready for use: occupations that know their relatives, and skills that have ids.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::LazyLock;

use super::check;
use super::error::VocabularyError;
use super::family::{FamilyFile, LEVELS, OccupationEntry, Remote};
use super::phrases::{self, Phrases};
use super::source::{self, Source};
use super::template::Template;
use crate::population::record::{BusinessSector, Category, Skill, Specialty};

/// Key of a [`Skill`].
pub(crate) type SkillId = u32;

/// The words the population is made of.
pub(crate) struct Vocabulary {
    pub(crate) phrases: Phrases,
    families: Vec<Family>,
    occupations: Vec<Occupation>,
    /// Grade of each pair of occupations, row by row.
    grades: Vec<u8>,
    skills: Vec<Skill>,
    skill_ids: HashMap<String, SkillId>,
    general_skills: Vec<SkillId>,
    categories: Vec<Category>,
    specialties: Vec<Specialty>,
    /// Names of the industries; the id is the place plus one.
    sectors: Vec<String>,
}

/// What the occupations of a family share.
#[derive(Debug)]
pub(crate) struct Family {
    /// Ids of its [`BusinessSector`]s.
    pub(crate) sectors: Vec<u32>,
    pub(crate) employers: Vec<String>,
    pub(crate) degrees: Vec<String>,
    pub(crate) remote: Remote,
}

/// One occupation.
#[derive(Debug)]
pub(crate) struct Occupation {
    /// Its place among all occupations; the id of its [`Specialty`] less one.
    pub(crate) index: usize,
    /// Its place among the families; the id of its [`Category`] less one.
    pub(crate) family: usize,
    pub(crate) name: String,
    pub(crate) titles: [Vec<String>; LEVELS],
    pay: [u32; LEVELS + 1],
    pub(crate) required: Vec<SkillId>,
    pub(crate) nice: Vec<SkillId>,
    pub(crate) certifications: Vec<String>,
    /// Places of the occupations that this one names as related.
    pub(crate) related: Vec<usize>,
    pub(crate) nouns: Vec<String>,
    pub(crate) resume_duties: Vec<Template>,
    pub(crate) advert_duties: Vec<Template>,
}

impl Occupation {
    /// Lowest and highest yearly pay of a level (1 to 5), in US dollars.
    pub(crate) fn pay(&self, level: u8) -> (i64, i64) {
        let place = usize::from(level.clamp(1, LEVELS as u8)) - 1;
        let thousands = |place: usize| self.pay.get(place).copied().map_or(0, i64::from) * 1_000;
        (thousands(place), thousands(place + 1))
    }

    /// The titles of a level (1 to 5).
    pub(crate) fn titles(&self, level: u8) -> &[String] {
        let place = usize::from(level.clamp(1, LEVELS as u8)) - 1;
        self.titles.get(place).map(Vec::as_slice).unwrap_or_default()
    }
}

/// The vocabulary of this program.
///
/// # Errors
/// When one of the embedded files breaks a rule: a bug, and the same at each call.
pub(crate) fn vocabulary() -> Result<&'static Vocabulary, &'static VocabularyError> {
    static VOCABULARY: LazyLock<Result<Vocabulary, VocabularyError>> = LazyLock::new(|| {
        let phrases = Phrases::read()?;
        Vocabulary::read(source::FAMILIES, phrases)
    });
    VOCABULARY.as_ref()
}

/// The sizes alone: the words would fill books.
impl fmt::Debug for Vocabulary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Vocabulary")
            .field("families", &self.families.len())
            .field("occupations", &self.occupations.len())
            .field("skills", &self.skills.len())
            .finish_non_exhaustive()
    }
}

impl Vocabulary {
    /// Reads and checks the files of the families.
    pub(super) fn read(sources: &[Source<'_>], phrases: Phrases) -> Result<Self, VocabularyError> {
        let files: Vec<FamilyFile> = sources
            .iter()
            .map(|source| phrases::parse(*source))
            .collect::<Result<_, _>>()?;
        check::families(sources, &files)?;
        check::phrases(&phrases)?;
        let mut vocabulary = Self {
            phrases,
            families: Vec::new(),
            occupations: Vec::new(),
            grades: Vec::new(),
            skills: Vec::new(),
            skill_ids: HashMap::new(),
            general_skills: Vec::new(),
            categories: Vec::new(),
            specialties: Vec::new(),
            sectors: Vec::new(),
        };
        let places: HashMap<String, usize> = files
            .iter()
            .flat_map(|file| &file.occupations)
            .enumerate()
            .map(|(place, entry)| (entry.id.clone(), place))
            .collect();
        for file in files {
            vocabulary.add_family(file, &places);
        }
        for name in vocabulary.phrases.skills.general.clone() {
            let skill = vocabulary.skill(&name);
            vocabulary.general_skills.push(skill);
        }
        vocabulary.grades = grades(&vocabulary.occupations);
        Ok(vocabulary)
    }

    fn add_family(&mut self, file: FamilyFile, places: &HashMap<String, usize>) {
        let family = self.families.len();
        let category = family as u32 + 1;
        for entry in file.occupations {
            self.add_occupation(entry, family, places);
        }
        let sectors = file.sectors.iter().map(|name| self.sector(name)).collect();
        self.categories.push(Category {
            id: category,
            name: file.name,
            enabled: true,
            kind: "C".to_owned(),
        });
        self.families.push(Family {
            sectors,
            employers: file.employers,
            degrees: file.degrees,
            remote: file.remote,
        });
    }

    fn add_occupation(&mut self, entry: OccupationEntry, family: usize, places: &HashMap<String, usize>) {
        let index = self.occupations.len();
        let category = family as u32 + 1;
        let specialty = Specialty {
            id: index as u32 + 1,
            name: entry.name.clone(),
            parent_category: category,
        };
        self.specialties.push(specialty);
        let occupation = Occupation {
            index,
            family,
            name: entry.name,
            titles: entry.titles,
            pay: entry.pay,
            required: entry
                .required
                .iter()
                .map(|name| self.skill_of(name, category))
                .collect(),
            nice: entry
                .nice
                .iter()
                .map(|name| self.skill_of(name, category))
                .collect(),
            certifications: entry.certifications,
            related: entry
                .related
                .iter()
                .filter_map(|id| places.get(id))
                .copied()
                .collect(),
            nouns: entry.nouns,
            resume_duties: entry.resume_duties,
            advert_duties: entry.advert_duties,
        };
        self.occupations.push(occupation);
    }

    /// The id of a skill, which is new at its first mention.
    fn skill(&mut self, name: &str) -> SkillId {
        if let Some(id) = self.skill_ids.get(name) {
            return *id;
        }
        let id = self.skills.len() as SkillId + 1;
        // Old tenants carry a few skills that can no longer be chosen; records keep them.
        let enabled = !id.is_multiple_of(41);
        self.skills.push(Skill {
            id,
            name: name.to_owned(),
            enabled,
            categories: Vec::new(),
        });
        self.skill_ids.insert(name.to_owned(), id);
        id
    }

    fn skill_of(&mut self, name: &str, category: u32) -> SkillId {
        let id = self.skill(name);
        let skill = self
            .skills
            .get_mut(id as usize - 1)
            .expect("an id is the place of its skill plus one");
        if skill.categories.last() != Some(&category) {
            skill.categories.push(category);
        }
        id
    }

    fn sector(&mut self, name: &str) -> u32 {
        let known = self.sectors.iter().position(|known| known == name);
        let place = known.unwrap_or_else(|| {
            self.sectors.push(name.to_owned());
            self.sectors.len() - 1
        });
        place as u32 + 1
    }

    pub(crate) fn occupations(&self) -> &[Occupation] {
        &self.occupations
    }

    pub(crate) fn occupation(&self, index: usize) -> &Occupation {
        self.occupations
            .get(index)
            .expect("an index comes from this vocabulary")
    }

    pub(crate) fn families(&self) -> &[Family] {
        &self.families
    }

    pub(crate) fn family(&self, occupation: &Occupation) -> &Family {
        self.families
            .get(occupation.family)
            .expect("an occupation belongs to a family of its vocabulary")
    }

    /// How near two occupations are: 3 the same, 2 one names the other as related, 1 they share a family or a related
    /// occupation, 0 anything else.
    pub(crate) fn grade(&self, one: &Occupation, other: &Occupation) -> u8 {
        let place = one.index * self.occupations.len() + other.index;
        self.grades.get(place).copied().unwrap_or(0)
    }

    pub(crate) fn skills(&self) -> &[Skill] {
        &self.skills
    }

    pub(crate) fn skill_name(&self, id: SkillId) -> &str {
        let skill = (id as usize)
            .checked_sub(1)
            .and_then(|place| self.skills.get(place));
        skill.map(|skill| skill.name.as_str()).unwrap_or_default()
    }

    /// Ids of the skills that any occupation may list.
    pub(crate) fn general_skills(&self) -> &[SkillId] {
        &self.general_skills
    }

    pub(crate) fn categories(&self) -> &[Category] {
        &self.categories
    }

    pub(crate) fn specialties(&self) -> &[Specialty] {
        &self.specialties
    }

    pub(crate) fn sector_name(&self, id: u32) -> &str {
        let name = (id as usize)
            .checked_sub(1)
            .and_then(|place| self.sectors.get(place));
        name.map(String::as_str).unwrap_or_default()
    }

    /// The industries, made on the given day.
    pub(crate) fn business_sectors(&self, date_added: jiff::Timestamp) -> Vec<BusinessSector> {
        let sector = |(place, name): (usize, &String)| BusinessSector {
            id: place as u32 + 1,
            name: name.clone(),
            date_added,
        };
        self.sectors.iter().enumerate().map(sector).collect()
    }
}

fn grades(occupations: &[Occupation]) -> Vec<u8> {
    let mut relatives: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); occupations.len()];
    for occupation in occupations {
        for &other in &occupation.related {
            for (from, to) in [(occupation.index, other), (other, occupation.index)] {
                relatives
                    .get_mut(from)
                    .expect("an index comes from this vocabulary")
                    .insert(to);
            }
        }
    }
    let grade = |one: &Occupation, others: &BTreeSet<usize>, other: &Occupation, theirs: &BTreeSet<usize>| {
        if one.index == other.index {
            3
        } else if others.contains(&other.index) {
            2
        } else {
            u8::from(one.family == other.family || !others.is_disjoint(theirs))
        }
    };
    let rows = || occupations.iter().zip(&relatives);
    rows()
        .flat_map(|(one, others)| rows().map(move |(other, theirs)| grade(one, others, other, theirs)))
        .collect()
}
