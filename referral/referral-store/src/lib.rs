//! The application database of the recruiting pipeline: what was read from Bullhorn, the vectors made of it, the
//! matches found in it, and how far each sync has come.
//!
//! [`ReferralStore`] is the only door. Its methods are intentions (`commit_candidates`, `pending_embeddings`,
//! `replace_matches`); which database runs behind them, SQLite or PostgreSQL, is not visible. What must be true together is
//! written in one transaction: a page of candidates with the cursor behind it, an erased person with the person's vector and
//! matches, a block of matches with the inputs they were computed from.
//!
//! | module | what it offers |
//! |---|---|
//! | [`candidate`], [`position`] | the normalised records |
//! | [`sync_run`] | runs, cursors, watermarks, counts: what makes a sync resumable |
//! | [`sync_page`] | one page of records, written idempotently |
//! | [`sweep`] | reconciliation: what is here, what is gone at the source |
//! | [`embedding`] | which texts lack a vector, and the vectors |
//! | [`features`] | what matching reads |
//! | [`match_delta`] | what changed since the last matching |
//! | [`matching`] | matches and the decision log |
//! | [`reading`] | best matches, one pair, totals |
//! | [`work_run`] | runs of embedding and matching |
//! | [`quality`] | what the data quality checks read and write |
//! | [`pages`] | what the recruiting pages read and write |

pub mod candidate;
pub mod embedding;
pub mod features;
pub mod kind;
pub mod level;
pub mod match_delta;
pub mod matching;
pub mod pages;
pub mod position;
pub mod quality;
pub mod reading;
pub mod store;
pub mod sweep;
pub mod sync_page;
pub mod sync_run;
pub mod work_run;

mod candidate_rows;
mod catalogue;
mod erasure;
mod error;
mod position_rows;
mod rows;

pub use candidate::Candidate;
pub use error::StoreError;
pub use kind::{EntityId, EntityKind, RunId, Stamp};
pub use level::Level;
pub use position::Position;
pub use store::ReferralStore;
