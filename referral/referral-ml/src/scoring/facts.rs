//! What is known about a pair, apart from its vectors. Nothing here says who somebody is.

use jiff::civil::Date;
use referral_store::candidate::Place;
use referral_store::{EntityId, Level};

/// What scores and gates read of a candidate.
#[derive(Debug, Clone, PartialEq)]
pub struct CandidateFacts {
    /// Bullhorn's id.
    pub id: EntityId,
    /// Skill names, in any spelling and order.
    pub skills: Vec<String>,
    /// Certificates and licences.
    pub certifications: Vec<String>,
    /// Seniority.
    pub level: Option<Level>,
    /// Years of experience.
    pub years: Option<f64>,
    /// Where the person can work.
    pub place: Place,
    /// Would move for a job.
    pub will_relocate: Option<bool>,
    /// Works remotely.
    pub remote_ok: Option<bool>,
    /// Wanted pay in whole currency units a year.
    pub salary_yearly: Option<i64>,
    /// First day of availability.
    pub available_on: Option<Date>,
    /// May work where the tenant recruits.
    pub work_authorized: Option<bool>,
}

impl CandidateFacts {
    /// A candidate of whom nothing is known yet.
    pub fn new(id: EntityId) -> Self {
        Self {
            id,
            skills: Vec::new(),
            certifications: Vec::new(),
            level: None,
            years: None,
            place: Place::default(),
            will_relocate: None,
            remote_ok: None,
            salary_yearly: None,
            available_on: None,
            work_authorized: None,
        }
    }
}

/// What scores and gates read of a position.
#[derive(Debug, Clone, PartialEq)]
pub struct PositionFacts {
    /// Bullhorn's id.
    pub id: EntityId,
    /// Names of required skills, in any spelling and order.
    pub required_skills: Vec<String>,
    /// Names of skills that would be nice.
    pub nice_skills: Vec<String>,
    /// Certificates and licences asked for.
    pub certifications: Vec<String>,
    /// Years of experience asked for.
    pub min_years: Option<f64>,
    /// Seniority asked for.
    pub level: Option<Level>,
    /// Where the job is done.
    pub place: Place,
    /// Can be done remotely.
    pub remote: Option<bool>,
    /// Upper end of the pay, whole currency units a year.
    pub salary_yearly_max: Option<i64>,
    /// First day of work.
    pub start_on: Option<Date>,
}

impl PositionFacts {
    /// A position of which nothing is known yet.
    pub fn new(id: EntityId) -> Self {
        Self {
            id,
            required_skills: Vec::new(),
            nice_skills: Vec::new(),
            certifications: Vec::new(),
            min_years: None,
            level: None,
            place: Place::default(),
            remote: None,
            salary_yearly_max: None,
            start_on: None,
        }
    }
}
