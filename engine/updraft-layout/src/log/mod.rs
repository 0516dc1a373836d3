//! Where lines begin in a log, and how important they are, without keeping the log.
//!
//! A log is a row of entries, each of one line or several. Its first line has the entry's level; the others have none. Levels come from
//! what the engine wrote beside the log ([`LevelSource::Records`]), or, for logs that have nothing there, from the field at the beginning
//! of an entry ([`LevelSource::Headers`]); never from words in a text.

mod header;
mod index;
mod level;
mod lines;
mod records;
#[cfg(test)]
mod tests;

pub use header::Header;
pub use index::{Anchor, Counts, LevelSource, LogIndex, Mark, Way};
pub use level::Level;
pub use lines::{Line, LineCutter};
