//! Both sides of a pair in the form that is fast to score: skills as numbers, weights added up beforehand.

use std::collections::{BTreeMap, HashMap};

use referral_store::Level;

use super::facts::{CandidateFacts, PositionFacts};
use super::formula::Formula;
use super::level::LevelDemand;
use super::skill_names::skill_key;
use super::units::{Points, Share};
use super::weights::Category;

/// Numbers for the skills that a set of positions asks for. Skills that none of them asks for need no number.
#[derive(Debug, Clone, Default)]
pub struct SkillIndex {
    numbers: HashMap<String, u32>,
}

impl SkillIndex {
    /// Numbers every skill that one of the positions requires or likes.
    pub fn new<'a>(positions: impl IntoIterator<Item = &'a PositionFacts>) -> Self {
        let mut numbers = HashMap::new();
        for position in positions {
            for name in position.required_skills.iter().chain(&position.nice_skills) {
                let next = numbers.len() as u32;
                numbers.entry(skill_key(name)).or_insert(next);
            }
        }
        numbers.remove("");
        Self { numbers }
    }

    /// The number of a skill, given by any spelling.
    pub(crate) fn number(&self, name: &str) -> Option<u32> {
        self.numbers.get(&skill_key(name)).copied()
    }
}

/// The skills of many candidates, read once so that they can be compared with many sets of positions.
#[derive(Debug, Default)]
pub struct SkillLists {
    /// Every different name.
    names: Vec<String>,
    /// Per candidate, which of the names it has.
    lists: Vec<Box<[u32]>>,
}

impl SkillLists {
    /// Reads the skills of candidates.
    pub fn new(candidates: &[CandidateFacts]) -> Self {
        let mut numbers: HashMap<&str, u32> = HashMap::new();
        let (mut names, mut lists) = (Vec::new(), Vec::with_capacity(candidates.len()));
        for facts in candidates {
            let mut list = Vec::with_capacity(facts.skills.len());
            for name in &facts.skills {
                let number = *numbers.entry(name).or_insert_with(|| {
                    names.push(name.clone());
                    names.len() as u32 - 1
                });
                list.push(number);
            }
            lists.push(list.into_boxed_slice());
        }
        Self { names, lists }
    }

    /// Prepares the candidates for positions whose skills `index` numbers; `candidates` are those given before.
    pub(crate) fn compile(
        &self,
        candidates: &[CandidateFacts],
        index: &SkillIndex,
    ) -> Vec<CompiledCandidate> {
        let asked: Vec<Option<u32>> = self.names.iter().map(|name| index.number(name)).collect();
        let own = self
            .lists
            .iter()
            .map(|list| list.iter().filter_map(|number| asked[*number as usize]).collect());
        candidates
            .iter()
            .zip(own)
            .map(|(facts, skills)| CompiledCandidate::with_skills(skills, facts))
            .collect()
    }
}

/// A small set of skill numbers that sometimes takes a number for another one, but never misses one.
#[derive(Debug, Clone, Copy, Default)]
struct Sieve([u64; 4]);

impl Sieve {
    fn insert(&mut self, skill: u32) {
        self.0[skill as usize / 64 % 4] |= 1 << (skill % 64);
    }

    fn may_hold(self, skill: u32) -> bool {
        self.0[skill as usize / 64 % 4] >> (skill % 64) & 1 == 1
    }
}

/// A candidate as scoring sees one.
#[derive(Debug, Clone)]
pub struct CompiledCandidate {
    /// Numbers of those skills that some position asks for, each once.
    skills: Box<[u32]>,
    /// The same, to rule out most others at a glance.
    sieve: Sieve,
    level: Option<Level>,
    years: Option<f64>,
}

impl CompiledCandidate {
    /// Prepares a candidate for positions whose skills `index` numbers.
    pub fn new(facts: &CandidateFacts, index: &SkillIndex) -> Self {
        Self::with_skills(
            facts
                .skills
                .iter()
                .filter_map(|name| index.number(name))
                .collect(),
            facts,
        )
    }

