//! Calibration: what a pair's features say about the probability that it is relevant.
//!
//! The probability is shown beside the score and never replaces it: it depends on how many relevant candidates there are
//! among all, which differs from database to database.

use serde::Serialize;

/// Features of a pair: cosine, required skills, nice skills, seniority.
pub(super) const FEATURES: usize = 4;
/// The features and a constant.
const TERMS: usize = FEATURES + 1;
/// Newton's method needs about ten steps; more mean that the classes can be told apart without error.
const STEPS_MAX: usize = 50;
const BINS: usize = 10;

/// A pair to learn from or to judge.
#[derive(Debug, Clone, Copy)]
pub(super) struct Example {
    pub(super) features: [f64; FEATURES],
    pub(super) relevant: bool,
}

/// How far stated probabilities can be believed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Calibration {
    /// Mean distance of stated and observed frequency over ten equal bins.
    pub expected_calibration_error: f64,
    /// Mean squared error of the probability.
    pub brier: f64,
    /// The same for somebody who always states the share of relevant pairs.
    pub brier_of_base_rate: f64,
    /// Pairs per position with a probability of at least 0.7.
    pub confident_per_position: f64,
    /// The share of relevant ones among them.
    pub confident_precision: f64,
    /// The bins, from 0 to 1.
    pub bins: Vec<ReliabilityBin>,
}

/// Pairs with about the same stated probability.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReliabilityBin {
    /// How many there are.
    pub pairs: usize,
    /// Mean of their probabilities.
    pub stated: f64,
    /// Share of relevant ones.
    pub observed: f64,
}

/// The weights of a logistic fit: the constant last.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fit([f64; TERMS]);

impl Fit {
    /// The maximum likelihood fit, by Newton's method with a breath of ridge so that it always exists.
    pub(super) fn of(examples: &[Example]) -> Self {
        const RIDGE: f64 = 1e-6;
        let mut weights = [0.0; TERMS];
        for _ in 0..STEPS_MAX {
            let mut gradient = weights.map(|weight| -RIDGE * weight);
            let mut curvature = [[0.0; TERMS]; TERMS];
            for (index, row) in curvature.iter_mut().enumerate() {
                row[index] = RIDGE;
            }
            for example in examples {
                let terms = terms(example);
                let probability = sigmoid(&weights, &terms);
                let error = f64::from(u8::from(example.relevant)) - probability;
                let slope = probability * (1.0 - probability);
                for (row, (gradient, left)) in curvature.iter_mut().zip(gradient.iter_mut().zip(terms)) {
                    *gradient += error * left;
                    for (cell, right) in row.iter_mut().zip(terms) {
                        *cell += slope * left * right;
                    }
                }
            }
            let step = solve(curvature, gradient);
            for (weight, step) in weights.iter_mut().zip(step) {
                *weight += step;
            }
            if step.iter().all(|step| step.abs() < 1e-9) {
                break;
            }
        }
        Self(weights)
    }

    /// How well the fit does on other pairs, which belong to so many positions.
    pub(super) fn calibration(&self, examples: &[Example], positions: usize) -> Calibration {
        let mut bins = [(0_usize, 0.0, 0.0); BINS];
        let (mut squares, mut relevant, mut confident, mut right) = (0.0, 0.0, 0.0, 0.0);
        for example in examples {
            let probability = sigmoid(&self.0, &terms(example));
            let truth = f64::from(u8::from(example.relevant));
            let bin = &mut bins[((probability * BINS as f64) as usize).min(BINS - 1)];
            *bin = (bin.0 + 1, bin.1 + probability, bin.2 + truth);
            squares += (probability - truth).powi(2);
            relevant += truth;
            if probability >= 0.7 {
                confident += 1.0;
                right += truth;
            }
        }
        let count = (examples.len() as f64).max(1.0);
        let base_rate = relevant / count;
        Calibration {
            expected_calibration_error: bins
                .iter()
                .map(|(_, stated, observed)| (stated - observed).abs())
                .sum::<f64>()
                / count,
            brier: squares / count,
            brier_of_base_rate: base_rate * (1.0 - base_rate),
            confident_per_position: confident / (positions as f64).max(1.0),
            confident_precision: if confident == 0.0 { 0.0 } else { right / confident },
            bins: bins.into_iter().map(reliability).collect(),
        }
    }
}

