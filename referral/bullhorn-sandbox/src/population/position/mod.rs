//! A job order's record: what the agency typed about a vacancy.

mod advert;
mod money;
mod office;
mod record;
mod wishes;

pub(crate) use record::{position, position_stamp};
