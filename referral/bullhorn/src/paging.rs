//! Whole tables and what changed in them, as streams of pages that lose no record, repeat none, and resume after a
//! crash.
//!
//! Offsets are not used: rows move while they are read. [`full_load`] goes by id, [`changes`] by date and id. After
//! each page the stream hands out a cursor; store it with the page, in one transaction, and the stream resumes there.

mod batch;
mod changes;
mod error;
mod full_load;
mod guard;
mod window;

pub use batch::Batch;
pub use changes::{Changes, ChangesCursor, changes};
pub use error::PagingError;
pub use full_load::{FullCursor, FullLoad, full_load};
pub use window::{Window, WindowError};
