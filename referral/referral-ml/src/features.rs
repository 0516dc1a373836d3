//! What the store knows of a record, as scoring takes it.

use referral_store::features::{CandidateFeatures, MatchInput, PositionFeatures};

use crate::scoring::{CandidateFacts, PositionFacts};

/// A candidate with what a match depends on.
pub(crate) struct CandidateInput {
    pub(crate) facts: CandidateFacts,
    pub(crate) input: MatchInput,
    pub(crate) vector: Vec<f32>,
}

/// A position with what a match depends on.
pub(crate) struct PositionInput {
    pub(crate) facts: PositionFacts,
    pub(crate) input: MatchInput,
    pub(crate) vector: Vec<f32>,
}

impl From<CandidateFeatures> for CandidateInput {
    fn from(one: CandidateFeatures) -> Self {
        Self {
            facts: CandidateFacts {
                id: one.id,
                skills: one.skills,
                certifications: one.certifications,
                level: one.level,
                years: one.experience_years,
                place: one.place,
                will_relocate: one.will_relocate,
                remote_ok: one.remote_ok,
                salary_yearly: one.salary_yearly,
                available_on: one.available_on,
                work_authorized: one.work_authorized,
            },
            input: one.input,
            vector: one.vector,
        }
    }
}

impl From<PositionFeatures> for PositionInput {
    fn from(one: PositionFeatures) -> Self {
        Self {
            facts: PositionFacts {
                id: one.id,
                required_skills: one.required_skills,
                nice_skills: one.nice_skills,
                certifications: one.certifications,
                min_years: one.min_years,
                level: one.level,
                place: one.place,
                remote: one.remote,
                salary_yearly_max: one.salary_yearly_max,
                start_on: one.start_on,
            },
            input: one.input,
            vector: one.vector,
        }
    }
}
