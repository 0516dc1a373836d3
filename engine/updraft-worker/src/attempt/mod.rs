//! Supervising one attempt over a process that is running already.

mod answers;
mod heartbeat;
mod supervision;
mod verdict;

pub(crate) use supervision::{Conclusion, Order, Supervision};
