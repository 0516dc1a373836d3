//! Which pairs of candidates and positions are matches, exactly, among millions of pairs.

mod kernel;
mod matcher;

pub use matcher::{CandidateBlock, Found, Matcher, PositionSet};