fn reliability((pairs, stated, observed): (usize, f64, f64)) -> ReliabilityBin {
    let count = (pairs as f64).max(1.0);
    ReliabilityBin {
        pairs,
        stated: stated / count,
        observed: observed / count,
    }
}

fn terms(example: &Example) -> [f64; TERMS] {
    let [cosine, required, nice, seniority] = example.features;
    [cosine, required, nice, seniority, 1.0]
}

fn sigmoid(weights: &[f64; TERMS], terms: &[f64; TERMS]) -> f64 {
    let sum: f64 = weights
        .iter()
        .zip(terms)
        .map(|(weight, term)| weight * term)
        .sum();
    1.0 / (1.0 + (-sum).exp())
}

/// Solves `matrix x = right` by elimination with row exchange. The matrix is positive definite.
fn solve(mut matrix: [[f64; TERMS]; TERMS], mut right: [f64; TERMS]) -> [f64; TERMS] {
    for column in 0..TERMS {
        let size = |row: &usize| matrix[*row][column].abs();
        let pivot = (column..TERMS)
            .max_by(|left, right| size(left).total_cmp(&size(right)))
            .unwrap_or(column);
        matrix.swap(column, pivot);
        right.swap(column, pivot);
        for row in column + 1..TERMS {
            let factor = matrix[row][column] / matrix[column][column];
            let pivot = matrix[column];
            for (cell, above) in matrix[row].iter_mut().zip(pivot).skip(column) {
                *cell -= factor * above;
            }
            right[row] -= factor * right[column];
        }
    }
    let mut solution = [0.0; TERMS];
    for row in (0..TERMS).rev() {
        let known: f64 = (row + 1..TERMS)
            .map(|index| matrix[row][index] * solution[index])
            .sum();
        solution[row] = (right[row] - known) / matrix[row][row];
    }
    solution
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    /// Pairs whose relevance is drawn with a known probability.
    fn drawn(count: usize, seed: u64) -> Vec<Example> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let truth = [4.0, 1.0, -2.0, 0.5, -1.0];
        (0..count)
            .map(|_| {
                let features = std::array::from_fn(|_| random.random_range(0.0..1.0));
                let example = Example {
                    features,
                    relevant: false,
                };
                let relevant = random.random_range(0.0..1.0) < sigmoid(&truth, &terms(&example));
                Example { relevant, ..example }
            })
            .collect()
    }

    #[test]
    fn the_fit_finds_the_probabilities_that_relevance_was_drawn_with() {
        let Fit(weights) = Fit::of(&drawn(20_000, 1));
        for (found, drawn) in weights.into_iter().zip([4.0, 1.0, -2.0, 0.5, -1.0]) {
            assert!((found - drawn).abs() < 0.25, "{weights:?}");
        }
    }

    #[test]
    fn a_right_fit_is_calibrated_on_other_pairs() {
        let calibration = Fit::of(&drawn(20_000, 1)).calibration(&drawn(20_000, 2), 100);
        assert!(calibration.expected_calibration_error < 0.02, "{calibration:?}");
        assert!(calibration.brier < calibration.brier_of_base_rate);
        assert_eq!(
            calibration.bins.iter().map(|bin| bin.pairs).sum::<usize>(),
            20_000
        );
    }

    #[test]
    fn classes_that_can_be_told_apart_still_give_a_fit() {
        let separable = |index: usize| Example {
            features: [index as f64 / 100.0, 0.0, 0.0, 0.0],
            relevant: index > 50,
        };
        let Fit(weights) = Fit::of(&(0..100).map(separable).collect::<Vec<_>>());
        assert!(weights.iter().all(|weight| weight.is_finite()), "{weights:?}");
    }
}
