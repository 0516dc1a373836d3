//! A candidate's record: what the agency typed about a person.

mod contact;
mod history;
mod record;
mod terms;
mod work;

pub(crate) use record::{candidate, candidate_stamp};
