//! How much each category counts.

use serde::{Deserialize, Serialize};

use super::units::Share;

/// What a score is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// How alike the two texts are.
    Semantic,
    /// Skills that the position requires.
    RequiredSkills,
    /// Skills that the position would like.
    NiceSkills,
    /// Seniority and years of experience.
    Level,
}

impl Category {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 4] = [
        Self::Semantic,
        Self::RequiredSkills,
        Self::NiceSkills,
        Self::Level,
    ];

    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Semantic => "semantic",
            Self::RequiredSkills => "required_skills",
            Self::NiceSkills => "nice_skills",
            Self::Level => "level",
        }
    }
}

/// The weight of each category, in any unit: only their relation matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weights {
    /// Likeness of the texts. Never 0: it is the only category that every pair has.
    pub semantic: u16,
    /// Required skills.
    pub required_skills: u16,
    /// Skills that would be nice.
    pub nice_skills: u16,
    /// Seniority and years.
    pub level: u16,
}

/// The semantic weight is 0, so that some pairs would have no score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the weight of `semantic` is 0; every pair needs it, give at least 1")]
pub struct InvalidWeights;

impl Default for Weights {
    /// The best of 16 combinations on labelled data.
    fn default() -> Self {
        Self {
            semantic: 5_500,
            required_skills: 2_500,
            nice_skills: 500,
            level: 1_500,
        }
    }
}

impl Weights {
    /// The weights if they can be used.
    ///
    /// # Errors
    /// The semantic weight is 0.
    pub fn checked(self) -> Result<Self, InvalidWeights> {
        if self.semantic == 0 {
            Err(InvalidWeights)
        } else {
            Ok(self)
        }
    }

    /// The weight of one category.
    pub fn of(self, category: Category) -> u16 {
        match category {
            Category::Semantic => self.semantic,
            Category::RequiredSkills => self.required_skills,
            Category::NiceSkills => self.nice_skills,
            Category::Level => self.level,
        }
    }

    /// The weights of the categories that are `present`, scaled to sum to exactly one; absent ones are zero.
    ///
    /// Basis points that rounding leaves over go to the largest remainders, the first category first among equals.
    pub fn scaled(self, present: impl Fn(Category) -> bool) -> [Share; 4] {
        let weights = Category::ALL.map(|category| {
            if present(category) {
                u32::from(self.of(category))
            } else {
                0
            }
        });
        let sum = weights.iter().sum::<u32>().max(1);
        let mut scaled = weights.map(|weight| weight * 10_000 / sum);
        let mut order = [0, 1, 2, 3];
        order.sort_by_key(|index| std::cmp::Reverse(weights[*index] * 10_000 % sum));
        let left = 10_000_u32.saturating_sub(scaled.iter().sum());
        for index in order.into_iter().take(left as usize) {
            scaled[index] += 1;
        }
        scaled.map(|weight| Share::from_basis_points(weight as u16))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn scaled(weights: Weights, present: [bool; 4]) -> [u16; 4] {
        weights
            .scaled(|category| present[category as usize])
            .map(Share::basis_points)
    }

    #[test]
    fn absent_categories_leave_their_weight_to_the_others() {
        let weights = Weights::default();
        assert_eq!(scaled(weights, [true; 4]), [5_500, 2_500, 500, 1_500]);
        assert_eq!(
            scaled(weights, [true, true, false, true]),
            [5_789, 2_632, 0, 1_579]
        );
        assert_eq!(scaled(weights, [true, false, false, false]), [10_000, 0, 0, 0]);
    }

    #[test]
    fn a_semantic_weight_of_zero_is_refused() {
        assert_eq!(
            Weights {
                semantic: 0,
                ..Weights::default()
            }
            .checked(),
            Err(InvalidWeights)
        );
        assert_eq!(Weights::default().checked(), Ok(Weights::default()));
    }

    proptest! {
        #[test]
        fn scaled_weights_sum_to_one_and_are_off_by_less_than_a_basis_point(
            weights in (1_u16.., any::<[u16; 3]>()),
            present in any::<[bool; 3]>(),
        ) {
            let (semantic, [required_skills, nice_skills, level]) = weights;
            let weights = Weights { semantic, required_skills, nice_skills, level };
            let present = [true, present[0], present[1], present[2]];
            let scaled = scaled(weights, present);
            prop_assert_eq!(scaled.iter().map(|weight| u32::from(*weight)).sum::<u32>(), 10_000);
            let all = Category::ALL.map(|category| f64::from(weights.of(category)));
            let sum: f64 = all.iter().zip(present).filter(|(_, present)| *present).map(|(weight, _)| weight).sum();
            for ((scaled, weight), present) in scaled.into_iter().zip(all).zip(present) {
                let exact = if present { weight * 10_000.0 / sum } else { 0.0 };
                prop_assert!((f64::from(scaled) - exact).abs() < 1.0);
            }
        }
    }
}
