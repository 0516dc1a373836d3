//! Element-wise arithmetic of the network: biases, layer norm, softmax and GELU.
//!
//! Plain loops, written so that the compiler can turn them into vector instructions.

use super::shape::NORM_EPSILON;
use crate::widest::widest;

/// What a layer norm does to its rows once they have mean 0 and variance 1.
#[derive(Debug)]
pub(crate) struct LayerNorm {
    /// Factor of each column.
    pub(crate) scale: Vec<f32>,
    /// What is added to each column then.
    pub(crate) shift: Vec<f32>,
}

/// Partial sums kept side by side; a power of two that fills the widest vector registers.
const LANES: usize = 16;

/// Adds `bias` to every row.
pub(crate) fn add_bias(matrix: &mut [f32], bias: &[f32]) {
    widest!({
        for row in matrix.chunks_exact_mut(bias.len()) {
            for (value, bias) in row.iter_mut().zip(bias) {
                *value += bias;
            }
        }
    });
}

/// Replaces every element `x` of column `c` by `gelu(x + bias[c])`.
pub(crate) fn add_bias_and_gelu(matrix: &mut [f32], bias: &[f32]) {
    widest!({
        for row in matrix.chunks_exact_mut(bias.len()) {
            for (value, bias) in row.iter_mut().zip(bias) {
                *value = gelu(*value + bias);
            }
        }
    });
}

/// Adds `bias` and the row of `residual` to each row of `matrix`, normalises the row to mean 0 and variance 1, then
/// scales and shifts it.
pub(crate) fn add_and_normalise(matrix: &mut [f32], bias: &[f32], residual: &[f32], norm: &LayerNorm) {
    let width = bias.len();
    widest!({
        for (row, residual) in matrix.chunks_exact_mut(width).zip(residual.chunks_exact(width)) {
            for ((value, bias), residual) in row.iter_mut().zip(bias).zip(residual) {
                *value += bias + residual;
            }
            normalise_row(row, norm);
        }
    });
}

/// Normalises each row to mean 0 and variance 1, then scales and shifts it.
pub(crate) fn normalise_rows(matrix: &mut [f32], norm: &LayerNorm) {
    widest!({
        for row in matrix.chunks_exact_mut(norm.scale.len()) {
            normalise_row(row, norm);
        }
    });
}

/// Replaces each row `x` of `scores` by `exp(factor * (x - max x))` and writes the row's sum to `sums`.
///
/// The division by the sum is left to the caller, who has fewer numbers to divide.
pub(crate) fn exponentials(scores: &mut [f32], columns: usize, factor: f32, sums: &mut [f32]) {
    widest!({
        for (row, sum) in scores.chunks_exact_mut(columns).zip(sums) {
            let largest = maximum(row);
            for value in row.iter_mut() {
                *value = exp_of_negative(factor * (*value - largest));
            }
            *sum = total(row, |value| value);
        }
    });
}

#[inline(always)]
#[expect(
    clippy::inline_always,
    reason = "must be compiled for the caller's instruction set"
)]
fn normalise_row(row: &mut [f32], norm: &LayerNorm) {
    let count = row.len() as f32;
    let mean = total(row, |value| value) / count;
    let variance = total(row, |value| (value - mean) * (value - mean)) / count;
    let inverse = 1.0 / (variance + NORM_EPSILON).sqrt();
    for ((value, scale), shift) in row.iter_mut().zip(&norm.scale).zip(&norm.shift) {
        *value = (*value - mean) * inverse * scale + shift;
    }
}

/// Sum of `of(value)` in a fixed order: lane by lane, then the lanes, then what is left over.
#[inline(always)]
#[expect(
    clippy::inline_always,
    reason = "must be compiled for the caller's instruction set"
)]
fn total(row: &[f32], of: impl Fn(f32) -> f32) -> f32 {
    let (blocks, rest) = row.as_chunks::<LANES>();
    let mut lanes = [0.0; LANES];
    for block in blocks {
        for (lane, value) in lanes.iter_mut().zip(block) {
            *lane += of(*value);
        }
    }
    lanes.iter().sum::<f32>() + rest.iter().map(|value| of(*value)).sum::<f32>()
}

#[inline(always)]
#[expect(
    clippy::inline_always,
    reason = "must be compiled for the caller's instruction set"
)]
fn maximum(row: &[f32]) -> f32 {
    let (blocks, rest) = row.as_chunks::<LANES>();
    let mut lanes = [f32::MIN; LANES];
    for block in blocks {
        for (lane, value) in lanes.iter_mut().zip(block) {
            *lane = if *value > *lane { *value } else { *lane };
        }
    }
    lanes
        .iter()
        .chain(rest)
        .copied()
        .fold(f32::MIN, |most, value| if value > most { value } else { most })
}

/// `x * (1 + erf(x / sqrt 2)) / 2`: the exact GELU, not its tanh approximation.
#[inline(always)]
#[expect(
    clippy::inline_always,
    reason = "must be compiled for the caller's instruction set"
)]
fn gelu(x: f32) -> f32 {
    0.5 * x * (1.0 + erf(x * std::f32::consts::FRAC_1_SQRT_2))
}

