//! The formula: from a cosine and the facts of a pair to a score.

use serde::{Deserialize, Serialize};

use super::assessment::{Assessment, Part};
use super::compiled::{CompiledCandidate, CompiledPosition, SkillIndex};
use super::facts::{CandidateFacts, PositionFacts};
use super::gates::GateRules;
use super::idf::IdfTable;
use super::units::{Points, Share};
use super::weights::{Category, Weights};

/// The version of the formula unless another is configured. A new version freezes a new table of skills.
pub const DEFAULT_VERSION: &str = "1";

/// How much larger the true cosine may be than the one that the matching kernel computed in floats.
const KERNEL_ERROR: f64 = 1e-4;

/// The cosines between which likeness grows from 0 to 1.
///
/// Cosine is not a share of anything: unrelated texts have 0.27, texts of the same occupation 0.63. The two anchors turn it
/// into one, and are the knob between volume and precision.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SemanticScale {
    /// A cosine up to this gives 0.
    pub zero: f64,
    /// A cosine from this on gives 1; larger than `zero`.
    pub one: f64,
}

impl Default for SemanticScale {
    fn default() -> Self {
        Self {
            zero: 0.15,
            one: 0.75,
        }
    }
}

impl SemanticScale {
    /// Where a cosine lies between the anchors.
    pub fn value(&self, cosine: f64) -> Share {
        Share::nearest((cosine - self.zero) / (self.one - self.zero))
    }
}

/// Everything that turns a pair into a score.
#[derive(Debug, Clone)]
pub struct Formula {
    /// Names the table of skills that is frozen, and stands beside every score.
    pub version: String,
    /// What each category counts.
    pub weights: Weights,
    /// What a cosine means.
    pub scale: SemanticScale,
    /// What each skill counts.
    pub idf: IdfTable,
    /// How strict the gates are.
    pub gates: GateRules,
}

impl Formula {
    /// The formula with default weights, anchors and gates.
    pub fn new(idf: IdfTable) -> Self {
        Self {
            version: DEFAULT_VERSION.to_owned(),
            weights: Weights::default(),
            scale: SemanticScale::default(),
            idf,
            gates: GateRules::default(),
        }
    }

    /// The score of a pair, given the canonical cosine of its vectors.
    pub fn score(&self, position: &CompiledPosition, candidate: &CompiledCandidate, cosine: f64) -> Points {
        [
            self.semantic_points(position, cosine),
            position.points_beside_semantic(candidate),
        ]
        .into_iter()
        .sum()
    }

    /// The score with everything that explains it.
    pub fn assess(&self, position: &PositionFacts, candidate: &CandidateFacts, cosine: f64) -> Assessment {
        let index = SkillIndex::new([position]);
        let compiled_position = CompiledPosition::new(position, &index, self);
        let compiled_candidate = CompiledCandidate::new(candidate, &index);
        let [required, nice, level] = compiled_position.values(&compiled_candidate);
        let values = [self.scale.value(cosine), required, nice, level];
        let parts = Category::ALL
            .into_iter()
            .zip(compiled_position.weights)
            .zip(values);
        let parts = parts
            .filter(|((_, weight), _)| *weight > Share::ZERO)
            .map(|((name, weight), value)| Part {
                name,
                weight_bp: weight,
                value_bp: value,
                points: weight.points_for(value),
            });
        let parts: Vec<Part> = parts.collect();
        let (mut matched_skills, mut missing_skills) = (Vec::new(), Vec::new());
        for name in position.required_skills.iter().chain(&position.nice_skills) {
            match index.number(name) {
                Some(number) if compiled_candidate.has(number) => matched_skills.push(name.clone()),
                Some(_) => missing_skills.push(name.clone()),
                None => {}
            }
        }
        Assessment {
            position_id: position.id,
            candidate_id: candidate.id,
            score: parts.iter().map(|part| part.points).sum(),
            cosine,
            parts,
            matched_skills,
            missing_skills,
            gates: self.gates.verdicts(position, candidate),
        }
    }

    /// What likeness of the texts adds to the score.
    pub(crate) fn semantic_points(&self, position: &CompiledPosition, cosine: f64) -> Points {
        position.weights[0].points_for(self.scale.value(cosine))
    }

