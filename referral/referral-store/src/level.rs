//! Seniority on a scale from 1 to 5.

use serde::{Deserialize, Serialize};

/// How senior a person is or a job wants a person to be.
///
/// The distance of two levels is what matching scores, so the steps matter more than their names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Level(u8);

impl Level {
    /// 1: trainee, assistant, junior.
    pub const JUNIOR: Self = Self(1);
    /// 2: works alone; the title alone says nothing more.
    pub const EXPERIENCED: Self = Self(2);
    /// 3: senior.
    pub const SENIOR: Self = Self(3);
    /// 4: leads people or a field of work.
    pub const LEAD: Self = Self(4);
    /// 5: principal, head, director, executive.
    pub const PRINCIPAL: Self = Self(5);

    /// A level from its number, `None` outside 1 to 5.
    pub fn new(number: u8) -> Option<Self> {
        (1..=5).contains(&number).then_some(Self(number))
    }

    /// The number, 1 to 5.
    pub fn number(self) -> u8 {
        self.0
    }

    /// How many steps lie between two levels, 0 to 4.
    pub fn distance(self, other: Self) -> u8 {
        self.0.abs_diff(other.0)
    }
}

impl TryFrom<u8> for Level {
    type Error = LevelOutOfRange;

    fn try_from(number: u8) -> Result<Self, LevelOutOfRange> {
        Self::new(number).ok_or(LevelOutOfRange(number))
    }
}

impl From<Level> for u8 {
    fn from(level: Level) -> Self {
        level.0
    }
}

/// A seniority outside 1 to 5.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a seniority level from 1 to 5")]
pub struct LevelOutOfRange(pub u8);
