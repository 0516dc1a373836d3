//! A folder of labelled pairs: `candidates.jsonl`, `positions.jsonl` and `relevance.csv`.
//!
//! | grade | the candidate's occupation is |
//! |---|---|
//! | 3 | the position's |
//! | 2 | closely related to it; from here on a candidate counts as relevant |
//! | 1 | loosely related |
//! | 0 | another; such pairs are not listed |

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use referral_store::{EntityId, Level};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::scoring::{CandidateFacts, IdfTable, PositionFacts};

/// The least grade that counts as relevant.
pub(crate) const RELEVANT: u8 = 2;
/// The grade of the same occupation.
pub(crate) const SAME: u8 = 3;

/// Labelled candidates and positions.
#[derive(Debug, Clone)]
pub struct Dataset {
    /// What is known of the candidates; their ids count from 0.
    pub candidates: Vec<CandidateFacts>,
    /// What is embedded of each candidate.
    pub candidate_texts: Vec<String>,
    /// What is known of the positions; their ids count from 0.
    pub positions: Vec<PositionFacts>,
    /// What is embedded of each position.
    pub position_texts: Vec<String>,
    /// Positions x candidates, row-major.
    grades: Vec<u8>,
}

/// Why a folder is no data set. Final.
#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    /// A file cannot be read.
    #[error("cannot read `{path}`")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A line is no record of the expected form.
    #[error("`{path}`, line {line}: {reason}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What does not fit.
        reason: String,
    },
    /// A position without a relevant candidate: nothing could be ranked right.
    #[error("position `{id}` has no candidate of grade 2 or 3; every position needs one")]
    Irrelevant {
        /// The position.
        id: String,
    },
}

#[derive(Deserialize)]
struct CandidateLine {
    id: String,
    years: f64,
    level: u8,
    skills: Vec<String>,
    text: String,
}

#[derive(Deserialize)]
struct PositionLine {
    id: String,
    min_years: f64,
    level: u8,
    required: Vec<String>,
    nice: Vec<String>,
    text: String,
}

impl Dataset {
    /// Reads a folder.
    ///
    /// # Errors
    /// A file is missing or malformed, or a position has no relevant candidate.
    pub fn read(folder: &Path) -> Result<Self, DatasetError> {
        let candidates: Vec<CandidateLine> = read_lines(&folder.join("candidates.jsonl"))?;
        let positions: Vec<PositionLine> = read_lines(&folder.join("positions.jsonl"))?;
        let grades = read_grades(&folder.join("relevance.csv"), &positions, &candidates)?;
        let facts = |(index, line): (usize, &CandidateLine)| CandidateFacts {
            skills: line.skills.clone(),
            level: Level::new(line.level),
            years: Some(line.years),
            ..CandidateFacts::new(EntityId(index as i64))
        };
        let wants = |(index, line): (usize, &PositionLine)| PositionFacts {
            required_skills: line.required.clone(),
            nice_skills: line.nice.clone(),
            level: Level::new(line.level),
            min_years: Some(line.min_years),
            ..PositionFacts::new(EntityId(index as i64))
        };
        Ok(Self {
            candidates: candidates.iter().enumerate().map(facts).collect(),
            positions: positions.iter().enumerate().map(wants).collect(),
            candidate_texts: candidates.into_iter().map(|line| line.text).collect(),
            position_texts: positions.into_iter().map(|line| line.text).collect(),
            grades,
        })
    }

    /// The grades of all candidates for a position, in the candidates' order.
    pub fn grades(&self, position: usize) -> &[u8] {
        &self.grades[position * self.candidates.len()..][..self.candidates.len()]
    }

    /// What each skill counts among these candidates.
    pub fn idf(&self) -> IdfTable {
        let mut holders: HashMap<&str, u64> = HashMap::new();
        for name in self.candidates.iter().flat_map(|candidate| &candidate.skills) {
            *holders.entry(name).or_insert(0) += 1;
        }
        IdfTable::new(self.candidates.len() as u64, holders)
    }
}

fn read(path: &Path) -> Result<String, DatasetError> {
    fs::read_to_string(path).map_err(|source| DatasetError::Unreadable {
        path: path.to_owned(),
        source,
    })
}

fn read_lines<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, DatasetError> {
    let parse = |(index, line): (usize, &str)| {
        serde_json::from_str(line).map_err(|error| DatasetError::Malformed {
            path: path.to_owned(),
            line: index + 1,
            reason: error.to_string(),
        })
    };
    read(path)?.lines().enumerate().map(parse).collect()
}

/// The grades as a table; pairs that are not listed have grade 0.
fn read_grades(
    path: &Path,
    positions: &[PositionLine],
    candidates: &[CandidateLine],
) -> Result<Vec<u8>, DatasetError> {
    let row_of: HashMap<&str, usize> = positions
        .iter()
        .enumerate()
        .map(|(index, line)| (line.id.as_str(), index))
        .collect();
    let column_of: HashMap<&str, usize> = candidates
        .iter()
        .enumerate()
        .map(|(index, line)| (line.id.as_str(), index))
        .collect();
    let mut grades = vec![0; positions.len() * candidates.len()];
    for (index, line) in read(path)?.lines().enumerate().skip(1) {
        let mut fields = line.split(',');
        let pair = (
            fields.next().and_then(|id| row_of.get(id)),
            fields.next().and_then(|id| column_of.get(id)),
        );
        let grade = fields
            .next()
            .and_then(|grade| grade.trim().parse::<u8>().ok())
            .filter(|grade| *grade <= SAME);
        let ((Some(row), Some(column)), Some(grade)) = (pair, grade) else {
            let reason =
                format!("`{line}` is not a known position, a known candidate and a grade from 0 to 3");
            return Err(DatasetError::Malformed {
                path: path.to_owned(),
                line: index + 1,
                reason,
            });
        };
        grades[row * candidates.len() + column] = grade;
    }
    let poor = grades
        .chunks(candidates.len().max(1))
        .position(|row| row.iter().all(|grade| *grade < RELEVANT));
    match poor.and_then(|row| positions.get(row)) {
        Some(line) => Err(DatasetError::Irrelevant { id: line.id.clone() }),
        None => Ok(grades),
    }
}