    /// Whether a pair can reach `threshold`, given its cosine as the kernel computed it: no pair that does is denied.
    pub(crate) fn may_reach(
        &self,
        position: &CompiledPosition,
        candidate: &CompiledCandidate,
        kernel_cosine: f32,
        threshold: Points,
    ) -> bool {
        self.score(position, candidate, f64::from(kernel_cosine) + KERNEL_ERROR) >= threshold
    }

    /// The least kernel cosine with which any candidate can reach `threshold` for this position: below every cosine when
    /// none is needed, above every cosine when none is enough.
    ///
    /// With the default weights, all categories stated and the threshold at 70 it is about 0.4225.
    pub(crate) fn least_cosine(&self, position: &CompiledPosition, threshold: Points) -> f32 {
        const BELOW_ALL: f32 = -2.0;
        const ABOVE_ALL: f32 = 2.0;
        let beside = position.most_beside_semantic();
        let Some(needed) = threshold
            .hundredths()
            .checked_sub(beside.hundredths())
            .filter(|needed| *needed > 0)
        else {
            return BELOW_ALL;
        };
        // A part is rounded to the nearest hundredth and its value to the nearest basis point: half of either is enough.
        let weight = f64::from(position.weights[0].basis_points());
        let value = (f64::from(needed) - 0.5) * 10_000.0 / weight;
        let share = (value - 0.5) / 10_000.0;
        if share > 1.0 {
            return ABOVE_ALL;
        }
        if share <= 0.0 {
            return BELOW_ALL;
        }
        (self.scale.zero + share * (self.scale.one - self.scale.zero) - KERNEL_ERROR) as f32
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use referral_store::{EntityId, Level};

    use super::*;

    fn compiled(position: &PositionFacts) -> (Formula, CompiledPosition) {
        let formula = Formula::new(IdfTable::new(100, [("a", 3)]));
        let index = SkillIndex::new([position]);
        let compiled = CompiledPosition::new(position, &index, &formula);
        (formula, compiled)
    }

    fn demanding() -> PositionFacts {
        PositionFacts {
            required_skills: vec!["a".to_owned()],
            nice_skills: vec!["b".to_owned()],
            level: Some(Level::SENIOR),
            ..PositionFacts::new(EntityId(1))
        }
    }

    #[test]
    fn with_everything_stated_seventy_needs_a_cosine_of_about_0_4225() {
        let (formula, position) = compiled(&demanding());
        let bound = formula.least_cosine(&position, Points::from_hundredths(7_000));
        assert!((0.4224..0.4227).contains(&bound), "{bound}");
    }

    #[test]
    fn a_low_threshold_needs_no_cosine_and_an_unreachable_one_admits_none() {
        let (formula, position) = compiled(&demanding());
        assert!(formula.least_cosine(&position, Points::from_hundredths(4_500)) < -1.0);
        let (formula, silent) = compiled(&PositionFacts::new(EntityId(1)));
        assert!((0.74..0.75).contains(&formula.least_cosine(&silent, Points::MAX)));
    }

    proptest! {
        #[test]
        fn no_pair_below_the_least_cosine_reaches_the_threshold(
            threshold in 0_u16..=10_000,
            cosine in -1.0_f64..1.0,
            states in any::<[bool; 3]>(),
        ) {
            let mut facts = demanding();
            if !states[0] { facts.required_skills.clear(); }
            if !states[1] { facts.nice_skills.clear(); }
            if !states[2] { facts.level = None; }
            let (formula, position) = compiled(&facts);
            let perfect = CandidateFacts {
                skills: vec!["a".to_owned(), "b".to_owned()],
                level: Some(Level::SENIOR),
                ..CandidateFacts::new(EntityId(2))
            };
            let candidate = CompiledCandidate::new(&perfect, &SkillIndex::new([&facts]));
            let threshold = Points::from_hundredths(threshold);
            let reaches = formula.score(&position, &candidate, cosine) >= threshold;
            if reaches {
                prop_assert!(cosine as f32 >= formula.least_cosine(&position, threshold));
                prop_assert!(formula.may_reach(&position, &candidate, cosine as f32, threshold));
            }
        }
    }
}
