//! Evaluates all checks of a table while its rows stream past once.

use std::collections::{BTreeMap, HashMap};

use jiff::{Timestamp, Unit};
use referral_store::EntityId;
use referral_store::quality::{CandidateRow, EmbeddingRow, MatchRow, PositionRow};

use crate::declaration::{Check, Rule, Table};
use crate::people::{Fingerprints, fingerprint};

/// How many ids of failing rows a result shows.
pub const SAMPLES_MAX: usize = 10;

/// How far the length of a vector may be from one.
const NORM_TOLERANCE: f64 = 1e-3;

/// What is known from outside the rows.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// Now, for freshness.
    pub now: Timestamp,
    /// Rows of each table at the last run, by check name, for volume.
    pub rows_before: BTreeMap<String, u64>,
    /// The number of dimensions that vectors must have.
    pub dimensions: usize,
    /// When candidates were last synced to the end.
    pub candidates_synced: Option<Timestamp>,
    /// When positions were last synced to the end.
    pub positions_synced: Option<Timestamp>,
}

/// How one check came out.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Rows that were asked.
    pub checked: u64,
    /// Rows that failed; for a check of the whole table 0 or 1.
    pub failed: u64,
    /// Whether no more failed than may.
    pub passed: bool,
    /// What was found, in words; empty when there is nothing to say.
    pub detail: String,
    /// Ids of the first failing rows.
    pub samples: Vec<String>,
    /// Ids of all failing rows, where the check quarantines.
    pub quarantined: Vec<EntityId>,
}

/// A check while rows stream past.
pub struct Running<'a> {
    check: &'a Check,
    checked: u64,
    failed: u64,
    samples: Vec<String>,
    quarantined: Vec<EntityId>,
    seen: HashMap<String, EntityId>,
    people: Fingerprints,
}

/// The answer of one row to one check.
enum Answer {
    /// The check does not apply to the row: the value is absent.
    NotAsked,
    Holds,
    Fails,
}

impl From<bool> for Answer {
    fn from(holds: bool) -> Self {
        if holds { Self::Holds } else { Self::Fails }
    }
}

impl<'a> Running<'a> {
    /// All checks of a table, before its first row.
    pub fn of(table: Table, checks: &'a [Check]) -> Vec<Self> {
        let new = |check| Self {
            check,
            checked: 0,
            failed: 0,
            samples: Vec::new(),
            quarantined: Vec::new(),
            seen: HashMap::new(),
            people: Fingerprints::default(),
        };
        checks
            .iter()
            .filter(|check| check.table == table)
            .map(new)
            .collect()
    }

