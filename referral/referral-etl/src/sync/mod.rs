//! The sync: reads Bullhorn page by page, normalises, and commits each page with the cursor behind it.
//!
//! Three stages work at the same time, each one page ahead of the next: `stream` fetches, `page` cleans on other threads,
//! `engine` commits. A run stops between two commits, whatever stops it: the next request with its run id goes on there.

mod budget;
mod catalogue;
mod cursor;
mod engine;
mod error;
mod kind;
mod mode;
mod page;
mod progress;
mod reconcile;
mod stream;

pub use engine::{Syncer, SyncerOptions};
pub use error::SyncError;
pub use mode::{RequestedMode, SyncRequest};
pub use progress::Summary;
