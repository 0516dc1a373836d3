//! Populations to test.

use crate::population::{Population, PopulationOptions};

/// The day on which the populations of these tests stand still.
const AS_OF: &str = "2026-01-15T08:00:00Z";

pub(super) fn options() -> PopulationOptions {
    PopulationOptions::new(AS_OF.parse().expect("a valid instant"))
}

pub(super) fn population(options: PopulationOptions) -> Population {
    Population::new(options).expect("valid options")
}

/// 1,000 candidates and 100 job orders from seed 1.
pub(super) fn default_population() -> Population {
    population(options())
}
