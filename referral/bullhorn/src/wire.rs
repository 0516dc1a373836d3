//! Reading replies: the envelope around the data, rows with awkward values, and errors.

pub(crate) mod day;
pub(crate) mod envelope;
pub(crate) mod error_body;
pub(crate) mod loose;
pub(crate) mod raw_row;
pub(crate) mod repair;
pub(crate) mod row;
pub(crate) mod to_many;
