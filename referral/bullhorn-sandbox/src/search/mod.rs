//! `/search`, `/myCandidates` and `/find`: the index.

mod endpoint;
mod find;
pub(crate) mod lucene;

pub(crate) use endpoint::{my_candidates, search};
pub(crate) use find::find;
