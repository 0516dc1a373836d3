//! A position as the pipeline knows one: normalised and cleaned.

use jiff::civil::Date;

use crate::candidate::{Fingerprint, Place};
use crate::{EntityId, Level};

/// A job as read from Bullhorn, after cleaning. Absent and unusable values are `None`, never `""` or `0`.
#[derive(Debug, Clone, PartialEq)]
pub struct Position {
    /// Bullhorn's id.
    pub id: EntityId,
    /// Job title.
    pub title: Option<String>,
    /// The advertisement as clean text with one block a line.
    pub description_text: Option<String>,
    /// Normalised names of the skills that are required, sorted, each once.
    pub required_skills: Vec<String>,
    /// Normalised names of the skills that are nice to have, sorted, each once, disjoint from the required ones.
    pub nice_skills: Vec<String>,
    /// Certificates and licences asked for.
    pub certifications: Vec<String>,
    /// Years of experience asked for.
    pub min_years: Option<f64>,
    /// Seniority asked for.
    pub level: Option<Level>,
    /// For example `Direct Hire`, without the tenant's sort prefix.
    pub employment_type: Option<String>,
    /// Lower end of the pay, whole currency units a year.
    pub salary_yearly_min: Option<i64>,
    /// Upper end of the pay, whole currency units a year.
    pub salary_yearly_max: Option<i64>,
    /// Where the job is done.
    pub place: Place,
    /// Can be done remotely.
    pub remote: Option<bool>,
    /// Candidates are still looked for: open at the source and not in a closing status.
    pub is_open: bool,
    /// The tenant's status, for example `Accepting Candidates`.
    pub status: Option<String>,
    /// First day of work.
    pub start_on: Option<Date>,
    /// The client's name.
    pub client_name: Option<String>,
    /// How many people are wanted.
    pub openings: Option<i64>,
    /// What may be embedded. `None` when nothing is left.
    pub embedding_text: Option<String>,
    /// What identifies the content and the source's version.
    pub fingerprint: Fingerprint,
}
