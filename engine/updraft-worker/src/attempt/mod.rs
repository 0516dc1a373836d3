//! Supervising one attempt over a process that is running already.

mod answers;
mod heartbeat;
mod journal;
mod rendered;
mod sequence;
mod supervision;
mod verdict;

pub use answers::ask_engine;
pub(crate) use answers::{Answer, Asker, answer};
pub(crate) use journal::{Journal, add_secret};
pub(crate) use supervision::{Conclusion, Order, Supervision};
pub use verdict::outcome_of;