/// The error function, within 4e-7: `x P(x^2) / Q(x^2)`, fitted to the least largest error on |x| <= 3.92, past which
/// a float can no longer tell it from 1.
#[inline(always)]
fn erf(x: f32) -> f32 {
    const REACH: f32 = 3.92;
    let x = x.clamp(-REACH, REACH);
    let t = x * x;
    let p = 2.034_725_5e-6;
    let p = p * t + 2.874_806_7e-4;
    let p = p * t + 3.868_382_2e-3;
    let p = p * t + 5.306_064_8e-2;
    let p = p * t + 1.927_653_3e-1;
    let p = p * t + std::f32::consts::FRAC_2_SQRT_PI;
    let q = 3.807_061e-5;
    let q = q * t + 1.188_128_6e-3;
    let q = q * t + 1.517_240_5e-2;
    let q = q * t + 1.150_851_5e-1;
    let q = q * t + 5.041_654e-1;
    let q = q * t + 1.0;
    x * p / q
}

/// `exp(x)` for `x <= 0`, to the last bit or two; below -87 it stays at about 1e-38.
///
/// `x = n ln 2 + r` with `|r| <= ln 2 / 2`; `exp(r)` is its Taylor series to the seventh power and `2^n` is written
/// straight into the exponent bits.
#[inline(always)]
fn exp_of_negative(x: f32) -> f32 {
    /// 1.5 x 2^23: added to a small number it leaves its nearest integer in the low bits.
    const ROUND: f32 = 12_582_912.0;
    /// The first bits of ln 2, so that their product with a small integer is exact, and the rest.
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = -2.121_944_4e-4;
    let x = if x > -87.0 { x } else { -87.0 };
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = x - n * LN_2_HIGH - n * LN_2_LOW;
    let series = 1.0 / 5_040.0;
    let series = series * r + 1.0 / 720.0;
    let series = series * r + 1.0 / 120.0;
    let series = series * r + 1.0 / 24.0;
    let series = series * r + 1.0 / 6.0;
    let series = series * r + 0.5;
    let series = series * r + 1.0;
    let series = series * r + 1.0;
    series * f32::from_bits((shifted.to_bits() << 23).wrapping_add(1.0_f32.to_bits()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// erf by its series, in f64: exact enough to judge floats.
    fn erf_series(x: f64) -> f64 {
        let (mut sum, mut term) = (0.0, x);
        for n in 0..200 {
            sum += term / f64::from(2 * n + 1);
            term *= -x * x / f64::from(n + 1);
        }
        sum * 2.0 / std::f64::consts::PI.sqrt()
    }

    #[test]
    fn erf_is_within_four_ten_millionths() {
        for step in -4_000..=4_000 {
            let x = step as f32 / 1_000.0;
            let error = (f64::from(erf(x)) - erf_series(f64::from(x))).abs();
            assert!(error < 4e-7, "erf({x}) is off by {error}");
        }
        assert!((erf(30.0) - 1.0).abs() < 4e-7 && (erf(-30.0) + 1.0).abs() < 4e-7);
    }

    #[test]
    fn exp_is_exact_to_two_bits_and_never_zero() {
        for step in 0..=87_000 {
            let x = -(step as f32) / 1_000.0;
            let exact = f64::from(x).exp();
            let error = (f64::from(exp_of_negative(x)) - exact).abs() / exact;
            assert!(error < 2.5e-7, "exp({x}) is off by {error}");
        }
        assert_eq!(exp_of_negative(0.0), 1.0);
        assert!(exp_of_negative(-1e9) < 1e-37);
    }

    #[test]
    fn a_row_of_exponentials_and_its_sum_make_a_softmax() {
        for columns in [1, 5, 16, 37] {
            let mut row: Vec<f32> = (0..columns)
                .map(|column| (column as f32 * 1.7).sin() * 9.0)
                .collect();
            let exact: Vec<f64> = row.iter().map(|value| (f64::from(*value) * 0.5).exp()).collect();
            let exact_sum: f64 = exact.iter().sum();
            let mut sums = [0.0];
            exponentials(&mut row, columns, 0.5, &mut sums);
            for (value, exact) in row.iter().zip(&exact) {
                assert!((f64::from(value / sums[0]) - exact / exact_sum).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn layer_norm_gives_mean_zero_and_variance_one() {
        let mut rows: Vec<f32> = (0..384 * 2)
            .map(|i| (i as f32 * 0.37).cos() * 5.0 + 3.0)
            .collect();
        let residual = vec![1.0; rows.len()];
        let norm = LayerNorm {
            scale: vec![1.0; 384],
            shift: vec![0.0; 384],
        };
        add_and_normalise(&mut rows, &[0.5; 384], &residual, &norm);
        for row in rows.chunks_exact(384) {
            let mean = row.iter().sum::<f32>() / 384.0;
            let variance = row.iter().map(|value| (value - mean).powi(2)).sum::<f32>() / 384.0;
            assert!(mean.abs() < 1e-5 && (variance - 1.0).abs() < 1e-4);
        }
    }
}
