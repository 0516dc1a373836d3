//! A family of occupations as its file has it.

use serde::Deserialize;

use super::template::Template;

/// Seniority levels: 1 beginner, 2 experienced, 3 senior, 4 lead, 5 principal.
pub(crate) const LEVELS: usize = 5;

/// How often the work of a family can be done from home.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Remote {
    Never,
    Sometimes,
    Often,
}

/// One file of `occupations/`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FamilyFile {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) sectors: Vec<String>,
    /// Last words of the names of employers.
    pub(crate) employers: Vec<String>,
    pub(crate) degrees: Vec<String>,
    pub(crate) remote: Remote,
    pub(crate) occupations: Vec<OccupationEntry>,
}

/// One occupation of a file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OccupationEntry {
    pub(crate) id: String,
    pub(crate) name: String,
    /// For each level one or more titles.
    pub(crate) titles: [Vec<String>; LEVELS],
    /// Yearly pay in thousands of US dollars: level `n` earns from `pay[n - 1]` to `pay[n]`.
    pub(crate) pay: [u32; LEVELS + 1],
    pub(crate) required: Vec<String>,
    pub(crate) nice: Vec<String>,
    pub(crate) certifications: Vec<String>,
    /// Ids of occupations from which people change easily.
    pub(crate) related: Vec<String>,
    pub(crate) nouns: Vec<String>,
    pub(crate) resume_duties: Vec<Template>,
    pub(crate) advert_duties: Vec<Template>,
}