    /// The check itself.
    pub fn check(&self) -> &'a Check {
        self.check
    }

    /// Looks at a candidate.
    pub fn candidate(&mut self, row: &CandidateRow) {
        let column = self.check.column.as_str();
        let answer = match &self.check.rule {
            Rule::Completeness => Answer::from(match column {
                "name" => row.first_name.is_some() || row.last_name.is_some(),
                "contact" => row.email.is_some() || row.phone_e164.is_some(),
                "occupation" => row.occupation.is_some(),
                "skills" => row.skills > 0,
                "embedding_text" => row.has_embedding_text,
                "resume_text" => row.has_resume_text,
                _ => candidate_text(row, column).is_some(),
            }),
            Rule::Uniqueness => self.unique(row.id, candidate_text(row, column)),
            Rule::NearDuplicate => self.different_person(row),
            Rule::Validity(pattern) => {
                candidate_text(row, column).map_or(Answer::NotAsked, |text| pattern.is_match(text).into())
            }
            Rule::Range { min, max } => within(candidate_number(row, column), *min, *max),
            Rule::Freshness { .. } | Rule::Volume { .. } | Rule::Referential | Rule::Embedding => {
                Answer::Holds
            }
        };
        self.count(answer, Some(row.id), || row.id.to_string());
    }

    /// Looks at a position.
    pub fn position(&mut self, row: &PositionRow) {
        let column = self.check.column.as_str();
        let answer = match &self.check.rule {
            Rule::Completeness => Answer::from(match column {
                "title" => row.title.is_some(),
                "client_name" => row.client_name.is_some(),
                "required_skills" => row.required_skills > 0,
                "embedding_text" => row.has_embedding_text,
                _ => row.has_description,
            }),
            Rule::Validity(pattern) => row
                .country_code
                .as_deref()
                .map_or(Answer::NotAsked, |text| pattern.is_match(text).into()),
            Rule::Range { min, max } => within(position_number(row, column), *min, *max),
            Rule::Freshness { .. }
            | Rule::Volume { .. }
            | Rule::Uniqueness
            | Rule::NearDuplicate
            | Rule::Referential
            | Rule::Embedding => Answer::Holds,
        };
        self.count(answer, Some(row.id), || row.id.to_string());
    }

    /// Looks at a vector.
    pub fn embedding(&mut self, row: &EmbeddingRow, surroundings: &Surroundings) {
        let holds = match self.check.column.as_str() {
            "entity" => row.entity_exists,
            "dimensions" => row.dimensions == surroundings.dimensions,
            "unit_norm" => (row.norm - 1.0).abs() <= NORM_TOLERANCE,
            _ => row.is_current,
        };
        self.count(holds.into(), None, || format!("{} {}", row.kind, row.id));
    }

    /// Looks at a match.
    pub fn matched(&mut self, row: &MatchRow) {
        let answer = match (&self.check.rule, self.check.column.as_str()) {
            (Rule::Range { min, max }, _) => within(Some(row.score_points), *min, *max),
            (_, "candidate") => row.candidate_exists.into(),
            _ => row.position_exists.into(),
        };
        self.count(answer, None, || {
            format!("{}/{}", row.position_id, row.candidate_id)
        });
    }

    /// The result, once all rows have passed.
    pub fn finish(self, surroundings: &Surroundings) -> Outcome {
        let (failed, detail) = match &self.check.rule {
            Rule::Freshness { max_age_hours } => self.age(*max_age_hours, surroundings),
            Rule::Volume { min_rows, max_drop } => {
                let before = surroundings.rows_before.get(&self.check.name).copied();
                self.volume(*min_rows, *max_drop, before)
            }
            _ => (self.failed, String::new()),
        };
        let share = if self.checked == 0 {
            failed as f64
        } else {
            failed as f64 / self.checked as f64
        };
        Outcome {
            checked: self.checked,
            failed,
            passed: failed == 0 || share <= self.check.max_failed,
            detail,
            samples: self.samples,
            quarantined: self.quarantined,
        }
    }

    fn count(&mut self, answer: Answer, id: Option<EntityId>, name: impl Fn() -> String) {
        match answer {
            Answer::NotAsked => {}
            Answer::Holds => self.checked += 1,
            Answer::Fails => {
                self.checked += 1;
                self.failed += 1;
                if self.samples.len() < SAMPLES_MAX {
                    self.samples.push(name());
                }
                if let Some(id) = id.filter(|_| self.check.quarantine) {
                    self.quarantined.push(id);
                }
            }
        }
    }

    fn unique(&mut self, id: EntityId, value: Option<&str>) -> Answer {
        let Some(value) = value else {
            return Answer::NotAsked;
        };
        let first = *self.seen.entry(value.to_lowercase()).or_insert(id);
        (first == id).into()
    }

    fn different_person(&mut self, row: &CandidateRow) -> Answer {
        let Some(person) = fingerprint(row) else {
            return Answer::NotAsked;
        };
        self.people.insert(person).is_none().into()
    }

    fn age(&self, max_age_hours: f64, surroundings: &Surroundings) -> (u64, String) {
        let synced = match self.check.table {
            Table::Position => surroundings.positions_synced,
            Table::Candidate | Table::Embedding | Table::Match => surroundings.candidates_synced,
        };
        let Some(synced) = synced else {
            return (1, "never synced to the end".to_owned());
        };
        let hours = (surroundings.now - synced)
            .total(Unit::Hour)
            .unwrap_or(f64::INFINITY);
        let failed = u64::from(hours > max_age_hours);
        (
            failed,
            format!("last synced {hours:.1} h ago, at most {max_age_hours} h are allowed"),
        )
    }

    fn volume(&self, min_rows: u64, max_drop: f64, before: Option<u64>) -> (u64, String) {
        let rows = self.checked;
        if rows < min_rows {
            return (1, format!("{rows} rows, at least {min_rows} are expected"));
        }
        let Some(before) = before.filter(|before| *before > 0) else {
            return (0, format!("{rows} rows"));
        };
        let least = before as f64 * (1.0 - max_drop);
        (
            u64::from((rows as f64) < least),
            format!("{rows} rows, {before} at the last run"),
        )
    }
}

fn candidate_text<'a>(row: &'a CandidateRow, column: &str) -> Option<&'a str> {
    match column {
        "email" => row.email.as_deref(),
        "phone_e164" => row.phone_e164.as_deref(),
        "country_code" => row.country_code.as_deref(),
        _ => None,
    }
}

fn candidate_number(row: &CandidateRow, column: &str) -> Option<f64> {
    match column {
        "experience_years" => row.experience_years,
        "salary_yearly" => row.salary_yearly.map(|pay| pay as f64),
        "skills" => Some(row.skills as f64),
        _ => None,
    }
}

fn position_number(row: &PositionRow, column: &str) -> Option<f64> {
    let (low, high) = (row.salary_yearly_min, row.salary_yearly_max);
    match column {
        "min_years" => row.min_years,
        "salary_yearly_min" => low.map(|pay| pay as f64),
        "salary_yearly_max" => high.map(|pay| pay as f64),
        "salary_span" => low.zip(high).map(|(low, high)| (high - low) as f64),
        "openings" => row.openings.map(|openings| openings as f64),
        _ => None,
    }
}

fn within(value: Option<f64>, min: Option<f64>, max: Option<f64>) -> Answer {
    let Some(value) = value else {
        return Answer::NotAsked;
    };
    (min.is_none_or(|min| value >= min) && max.is_none_or(|max| value <= max)).into()
}
