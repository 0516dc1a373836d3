//! Supervising one attempt over a process that is running already.

mod answers;
mod heartbeat;
mod journal;
mod rendered;
mod sequence;
mod supervision;
mod verdict;

pub(crate) use answers::{Answer, Asker, answer};
pub(crate) use journal::{Journal, add_secret};
pub(crate) use supervision::{Conclusion, Order, Supervision};
