//! Why a pair has its score, computed for people who ask and stored nowhere: the assessment, who came close, and where in the
//! texts the skills stand. It reads what was embedded and frozen before, so it needs no model.

mod evidence;
mod pair;

pub use evidence::{Passage, SkillEvidence, evidence};
pub use pair::{ExplainError, Explanation, Near, explain, frozen_formula, near};
