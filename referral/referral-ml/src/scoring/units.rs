//! The two integers that scores are made of. No score is ever computed in floats, so that parts sum exactly.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A share of one, in basis points: 0 to 10,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Share(u16);

impl Share {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// One half.
    pub const HALF: Self = Self(5_000);
    /// All of it.
    pub const ONE: Self = Self(10_000);

    /// The nearest share; values outside 0 to 1 become the nearer end, and what is no number becomes nothing.
    pub fn nearest(value: f64) -> Self {
        Self((value.clamp(0.0, 1.0) * 10_000.0).round() as u16)
    }

    /// `part / whole`, rounded half up; all of it when the whole is nothing.
    pub fn of(part: u64, whole: u64) -> Self {
        if whole == 0 {
            return Self::ONE;
        }
        Self(((u128::from(part.min(whole)) * 20_000 + u128::from(whole)) / (2 * u128::from(whole))) as u16)
    }

    /// So many basis points; more than 10,000 are 10,000.
    pub fn from_basis_points(count: u16) -> Self {
        Self(count.min(Self::ONE.0))
    }

    /// The number of basis points.
    pub fn basis_points(self) -> u16 {
        self.0
    }

    /// The points that a category of this weight gives for a value, rounded half up.
    pub fn points_for(self, value: Self) -> Points {
        Points(((u32::from(self.0) * u32::from(value.0) + 5_000) / 10_000) as u16)
    }
}

/// A score or a part of one, in hundredths of a point: 0 to 10,000, shown as 0 to 100.
///
/// Shown with one decimal, it is rounded down, so that 69.96 never reads 70.0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Points(u16);

impl Points {
    /// The best score.
    pub const MAX: Self = Self(10_000);

    /// So many hundredths of a point; more than 10,000 are 10,000.
    pub fn from_hundredths(count: u16) -> Self {
        Self(count.min(Self::MAX.0))
    }

    /// A threshold as people write it, 0 to 100 with up to two decimals; `None` outside that.
    pub fn from_points(points: f64) -> Option<Self> {
        (0.0..=100.0)
            .contains(&points)
            .then(|| Self((points * 100.0).round() as u16))
    }

    /// The number of hundredths.
    pub fn hundredths(self) -> u16 {
        self.0
    }
}

impl std::iter::Sum for Points {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        Self(parts.map(|part| part.0).sum())
    }
}

impl fmt::Display for Points {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.0 / 100, self.0 % 100 / 10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_rounded_half_up_and_clamped() {
        assert_eq!(Share::of(1, 3).basis_points(), 3_333);
        assert_eq!(Share::of(2, 3).basis_points(), 6_667);
        assert_eq!(Share::of(1, 20_000).basis_points(), 1);
        assert_eq!(Share::of(9, 3), Share::ONE);
        assert_eq!(Share::of(0, 0), Share::ONE);
        assert_eq!(Share::nearest(f64::NAN), Share::ZERO);
        assert_eq!(Share::nearest(1.5), Share::ONE);
        assert_eq!(Share::nearest(0.123_45).basis_points(), 1_235);
    }

    #[test]
    fn points_are_shown_rounded_down() {
        assert_eq!(Points::from_hundredths(6_996).to_string(), "69.9");
        assert_eq!(Points::from_hundredths(7_000).to_string(), "70.0");
        assert_eq!(Points::MAX.to_string(), "100.0");
        assert_eq!(Points::from_points(70.0), Some(Points::from_hundredths(7_000)));
        assert_eq!(Points::from_points(69.999), Some(Points::from_hundredths(7_000)));
        assert_eq!(Points::from_points(100.1), None);
        assert_eq!(Points::from_points(f64::NAN), None);
    }
}
