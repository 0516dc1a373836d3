//! The people, companies and job orders that the sandbox serves: generated, never stored.
//!
//! A [`record`] is made on demand from `(seed, kind, id)`, so a population of a million candidates costs no more memory
//! than one of a hundred. [`Population`] is the way in:
//!
//! ```
//! use bullhorn_sandbox::population::{Population, PopulationOptions};
//!
//! let as_of = "2026-01-15T08:00:00Z".parse()?;
//! let population = Population::new(PopulationOptions { positions: 10, ..PopulationOptions::new(as_of) })?;
//! let position = population.position_ids().next().expect("there are ten");
//! let (best, fit) = population.best_fits(position, 1).remove(0);
//! let candidate = population.candidate(best).expect("it was just found");
//! assert!(fit.grade > 0 && !candidate.is_deleted);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! How it works: each record has a *truth* (the profile of a person, the order of a client) from which both the
//! record and the [`Fit`] of a pair follow, so that a sensible ranking exists. The record is that truth as somebody
//! typed it, with the blanks, spellings and shapes of a real tenant. The words come from the vocabulary, which has a
//! README of its own beside its files.

mod address;
mod candidate;
mod career;
mod client;
mod country;
mod dates;
mod fit;
mod html;
mod identity;
mod ids;
mod options;
mod order;
mod pay;
mod people;
#[expect(clippy::module_inception, reason = "the type gives both their name")]
mod population;
mod position;
mod profile;
mod quirks;
mod random;
pub mod record;
mod resume;
mod stamp;
#[cfg(test)]
mod tests;
mod vocabulary;
mod world;

pub use fit::{Fit, Gate, Share};
pub use options::{PopulationError, PopulationOptions};
pub use population::Population;
pub use stamp::RecordStamp;
pub use vocabulary::VocabularyError;
