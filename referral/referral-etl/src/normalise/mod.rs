//! From Bullhorn's records to the store's: every value cleaned, what cannot be used told apart.

mod candidate;
mod fingerprint;
mod place;
mod position;
mod rules;

pub(crate) use candidate::SKILL_FIELDS as CANDIDATE_LISTS;
pub use candidate::candidate;
pub use fingerprint::{association_hash, text_hash};
pub(crate) use position::SKILL_FIELDS as POSITION_LISTS;
pub use position::position;
pub use rules::{Members, Normalised, Rejected, Rules};
