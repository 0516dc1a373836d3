//! A score with everything that explains it.

use referral_store::EntityId;
use serde::Serialize;

use super::gates::{GateVerdict, Verdict};
use super::units::{Points, Share};
use super::weights::Category;

/// One named part of a score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Part {
    /// What it stands for.
    pub name: Category,
    /// What it counts, in basis points; the weights of all parts sum to 10,000.
    pub weight_bp: Share,
    /// How well the pair does in it, in basis points.
    pub value_bp: Share,
    /// What it adds to the score, in hundredths of a point: weight times value.
    pub points: Points,
}

/// A pair, assessed.
#[derive(Debug, Clone, PartialEq)]
pub struct Assessment {
    /// The position.
    pub position_id: EntityId,
    /// The candidate.
    pub candidate_id: EntityId,
    /// The sum of the parts' points.
    pub score: Points,
    /// The canonical cosine of the two vectors.
    pub cosine: f64,
    /// The parts that the position states, in the order of [`Category`].
    pub parts: Vec<Part>,
    /// Skills asked for that the candidate has, required ones first, as the position spells them.
    pub matched_skills: Vec<String>,
    /// Skills asked for that the candidate lacks.
    pub missing_skills: Vec<String>,
    /// All gates.
    pub gates: Vec<GateVerdict>,
}

impl Assessment {
    /// Whether no gate failed.
    pub fn passes_gates(&self) -> bool {
        self.gates.iter().all(|gate| gate.verdict != Verdict::Fail)
    }

    /// Whether the pair is suggested: the score reaches the threshold and no gate failed.
    pub fn is_match(&self, threshold: Points) -> bool {
        self.score >= threshold && self.passes_gates()
    }
}