    fn with_skills(mut skills: Vec<u32>, facts: &CandidateFacts) -> Self {
        skills.sort_unstable();
        skills.dedup();
        let mut sieve = Sieve::default();
        for skill in &skills {
            sieve.insert(*skill);
        }
        Self {
            skills: skills.into_boxed_slice(),
            sieve,
            level: facts.level,
            years: facts.years,
        }
    }

    /// Whether the candidate has the skill with this number.
    pub(crate) fn has(&self, skill: u32) -> bool {
        self.sieve.may_hold(skill) && self.skills.binary_search(&skill).is_ok()
    }
}

/// What having a skill adds to the required and to the nice skills of a position, in millionths.
#[derive(Debug, Clone, Copy)]
struct Worth {
    skill: u32,
    required: u32,
    nice: u32,
}

/// A position as scoring sees one.
#[derive(Debug, Clone)]
pub struct CompiledPosition {
    /// The categories that the position states, scaled to sum to one; zero for the others.
    pub(crate) weights: [Share; 4],
    /// The skills that it requires or likes, each once.
    skills: Box<[Worth]>,
    /// The sums of all required and of all nice skills, in millionths.
    totals: (u64, u64),
    level: Option<LevelDemand>,
}

impl CompiledPosition {
    /// Prepares a position; `index` numbers its skills.
    pub fn new(facts: &PositionFacts, index: &SkillIndex, formula: &Formula) -> Self {
        let mut worth: BTreeMap<u32, (u32, u32)> = BTreeMap::new();
        let numbered = |names: &[String]| -> Vec<(u32, u32)> {
            let number =
                |name: &String| Some((index.number(name)?, formula.idf.millionths(&skill_key(name))));
            names.iter().filter_map(number).collect()
        };
        for (skill, weight) in numbered(&facts.required_skills) {
            worth.entry(skill).or_default().0 = weight;
        }
        for (skill, weight) in numbered(&facts.nice_skills) {
            worth.entry(skill).or_default().1 = weight;
        }
        let total = |of: fn(&(u32, u32)) -> u32| worth.values().map(|pair| u64::from(of(pair))).sum();
        let totals = (total(|pair| pair.0), total(|pair| pair.1));
        let skills = worth.into_iter().map(|(skill, (required, nice))| Worth {
            skill,
            required,
            nice,
        });
        let level = LevelDemand::new(facts.level, facts.min_years);
        let weights = formula.weights.scaled(|category| match category {
            Category::Semantic => true,
            Category::RequiredSkills => totals.0 > 0,
            Category::NiceSkills => totals.1 > 0,
            Category::Level => level.is_some(),
        });
        Self {
            weights,
            skills: skills.collect(),
            totals,
            level,
        }
    }

    /// The values of required skills, nice skills and level for a candidate; one for what the position does not state.
    pub(crate) fn values(&self, candidate: &CompiledCandidate) -> [Share; 3] {
        let (mut required, mut nice) = (0, 0);
        for worth in &self.skills {
            if candidate.has(worth.skill) {
                required += u64::from(worth.required);
                nice += u64::from(worth.nice);
            }
        }
        let level = self.level.map_or(Share::ONE, |demand| {
            demand.value(candidate.level, candidate.years)
        });
        [
            Share::of(required, self.totals.0),
            Share::of(nice, self.totals.1),
            level,
        ]
    }

    /// What required skills, nice skills and level add to the score.
    pub(crate) fn points_beside_semantic(&self, candidate: &CompiledCandidate) -> Points {
        let values = self.values(candidate);
        self.weights[1..]
            .iter()
            .zip(values)
            .map(|(weight, value)| weight.points_for(value))
            .sum()
    }

    /// The most that required skills, nice skills and level can add to a score.
    pub(crate) fn most_beside_semantic(&self) -> Points {
        self.weights[1..]
            .iter()
            .map(|weight| weight.points_for(Share::ONE))
            .sum()
    }
}
